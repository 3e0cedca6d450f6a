use crate::Query;
use crate::error::{Error, Result};
use pleiad_compress::kmeans::CentroidTree;
use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut};
use pleiad_store::Blob;
use pleiad_vectors::Seed;

/// Least and most centroids.
const NUM_CENTROIDS: (u64, u64) = (256, 16_384);

/// Centroids for each root of the number of tokens: PLAID's number is twice this, rounded down to a power of two.
const PER_ROOT: f64 = 8.0;

/// Tokens that centroids are found from, for each of them.
pub(super) const TOKENS_PER_CENTROID: usize = 16;

/// Seed of the sample and the centroids: the same documents give the same centroids.
pub(super) const SEED: Seed = Seed(0x706f_7374_696e_6773); // "postings"

/// The centroids of a collection's tokens, ready to be met by queries and documents.
pub(crate) struct PostingCentroids {
    tree: CentroidTree,
    packed: FloatPanels,
    id: u64,
}

impl PostingCentroids {
    /// Reads the centroids of a vector set of a dimension.
    ///
    /// # Errors
    /// `Corrupt` when they are damaged or of another dimension.
    pub(crate) fn read(blob: &Blob, dim: usize) -> Result<Self> {
        let damaged = |error: String| {
            Error::corrupt(format!("{}: {error}: `pleiad repair` leaves them out", blob.file()))
        };
        let centroids = Self::from_bytes(blob.bytes()?).map_err(|error| damaged(error.to_string()))?;
        if centroids.tree.dim() != dim {
            return Err(damaged("they have another dimension than the collection".into()));
        }
        Ok(centroids)
    }

    fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, pleiad_compress::kmeans::KMeansError> {
        let tree = CentroidTree::read_from(bytes, Isa::best())?;
        let mut packed = FloatPanels::new(Isa::best());
        packed.pack_rows(Matrix::new(tree.values(), tree.dim()));
        Ok(Self { tree, packed, id: hash(bytes) })
    }

    /// Returns the number of centroids for a number of tokens, where they are trained on at most `max_tokens`.
    pub(super) fn wanted(num_tokens: u64, max_tokens: u64) -> u64 {
        let num = (PER_ROOT * (num_tokens as f64).sqrt()) as u64;
        let num = num.min(max_tokens / TOKENS_PER_CENTROID as u64).max(1);
        (1 << num.ilog2()).clamp(NUM_CENTROIDS.0, NUM_CENTROIDS.1)
    }

    /// Returns the number of centroids.
    pub(crate) fn num_centroids(&self) -> usize {
        self.tree.num_centroids()
    }

    /// A number that other centroids do not have.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// A centroid near each token.
    pub(super) fn nearest(&self, tokens: &[f32]) -> Vec<u32> {
        self.tree.nearest(tokens)
    }

    /// Returns the similarity of each query token to each centroid, `[num_query_tokens, num_centroids]`.
    pub(crate) fn scores(&self, query: &Query) -> Vec<f32> {
        let vectors = query.vectors();
        let num_centroids = self.num_centroids();
        let mut scores = vec![0.0; vectors.num_tokens() * num_centroids];
        let input = Matrix::new(vectors.data(), vectors.dim());
        self.packed.product(input, Activation::Identity, &mut MatrixMut::new(&mut scores, num_centroids));
        scores
    }
}

/// FNV-1a: 64 bits that change with any byte.
fn hash(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
