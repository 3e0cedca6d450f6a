//! The manifest: which files make up the collection. It is replaced as a whole, and that is the one commit point
//! of everything but a batch.
//!
//! ```text
//!  0 header (64 bytes): length and CRC-32 of what follows, number = generation, extra = a second checksum
//! 64 next free document id u64, next free file number u64
//!    sequence u64            the last batch whose rows are in segments
//!    log number u64          0: no log yet
//!    log durable bytes u64   length that the log had when this was written
//!    layout: number of columns u32; each: name (u32 length, bytes), width u32 (0: rows vary); schema (u32 length, bytes)
//!    number of segments u32; each: number u64, file bytes u64, footer CRC-32 u32, rows u32,
//!                                  deleted rows (u32 length, roaring bitmap in its portable form),
//!                                  attachments
//!    assets
//! ```
//! Assets and attachments: their number u32; each, in ascending order of names: name (u32 length, bytes), number u64,
//! file bytes u64, footer CRC-32 u32; and of an asset the same three of its copy. Version 1 has neither, version 2 no
//! copies. The deleted rows are those at `sequence`: the kills of the log come on top.

mod read;
mod write;

pub(crate) use read::{decode_bytes, read, read_as, read_header};
pub(crate) use write::{check_in_place, encode_manifest, write, write_as};

use crate::Layout;
use crate::blob::{BlobRecord, Owner};
use crate::checksummed::{ChecksummedFile, backward_crc};
use crate::{log, segment};
use roaring::RoaringBitmap;
use std::sync::Arc;

pub(crate) use crate::names::{MANIFEST as FILE, NEW as NEW_FILE};

/// The second checksum of a manifest's content, as its header has it: no reader needs it, but a repair that puts two bits
/// back. The highest bit says that it is there: early manifests have zero in its place.
pub(crate) fn second_sum(content: &[u8]) -> u64 {
    1 << 63 | u64::from(backward_crc(content))
}

/// Above this no counter is believed: it leaves room to count on, and no collection gets there.
pub(crate) const MAX_COUNTER: u64 = u64::MAX >> 1;

/// A segment as the manifest knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SegmentRecord {
    pub(crate) file: ChecksummedFile,
    pub(crate) num_rows: u32,
    pub(crate) deleted: Arc<RoaringBitmap>,
    pub(crate) attachments: Vec<BlobRecord>,
}

/// The log as the manifest knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogRecord {
    pub(crate) number: u64,
    pub(crate) durable_bytes: u64,
}

/// One state of the collection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) generation: u64,
    pub(crate) next_id: u64,
    pub(crate) next_number: u64,
    pub(crate) sequence: u64,
    pub(crate) log: Option<LogRecord>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) segments: Vec<SegmentRecord>,
    pub(crate) assets: Vec<BlobRecord>,
}

impl Manifest {
    /// The first state of a collection: nothing in it.
    pub(crate) fn empty(layout: Layout) -> Self {
        Self {
            generation: 0,
            next_id: 0,
            next_number: 1,
            sequence: 0,
            log: None,
            layout: Arc::new(layout),
            segments: Vec::new(),
            assets: Vec::new(),
        }
    }

    /// Every file that it names, with the number in its name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let blob = |owner: Owner| {
            let named = move |number: u64| (owner.file_name(number), number);
            move |blob: &BlobRecord| blob.files().map(|file| named(file.number)).collect::<Vec<_>>()
        };
        let segments = self.segments.iter().flat_map(move |segment| {
            let number = segment.file.number;
            let attachments = segment.attachments.iter().flat_map(blob(Owner::Segment));
            std::iter::once((segment::file_name(number), number)).chain(attachments)
        });
        let log = self.log.iter().map(|log| (log::file_name(log.number), log.number));
        segments.chain(log).chain(self.assets.iter().flat_map(blob(Owner::Collection)))
    }

    /// A file number that no file had before.
    pub(crate) fn take_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
    }
}
