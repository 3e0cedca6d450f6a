//! Little-endian integers in byte slices, with every length checked.

/// All structures start at multiples of this, counted from the start of their file.
pub(crate) const ALIGNMENT: usize = 64;

/// The next multiple of [`ALIGNMENT`], or `None` beyond the address space.
pub(crate) fn padded(bytes: usize) -> Option<usize> {
    bytes.checked_next_multiple_of(ALIGNMENT)
}

/// Reads values one after another; `None` once the bytes run out.
pub(crate) struct Take<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Take<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes taken so far.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.bytes(4)?.first_chunk()?))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.bytes(8)?.first_chunk()?))
    }

    /// A run of bytes behind its u32 length.
    pub(crate) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.bytes(length as usize)
    }
}

/// Appends a run of bytes behind its u32 length; the caller has checked that it fits.
pub(crate) fn put_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_ends_are_seen() {
        let mut out = 7u32.to_le_bytes().to_vec();
        put_prefixed(&mut out, b"abc");
        out.extend_from_slice(&u64::MAX.to_le_bytes());
        let mut take = Take::new(&out);
        assert_eq!((take.u32(), take.prefixed(), take.u64()), (Some(7), Some(&b"abc"[..]), Some(u64::MAX)));
        assert!(take.is_empty());
        assert_eq!(take.u32(), None);
        assert_eq!(Take::new(&[255, 255, 255, 255, 1]).prefixed(), None);
        assert_eq!(
            (padded(0), padded(1), padded(64), padded(usize::MAX)),
            (Some(0), Some(64), Some(64), None)
        );
    }
}
