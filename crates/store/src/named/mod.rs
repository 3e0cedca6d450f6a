//! Named snapshots: a copy of the manifest under a name of its own, and with it the files that it names.
//!
//! `snapshot-<name>` has the form of a manifest without a log. Files that it names stay until it is dropped, whatever
//! is merged or deleted meanwhile; nothing is copied.

mod list;

pub use list::{NamedSnapshot, snapshots};
pub(crate) use list::{kept_files, read};
