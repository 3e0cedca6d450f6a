//! Named bytes beside the documents, each in one sealed file (see `sealed`).
//!
//! An *asset* belongs to the collection, an *attachment* to one segment and goes with it. Both are written once and
//! replaced as a whole by a new manifest. The header's length is that of the content, without the zeros behind it.

mod read;
mod set;
mod write;

pub use read::Blob;
pub(crate) use read::{open, read};
pub(crate) use set::{Blobs, insert};
pub(crate) use write::{check_name, write};

use crate::header::Kind;
use crate::names;
use crate::sealed::SealedFile;

/// What a file of named bytes belongs to.
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
    pub(crate) file: SealedFile,
}
