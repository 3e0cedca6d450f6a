use super::{Aggregate, ReduceError, Reduced};
use pleiad_vectors::{MultiVector, MultiVectorRef};

/// A mean this much shorter than its tokens is rounding, not a direction.
const NO_DIRECTION: f64 = 1e-6;

/// No row yet: sets have far fewer tokens.
const UNSEEN: u32 = u32::MAX;

/// Aggregates the tokens of each cluster. `clusters[i]` names the cluster of token `i` by a number below
/// `num_tokens`; rows come in the order in which the text first meets their cluster.
pub(super) fn gather(
    tokens: MultiVectorRef<'_>,
    clusters: Vec<u32>,
    aggregate: Aggregate,
) -> Result<Reduced, ReduceError> {
    let mut labels = clusters;
    let num_kept = relabel(&mut labels);
    let dim = tokens.dim();
    let mut members = vec![0u32; num_kept];
    let mut sums = vec![0.0f64; num_kept * dim];
    let mut lengths = vec![0.0f64; num_kept];
    for (row, &label) in tokens.rows().zip(&labels) {
        let label = label as usize;
        let sum = &mut sums[label * dim..][..dim];
        // The first is copied: adding it to 0 would lose the sign of its zeros.
        if members[label] == 0 {
            sum.iter_mut().zip(row).for_each(|(s, &v)| *s = v.into());
        } else {
            sum.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
        }
        members[label] += 1;
        if aggregate == Aggregate::MeanAtLength {
            lengths[label] += length(row);
        }
    }
    for (label, sum) in sums.chunks_exact_mut(dim).enumerate() {
        if members[label] > 1 {
            finish(sum, members[label].into(), lengths[label], aggregate);
        }
    }
    let vectors = MultiVector::new(sums.into_iter().map(|v| v as f32).collect(), dim)?;
    Ok(Reduced { vectors, labels })
}

/// Numbers the clusters by first appearance; returns how many there are.
fn relabel(clusters: &mut [u32]) -> usize {
    let mut rows = vec![UNSEEN; clusters.len()];
    let mut num_rows = 0;
    for cluster in clusters {
        let row = &mut rows[*cluster as usize];
        if *row == UNSEEN {
            *row = num_rows;
            num_rows += 1;
        }
        *cluster = *row;
    }
    num_rows as usize
}

/// Turns the sum of `num_members` tokens, whose lengths add up to `lengths`, into what stands for them.
fn finish(sum: &mut [f64], num_members: f64, lengths: f64, aggregate: Aggregate) {
    let scale = match aggregate {
        Aggregate::Sum => return,
        Aggregate::Mean => num_members.recip(),
        Aggregate::MeanAtLength => {
            let found = length(sum);
            // Both still lack the division by the number of tokens.
            let scale = if found > NO_DIRECTION * lengths { lengths / found } else { 1.0 };
            scale / num_members
        }
    };
    sum.iter_mut().for_each(|v| *v *= scale);
}

/// Writes the rows at unit length, zero rows as they are. Lengths are taken in `f64`, so that neither the largest nor
/// the smallest values leave their range.
pub(super) fn directions(rows: &[f32], dim: usize, unit: &mut Vec<f32>) {
    unit.clear();
    unit.reserve(rows.len());
    for row in rows.chunks_exact(dim) {
        let length = length(row);
        let scale = if length > 0.0 { length.recip() } else { 0.0 };
        unit.extend(row.iter().map(|&v| (f64::from(v) * scale) as f32));
    }
}

/// Euclidean length, summed in eight lanes: no addition waits for the one before.
fn length<T: Copy + Into<f64>>(values: &[T]) -> f64 {
    let mut lanes = [0.0; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (lane, &value) in lanes.iter_mut().zip(eight) {
            let value: f64 = value.into();
            *lane += value * value;
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        let value: f64 = value.into();
        *lane += value * value;
    }
    lanes.iter().sum::<f64>().sqrt()
}
