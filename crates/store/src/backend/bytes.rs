use crate::wire::ALIGNMENT;
use std::ops::Deref;

/// Bytes in memory that start at a multiple of 64, as the sections of a mapped file do.
#[derive(Debug)]
pub(crate) struct AlignedBytes {
    storage: Vec<u8>,
    start: usize,
}

impl AlignedBytes {
    /// Room for `length` bytes; no more may be appended, since a move would lose the alignment.
    pub(crate) fn with_capacity(length: usize) -> Self {
        let mut storage: Vec<u8> = Vec::with_capacity(length + ALIGNMENT);
        let start = storage.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        storage.resize(start, 0);
        Self { storage, start }
    }

    pub(crate) fn zeroed(length: usize) -> Self {
        let mut bytes = Self::with_capacity(length);
        bytes.storage.resize(bytes.start + length, 0);
        bytes
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        debug_assert!(self.storage.len() + bytes.len() <= self.storage.capacity());
        self.storage.extend_from_slice(bytes);
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.storage[self.start..]
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.storage[self.start..]
    }
}

/// The bytes of a file: mapped, or in memory. Both start at a multiple of 64.
#[derive(Debug)]
pub struct FileBytes(Source);

#[derive(Debug)]
enum Source {
    Mapped(memmap2::Mmap),
    Memory(AlignedBytes),
}

impl FileBytes {
    /// A copy in memory.
    pub fn copy_of(bytes: &[u8]) -> Self {
        let mut copy = AlignedBytes::with_capacity(bytes.len());
        copy.append(bytes);
        Self(Source::Memory(copy))
    }

    pub(crate) fn mapped(map: memmap2::Mmap) -> Self {
        Self(Source::Mapped(map))
    }
}

impl From<AlignedBytes> for FileBytes {
    fn from(bytes: AlignedBytes) -> Self {
        Self(Source::Memory(bytes))
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Source::Mapped(map) => map,
            Source::Memory(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_aligned_and_holds_what_was_appended() {
        for length in [0, 1, 63, 64, 65, 5000] {
            let content: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let bytes = FileBytes::copy_of(&content);
            assert_eq!(&*bytes, &content[..]);
            assert_eq!(bytes.as_ptr() as usize % ALIGNMENT, 0);
            assert_eq!(AlignedBytes::zeroed(length).as_mut_slice(), &vec![0; length][..]);
        }
    }
}
