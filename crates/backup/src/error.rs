use pleiad_store::StoreError;
use std::io;

/// What this crate answers with.
pub type Result<T> = std::result::Result<T, BackupError>;

/// Why a collection could not be copied or brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The collection cannot be read, or its restored copy is not sound.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place of backups, or the folder to restore to, refused.
    #[error("cannot {action} {what}: {source}")]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or object, with the place.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such backup.
    #[error("there is no backup {number} in {place}: it has {have}")]
    NoBackup {
        /// The number that was asked for, or `of any number`.
        number: String,
        /// Where.
        place: String,
        /// What is there.
        have: String,
    },
    /// Bytes of a backup are not those that were written.
    #[error("{what} is damaged: {why}; take another backup")]
    Damaged {
        /// The file or object, with the place.
        what: String,
        /// What does not fit.
        why: String,
    },
    /// A newer release wrote the catalogue.
    #[error("{what} has version {found}, this release reads {supported}: use a newer one")]
    Version {
        /// The catalogue.
        what: String,
        /// The version that it says.
        found: u32,
        /// The one that is read.
        supported: u32,
    },
    /// Something is where the collection is to go.
    #[error("{folder} is not empty: restore elsewhere, or say that it is to be replaced")]
    NotEmpty {
        /// The folder.
        folder: String,
    },
    /// A writer holds the collection that is to be replaced.
    #[error("{folder} is locked by a writer: close it first")]
    Locked {
        /// The folder.
        folder: String,
    },
    /// The place cannot be used.
    #[error("{place}: {why}")]
    Place {
        /// The place.
        place: String,
        /// Why not.
        why: String,
    },
}

impl BackupError {
    pub(crate) fn io(action: &'static str, what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { action, what, source }
    }
}
