use super::FdeError;
use pleiad_vectors::MAX_DIM;

/// Most hyperplanes per repetition: `2^20` partitions.
pub const MAX_SIMHASH_PROJECTIONS: u32 = 20;

/// Most repetitions. The published settings use 40 at most; this bounds the memory of the random matrices.
pub const MAX_REPETITIONS: u32 = 1024;

/// Most values of an encoding, with or without a final projection.
pub const MAX_FDE_DIM: usize = 1 << 20;

/// Generator of the random matrices. Encodings of different generators are never comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FdeGenerator {
    /// Version 1 of our own streams ([`pleiad_vectors::Seed`]), one for each seed, repetition and purpose: the same
    /// bits on every platform, and hyperplanes independent of projections, as the paper assumes.
    #[default]
    Portable,
    /// The streams of Google's implementation (`google/graph-mining`, `sketching/point_cloud`) built with GNU
    /// libstdc++, for encodings that must match its own. Repetition `r` uses `seed + r` for both of its matrices.
    GoogleCompat,
}

/// Parameters of the encoding of a set as one vector. Both sides of a comparison need equal parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FdeParams {
    /// `R`, how often space is cut anew; up to [`MAX_REPETITIONS`]. The error falls with its square root.
    /// Zero is allowed, as in the reference: the encoding is then empty (or, with a final projection, zero).
    pub repetitions: u32,
    /// `k`, hyperplanes per repetition, up to [`MAX_SIMHASH_PROJECTIONS`]; zero means one partition.
    pub simhash_projections: u32,
    /// Values per block: a ±1 count sketch of the token's dimensions; `None` keeps the dimensions as they are.
    pub projection_dim: Option<u32>,
    /// Values of the whole encoding after a last ±1 count sketch; `None` leaves it as it is.
    pub final_projection_dim: Option<u32>,
    /// Fills an empty document block with the nearest token instead of zeros. Queries are never filled.
    pub fill_empty_partitions: bool,
    /// Decides every random matrix.
    pub seed: u64,
    /// Generator of the random matrices from the seed.
    pub generator: FdeGenerator,
}

fn within(parameter: &'static str, value: u64, min: u64, max: u64) -> Result<(), FdeError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(FdeError::Parameter { parameter, value, min, max })
    }
}

impl FdeParams {
    /// Partitions per repetition, `2^k`; the parameters must be valid.
    pub(super) fn num_partitions(&self) -> usize {
        1 << self.simhash_projections
    }

    /// Values of one block for tokens of dimension `dim`.
    pub(super) fn block_dim(&self, dim: usize) -> usize {
        self.projection_dim.map_or(dim, |p| p as usize)
    }

    /// Values before the final projection for tokens of dimension `dim`; the parameters must be valid.
    pub(super) fn unprojected_dim(&self, dim: usize) -> usize {
        self.repetitions as usize * self.num_partitions() * self.block_dim(dim)
    }

    /// Values of the encoding of tokens of dimension `dim`, once everything is in range.
    ///
    /// # Errors
    /// [`FdeError::Parameter`] names the first parameter out of range, [`FdeError::TooLong`] a product that is.
    pub fn fde_dim(&self, dim: usize) -> Result<usize, FdeError> {
        let longest = MAX_FDE_DIM as u64;
        within("dim", dim as u64, 1, MAX_DIM as u64)?;
        within("repetitions", self.repetitions.into(), 0, MAX_REPETITIONS.into())?;
        within("simhash_projections", self.simhash_projections.into(), 0, MAX_SIMHASH_PROJECTIONS.into())?;
        if let Some(projection_dim) = self.projection_dim {
            within("projection_dim", projection_dim.into(), 1, longest)?;
        }
        if let Some(final_dim) = self.final_projection_dim {
            within("final_projection_dim", final_dim.into(), 1, longest)?;
        }
        if self.generator == FdeGenerator::GoogleCompat {
            within("seed", self.seed, 0, u32::MAX.into())?;
        }
        // At most 2^10 · 2^20 · 2^20: no overflow.
        let long = u64::from(self.repetitions) * self.num_partitions() as u64 * self.block_dim(dim) as u64;
        if long > longest {
            return Err(FdeError::TooLong { dim: long, max: longest });
        }
        Ok(self.final_projection_dim.map_or(long as usize, |f| f as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> FdeParams {
        FdeParams {
            repetitions: 20,
            simhash_projections: 4,
            projection_dim: Some(16),
            final_projection_dim: None,
            fill_empty_partitions: true,
            seed: 1,
            generator: FdeGenerator::Portable,
        }
    }

    #[test]
    fn lengths_multiply() {
        assert_eq!(params().fde_dim(128), Ok(5120));
        assert_eq!(FdeParams { projection_dim: None, ..params() }.fde_dim(128), Ok(40_960));
        assert_eq!(FdeParams { final_projection_dim: Some(2048), ..params() }.fde_dim(128), Ok(2048));
        assert_eq!(FdeParams { repetitions: 0, ..params() }.fde_dim(128), Ok(0));
    }

    #[test]
    fn errors_name_the_parameter_its_value_and_its_range() {
        let cases = [
            (0, params(), "dim is 0, outside 1..=4096"),
            (8, FdeParams { repetitions: 1025, ..params() }, "repetitions is 1025, outside 0..=1024"),
            (
                8,
                FdeParams { simhash_projections: 21, ..params() },
                "simhash_projections is 21, outside 0..=20",
            ),
            (
                8,
                FdeParams { projection_dim: Some(0), ..params() },
                "projection_dim is 0, outside 1..=1048576",
            ),
            (8, FdeParams { final_projection_dim: Some(0), ..params() }, "final_projection_dim is 0"),
            (8, FdeParams { simhash_projections: 16, ..params() }, "= 20971520 values, more than 1048576"),
            (
                8,
                FdeParams { seed: 1 << 32, generator: FdeGenerator::GoogleCompat, ..params() },
                "seed is 4294967296, outside 0..=4294967295",
            ),
        ];
        for (dim, params, expected) in cases {
            let message = params.fde_dim(dim).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
