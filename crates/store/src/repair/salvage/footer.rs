use crate::checksummed::{BLOCK_BYTES, Parts};
use crate::repair::bit_flip;

/// The checksums of the blocks, and how they were found if not as they stand.
pub(super) struct Footer {
    pub(super) sums: Vec<u8>,
    pub(super) note: Option<String>,
}

/// The checksums of the blocks: those of either footer as they stand, with one bit put back, or made anew, whichever gives
/// what the manifest knows. A footer that is cut short has only some of them.
pub(super) fn footer(found: &[u8], parts: &Parts, footer_crc: u32) -> Option<Footer> {
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
