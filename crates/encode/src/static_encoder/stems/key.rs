//! How a table knows its rows: by 32 bits of a hash of the stem, or of `##` and what continues a word.

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// A hash under way: FNV-1a of 64 bits (Fowler, Noll and Vo, draft-eastlake-fnv), so that every prefix of a word has its
/// own on the way to the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash(u64);

impl Hash {
    /// Of nothing.
    pub(super) const EMPTY: Self = Self(OFFSET);

    /// Of the mark of a piece that continues a word.
    pub(super) const CONTINUING: Self = Self::EMPTY.push(b'#').push(b'#');

    pub(super) const fn push(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(PRIME))
    }

    /// All of it in 32 bits, mixed as SplitMix64 ends: the last bytes of FNV reach few of them.
    pub(super) const fn key(self) -> u32 {
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 32) as u32
    }
}

/// The key of a stem, or of a piece with its `##`.
///
/// Two of them share a key once in four billion pairs: then they share a vector, and nothing breaks.
pub(crate) fn key(text: &str) -> u32 {
    text.bytes().fold(Hash::EMPTY, Hash::push).key()
}
