/// Follows a long operation, and says when it is to stop. Every method is called by the thread that called the
/// operation.
pub trait Monitor {
    /// Returns whether to stop as soon as that is safe: acknowledged batches stay. Called at least ten times a second.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Takes note of how far it is.
    fn report(&self, _progress: Progress<'_>) {}

    /// Takes note of something that the user should know, though the operation goes on.
    fn warn(&self, _message: &str) {}
}

/// Progress of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A model comes from elsewhere.
    Transfer {
        /// Its name.
        model: &'a str,
        /// Bytes that are here.
        done_bytes: u64,
        /// Bytes of all its files.
        total_bytes: u64,
    },
    /// Another process writes to the collection, and is waited for.
    WaitingForLock {
        /// The process, where that is known.
        holder: Option<u32>,
        /// The longest wait.
        seconds: u64,
    },
    /// The sources of an ingestion were found.
    Begun {
        /// Bytes that they hold, if that is known.
        total_bytes: Option<u64>,
    },
    /// Bytes of the sources whose documents are stored already.
    PassedOver {
        /// Bytes of the sources read so far.
        consumed_bytes: u64,
    },
    /// Documents are stored.
    Stored {
        /// Bytes of the sources read so far.
        consumed_bytes: u64,
        /// Documents stored so far.
        num_documents: u64,
        /// Their token vectors.
        num_tokens: u64,
    },
}

/// Follows nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unattended;

impl Monitor for Unattended {}
