use super::{LemurError, LemurSample, MAX_SAMPLES};
use pleiad_kernels::{Isa, f16_to_f32, f32_to_f16_bits};
use pleiad_vectors::MAX_DIM;

/// What stored samples begin with: a name and the version of what follows.
const MAGIC: [u8; 8] = *b"PLLEMUR1";

/// Magic, `dim` and `num_samples` as `u32`.
const HEADER_BYTES: usize = 16;

impl LemurSample {
    /// Bytes that [`LemurSample::write_to`] appends.
    pub fn stored_bytes(&self) -> usize {
        HEADER_BYTES + self.num_samples() * (2 * self.dim + 4)
    }

    /// Appends the sample: magic `PLLEMUR1`, `dim` and `num_samples` as `u32`, the tokens as binary16, then the mean
    /// maxima as `f32`, everything little-endian. Whoever keeps it adds a checksum.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.reserve(self.stored_bytes());
        bytes.extend(MAGIC);
        // Both are bounded by what `LemurParams` allows.
        bytes.extend((self.dim as u32).to_le_bytes());
        bytes.extend((self.num_samples() as u32).to_le_bytes());
        bytes.extend(self.tokens.iter().flat_map(|&v| f32_to_f16_bits(v).to_le_bytes()));
        bytes.extend(self.mean_maxima.iter().flat_map(|v| v.to_le_bytes()));
    }

    /// Reads what [`LemurSample::write_to`] wrote.
    ///
    /// # Errors
    /// [`LemurError::Stored`] for anything else: nothing is allocated before the length is known to fit.
    pub fn read_from(bytes: &[u8]) -> Result<Self, LemurError> {
        let refuse = |reason| Err(LemurError::Stored { reason });
        let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
            return refuse("it is shorter than its header");
        };
        if header[..8] != MAGIC {
            return refuse("it does not begin with PLLEMUR1");
        }
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (dim, num_samples) = (number(8) as usize, number(12));
        if !(1..=MAX_DIM).contains(&dim) || !(1..=MAX_SAMPLES).contains(&num_samples) {
            return refuse("its dimension or its number of tokens is out of range");
        }
        let num_samples = num_samples as usize;
        if rest.len() != num_samples * (2 * dim + 4) {
            return refuse("its length is not that of its tokens");
        }
        let (halves, means) = rest.split_at(2 * dim * num_samples);
        let mut tokens = vec![0.0; dim * num_samples];
        f16_to_f32(Isa::best(), halves, &mut tokens);
        let mean_maxima: Vec<f32> =
            means.as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect();
        if tokens.iter().chain(&mean_maxima).any(|v| !v.is_finite()) {
            return refuse("a value is not finite");
        }
        Ok(Self { dim, tokens, mean_maxima })
    }
}
