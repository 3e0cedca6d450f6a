use pleiad_store::StoreError;
use std::io;

/// A result with this crate's error.
pub type Result<T> = std::result::Result<T, BackupError>;

/// Why a collection could not be copied or brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The collection cannot be read, or its restored copy is not sound.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The destination of backups, or the folder to restore to, refused.
    #[error("cannot {action} {what}: {source}")]
    Io {
        /// The attempt, as a verb.
        action: &'static str,
        /// The file or object, with the destination.
        what: String,
        /// The system's error.
        source: io::Error,
    },
    /// There is no such backup.
    #[error("there is no backup {number} in {destination}: it has {have}")]
    NoBackup {
        /// The number that was asked for, or `of any number`.
        number: String,
        /// The destination.
        destination: String,
        /// The backups that it has.
        have: String,
    },
    /// Bytes of a backup are not those that were written.
    #[error(
        "{what} is damaged: {why}; restore another backup, or take one of the collection that checks all of its objects, \
         which copies this one anew"
    )]
    Damaged {
        /// The file or object, with the destination.
        what: String,
        /// The contradiction.
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
    #[error("{folder} is being written by {}: wait until it has ended", describe_holder(*.holder))]
    Locked {
        /// The folder.
        folder: String,
        /// Its process, where that is known.
        holder: Option<u32>,
    },
    /// Another restore to the same folder is under way.
    #[error("another restore to {folder} is under way, by {}: wait until it has ended", describe_holder(*.holder))]
    Restoring {
        /// The folder.
        folder: String,
        /// The process that is at work, where that is known.
        holder: Option<u32>,
    },
    /// Something that no restore under way made is where the copy is to be fetched to.
    #[error(
        "{path} is in the way of the restore, which did not make it: move it elsewhere (a restore that was cut off at its \
         last step leaves the restored collection there, whole)"
    )]
    InTheWay {
        /// Its path.
        path: String,
    },
    /// The destination cannot be used.
    #[error("{destination}: {why}")]
    Destination {
        /// The destination.
        destination: String,
        /// Why not.
        why: String,
    },
}

fn describe_holder(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".into(), |process| format!("process {process}"))
}

impl BackupError {
    pub(crate) fn io(action: &'static str, what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { action, what, source }
    }
}
