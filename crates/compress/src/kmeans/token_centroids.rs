use super::{Centroids, KMeansError, KMeansParams, Spread};
use pleiad_kernels::{Isa, f16_bits_to_f32, f16_to_f32, f32_to_f16_bits};
use pleiad_vectors::{MAX_DIM, MultiVectorRef, Seed};

/// First bytes of stored centroids: a name and the version of the content.
const MAGIC: [u8; 8] = *b"PLCENTR1";

/// Magic, `dim` and `num_centroids` as `u32`.
const HEADER_BYTES: usize = 16;

/// Most centroids of a collection: sixteen bits name one.
pub const MAX_TOKEN_CENTROIDS: u32 = 1 << 16;

/// Largest value of half precision.
const MAX_HALF: f32 = 65_504.0;

/// Seed of the draw of rows that centroids are trained on and start at. It may change: trained centroids are stored.
const SEED: Seed = Seed(0x4345_4e54_0001);

/// Centroids of a collection's token vectors: learned once, kept with it, shared by all that refers to tokens by them.
///
/// Their values are of half precision from the beginning, so that those read back are those that were used.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenCentroids(Centroids);

impl TokenCentroids {
    /// Learns at most `num_centroids` from the tokens of documents, which must have one dimension; fewer remain where
    /// there are fewer distinct tokens.
    ///
    /// Cost: a copy of the tokens, and as [`Centroids::train`].
    ///
    /// # Errors
    /// [`KMeansError::Parameter`] for a number outside `1..=`[`MAX_TOKEN_CENTROIDS`], [`KMeansError::Rows`] without any
    /// token or for documents that differ, [`KMeansError::Value`] for one beyond half precision.
    pub fn learn(
        documents: &[MultiVectorRef<'_>],
        num_centroids: u32,
        isa: Isa,
        spread: Spread<'_>,
    ) -> Result<Self, KMeansError> {
        if !(1..=MAX_TOKEN_CENTROIDS).contains(&num_centroids) {
            return Err(KMeansError::Parameter { value: num_centroids, max: MAX_TOKEN_CENTROIDS });
        }
        let dim = documents.first().map_or(0, |document| document.dim());
        if let Some(other) = documents.iter().find(|document| document.dim() != dim) {
            return Err(KMeansError::Rows { num_values: other.dim(), dim });
        }
        let tokens: Vec<f32> = documents.iter().flat_map(|document| document.data()).copied().collect();
        if let Some(at) = tokens.iter().position(|value| value.abs() > MAX_HALF) {
            let (row, column, value) = (at / dim, at % dim, tokens[at]);
            return Err(KMeansError::Value { row, column, value, limit: MAX_HALF });
        }
        let params = KMeansParams::new(num_centroids as usize, SEED);
        let trained = Centroids::train(&tokens, dim, &params, isa, spread)?;
        let halves = trained.values().iter().map(|&v| f16_bits_to_f32(f32_to_f16_bits(v))).collect();
        Centroids::new(halves, dim, isa).map(Self)
    }

    /// The centroids themselves.
    pub fn centroids(&self) -> &Centroids {
        &self.0
    }

    /// Returns the number of centroids.
    pub fn num_centroids(&self) -> usize {
        self.0.num_centroids()
    }

    /// Values of each.
    pub fn dim(&self) -> usize {
        self.0.dim()
    }

    /// Bytes that [`TokenCentroids::write_to`] appends.
    pub fn stored_bytes(&self) -> usize {
        HEADER_BYTES + 2 * self.0.values().len()
    }

    /// Appends them: magic `PLCENTR1`, `dim` and `num_centroids` as `u32`, then the values as binary16, everything
    /// little-endian. Whoever keeps it adds a checksum.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.reserve(self.stored_bytes());
        bytes.extend(MAGIC);
        // Both are bounded: by `MAX_DIM` and `MAX_TOKEN_CENTROIDS`.
        bytes.extend((self.dim() as u32).to_le_bytes());
        bytes.extend((self.num_centroids() as u32).to_le_bytes());
        bytes.extend(self.0.values().iter().flat_map(|&v| f32_to_f16_bits(v).to_le_bytes()));
    }

