//! Tests of `pleiad-compress` against Google's reference (golden files) and against the paper's theory.

mod fde_properties;
mod golden;
mod golden_fde;
mod golden_statistics;
mod golden_streams;
mod quantize_around;
mod quantize_fde;
mod quantize_tokens;

use pleiad_compress::fde::FdeEncoder;
use pleiad_vectors::MultiVector;

/// The number of tokens in each partition of each repetition.
fn partition_counts(encoder: &FdeEncoder, tokens: &MultiVector) -> Vec<Vec<u32>> {
    let count = |partitions: Vec<u32>| {
        let mut counts = vec![0; 1 << encoder.params().simhash_projections];
        partitions.into_iter().for_each(|partition| counts[partition as usize] += 1);
        counts
    };
    encoder.partitions(tokens.as_ref()).expect("valid tokens").into_iter().map(count).collect()
}
