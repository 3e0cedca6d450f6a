use super::{BlobRecord, Owner};
use crate::backend::{Backend, FileBytes};
use crate::checksummed::{self, Blocks, Checksummed, ChecksummedFile};
use crate::header::HEADER_BYTES;
use crate::wire::padded;
use crate::{Result, StoreError};
use std::ops::Range;
use std::sync::Arc;

/// An asset of the collection or an attachment of a segment: bytes that never change. They stay readable for as
/// long as this is held, whatever the collection becomes.
#[derive(Debug)]
pub struct Blob {
    /// The files that hold it, one or two, and those that cannot be opened.
    copies: Vec<Copy>,
    length: usize,
}

#[derive(Debug)]
enum Copy {
    Opened(BlobFile),
    /// The damage, and its place.
    Damaged {
        file: String,
        offset: u64,
        what: String,
    },
}

/// One file of named bytes.
#[derive(Debug)]
pub(crate) struct BlobFile {
    bytes: FileBytes,
    /// Length of the content; zeros follow up to its end.
    length: usize,
    covered: usize,
    blocks: Blocks,
    file: String,
}

/// The moment at which named bytes that cannot be read are an error: when they are opened, or when they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Every file that is not there is an error, since the manifest may have moved on; what is damaged is one when it is
    /// read.
    MissingIsError,
    /// Content that none of its files holds is an error.
    LossIsError,
    /// All damage is an error when it is read.
    IsReadLater,
}

/// Opens the files of named bytes that the manifest records. Cost: as for a segment.
pub(crate) fn open(backend: &dyn Backend, owner: Owner, record: &BlobRecord, damage: Damage) -> Result<Blob> {
    let (mut copies, mut length, mut lost) = (Vec::new(), None, None);
    for file in record.files() {
        match open_file(backend, owner, file) {
            Ok(opened) => {
                length.get_or_insert(opened.length);
                copies.push(Copy::Opened(opened));
            }
            Err(error) if !error.is_damage() => return Err(error),
            Err(error) if damage == Damage::MissingIsError && error.is_missing_file() => return Err(error),
            Err(error) => {
                copies.push(Copy::damaged(&error, owner.file_name(file.number)));
                lost = Some(error);
            }
        }
    }
    match (length, lost) {
        (None, Some(error)) if damage == Damage::LossIsError => Err(error),
        (length, _) => Ok(Blob { copies, length: length.unwrap_or_default() }),
    }
}

/// Opens one file of named bytes.
pub(crate) fn open_file(backend: &dyn Backend, owner: Owner, file: &ChecksummedFile) -> Result<BlobFile> {
    let name = owner.file_name(file.number);
    read(checksummed::open(backend, &name, owner.kind(), file)?, &name)
}

/// The named bytes of a file that was opened.
pub(crate) fn read(opened: Checksummed, file: &str) -> Result<BlobFile> {
    let Checksummed { header, bytes, parts, blocks } = opened;
    let found = parts.content_end - HEADER_BYTES;
    let length = usize::try_from(header.length).ok();
    let length = length.filter(|&length| padded(length) == Some(found)).ok_or_else(|| {
        let what = format!("its header says {} bytes, it has {found}", header.length);
        StoreError::corrupt(file, 16, what)
    })?;
    Ok(BlobFile { bytes, length, covered: parts.covered, blocks, file: file.to_owned() })
}

impl Copy {
    fn damaged(error: &StoreError, file: String) -> Self {
        match error {
            StoreError::Corrupt { file, offset, what } => {
                Self::Damaged { file: file.clone(), offset: *offset, what: what.clone() }
            }
            _ => Self::Damaged {
                file,
                offset: 0,
                what: "the manifest names this file, and it is not there".into(),
            },
        }
    }
}

impl Blob {
    /// Number of bytes; 0 when none of its files can be opened, which reading it tells.
    pub fn len(&self) -> usize {
        self.length
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The file that holds it, for messages.
    pub fn file(&self) -> &str {
        match self.copies.first() {
            Some(Copy::Opened(BlobFile { file, .. }) | Copy::Damaged { file, .. }) => file,
            None => "",
        }
    }

    /// All bytes, from a multiple of 64 in memory on. Cost: no copy; each block of 64 KiB is compared with its
    /// checksum at its first touch.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block, if its copy is damaged too.
    pub fn bytes(&self) -> Result<&[u8]> {
        self.slice(0..self.length)
    }

    /// Some of the bytes. Cost: as [`Blob::bytes`], of the blocks that they touch.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], or [`StoreError::Corrupt`] for a damaged block, if its copy is damaged too.
    pub fn slice(&self, range: Range<usize>) -> Result<&[u8]> {
        let mut first = None;
        for copy in &self.copies {
            let error = match copy {
                Copy::Opened(file) => match file.slice(range.clone()) {
                    Err(error @ StoreError::Corrupt { .. }) => error,
                    read => return read,
                },
                Copy::Damaged { file, offset, what } => StoreError::corrupt(file, *offset, what.clone()),
            };
            first.get_or_insert(error);
        }
        Err(first.unwrap_or_else(|| StoreError::corrupt(self.file(), 0, "no file holds it")))
    }
}

impl BlobFile {
    /// All of the content.
    pub(crate) fn bytes(&self) -> Result<&[u8]> {
        self.slice(0..self.length)
    }

    fn slice(&self, range: Range<usize>) -> Result<&[u8]> {
        if range.start > range.end || range.end > self.length {
            let (found, limit) = (range.end.max(range.start) as u64, self.length as u64);
            return Err(StoreError::OutOfRange { what: "byte", found, limit, file: self.file.clone() });
        }
        let (start, end) = (HEADER_BYTES + range.start, HEADER_BYTES + range.end);
        self.blocks.read(&self.bytes[..self.covered], start, end, &self.file)
    }

    /// Compares every block, those beside the content included.
    pub(crate) fn compare_all(&self) -> Result<()> {
        self.blocks.compare_all(&self.bytes[..self.covered], &self.file)
    }
}

/// All assets of a collection, or all attachments of a segment, in ascending order of their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blobs(Arc<Vec<(BlobRecord, Arc<Blob>)>>);

impl Blobs {
    /// Opens those that are recorded; those that `known` has are not opened again.
    pub(crate) fn open(
        backend: &dyn Backend,
        owner: Owner,
        records: &[BlobRecord],
        known: &Self,
        damage: Damage,
    ) -> Result<Self> {
        let mut blobs = Vec::with_capacity(records.len());
        for record in records {
            let blob = match known
                .0
                .iter()
                .find(|(other, _)| (other.file, other.copy) == (record.file, record.copy))
            {
                Some((_, blob)) => Arc::clone(blob),
                None => Arc::new(open(backend, owner, record, damage)?),
            };
            blobs.push((record.clone(), blob));
        }
        Ok(Self(Arc::new(blobs)))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Blob>> {
        self.0.iter().find(|(record, _)| record.name == name).map(|(_, blob)| blob)
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(record, _)| record.name.as_str())
    }

    /// Bytes of their files.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.0.iter().flat_map(|(record, _)| record.files()).map(|file| file.file_bytes).sum()
    }
}

/// Puts a record where its name belongs, in the place of one of the same name.
pub(crate) fn insert(records: &mut Vec<BlobRecord>, record: BlobRecord) {
    records.retain(|other| other.name != record.name);
    let at = records.partition_point(|other| other.name < record.name);
    records.insert(at, record);
}
