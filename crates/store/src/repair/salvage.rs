use super::bit_flip;
use crate::Result;
use crate::backend::{AlignedBytes, FileBytes};
use crate::header::Kind;
use crate::sealed::{BLOCK_BYTES, Blocks, Sealed, SealedFile, covered_bytes};

/// The bytes of a damaged file, as many as are known.
pub(super) struct Salvaged {
    bytes: AlignedBytes,
    covered: usize,
    sums: Vec<u8>,
    /// One line for each thing that was put right.
    pub(super) notes: Vec<String>,
    /// True if every byte is the one that was written.
    pub(super) is_whole: bool,
}

/// Puts right what the checksums of a file allow: its end, its footer, single bits of its blocks. Nothing when not even
/// its checksums are known.
pub(super) fn salvage(found: &[u8], record: &SealedFile, kind: Kind) -> Option<Salvaged> {
    debug_assert!(kind != Kind::Manifest);
    let length = usize::try_from(record.file_bytes).ok()?;
    let covered = covered_bytes(length)?;
    if found.len() < covered {
        return None;
    }
    let mut notes = Vec::new();
    let mut bytes = AlignedBytes::with_capacity(length);
    bytes.append(&found[..found.len().min(length)]);
    if found.len() > length {
        notes.push(format!("{} bytes stood behind its end", found.len() - length));
    }
    let sums = footer(&bytes, covered, record.footer_crc, &mut notes)?;
    let blocks = bytes.as_mut_slice()[..covered].chunks_mut(BLOCK_BYTES);
    let mut is_whole = true;
    for ((number, block), sum) in blocks.enumerate().zip(sums.as_chunks().0) {
        let sum = u32::from_le_bytes(*sum);
        if crc32fast::hash(block) == sum {
            continue;
        }
        match bit_flip::put_back(block, sum) {
            Some(at) => notes.push(format!("one bit of byte {} had changed", number * BLOCK_BYTES + at)),
            None => is_whole = false,
        }
    }
    let mut whole = AlignedBytes::with_capacity(length);
    whole.append(&bytes[..covered]);
    whole.append(&sums);
    whole.append(&record.footer_crc.to_le_bytes());
    Some(Salvaged { bytes: whole, covered, sums, notes, is_whole })
}

impl Salvaged {
    /// The file as if it had been opened: what is not known is an error when it is read.
    pub(super) fn open(self, file: &str, kind: Kind, number: u64) -> Result<Sealed> {
        let blocks = Blocks::new(&self.sums);
        Sealed::of(self.bytes.into(), self.covered, blocks, (file, kind), number)
    }

    pub(super) fn into_bytes(self) -> FileBytes {
        self.bytes.into()
    }
}

/// The checksums of the blocks: as they stand, with one bit put back, or made anew, if that gives what the manifest
/// knows. A footer that is cut short has only some of them.
fn footer(bytes: &[u8], covered: usize, footer_crc: u32, notes: &mut Vec<String>) -> Option<Vec<u8>> {
    let made: Vec<u8> =
        bytes[..covered].chunks(BLOCK_BYTES).flat_map(|block| crc32fast::hash(block).to_le_bytes()).collect();
    let found = &bytes[covered..bytes.len().min(covered + made.len())];
    let is_cut = bytes.len() < covered + made.len() + 4;
    let mut sums = [found, &made[found.len()..]].concat();
    if crc32fast::hash(&sums) == footer_crc {
        if is_cut {
            notes.push("its end was cut off, within the footer".into());
        } else if bytes[covered + made.len()..] != footer_crc.to_le_bytes() {
            notes.push("the checksum of its footer was wrong, the footer was not".into());
        }
        return Some(sums);
    }
    if crc32fast::hash(&made) == footer_crc {
        notes.push("its footer was damaged, what it covers was not".into());
        return Some(made);
    }
    // One checksum is damaged and its block is not, or a bit of it is.
    let (stored, made) = (sums.as_chunks::<4>().0.to_vec(), made.as_chunks::<4>().0);
    for (number, made) in made.iter().enumerate().filter(|(number, made)| stored[*number] != **made) {
        let at = number * 4..number * 4 + 4;
        sums[at.clone()].copy_from_slice(made);
        if crc32fast::hash(&sums) == footer_crc {
            notes.push("its footer was damaged, what it covers was not".into());
            return Some(sums);
        }
        sums[at].copy_from_slice(&stored[number]);
    }
    let at = bit_flip::put_back(&mut sums, footer_crc)?;
    notes.push(format!("one bit of byte {} had changed", covered + at));
    Some(sums)
}
