//! Puts checksums right after content was changed: so that what stands behind them is read, whoever wrote it.

use super::MemoryBackend;
use crate::checksummed::{BLOCK_BYTES, Form, HEAD_BYTES, piece_sum};
use crate::header::{self, HEADER_BYTES, Header, Kind};
use crate::manifest::{self, Manifest};
use crate::segment;
use std::collections::BTreeMap;
use std::ops::Range;

/// The files of a collection by name.
type Files = BTreeMap<String, Vec<u8>>;

/// Writes the checksums of a manifest anew. Nothing else changes: length and version stay what they are.
pub fn seal_manifest(bytes: &mut [u8]) {
    let content = HEADER_BYTES.min(bytes.len())..bytes.len();
    seal(bytes, 0, content);
}

/// Writes the checksums of a log and of its frames anew, as far as their lengths lead from one to the next.
pub fn seal_log(bytes: &mut [u8]) {
    seal(bytes, 0, 0..0);
    let mut at = HEADER_BYTES;
    while let Some(length) = bytes.get(at + 16..at + 24).and_then(<[u8]>::first_chunk) {
        let content = at + HEADER_BYTES;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let end = content.saturating_add(length).min(bytes.len());
        seal(bytes, at, content.min(end)..end);
        at = end.max(content);
    }
}

/// Writes the checksums of a segment anew, and those by which a sound manifest knows it.
pub fn seal_segment(files: &mut Files, name: &str) {
    let Some(bytes) = files.get_mut(name) else { return };
    let Some(footer_crc) = seal_blocks(bytes) else { return };
    let file_bytes = bytes.len() as u64;
    let Some(mut manifest) = read_manifest(files) else { return };
    for record in &mut manifest.segments {
        if segment::file_name(record.file.number) == name {
            (record.file.footer_crc, record.file.file_bytes) = (footer_crc, file_bytes);
        }
    }
    let folder = MemoryBackend::new();
    if manifest::write(&folder, &manifest, None).is_ok() {
        files.extend(folder.files());
    }
}

fn read_manifest(files: &Files) -> Option<Manifest> {
    manifest::read(&MemoryBackend::with_files(files.clone())).map(|(_, manifest)| manifest).ok()
}

/// The header at `at`, and in it the checksum of its content, if it has one.
fn seal(bytes: &mut [u8], at: usize, content: Range<usize>) {
    let content_crc = if content.is_empty() { 0 } else { crc32fast::hash(&bytes[content]) };
    let Some(header) = bytes.get_mut(at..at + HEADER_BYTES).and_then(<[u8]>::first_chunk_mut) else { return };
    header[32..36].copy_from_slice(&content_crc.to_le_bytes());
    header::seal(header);
}

/// Header, head, pieces and footers of a file that is covered block by block; `None` when it is too short to have them.
fn seal_blocks(bytes: &mut [u8]) -> Option<u32> {
    if Header::decode(bytes, Kind::Segment).is_err() {
        seal(bytes, 0, 0..0);
    }
    let version = u32::from_le_bytes(*bytes.get(8..12)?.first_chunk()?);
    let parts =
        Form::of(Kind::Segment, version.min(*Kind::Segment.versions().end())).parts_of_length(bytes.len())?;
    if parts.form == Form::Pieces {
        bytes.copy_within(..parts.content_end.min(HEAD_BYTES), parts.content_end);
        for piece in 0..parts.num_pieces() {
            let sum = piece_sum(&bytes[parts.piece(piece)]);
            bytes[parts.piece_sum(piece)].copy_from_slice(&sum);
        }
    }
    let (covered, footers) = bytes.split_at_mut_checked(parts.covered)?;
    let sums: Vec<u8> =
        covered.chunks(BLOCK_BYTES).flat_map(|block| crc32fast::hash(block).to_le_bytes()).collect();
    let crc = crc32fast::hash(&sums);
    let footer = [&sums[..], &crc.to_le_bytes()].concat();
    footers.chunks_mut(footer.len()).for_each(|copy| copy.copy_from_slice(&footer[..copy.len()]));
    Some(crc)
}
