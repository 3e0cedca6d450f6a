//! Named bytes beside the documents, each in files with checksums (see `checksummed`).
//!
//! An *asset* belongs to the collection, an *attachment* to one segment and goes with it. Both are written once and
//! replaced as a whole by a new manifest. The header's length is that of the content, without the zeros behind it.

mod read;
mod write;

pub use read::Blob;
pub(crate) use read::{Blobs, Damage, insert, open_file, read};
pub(crate) use write::{check_name, encode_as, write, write_asset};

use crate::checksummed::ChecksummedFile;
use crate::header::Kind;
use crate::names;

/// The owner of a file of named bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Collection,
    Segment,
}

impl Owner {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Collection => Kind::Asset,
            Self::Segment => Kind::Attachment,
        }
    }

    pub(crate) fn file_name(self, number: u64) -> String {
        match self {
            Self::Collection => names::asset(number),
            Self::Segment => names::attachment(number),
        }
    }
}

/// Named bytes as the manifest knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobRecord {
    pub(crate) name: String,
    pub(crate) file: ChecksummedFile,
    /// A second file with the same content: that of an asset, without which documents may be unreadable.
    pub(crate) copy: Option<ChecksummedFile>,
}

impl BlobRecord {
    /// The files that hold it.
    pub(crate) fn files(&self) -> impl Iterator<Item = &ChecksummedFile> {
        std::iter::once(&self.file).chain(&self.copy)
    }
}
