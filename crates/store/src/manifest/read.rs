use super::{FILE, LogRecord, MAX_COUNTER, Manifest, SegmentRecord};
use crate::backend::Backend;
use crate::header::{BadHeader, HEADER_BYTES, Header, Kind};
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
    let content = &bytes[HEADER_BYTES..];
    if content.len() as u64 != header.length {
        let what = format!("{} bytes follow its header, which says {}", content.len(), header.length);
        return Err(StoreError::corrupt(FILE, content.len() as u64, what));
    }
    if crc32fast::hash(content) != header.content_crc {
        return Err(StoreError::corrupt(FILE, HEADER_BYTES as u64, "its checksum does not match"));
    }
    let mut take = Take::new(content);
    let manifest = decode(&mut take, header.number).filter(|_| take.is_empty()).ok_or_else(|| {
        StoreError::corrupt(FILE, (HEADER_BYTES + take.at()) as u64, "its fields do not fit together")
    })?;
    Ok((header, manifest))
}

fn missing(backend: &dyn Backend, error: io::Error) -> StoreError {
    if error.kind() != io::ErrorKind::NotFound {
        return StoreError::Io { action: "read", file: FILE.into(), source: error };
    }
    let reason = match backend.list() {
        Ok(_) => format!("it has no file {FILE}"),
        Err(_) => "there is no such folder".into(),
    };
    StoreError::NotACollection { folder: backend.describe(), reason }
}

fn decode_header(backend: &dyn Backend, bytes: &[u8]) -> Result<Header> {
    Header::decode(bytes, Kind::Manifest).map_err(|bad| match bad {
        BadHeader::Magic => StoreError::NotACollection {
            folder: backend.describe(),
            reason: format!("its file {FILE} begins with other magic bytes than a manifest"),
        },
        bad => bad.into_error(FILE, 0),
    })
}

fn decode(take: &mut Take<'_>, generation: u64) -> Option<Manifest> {
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
        segments.push(decode_segment(take)?);
    }
    Some(Manifest { generation, next_id, next_number, sequence, log, layout, segments })
}

fn decode_segment(take: &mut Take<'_>) -> Option<SegmentRecord> {
    let (number, file_bytes) = (take.u64()?, take.u64()?);
    let (footer_crc, num_rows) = (take.u32()?, take.u32()?);
    let mut bitmap = take.prefixed()?;
    let Ok(deleted) = RoaringBitmap::deserialize_from(&mut bitmap) else { return None };
    if !bitmap.is_empty() {
        return None;
    }
    let in_range = deleted.max().is_none_or(|row| row < num_rows);
    in_range.then(|| SegmentRecord { number, file_bytes, footer_crc, num_rows, deleted: deleted.into() })
}
