use crate::{Result, StoreError};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a segment that one checksum covers.
pub(crate) const BLOCK_BYTES: usize = 64 << 10;

/// The checksums of a file's blocks, and which of them have been compared since it was opened.
#[derive(Debug)]
pub(crate) struct Blocks {
    crcs: Vec<u32>,
    /// One bit per block. Two threads may compare the same block at once: both find the same.
    compared: Vec<AtomicU64>,
}

impl Blocks {
    /// Takes the little-endian checksums as they stand in a footer.
    pub(crate) fn new(footer: &[u8]) -> Self {
        let crcs: Vec<u32> = footer.as_chunks().0.iter().map(|crc| u32::from_le_bytes(*crc)).collect();
        let compared = (0..crcs.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { crcs, compared }
    }

    /// The bytes from `start` to `end` of `covered` (the part of the file that has checksums), once every block
    /// they touch is known to be as written. Cost: one pass over each block at its first touch, then a bit each.
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
        for block in start / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES) {
            let Some(word) = self.compared.get(block / 64) else {
                return Err(StoreError::corrupt(file, start as u64, "a block has no checksum"));
            };
            // Relaxed is enough: the bytes never change, so a bit that is seen late only costs another pass.
            if word.load(Ordering::Relaxed) >> (block % 64) & 1 == 0 {
                self.compare(covered, block, file)?;
                word.fetch_or(1 << (block % 64), Ordering::Relaxed);
            }
        }
        Ok(bytes)
    }

    #[cold]
    fn compare(&self, covered: &[u8], block: usize, file: &str) -> Result<()> {
        let start = block * BLOCK_BYTES;
        let bytes = &covered[start..covered.len().min(start + BLOCK_BYTES)];
        if self.crcs.get(block) == Some(&crc32fast::hash(bytes)) {
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
        assert!(blocks.read(&bytes, 0, 0, "f").unwrap().is_empty());
        assert!(blocks.read(&bytes, 2 * BLOCK_BYTES, bytes.len(), "f").is_ok());
        for (start, end) in [(BLOCK_BYTES, BLOCK_BYTES + 1), (0, bytes.len()), (0, BLOCK_BYTES + 1)] {
            let error = blocks.read(&bytes, start, end, "f").unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { offset: 65536, .. }), "{error}");
        }
        assert!(blocks.read(&bytes, 5, bytes.len() + 1, "f").is_err());
        assert!(blocks.read(&bytes, 5, 4, "f").is_err());
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
