//! Puts a damaged file together again from what its checksums tell.

use super::bit_flip;
use crate::Result;
use crate::backend::{AlignedBytes, FileBytes};
use crate::checksummed::{
    BLOCK_BYTES, Blocks, Checksummed, ChecksummedFile, Form, HEAD_BYTES, PIECE_BYTES, Parts, piece_crc,
    piece_sum,
};
use crate::header::Kind;
use std::ops::Range;

/// The bytes of a damaged file, as many as are known.
pub(super) struct Salvaged {
    bytes: AlignedBytes,
    parts: Parts,
    footer_crc: u32,
    /// Checksums of blocks, or of pieces where a block is not whole.
    sums: Vec<u8>,
    /// One line for each thing that was put right.
    pub(super) notes: Vec<String>,
    /// True if every byte is the one that was written.
    pub(super) is_whole: bool,
}

/// Puts right what the checksums of a file allow: its end, its footers, its head, single bits of its blocks and pieces.
/// Nothing when not even the checksums of its blocks are known.
pub(super) fn salvage(found: &[u8], record: &ChecksummedFile, kind: Kind) -> Option<Salvaged> {
    debug_assert!(kind != Kind::Manifest);
    let length = usize::try_from(record.file_bytes).ok()?;
    // The header may be what is damaged: the checksums tell the form.
    [Form::Pieces, Form::Plain].into_iter().find_map(|form| {
        let parts = form.parts_of_length(length)?;
        let footer = (found.len() >= parts.covered).then(|| footer(found, &parts, record.footer_crc))??;
        Some(File::new(found, parts, footer).salvaged(record.footer_crc))
    })
}

impl Salvaged {
    /// The file as if it had been opened: what is not known is an error when it is read.
    pub(super) fn open(self, file: &str, kind: Kind, number: u64) -> Result<Checksummed> {
        let blocks = match self.is_whole {
            true => Blocks::new(&self.sums),
            false if self.parts.form == Form::Plain => Blocks::new(&self.sums),
            false => Blocks::of(PIECE_BYTES, &self.sums),
        };
        Checksummed::of(self.bytes.into(), self.parts, blocks, (file, kind), number)
    }

    /// All bytes of the file, if it is whole.
    pub(super) fn into_bytes(self) -> FileBytes {
        let own = [&self.sums[..], &self.footer_crc.to_le_bytes()].concat();
        let mut whole = AlignedBytes::with_capacity(self.parts.length);
        whole.append(&self.bytes[..self.parts.covered]);
        for _ in 0..(self.parts.length - self.parts.covered) / own.len() {
            whole.append(&own);
        }
        whole.into()
    }
}

/// The checksums of the blocks, and how they were found if not as they stand.
struct Footer {
    sums: Vec<u8>,
    note: Option<String>,
}

/// The checksums of the blocks: those of either footer as they stand, with one bit put back, or made anew, whichever gives
/// what the manifest knows. A footer that is cut short has only some of them.
fn footer(found: &[u8], parts: &Parts, footer_crc: u32) -> Option<Footer> {
    let made: Vec<u8> = found[..parts.covered]
        .chunks(BLOCK_BYTES)
        .flat_map(|block| crc32fast::hash(block).to_le_bytes())
        .collect();
    let copies = [parts.covered, parts.footer_end].map(|at| stored(found, at, &made));
    let is_right = |sums: &[u8]| crc32fast::hash(sums) == footer_crc;
    if found.len() < parts.length {
        let note = Some("its end was cut off, within the footer".to_owned());
        let right = copies.iter().chain([&made]).find(|sums| is_right(sums)).cloned();
        if let Some(sums) = right.or_else(|| mixed(&copies, &made, footer_crc)) {
            return Some(Footer { sums, note });
        }
    }
    let footers = &found[parts.covered..found.len().min(parts.length)];
    if let Some(sums) = copies.iter().find(|sums| is_right(sums)) {
        let own = [&sums[..], &footer_crc.to_le_bytes()].concat();
        let is_sound = footers.chunks(own.len()).all(|footer| footer == own);
        let note = (!is_sound).then(|| "a footer was damaged, what it covers was not".to_owned());
        return Some(Footer { sums: sums.clone(), note });
    }
    if is_right(&made) {
        return Some(Footer {
            sums: made,
            note: Some("its footer was damaged, what it covers was not".into()),
        });
    }
    if let Some(sums) = mixed(&copies, &made, footer_crc) {
        return Some(Footer { sums, note: Some("its footer was damaged".into()) });
    }
    let mut sums = copies[0].clone();
    let at = bit_flip::put_back(&mut sums, footer_crc)?;
    Some(Footer { sums, note: Some(format!("one bit of byte {} had changed", parts.covered + at)) })
}

