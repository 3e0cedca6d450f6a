use crate::{Result, StoreError};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a file that one checksum covers.
pub(crate) const BLOCK_BYTES: usize = 64 << 10;

/// The checksums of a file's blocks, and which of them have been compared since it was opened.
#[derive(Debug)]
pub(crate) struct Blocks {
    crcs: Vec<u32>,
    /// Bytes that one checksum covers.
    block_bytes: usize,
    /// The place of a damaged footer whose copy is sound.
    flaw: Option<usize>,
    /// One bit per block. Two threads may compare the same block at once: both find the same.
    compared: Vec<AtomicU64>,
    footer_crc: u32,
}

impl Blocks {
    /// Takes the little-endian checksums as they stand in a footer.
    pub(crate) fn new(footer: &[u8]) -> Self {
        let crcs: Vec<u32> = footer.as_chunks().0.iter().map(|crc| u32::from_le_bytes(*crc)).collect();
        let compared = (0..crcs.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let footer_crc = crc32fast::hash(footer);
        Self { crcs, block_bytes: BLOCK_BYTES, flaw: None, compared, footer_crc }
    }

    /// The same for blocks of another length.
    pub(crate) fn of(block_bytes: usize, footer: &[u8]) -> Self {
        Self { block_bytes, ..Self::new(footer) }
    }

    /// The same, of which a copy at this place is damaged.
    pub(crate) fn with_flaw(self, at: usize) -> Self {
        Self { flaw: Some(at), ..self }
    }

    /// Compares every block and every copy of the checksums. Cost: one pass over the blocks that were not compared yet.
    pub(crate) fn compare_all(&self, covered: &[u8], file: &str) -> Result<()> {
        self.read(covered, 0, covered.len(), file)?;
        match self.flaw {
            Some(at) => {
                Err(StoreError::corrupt(file, at as u64, "the checksum of its footer does not match"))
            }
            None => Ok(()),
        }
    }

    /// The checksum of the checksums: it stands for the whole content.
    pub(crate) fn footer_crc(&self) -> u32 {
        self.footer_crc
    }

    /// The bytes from `start` to `end` of `covered` (all of the file that has checksums), once every block
    /// they touch is known to be as written. Cost: one pass over each block at its first touch, then 64 blocks at a
    /// time.
    pub(crate) fn read<'a>(
        &self,
        covered: &'a [u8],
        start: usize,
        end: usize,
        file: &str,
    ) -> Result<&'a [u8]> {
        let Some(bytes) = covered.get(start..end) else {
            let what = format!("bytes {start}..{end} are named, the file covers {}", covered.len());
            return Err(StoreError::corrupt(file, start as u64, what));
        };
        if bytes.is_empty() {
            return Ok(bytes);
        }
        let (first, last) = (start / self.block_bytes, end.div_ceil(self.block_bytes));
        if last > self.crcs.len() {
            return Err(StoreError::corrupt(file, start as u64, "a block has no checksum"));
        }
        for word in first / 64..last.div_ceil(64) {
            self.compare_word(covered, word, first..last, file)?;
        }
        Ok(bytes)
    }

    /// Compares those of the 64 blocks of one word that are wanted and were not compared yet.
    fn compare_word(&self, covered: &[u8], word: usize, wanted: Range<usize>, file: &str) -> Result<()> {
        let from = wanted.start.max(word * 64) % 64;
        let num_wanted = wanted.end.min(word * 64 + 64) - word * 64 - from;
        let wanted = u64::MAX >> (64 - num_wanted) << from;
        // Relaxed is enough: the bytes never change, so a bit that is seen late only costs another pass.
        let mut missing = wanted & !self.compared[word].load(Ordering::Relaxed);
        while missing != 0 {
            let bit = missing.trailing_zeros();
            self.compare(covered, word * 64 + bit as usize, file)?;
            self.compared[word].fetch_or(1 << bit, Ordering::Relaxed);
            missing &= missing - 1;
        }
        Ok(())
    }

    #[cold]
    fn compare(&self, covered: &[u8], block: usize, file: &str) -> Result<()> {
        let start = block * self.block_bytes;
        let bytes = &covered[start..covered.len().min(start + self.block_bytes)];
        if self.crcs[block] == crc32fast::hash(bytes) {
            return Ok(());
        }
        let what = format!("the checksum of the {} bytes from there does not match", bytes.len());
        Err(StoreError::corrupt(file, start as u64, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footer(bytes: &[u8]) -> Vec<u8> {
        bytes.chunks(BLOCK_BYTES).flat_map(|block| crc32fast::hash(block).to_le_bytes()).collect()
    }

    #[test]
    fn only_the_damaged_block_is_refused() {
        let mut bytes: Vec<u8> = (0..3 * BLOCK_BYTES + 10).map(|i| (i / 7) as u8).collect();
        let blocks = Blocks::new(&footer(&bytes));
        bytes[BLOCK_BYTES + 5] ^= 1;
        assert_eq!(blocks.read(&bytes, 3, 9, "f").unwrap(), &bytes[3..9]);
        for nothing in [0, 5, BLOCK_BYTES, 2 * BLOCK_BYTES, bytes.len()] {
            assert!(blocks.read(&bytes, nothing, nothing, "f").unwrap().is_empty());
        }
        assert!(blocks.read(&bytes, 2 * BLOCK_BYTES, bytes.len(), "f").is_ok());
        for (start, end) in [(BLOCK_BYTES, BLOCK_BYTES + 1), (0, bytes.len()), (0, BLOCK_BYTES + 1)] {
            let error = blocks.read(&bytes, start, end, "f").unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { offset: 65536, .. }), "{error}");
        }
        assert!(blocks.read(&bytes, 5, bytes.len() + 1, "f").is_err());
        assert!(blocks.read(&bytes, 5, 4, "f").is_err());
    }

    #[test]
    fn words_of_blocks_are_compared_at_both_ends() {
        let mut bytes = vec![5; 130 * BLOCK_BYTES + 9];
        let footer = footer(&bytes);
        for damaged in [0, 63, 64, 65, 127, 128, 130] {
            bytes[damaged * BLOCK_BYTES] ^= 4;
            let blocks = Blocks::new(&footer);
            for (first, last) in
                [(0, 1), (0, 64), (1, 64), (63, 65), (64, 65), (65, 131), (0, 131), (128, 131)]
            {
                let end = (last * BLOCK_BYTES).min(bytes.len());
                let found = blocks.read(&bytes, first * BLOCK_BYTES, end, "f");
                assert_eq!(found.is_err(), (first..last).contains(&damaged), "{damaged} in {first}..{last}");
            }
            bytes[damaged * BLOCK_BYTES] ^= 4;
        }
    }

    #[test]
    fn a_block_without_checksum_is_refused() {
        let bytes = vec![0; 65 * BLOCK_BYTES];
        let blocks = Blocks::new(&footer(&bytes[..BLOCK_BYTES]));
        assert!(blocks.read(&bytes, 0, BLOCK_BYTES, "f").is_ok());
        assert!(blocks.read(&bytes, BLOCK_BYTES, BLOCK_BYTES + 1, "f").is_err());
        assert!(blocks.read(&bytes, 64 * BLOCK_BYTES, bytes.len(), "f").is_err());
    }
}
