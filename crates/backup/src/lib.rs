//! Copies of a collection: to a folder or an object store, and back.
//!
//! [`backup`] copies one consistent state while writes go on. What never changes (segments, assets, attachments) is
//! copied once, under a name that holds its length and checksum: the next backup only adds what is new. A catalogue of
//! each backup names its files with their checksums; it is written last, so that a backup is there as a whole or not
//! at all. [`restore`] checks everything before it puts the collection in place.
//!
//! ```text
//! objects/segment-3-918272-5f3a09c1     bytes of a file, by name, length and checksum
//! backups/0000000001-77aa01fe.json      the catalogue of a backup, by number and CRC-32 of its bytes
//! ```
//!
//! Everything here waits until it is done; where a [`Destination`] needs an asynchronous library, that stays inside.

mod backup;
mod catalogue;
mod destination;
mod error;
mod object;
mod remove;
mod restore;
mod staging;

pub use backup::{Check, Done, backup};
pub use catalogue::{Backup, CataloguedFile, backups};
#[cfg(feature = "objects")]
pub use destination::ObjectDestination;
pub use destination::{Destination, FolderDestination};
pub use error::{BackupError, Result};
pub use remove::{Removed, keep_last};
pub use restore::{Restored, restore};
