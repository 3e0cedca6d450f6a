use super::place::Group;
use pleiad_vectors::Seed;

/// Bits that a group sets.
const NUM_HASHES: u32 = 7;

/// A Bloom filter of the groups with a shortlist at a node or below: never wrong about a group that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFilter {
    words: Box<[u64]>,
}

impl GroupFilter {
    /// No groups yet, and so many bits, a multiple of 64. None at all makes a filter that is always wrong: it says yes to
    /// everything.
    pub fn new(num_bits: usize) -> Self {
        Self { words: vec![0; num_bits / 64].into() }
    }

    pub fn insert(&mut self, group: Group) {
        let num_bits = self.num_bits();
        bits(group, num_bits).for_each(|bit| self.words[bit / 64] |= 1 << (bit % 64));
    }

    pub fn contains(&self, group: Group) -> bool {
        bits(group, self.num_bits()).all(|bit| self.words[bit / 64] >> (bit % 64) & 1 == 1)
    }

    /// Adds all groups of another one.
    pub fn union(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(own, other)| *own |= other);
    }

    pub fn num_bytes(&self) -> usize {
        size_of_val(&*self.words)
    }

    fn num_bits(&self) -> usize {
        self.words.len() * 64
    }
}

fn bits(group: Group, num_bits: usize) -> impl Iterator<Item = usize> {
    let hash = Seed(1).derive(u64::from(group)).0;
    let (start, step) = (hash >> 32, (hash & 0xffff_ffff) | 1);
    let num_hashes = if num_bits == 0 { 0 } else { NUM_HASHES };
    (0..u64::from(num_hashes)).map(move |at| ((start + at * step) % num_bits as u64) as usize)
}
