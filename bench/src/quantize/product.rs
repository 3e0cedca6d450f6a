//! Product quantizers: a token's values in groups, each group one of 256 centroids (Jégou et al., TPAMI 2011).

use super::around::at_length;
use super::coder::{Coder, Half};
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};

/// Bits of a group.
const BITS: usize = 8;

/// Every `num_groups`-th value is in one group, so that dimensions of large and small variance mix.
pub struct Product(Vec<Centroids>);

impl Product {
    /// Trains each group by itself.
    pub fn fit(num_groups: usize, half: &Half<'_>) -> Self {
        let documents = &half.documents;
        let of_group = |group: usize| {
            let rows: Vec<f32> =
                documents.iter().flat_map(|document| values(document, group, num_groups)).collect();
            let params = KMeansParams::new(1 << BITS, Seed(1));
            let dim = documents[0].dim() / num_groups;
            Centroids::train(&rows, dim, &params, Isa::best(), &in_order).expect("tokens")
        };
        Self((0..num_groups).map(of_group).collect())
    }
}

/// The values of one group, token by token.
fn values(document: &MultiVector, group: usize, num_groups: usize) -> Vec<f32> {
    document.rows().flat_map(|row| row[group..].iter().step_by(num_groups)).copied().collect()
}

impl Coder for Product {
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let (num_groups, dim) = (self.0.len(), document.dim());
        let mut out = vec![0.0; document.data().len()];
        for (group, centroids) in self.0.iter().enumerate() {
            let nearest = centroids.assign(&values(document, group, num_groups), Isa::best(), &in_order);
            for (row, nearest) in out.chunks_exact_mut(dim).zip(nearest.expect("tokens")) {
                let values = row[group..].iter_mut().step_by(num_groups);
                values.zip(centroids.row(nearest.centroid)).for_each(|(out, value)| *out = *value);
            }
        }
        at_length(document, &mut out);
        (out, BITS * num_groups * document.num_tokens())
    }

    fn state_bytes(&self) -> usize {
        self.0.iter().map(|centroids| 2 * centroids.values().len()).sum()
    }
}
