//! Token postings and the centroids that they speak of.

use pleiad_compress::kmeans::{CentroidTree, TreeParams, in_order};
use pleiad_index::postings::{Postings, PostingsBuilder, PostingsError, Probes, Scratch, visit_matches};
use pleiad_kernels::Isa;
use pleiad_vectors::Seed;

/// Sums over a window, and scores of as many centroids as bytes can claim.
pub(super) const SEARCH_BYTES: usize = 32 << 20;

pub(super) fn lists() -> Vec<Vec<u8>> {
    let built = |num_rows: u32, num_centroids: u32| {
        let mut builder = PostingsBuilder::new(num_centroids).expect("centroids");
        for row in 0..num_rows {
            builder.push(&[row % num_centroids, row * 7 % num_centroids]).expect("centroids that there are");
        }
        builder.finish(5)
    };
    vec![built(0, 1), built(9, 4), built(300, 17)]
}

pub(super) fn postings(bytes: &[u8]) {
    let Ok(postings) = Postings::read(bytes) else { return };
    let num_centroids = postings.num_centroids();
    let scores: Vec<f32> = (0..num_centroids).map(|centroid| (centroid % 31) as f32).collect();
    let Ok(probes) = Probes::choose(&scores, num_centroids, 8) else { return };
    let mut scratch = Scratch::default();
    for window in 0..postings.num_windows() {
        let show = |row: u32, score: f32| {
            assert!(row < postings.num_rows() && score > 0.0, "row {row} scores {score}");
            Ok::<_, PostingsError>(())
        };
        // A damaged list is an error, and tells nothing of the others.
        drop(visit_matches(&postings, window, &probes, &mut scratch, show));
        drop(postings.row_centroids(window));
    }
}

pub(super) fn trees() -> Vec<Vec<u8>> {
    let mut generator = Seed(3).generator();
    let rows: Vec<f32> = (0..60 * 4).map(|_| generator.gaussian()).collect();
    let tree = CentroidTree::train(&rows, 4, &TreeParams::new(12, Seed(1)), Isa::best(), &in_order);
    let mut bytes = Vec::new();
    tree.expect("rows").write_to(&mut bytes);
    vec![bytes]
}

pub(super) fn centroid_tree(bytes: &[u8]) {
    if let Ok(tree) = CentroidTree::read_from(bytes, Isa::best()) {
        let nearest = tree.nearest(&vec![0.5; tree.dim()]);
        assert!((nearest[0] as usize) < tree.num_centroids());
    }
}
