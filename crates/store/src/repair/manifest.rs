use super::mend::Mend;
use super::{Repair, bit_flip, judge};
use crate::backend::Backend;
use crate::blob::Owner;
use crate::checksummed;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::manifest::{self, FILE, Manifest};
use crate::writer::check_current;
use crate::{Result, StoreError, segment};

/// Longest manifest without a second checksum in which two flipped bits are looked for: other damage of a KiB looks like
/// them one time in 128, and then has to fit the files.
const MAX_BYTES_UNSURE: usize = 1 << 10;

/// A manifest that was put right.
pub(super) struct PutBack {
    /// The changes that were made, for the report.
    pub(super) what: String,
    pub(super) bytes: Vec<u8>,
    pub(super) read: (Header, Manifest),
}

impl Repair<'_> {
    /// The manifest, with one or two flipped bits put back if there are such.
    pub(super) fn manifest(&mut self) -> Result<(Header, Manifest)> {
        let read = match judge(manifest::read(self.backend))? {
            Ok(read) => read,
            Err(error) => {
                let bytes = self.backend.read_all(FILE).map_err(StoreError::io("read", FILE))?;
                let PutBack { what, bytes, read } = put_back(self.backend, bytes, FILE)?.ok_or(error)?;
                self.mends.insert(FILE.to_owned(), Mend::Bytes(bytes));
                self.restored(FILE, what);
                self.is_changed = true;
                read
            }
        };
        check_current(self.backend, &read.0)?;
        Ok(read)
    }
}

/// A manifest of which one or two bits had changed; nothing where there is no such change, or more than one.
///
/// # Errors
/// Those of the system that are no damage.
pub(super) fn put_back(backend: &dyn Backend, mut bytes: Vec<u8>, file: &str) -> Result<Option<PutBack>> {
    let mut what: Vec<String> = put_back_header(&mut bytes, 0, Kind::Manifest).into_iter().collect();
    let Ok(header) = Header::decode(&bytes, Kind::Manifest) else { return Ok(None) };
    let content = &mut bytes[HEADER_BYTES..];
    if content.len() as u64 != header.length {
        return Ok(None);
    }
    if crc32fast::hash(content) != header.content_crc {
        let Some(bits) = wrong_bits(backend, content, &header, file)? else { return Ok(None) };
        bit_flip::flip(content, &bits);
        what.push(bit_flip::told(&bits, HEADER_BYTES));
    }
    let read = manifest::decode_bytes(&bytes, file);
    Ok(judge(read)?.ok().map(|read| PutBack { what: what.join(", "), bytes, read }))
}

/// The one or two bits of the content of a manifest that had changed, if only one change explains its checksums.
fn wrong_bits(
    backend: &dyn Backend,
    content: &[u8],
    header: &Header,
    file: &str,
) -> Result<Option<Vec<usize>>> {
    let (length, has_second) = (content.len(), header.extra[0] != 0);
    let difference = crc32fast::hash(content) ^ header.content_crc;
    let one = bit_flip::one(length, difference).filter(|_| has_second || length <= bit_flip::MAX_BYTES);
    if let (Some(bit), false) = (one, has_second) {
        return Ok(Some(vec![bit]));
    }
    let mut ways: Vec<Vec<usize>> = one.into_iter().map(|bit| vec![bit]).collect();
    if has_second || length <= MAX_BYTES_UNSURE {
        let pairs = bit_flip::pairs(length, difference, |_| true);
        ways.extend(pairs.into_iter().map(|pair| pair.to_vec()));
    }
    let (mut fitting, mut copy) = (Vec::new(), [&header.encode()[..], content].concat());
    for way in ways {
        bit_flip::flip(&mut copy[HEADER_BYTES..], &way);
        let fits = match has_second {
            true => header.extra[0] == manifest::second_sum(&copy[HEADER_BYTES..]),
            false => fits_files(backend, &copy, file)?,
        };
        bit_flip::flip(&mut copy[HEADER_BYTES..], &way);
        if fits {
            fitting.push(way);
        }
    }
    Ok(if fitting.len() == 1 { fitting.pop() } else { None })
}

/// True if a manifest can be read, and the files that it names are those that it describes.
fn fits_files(backend: &dyn Backend, bytes: &[u8], file: &str) -> Result<bool> {
    let Ok((_, manifest)) = judge(manifest::decode_bytes(bytes, file))? else { return Ok(false) };
    let segments = manifest.segments.iter().map(|one| (segment::file_name(one.file.number), &one.file));
    let attachments = manifest.segments.iter().flat_map(|one| &one.attachments);
    let blobs = attachments
        .map(|blob| (Owner::Segment, blob))
        .chain(manifest.assets.iter().map(|blob| (Owner::Collection, blob)));
    let blobs =
        blobs.flat_map(|(owner, blob)| blob.files().map(move |file| (owner.file_name(file.number), file)));
    for (name, record) in segments.chain(blobs) {
        let found = judge(checksummed::of_itself(backend, &name, record.number))?;
        if !found.is_ok_and(|found| found == *record) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts back the magic of a header that stands at an offset of its file, or one or two bits of it, and tells what it did;
/// nothing when the header is sound, or damaged otherwise.
///
/// No two bits of so few look like two others to a CRC-32: it takes five to escape it.
pub(super) fn put_back_header(bytes: &mut [u8], offset: usize, kind: Kind) -> Option<String> {
    let is_sound = |bytes: &[u8]| Header::decode(bytes, kind).is_ok();
    if is_sound(bytes) {
        return None;
    }
    if Header::fits_without_magic(bytes, kind) {
        let at = bytes.iter().zip(kind.magic()).position(|(found, right)| found != right);
        bytes[..8].copy_from_slice(kind.magic());
        return Some(format!("its first bytes were damaged, from byte {} on", offset + at?));
    }
    let num_bits = 8 * HEADER_BYTES.min(bytes.len());
    for first in 0..num_bits {
        bit_flip::flip(bytes, &[first]);
        if is_sound(bytes) {
            return Some(bit_flip::told(&[first], offset));
        }
        for second in first + 1..num_bits {
            bit_flip::flip(bytes, &[second]);
            if is_sound(bytes) {
                return Some(bit_flip::told(&[first, second], offset));
            }
            bit_flip::flip(bytes, &[second]);
        }
        bit_flip::flip(bytes, &[first]);
    }
    None
}
