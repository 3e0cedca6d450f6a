//! Key of a stem, 32 bits of a hash by which a table finds its row, and the signature that a key decides.

use pleiad_vectors::Seed;

/// Seed of all signatures: vectors of a stored collection depend on it.
const SEED: Seed = Seed(0x7374_656d_7369_676e);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// A hash under way: FNV-1a of 64 bits (Fowler, Noll and Vo, draft-eastlake-fnv), so that every prefix of a word has
/// its own on the way to the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash(u64);

impl Hash {
    /// Key of the empty string.
    pub(super) const EMPTY: Self = Self(OFFSET);

    /// Key of the mark of a piece that continues a word.
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

/// Adds `±size` to each value, by signs that a key alone decides: two stems have nothing in common but chance, a stem
/// everything with itself.
pub(super) fn add_signature(key: u32, size: f32, values: &mut [f32]) {
    let mut generator = SEED.derive(u64::from(key)).generator();
    for values in values.chunks_mut(64) {
        let bits = generator.next_u64();
        for (at, value) in values.iter_mut().enumerate() {
            *value += if bits >> at & 1 == 1 { size } else { -size };
        }
    }
}
