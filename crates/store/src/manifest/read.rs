use super::{FILE, LogRecord, MAX_COUNTER, Manifest, SegmentRecord};
use crate::backend::Backend;
use crate::blob::{BlobRecord, check_name};
use crate::checksummed::ChecksummedFile;
use crate::header::{BadHeader, HEADER_BYTES, Header, Kind};
use crate::names::are_of_a_collection;
use crate::wire::Take;
use crate::{Layout, Result, StoreError};
use roaring::RoaringBitmap;
use std::io;
use std::sync::Arc;

/// Reads the header alone: enough to see whether the manifest was replaced.
pub(crate) fn read_header(backend: &dyn Backend) -> Result<Header> {
    let mut bytes = [0; HEADER_BYTES];
    let filled = backend.read(FILE, 0, &mut bytes).map_err(|error| missing(backend, error))?;
    decode_header(backend, &bytes[..filled])
}

/// Reads the manifest, and returns its header with it.
///
/// # Errors
/// [`StoreError::NotACollection`] when there is none, or it begins with other magic bytes; `Version`; `Corrupt`.
pub(crate) fn read(backend: &dyn Backend) -> Result<(Header, Manifest)> {
    let bytes = backend.read_all(FILE).map_err(|error| missing(backend, error))?;
    let header = decode_header(backend, &bytes)?;
    decode_content(&bytes, header, FILE)
}

/// The same of another name: that of a snapshot.
///
/// # Errors
/// `Io` with `NotFound` when there is none; otherwise as [`read`].
pub(crate) fn read_as(backend: &dyn Backend, name: &str) -> Result<(Header, Manifest)> {
    decode_bytes(&backend.read_all(name).map_err(StoreError::io("read", name))?, name)
}

/// The same from the bytes of a file.
pub(crate) fn decode_bytes(bytes: &[u8], file: &str) -> Result<(Header, Manifest)> {
    let header = Header::decode(bytes, Kind::Manifest).map_err(|bad| bad.into_error(file, 0))?;
    decode_content(bytes, header, file)
}

fn decode_content(bytes: &[u8], header: Header, file: &str) -> Result<(Header, Manifest)> {
    let content = &bytes[HEADER_BYTES..];
    if content.len() as u64 != header.length {
        let what = format!("{} bytes follow its header, which says {}", content.len(), header.length);
        return Err(StoreError::corrupt(file, content.len() as u64, what));
    }
    if crc32fast::hash(content) != header.content_crc {
        return Err(StoreError::corrupt(file, HEADER_BYTES as u64, "its checksum does not match"));
    }
    let mut take = Take::new(content);
    let manifest = decode(&mut take, &header).filter(|_| take.is_empty()).ok_or_else(|| {
        StoreError::corrupt(file, (HEADER_BYTES + take.at()) as u64, "its fields do not fit together")
    })?;
    Ok((header, manifest))
}

/// A folder without a manifest holds no collection, unless other files say that it held one.
fn missing(backend: &dyn Backend, error: io::Error) -> StoreError {
    if error.kind() != io::ErrorKind::NotFound {
        return StoreError::Io { action: "read", file: FILE.into(), source: error };
    }
    let reason = match backend.list() {
        Ok(files) if are_of_a_collection(&files) => {
            return StoreError::corrupt(FILE, 0, "it is not there, though other files of a collection are");
        }
        Ok(_) => format!("it has no file {FILE}"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is no such folder".into(),
        Err(error) => return StoreError::io("list", &backend.describe())(error),
    };
    StoreError::NotACollection { folder: backend.describe(), reason }
}

/// Another program's file may have the same name: bytes that no writer of ours left are damage only where the rest of the
/// header is ours, or other files of the folder are.
fn decode_header(backend: &dyn Backend, bytes: &[u8]) -> Result<Header> {
    let bad = match Header::decode(bytes, Kind::Manifest) {
        Err(BadHeader::Magic) if !Header::fits_without_magic(bytes, Kind::Manifest) => BadHeader::Magic,
        Err(BadHeader::Magic) => return Err(BadHeader::Magic.into_error(FILE, 0)),
        decoded => return decoded.map_err(|bad| bad.into_error(FILE, 0)),
    };
    let files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
    if are_of_a_collection(&files) {
        return Err(bad.into_error(FILE, 0));
    }
    let reason = format!("its file {FILE} begins with other magic bytes than a manifest");
    Err(StoreError::NotACollection { folder: backend.describe(), reason })
}

fn decode(take: &mut Take<'_>, header: &Header) -> Option<Manifest> {
    let generation = header.number;
    let (next_id, next_number, sequence) = (take.u64()?, take.u64()?, take.u64()?);
    let (log_number, durable_bytes) = (take.u64()?, take.u64()?);
    if [generation, next_id, next_number, sequence].iter().any(|&counter| counter > MAX_COUNTER) {
        return None;
    }
    let log = (log_number != 0).then_some(LogRecord { number: log_number, durable_bytes });
    let layout = Arc::new(Layout::decode(take)?);
    let num_segments = take.u32()?;
    let mut segments = Vec::new();
    for _ in 0..num_segments {
        segments.push(decode_segment(take, header.version)?);
    }
    let assets = decode_blobs(take, header.version, header.version >= 3)?;
    Some(Manifest { generation, next_id, next_number, sequence, log, layout, segments, assets })
}

fn decode_segment(take: &mut Take<'_>, version: u32) -> Option<SegmentRecord> {
    let (file, num_rows) = (decode_file(take)?, take.u32()?);
    let mut bitmap = take.prefixed()?;
    let Ok(deleted) = RoaringBitmap::deserialize_from(&mut bitmap) else { return None };
    if !bitmap.is_empty() || deleted.max().is_some_and(|row| row >= num_rows) {
        return None;
    }
    let attachments = decode_blobs(take, version, false)?;
    Some(SegmentRecord { file, num_rows, deleted: deleted.into(), attachments })
}

/// Assets and attachments, which version 1 does not have.
fn decode_blobs(take: &mut Take<'_>, version: u32, have_copies: bool) -> Option<Vec<BlobRecord>> {
    let num_blobs = if version == 1 { 0 } else { take.u32()? };
    let mut blobs: Vec<BlobRecord> = Vec::new();
    for _ in 0..num_blobs {
        let Ok(name) = String::from_utf8(take.prefixed()?.to_vec()) else { return None };
        let is_above = blobs.last().is_none_or(|before| before.name < name);
        if check_name(&name).is_err() || !is_above {
            return None;
        }
        let file = decode_file(take)?;
        // An asset of an older collection has none until it is upgraded.
        let copy = if have_copies { Some(decode_file(take)?).filter(|copy| copy.number != 0) } else { None };
        blobs.push(BlobRecord { name, file, copy });
    }
    Some(blobs)
}

fn decode_file(take: &mut Take<'_>) -> Option<ChecksummedFile> {
    Some(ChecksummedFile { number: take.u64()?, file_bytes: take.u64()?, footer_crc: take.u32()? })
}
