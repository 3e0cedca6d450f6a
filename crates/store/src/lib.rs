//! Durable bytes: the segments, the one log and the one manifest of a collection.
//!
//! A document is a key and one run of bytes per [`Column`]; what the bytes mean is not known here. One
//! [`StoreWriter`] commits batches of [`Operation`]s; any number of [`Store`]s read, in this process or others,
//! and take [`View`]s: states that never change. A batch is durable when [`StoreWriter::commit`] returns, and is
//! there as a whole or not at all after any crash. A byte that changed on the disk is an error that names the
//! file, never another answer. `docs/format.md` has every byte and the argument why each step is safe.
//!
//! ```
//! use pleiad_store::testing::MemoryBackend;
//! use pleiad_store::{Column, Layout, Operation, Options, Store, StoreWriter};
//! use std::sync::Arc;
//!
//! let folder = MemoryBackend::new(); // `FolderBackend::new("path")` for real files
//! let text = Column { name: "text".into(), width: None };
//! Store::create(&folder, Layout::new(vec![text], b"{}".to_vec())?)?;
//!
//! let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
//! writer.commit(&[Operation::Upsert { key: "a".into(), columns: vec![b"hello".to_vec()] }])?;
//!
//! let view = Store::open(Arc::new(folder))?.view()?;
//! let (part, row) = view.find("a")?.expect("it was committed");
//! assert_eq!(view.parts()[part].column(0, row)?, b"hello");
//! # Ok::<(), pleiad_store::StoreError>(())
//! ```

#[cfg(not(target_pointer_width = "64"))]
compile_error!("segments are mapped as a whole: this needs 64-bit addresses");

mod backend;
mod blob;
mod checksummed;
mod error;
mod header;
mod held;
#[cfg(test)]
mod hostile;
mod layout;
mod log;
mod manifest;
mod named;
mod names;
mod operation;
mod pin;
mod repair;
mod rows;
mod segment;
mod shared;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod verify;
mod view;
mod wire;
mod writer;

pub use backend::{Backend, FileBytes, FileWriter, FolderBackend, LockGuard};
pub use blob::Blob;
pub use error::{Result, StoreError};
pub use header::FORMAT_VERSION;
pub use layout::{Column, Layout, MAX_COLUMNS, MAX_NAME_BYTES, MAX_SCHEMA_BYTES, MAX_WIDTH};
pub use log::MAX_BATCH_BYTES;
pub use named::{NamedSnapshot, snapshots};
pub use names::{MAX_SNAPSHOT_NAME_BYTES, PartId};
pub use operation::{Commit, Operation};
pub use pin::{PinnedFile, PinnedState, pin};
pub use pleiad_vectors::MAX_KEY_BYTES;
pub use repair::{
    RepairEvent, RepairReport, TakeBackEvent, TakeBackReport, discard_damaged, repair, take_back,
};
pub use roaring::RoaringBitmap;
pub use shared::{Durability, DurabilityError, SharedWriter};
pub use store::Store;
pub use verify::{Event, VerifyReport, verify};
pub use view::{ColumnStats, PartView, Stats, View};
pub use writer::{MergeChoice, MergeJob, Merged, Options, StoreWriter, Upgraded, upgrade};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_threads_share_and_hand_over() {
        fn shared<T: Send + Sync>() {}
        fn handed_over<T: Send>() {}
        shared::<Store>();
        shared::<View>();
        shared::<PartView>();
        shared::<StoreError>();
        shared::<SharedWriter>();
        handed_over::<StoreWriter>();
        handed_over::<MergeJob>();
        handed_over::<Merged>();
    }
}
