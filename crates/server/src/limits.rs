use std::time::Duration;

/// Limits of what a server takes at once. Crossing one is an error that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body that is read as a whole, and of a line of one that is read by lines.
    pub max_body_bytes: u64,
    /// Bytes of all bodies of writes that are being read or written.
    pub max_waiting_bytes: u64,
    /// Connections.
    pub max_connections: usize,
    /// Reads that are worked on at once; the number of cores is a good one.
    pub num_readers: usize,
    /// Reads that wait for those.
    pub max_waiting: usize,
    /// Time of a read that asks for none.
    pub default_time: Duration,
    /// Longest time that a read may ask for.
    pub max_time: Duration,
    /// Time for the head of a request, from the connection or the answer before it on.
    pub head_time: Duration,
    /// Time for a body that is read as a whole, and for the next line of one that is read by lines.
    pub body_time: Duration,
    /// Collections that are kept open.
    pub max_open: usize,
    /// Time without a write after which the lock of a collection is given back.
    pub writer_rest: Duration,
}

/// Deepest hit that a search reaches.
pub(crate) const MAX_DEPTH: usize = 10_000;

/// Rows of a query.
pub(crate) const MAX_QUERY_ROWS: usize = 1024;

/// Bytes of a question's text.
pub(crate) const MAX_QUERY_BYTES: usize = 64 << 10;

/// Rows of a document.
pub(crate) const MAX_DOCUMENT_ROWS: usize = 65_536;

/// Searches of a batch.
pub(crate) const MAX_SEARCHES: usize = 256;

/// Documents, collections or tenants of a page, and values of an attribute.
pub(crate) const MAX_PAGE: usize = 10_000;

/// Keys that one request deletes or patches, and documents that it adds as one batch.
pub(crate) const MAX_DOCUMENTS: usize = 65_536;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 << 20,
            max_waiting_bytes: 256 << 20,
            max_connections: 4096,
            num_readers: std::thread::available_parallelism().map_or(1, usize::from),
            max_waiting: 256,
            default_time: Duration::from_secs(10),
            max_time: Duration::from_secs(60),
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            max_open: 256,
            writer_rest: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// The time of a read that asks for so many milliseconds, or for none.
    pub(crate) fn time(&self, asked_ms: Option<u64>) -> Duration {
        asked_ms.map_or(self.default_time, Duration::from_millis).min(self.max_time)
    }
}
