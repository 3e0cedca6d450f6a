use super::PostingCentroids;
use super::centroids::{SEED, TOKENS_PER_CENTROID};
use crate::Snapshot;
use crate::assets::on_all_cores;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_compress::kmeans::{CentroidTree, TreeParams};
use pleiad_kernels::Isa;
use rayon::prelude::*;

/// Finds centroids for the documents of a snapshot: the bytes of the asset. Cost: some tokens of up to 262,144 are
/// decoded and met by the root of the number of centroids, a few times; memory for five copies of them.
pub(super) fn train(
    snapshot: &Snapshot,
    locations: &[DocAddress],
    num_tokens: u64,
    max_tokens: u64,
) -> Result<Vec<u8>> {
    let num_centroids = PostingCentroids::wanted(num_tokens, max_tokens) as usize;
    let mean_tokens = (num_tokens / (locations.len() as u64).max(1)).max(1) as usize;
    let num_documents = (num_centroids * TOKENS_PER_CENTROID).div_ceil(mean_tokens).min(locations.len());
    let mut sampled: Vec<DocAddress> = locations.to_vec();
    let key = |location: &DocAddress| (SEED.derive(location.id.0).0, *location);
    if num_documents < sampled.len() {
        sampled.select_nth_unstable_by_key(num_documents, key);
        sampled.truncate(num_documents);
    }
    // In an order that does not depend on segments.
    sampled.sort_unstable_by_key(|location| location.id);
    let codec = snapshot.token_codec()?;
    let decode = |&location: &DocAddress| -> Result<Vec<f32>> {
        let mut values = Vec::new();
        let damaged = |error| Error::corrupt(snapshot.place(location)).caused_by(error);
        codec.decode(snapshot.token_codes(location)?, &mut values).map_err(damaged)?;
        Ok(values)
    };
    let rows = sampled.par_iter().map(decode).collect::<Result<Vec<_>>>()?.concat();
    let params = TreeParams::new(num_centroids, SEED);
    let tree =
        CentroidTree::train(&rows, codec.dim(), &params, Isa::best(), &on_all_cores).map_err(|error| {
            Error::invalid(format!("no centroids of the tokens can be found: {error}")).caused_by(error)
        })?;
    let mut bytes = Vec::new();
    tree.write_to(&mut bytes);
    Ok(bytes)
}
