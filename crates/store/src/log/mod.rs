//! The log: one frame per committed batch, appended and synced before the batch is acknowledged.
//!
//! ```text
//! header (64 bytes): its number is that of the file's name, its length 0
//! frames, each:
//!    header (64 bytes): length of what follows in the frame, number = the batch's sequence, CRC-32 of what follows;
//!                       unsynced: how much of the log was not synced before it, and
//!                       whether another may follow before it is synced;
//!                       extra: next free document id, number of kills, number of all-zero sectors
//!    kills: number u64, row u32, kind u32 (0 segment, 1 batch), 16 bytes each; zeros to a multiple of 64
//!    rows (see `rows`)
//! ```
//! A *kill* says that an earlier row is no longer live: it was replaced or deleted. A log is only ever appended
//! to, never cut: a tail that a crash left incomplete is left behind with its whole file.

mod frame;
mod read;
mod sectors;
mod write;

pub(crate) use frame::{Batch, Kill, begins_frame};
pub(crate) use read::{LogReader, sequence_before};
pub use write::MAX_BATCH_BYTES;
pub(crate) use write::{LogWriter, encode_frame};

pub(crate) use crate::names::log as file_name;
