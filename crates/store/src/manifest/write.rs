use super::{FILE, Manifest, NEW_FILE, SegmentRecord, read_header, second_sum};
use crate::backend::Backend;
use crate::blob::BlobRecord;
use crate::checksummed::ChecksummedFile;
use crate::header::{Header, Kind};
use crate::wire::put_prefixed;
use crate::{Result, StoreError};

/// Replaces the manifest. When this returns, the new state is durable; a crash before leaves the old one or the
/// new one, whole. All files that it names must be durable already, names included.
///
/// Returns the header of what was written.
///
/// # Errors
/// [`StoreError::Displaced`] when the manifest in place is not `replaced`, or there is one where that is nothing:
/// somebody else wrote it, and it stays.
pub(crate) fn write(backend: &dyn Backend, manifest: &Manifest, replaced: Option<&Header>) -> Result<Header> {
    let header = write_new(backend, manifest)?;
    check_in_place(backend, replaced)?;
    take_name(backend, FILE)?;
    Ok(header)
}

/// The same under another name, which nothing has yet: that of a snapshot.
pub(crate) fn write_as(backend: &dyn Backend, manifest: &Manifest, name: &str) -> Result<()> {
    write_new(backend, manifest)?;
    take_name(backend, name)
}

/// An error unless the manifest in place is this one.
pub(crate) fn check_in_place(backend: &dyn Backend, expected: Option<&Header>) -> Result<()> {
    let displaced = |what: &str| StoreError::Displaced { folder: backend.describe(), what: what.into() };
    match (read_header(backend), expected) {
        (Ok(found), Some(expected)) if found == *expected => Ok(()),
        (Ok(_), Some(_)) => Err(displaced("its MANIFEST was replaced by another program")),
        (Err(StoreError::NotACollection { .. }), None) => Ok(()),
        (Err(StoreError::NotACollection { .. } | StoreError::Corrupt { .. }), Some(_)) => {
            Err(displaced("its MANIFEST is gone or damaged"))
        }
        (Ok(_), None) => Err(displaced("another program made one there meanwhile")),
        (Err(error), _) => Err(error),
    }
}

/// The bytes of a manifest, and its header.
pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<(Header, Vec<u8>)> {
    let content = encode(manifest)?;
    let mut header = Header::new(Kind::Manifest, manifest.generation, content.len() as u64);
    header.content_crc = crc32fast::hash(&content);
    header.extra[0] = second_sum(&content);
    Ok((header, [&header.encode()[..], &content].concat()))
}

fn write_new(backend: &dyn Backend, manifest: &Manifest) -> Result<Header> {
    let (header, bytes) = encode_manifest(manifest)?;
    let mut file = backend.create(NEW_FILE).map_err(StoreError::io("create", NEW_FILE))?;
    file.write(&bytes).map_err(StoreError::io("write", NEW_FILE))?;
    file.sync().map_err(StoreError::io("sync", NEW_FILE))?;
    Ok(header)
}

fn take_name(backend: &dyn Backend, name: &str) -> Result<()> {
    backend.rename(NEW_FILE, name).map_err(StoreError::io("rename", NEW_FILE))?;
    backend.sync_folder().map_err(|error| StoreError::io("sync the folder", &backend.describe())(error))
}

fn encode(manifest: &Manifest) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let (log_number, durable_bytes) = manifest.log.map_or((0, 0), |log| (log.number, log.durable_bytes));
    for value in [manifest.next_id, manifest.next_number, manifest.sequence, log_number, durable_bytes] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    manifest.layout.encode(&mut out);
    out.extend_from_slice(&(manifest.segments.len() as u32).to_le_bytes());
    for segment in &manifest.segments {
        encode_segment(segment, &mut out)?;
    }
    encode_blobs(&manifest.assets, &mut out, true);
    Ok(out)
}

fn encode_segment(segment: &SegmentRecord, out: &mut Vec<u8>) -> Result<()> {
    encode_file(&segment.file, out);
    out.extend_from_slice(&segment.num_rows.to_le_bytes());
    let mut deleted = Vec::with_capacity(segment.deleted.serialized_size());
    segment.deleted.serialize_into(&mut deleted).map_err(StoreError::io("encode", FILE))?;
    put_prefixed(out, &deleted);
    encode_blobs(&segment.attachments, out, false);
    Ok(())
}

fn encode_blobs(blobs: &[BlobRecord], out: &mut Vec<u8>, have_copies: bool) {
    out.extend_from_slice(&(blobs.len() as u32).to_le_bytes());
    for blob in blobs {
        put_prefixed(out, blob.name.as_bytes());
        encode_file(&blob.file, out);
        if have_copies {
            encode_file(&blob.copy.unwrap_or(NO_FILE), out);
        }
    }
}

/// In the place of a copy that there is not.
const NO_FILE: ChecksummedFile = ChecksummedFile { number: 0, file_bytes: 0, footer_crc: 0 };

fn encode_file(file: &ChecksummedFile, out: &mut Vec<u8>) {
    out.extend_from_slice(&file.number.to_le_bytes());
    out.extend_from_slice(&file.file_bytes.to_le_bytes());
    out.extend_from_slice(&file.footer_crc.to_le_bytes());
}