/// The checksums that stand at a place, and behind the end of the file those that were made anew.
fn stored(found: &[u8], at: usize, made: &[u8]) -> Vec<u8> {
    let stored = &found[at.min(found.len())..found.len().min(at + made.len())];
    [stored, &made[stored.len()..]].concat()
}

/// Each checksum as two of three have it, or all as the first but for one.
fn mixed(copies: &[Vec<u8>; 2], made: &[u8], footer_crc: u32) -> Option<Vec<u8>> {
    let [first, second] = copies.each_ref().map(|sums| sums.as_chunks::<4>().0);
    let made = made.as_chunks::<4>().0;
    let votes = (0..made.len()).map(|at| if second[at] == made[at] { made[at] } else { first[at] });
    let voted: Vec<u8> = votes.flatten().collect();
    if crc32fast::hash(&voted) == footer_crc {
        return Some(voted);
    }
    let mut sums = copies[0].clone();
    for (number, made) in made.iter().enumerate().filter(|(number, made)| first[*number] != **made) {
        let at = number * 4..number * 4 + 4;
        sums[at.clone()].copy_from_slice(made);
        if crc32fast::hash(&sums) == footer_crc {
            return Some(sums);
        }
        sums[at].copy_from_slice(&first[number]);
    }
    None
}

/// A file whose blocks are put right one by one.
struct File {
    bytes: AlignedBytes,
    parts: Parts,
    sums: Vec<u8>,
    notes: Vec<String>,
}

impl File {
    fn new(found: &[u8], parts: Parts, footer: Footer) -> Self {
        let mut bytes = AlignedBytes::with_capacity(parts.covered);
        bytes.append(&found[..parts.covered]);
        let mut notes = Vec::new();
        if found.len() > parts.length {
            notes.push(format!("{} bytes stood behind its end", found.len() - parts.length));
        }
        notes.extend(footer.note);
        Self { bytes, parts, sums: footer.sums, notes }
    }

    fn salvaged(mut self, footer_crc: u32) -> Salvaged {
        let bad: Vec<usize> = (0..self.sums.len() / 4).filter(|&block| !self.is_good(block)).collect();
        for &block in &bad {
            self.mend(block);
        }
        // The checksums of pieces may have been in a block that was put right meanwhile.
        let still_bad: Vec<usize> = bad.into_iter().filter(|&block| !self.is_good(block)).collect();
        for &block in &still_bad {
            self.mend(block);
        }
        let is_whole = still_bad.iter().all(|&block| self.is_good(block));
        let sums =
            if is_whole || self.parts.form == Form::Plain { self.sums.clone() } else { self.known_pieces() };
        let Self { bytes, parts, notes, .. } = self;
        Salvaged { bytes, parts, footer_crc, sums, notes, is_whole }
    }

    fn block(&self, block: usize) -> Range<usize> {
        block * BLOCK_BYTES..self.parts.covered.min((block + 1) * BLOCK_BYTES)
    }

    fn sum(&self, block: usize) -> u32 {
        self.sums.as_chunks().0.get(block).map_or(0, |sum| u32::from_le_bytes(*sum))
    }

    fn is_good(&self, block: usize) -> bool {
        crc32fast::hash(&self.bytes[self.block(block)]) == self.sum(block)
    }

    /// Puts a block right, or as many of its pieces as are known.
    fn mend(&mut self, block: usize) {
        let (place, sum) = (self.block(block), self.sum(block));
        if self.parts.form == Form::Pieces && self.mend_pieces(block) {
            return;
        }
        if let Some(at) = bit_flip::put_back(&mut self.bytes.as_mut_slice()[place.clone()], sum) {
            self.notes.push(format!("one bit of byte {} had changed", place.start + at));
        }
    }

    /// Puts pieces right whose checksums tell how; false when that changed nothing.
    fn mend_pieces(&mut self, block: usize) -> bool {
        let place = self.block(block);
        let pieces: Vec<usize> =
            (0..self.parts.num_pieces()).filter(|&piece| place.contains(&(piece * PIECE_BYTES))).collect();
        let mut notes = Vec::new();
        let bad: Vec<usize> = pieces.iter().copied().filter(|&piece| !self.is_good_piece(piece)).collect();
        for piece in bad {
            notes.extend(self.mend_piece(piece));
        }
        let is_better = !notes.is_empty();
        let bad: Vec<usize> = pieces.iter().copied().filter(|&piece| !self.is_good_piece(piece)).collect();
        if !self.is_good(block) && !self.is_good_with_made_sums(block, &bad) {
            notes.extend(self.mend_pairs(block, &bad));
        }
        self.notes.append(&mut notes);
        is_better || self.is_good(block)
    }

