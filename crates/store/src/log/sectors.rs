//! Effects of a crash on bytes that were written but not synced: they may be missing from some point on, and
//! whole sectors of them may read as zeros.

/// The unit in which a disk keeps or loses what was written.
pub(crate) const SECTOR_BYTES: usize = 512;

/// Number of sectors of the file that hold nothing but zeros of `bytes`, which start at `offset` of the file. A sector
/// that `bytes` covers in part counts by that part.
pub(crate) fn num_zero_sectors(bytes: &[u8], offset: u64) -> u64 {
    let to_boundary = SECTOR_BYTES - (offset % SECTOR_BYTES as u64) as usize;
    let (first, rest) = bytes.split_at(to_boundary.min(bytes.len()));
    let zeros = std::iter::once(first)
        .chain(rest.chunks(SECTOR_BYTES))
        .filter(|part| !part.is_empty() && part.iter().all(|&byte| byte == 0));
    zeros.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_are_those_of_the_file() {
        let mut bytes = vec![0; 1024];
        assert_eq!(num_zero_sectors(&bytes, 0), 2);
        assert_eq!(num_zero_sectors(&bytes, 64), 3);
        bytes[447] = 1;
        assert_eq!(num_zero_sectors(&bytes, 64), 2, "byte 447 is the last of the first sector");
        bytes[448] = 1;
        assert_eq!(num_zero_sectors(&bytes, 64), 1);
        assert_eq!(num_zero_sectors(&[], 700), 0);
        assert_eq!(num_zero_sectors(&[0; 3], 510), 2);
    }
}
