//! The one writer of a collection.

mod blobs;
mod checkpoint;
mod claims;
mod commit;
mod files;
mod merge;
mod named;
mod open;
mod plan;
mod recent;
mod resolve;
mod store_writer;
mod upgrade;

pub(crate) use checkpoint::checkpoint;
pub(crate) use claims::Claims;
pub(crate) use files::{is_orphan, remove_orphans};
pub use merge::{MergeChoice, MergeJob, Merged};
pub(crate) use open::{check_current, load_sound};
pub use store_writer::{Options, StoreWriter};
pub use upgrade::{Upgraded, upgrade};