    /// Reads what [`TokenCentroids::write_to`] wrote.
    ///
    /// # Errors
    /// [`KMeansError::Stored`] for anything else: nothing is allocated before the length is known to fit.
    pub fn read_from(bytes: &[u8], isa: Isa) -> Result<Self, KMeansError> {
        let refuse = |reason| Err(KMeansError::Stored { reason });
        let Some((header, halves)) = bytes.split_at_checked(HEADER_BYTES) else {
            return refuse("they are shorter than their header");
        };
        if header[..8] != MAGIC {
            return refuse("they do not begin with PLCENTR1");
        }
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (dim, num_centroids) = (number(8) as usize, number(12));
        if !(1..=MAX_DIM).contains(&dim) || !(1..=MAX_TOKEN_CENTROIDS).contains(&num_centroids) {
            return refuse("their dimension or their number is out of range");
        }
        let num_values = dim * num_centroids as usize;
        if halves.len() != 2 * num_values {
            return refuse("their length is not that of their values");
        }
        let mut values = vec![0.0; num_values];
        f16_to_f32(isa, halves, &mut values);
        if values.iter().any(|value| !value.is_finite()) {
            return refuse("a value is not finite");
        }
        Centroids::new(values, dim, isa).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::in_order;
    use super::*;
    use pleiad_vectors::MultiVector;

    fn document(seed: u64, num_tokens: usize, dim: usize) -> MultiVector {
        let mut g = Seed(seed).generator();
        MultiVector::new((0..num_tokens * dim).map(|_| g.gaussian()).collect(), dim).unwrap()
    }

    fn learn(documents: &[MultiVector], num_centroids: u32) -> Result<TokenCentroids, KMeansError> {
        let documents: Vec<_> = documents.iter().map(MultiVector::as_ref).collect();
        TokenCentroids::learn(&documents, num_centroids, Isa::best(), &in_order)
    }

    #[test]
    fn what_is_read_back_is_what_was_learned() {
        let learned = learn(&[document(1, 60, 7), document(2, 40, 7)], 9).unwrap();
        assert_eq!((learned.num_centroids(), learned.dim()), (9, 7));
        let mut bytes = Vec::new();
        learned.write_to(&mut bytes);
        assert_eq!(bytes.len(), learned.stored_bytes());
        assert_eq!(TokenCentroids::read_from(&bytes, Isa::best()), Ok(learned));
        for len in 0..bytes.len() {
            let error = TokenCentroids::read_from(&bytes[..len], Isa::best()).unwrap_err();
            assert!(matches!(error, KMeansError::Stored { .. }), "{len}: {error}");
        }
        for (at, value) in [(0, b'X'), (8, 0), (12, 0), (15, 0xff), (17, 0x7c)] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            assert!(TokenCentroids::read_from(&damaged, Isa::best()).is_err(), "{at}");
        }
    }

    #[test]
    fn fewer_tokens_have_fewer_centroids() {
        assert_eq!(learn(&[document(1, 3, 4)], 16).unwrap().num_centroids(), 3);
    }

    #[test]
    fn what_cannot_be_learned_from_is_named() {
        assert_eq!(learn(&[], 4), Err(KMeansError::Dimension { dim: 0, max: MAX_DIM }));
        let nothing = MultiVector::new(Vec::new(), 3).unwrap();
        assert_eq!(learn(&[nothing], 4), Err(KMeansError::Rows { num_values: 0, dim: 3 }));
        let differ = learn(&[document(1, 2, 3), document(1, 2, 5)], 4);
        assert_eq!(differ, Err(KMeansError::Rows { num_values: 5, dim: 3 }));
        for value in [0, MAX_TOKEN_CENTROIDS + 1] {
            let error = learn(&[document(1, 2, 3)], value);
            assert_eq!(error, Err(KMeansError::Parameter { value, max: MAX_TOKEN_CENTROIDS }));
        }
        let large = MultiVector::new(vec![0.0, 70_000.0], 1).unwrap();
        let error = KMeansError::Value { row: 1, column: 0, value: 70_000.0, limit: MAX_HALF };
        assert_eq!(learn(&[large], 1), Err(error));
    }
}
