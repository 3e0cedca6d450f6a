//! Ward's hierarchical clustering: distances, a dendrogram by the nearest-neighbor chain, a cut.

mod chain;
mod cut;
mod distances;

use super::WardVariant;
use chain::Merge;
use pleiad_kernels::Isa;

/// Memory that documents share.
#[derive(Debug, Clone, Default)]
pub(super) struct WardScratch {
    /// Squared distances, condensed.
    squares: Vec<f32>,
    /// The whole matrix of cosines, for [`WardVariant::Stanford`] alone.
    cosines: Vec<f32>,
    merges: Vec<Merge>,
}

/// Parts the directions in `unit` into exactly `num_kept` clusters; `clusters[i]` becomes one token of the cluster of
/// token `i`. `num_kept` is at least one and at most the number of tokens.
pub(super) fn ward(
    (isa, variant): (Isa, WardVariant),
    unit: &[f32],
    dim: usize,
    num_kept: usize,
    scratch: &mut WardScratch,
    clusters: &mut [u32],
) {
    match variant {
        WardVariant::Condensed => distances::condensed(isa, unit, dim, &mut scratch.squares),
        WardVariant::Euclidean => distances::euclidean(isa, unit, dim, &mut scratch.squares),
        WardVariant::Stanford => {
            distances::of_rows(isa, unit, dim, &mut scratch.cosines, &mut scratch.squares);
        }
    }
    chain::link(clusters.len(), &mut scratch.squares, &mut scratch.merges);
    cut::cut(&mut scratch.merges, num_kept, clusters);
}
