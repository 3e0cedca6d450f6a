use pleiad_kernels::{Isa, dot};

/// Cuts the text wherever a token's cosine to the sum of the run before it is below `min_cosine`; `unit` holds
/// directions. `clusters[i]` becomes the first token of the run of token `i`.
pub(super) fn runs(isa: Isa, unit: &[f32], dim: usize, min_cosine: f32, clusters: &mut [u32]) {
    let mut sum = vec![0.0; dim];
    let mut start = 0;
    for (token, row) in unit.chunks_exact(dim).enumerate() {
        if token > 0 && cosine_to(isa, &sum, row) >= min_cosine {
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        } else {
            sum.copy_from_slice(row);
            start = token as u32;
        }
        clusters[token] = start;
    }
}

/// Cosine of a sum and a direction; zero where either has none. Rounding does not part a direction from itself.
fn cosine_to(isa: Isa, sum: &[f32], direction: &[f32]) -> f32 {
    const ROUNDING: f32 = 1e-6;
    let length = dot(isa, sum, sum).sqrt();
    if length == 0.0 {
        return 0.0;
    }
    let cosine = dot(isa, sum, direction) / length;
    if cosine >= 1.0 - ROUNDING { 1.0 } else { cosine.max(-1.0) }
}
