//! Product quantizers in groups that never cross a block.

use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::Seed;

/// Values of a group; blocks have a multiple of them.
const GROUP: usize = 8;

/// Each group as the nearest of 256 centroids of the same group in the other half of the documents.
pub fn product(fdes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut out = fdes.to_vec();
    for group in (0..fdes[0].len()).step_by(GROUP) {
        let half = |parity: usize| -> Vec<f32> {
            fdes.iter().skip(parity).step_by(2).flat_map(|fde| &fde[group..group + GROUP]).copied().collect()
        };
        let halves = [half(0), half(1)];
        for parity in [0, 1] {
            let params = KMeansParams {
                num_rounds: 4,
                rows_per_centroid: 8,
                ..KMeansParams::new(256, Seed(group as u64))
            };
            let centroids = Centroids::train(&halves[1 - parity], GROUP, &params, Isa::best(), &in_order);
            let centroids = centroids.expect("finite values");
            let nearest = centroids.assign(&halves[parity], Isa::best(), &in_order).expect("finite values");
            for (fde, nearest) in out.iter_mut().skip(parity).step_by(2).zip(nearest) {
                fde[group..group + GROUP].copy_from_slice(centroids.row(nearest.centroid));
            }
        }
    }
    out
}
