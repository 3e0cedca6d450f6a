use super::{CentroidTree, KMeansError};
use pleiad_kernels::{Isa, f16_to_f32, f32_to_f16_bits};
use pleiad_vectors::MAX_DIM;

/// First bytes of stored centroids: a name and the version of the content.
const MAGIC: [u8; 8] = *b"PLCTREE1";

/// Magic, `dim`, `num_groups`, `num_centroids` as `u32`, and four bytes of zeros.
const HEADER_BYTES: usize = 24;

impl CentroidTree {
    /// Appends the centroids: magic `PLCTREE1`, `dim`, `num_groups` and `num_centroids` as `u32`, four zeros, where each
    /// group ends as `u32`, then the values of groups and of centroids as binary16, everything little-endian. Whoever
    /// keeps them adds a checksum.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(MAGIC);
        for count in [self.dim, self.ends.len(), self.num_centroids(), 0] {
            // Ends are `u32`, and so is what they bound.
            bytes.extend((count as u32).to_le_bytes());
        }
        bytes.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        let values = self.groups.iter().chain(&self.values);
        bytes.extend(values.flat_map(|&value| f32_to_f16_bits(value).to_le_bytes()));
    }

    /// Reads what [`CentroidTree::write_to`] wrote.
    ///
    /// # Errors
    /// [`KMeansError::Stored`] for anything else: nothing is allocated before the length is known to fit.
    pub fn read_from(bytes: &[u8], isa: Isa) -> Result<Self, KMeansError> {
        let refuse = |reason| Err(KMeansError::Stored { reason });
        let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
            return refuse("they are shorter than their header");
        };
        if header[..8] != MAGIC {
            return refuse("they do not begin with PLCTREE1");
        }
        let words: Vec<usize> =
            header[8..].as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word) as usize).collect();
        let (dim, num_groups, num_centroids) = (words[0], words[1], words[2]);
        if !(1..=MAX_DIM).contains(&dim) || num_groups == 0 || num_groups > num_centroids || words[3] != 0 {
            return refuse("their dimension or number is out of range");
        }
        if rest.len() != 4 * num_groups + 2 * dim * (num_groups + num_centroids) {
            return refuse("their length is not that of their values");
        }
        let (ends, halves) = rest.split_at(4 * num_groups);
        let ends: Vec<u32> = ends.as_chunks::<4>().0.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let starts = std::iter::once(&0).chain(&ends);
        if starts.zip(&ends).any(|(start, end)| start >= end)
            || ends[num_groups - 1] as usize != num_centroids
        {
            return refuse("their groups are not in order");
        }
        let (groups, centroids) = halves.split_at(2 * dim * num_groups);
        let widened = |halves: &[u8]| {
            let mut values = vec![0.0; halves.len() / 2];
            f16_to_f32(isa, halves, &mut values);
            values
        };
        let (groups, values) = (widened(groups), widened(centroids));
        if groups.iter().chain(&values).any(|value| !value.is_finite()) {
            return refuse("a value is not finite");
        }
        Ok(Self::new(dim, groups, ends, values, isa))
    }
}
