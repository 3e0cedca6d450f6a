//! k-means on rows of values: seeds, rounds of Lloyd.
//!
//! Knows nothing of documents: whoever needs centres of anything may use it.

mod rounds;
mod seeds;

use pleiad_kernels::Isa;
use pleiad_vectors::Generator;

/// Parts `rows` (finite, of unit length or zero) into at most `num_clusters` clusters of small variance;
/// `clusters[i]` becomes the number of row `i`'s. No cluster is empty unless there are too few distinct rows.
pub(super) fn k_means(
    isa: Isa,
    rows: &[f32],
    dim: usize,
    num_clusters: usize,
    generator: &mut Generator,
    clusters: &mut [u32],
) {
    let centres = seeds::plus_plus(isa, rows, dim, num_clusters, generator);
    rounds::lloyd(isa, rows, dim, centres, clusters);
}