    /// Puts two bits of each bad piece back, if the whole block is right with them: nothing else tells.
    fn mend_pairs(&mut self, block: usize, bad: &[usize]) -> Vec<String> {
        let before = self.bytes[self.block(block)].to_vec();
        let mut notes = Vec::new();
        for &piece in bad {
            let place = self.parts.piece(piece);
            let pairs = bit_flip::pairs(&self.bytes[place.clone()], self.piece_crc(piece));
            for pair in pairs {
                let flip =
                    |bytes: &mut [u8]| pair.iter().for_each(|(at, bit)| bytes[place.start + at] ^= 1 << bit);
                flip(self.bytes.as_mut_slice());
                if self.is_good(block) || piece != bad[bad.len() - 1] {
                    notes.push(format!(
                        "two bits of bytes {} and {} had changed",
                        place.start + pair[1].0,
                        place.start + pair[0].0
                    ));
                    break;
                }
                flip(self.bytes.as_mut_slice());
            }
        }
        let still_bad: Vec<usize> = bad.iter().copied().filter(|&piece| !self.is_good_piece(piece)).collect();
        if self.is_good(block) || self.is_good_with_made_sums(block, &still_bad) {
            return notes;
        }
        let place = self.block(block);
        self.bytes.as_mut_slice()[place].copy_from_slice(&before);
        Vec::new()
    }

    fn piece_crc(&self, piece: usize) -> u32 {
        let stored = self.bytes[self.parts.piece_sum(piece)].first_chunk().copied();
        piece_crc(stored.unwrap_or_default())
    }

    fn is_good_piece(&self, piece: usize) -> bool {
        crc32fast::hash(&self.bytes[self.parts.piece(piece)]) == self.piece_crc(piece)
    }

    /// Puts one piece right: from the copy of the head, or by one bit.
    fn mend_piece(&mut self, piece: usize) -> Option<String> {
        let (place, crc) = (self.parts.piece(piece), self.piece_crc(piece));
        let head = place.start..place.end.min(HEAD_BYTES).min(self.parts.content_end);
        if !head.is_empty() {
            let copy = self.parts.content_end + head.start..self.parts.content_end + head.end;
            let again = [&self.bytes[copy], &self.bytes[head.end..place.end]].concat();
            if crc32fast::hash(&again) == crc {
                self.bytes.as_mut_slice()[place.clone()].copy_from_slice(&again);
                return Some(format!("bytes from {} were damaged, and stand twice", place.start));
            }
        }
        let at = bit_flip::put_back(&mut self.bytes.as_mut_slice()[place.clone()], crc)?;
        Some(format!("one bit of byte {} had changed", place.start + at))
    }

    /// True if a block that holds the checksums of pieces is right once those of the bad pieces are made anew: then they
    /// were what was damaged.
    fn is_good_with_made_sums(&mut self, block: usize, bad: &[usize]) -> bool {
        let place = self.block(block);
        if bad.is_empty() || !bad.iter().all(|&piece| place.contains(&self.parts.piece_sum(piece).start)) {
            return false;
        }
        let before = self.bytes[place.clone()].to_vec();
        for &piece in bad {
            let made = piece_sum(&self.bytes[self.parts.piece(piece)]);
            let at = self.parts.piece_sum(piece);
            self.bytes.as_mut_slice()[at].copy_from_slice(&made);
        }
        let is_good = self.is_good(block);
        if is_good {
            self.notes.push("checksums of pieces were damaged, what they cover was not".into());
        } else {
            self.bytes.as_mut_slice()[place].copy_from_slice(&before);
        }
        is_good
    }

    /// The checksums of pieces, made anew where the block is right: then its pieces are.
    fn known_pieces(&self) -> Vec<u8> {
        let are_good: Vec<bool> = (0..self.sums.len() / 4).map(|block| self.is_good(block)).collect();
        let mut sums = Vec::new();
        for piece in 0..self.parts.num_pieces() {
            if are_good[piece * PIECE_BYTES / BLOCK_BYTES] {
                let made = crc32fast::hash(&self.bytes[self.parts.piece(piece)]);
                sums.extend_from_slice(&made.to_le_bytes());
            } else {
                sums.extend_from_slice(&self.piece_crc(piece).to_le_bytes());
            }
        }
        sums
    }
}
