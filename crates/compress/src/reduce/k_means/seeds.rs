use pleiad_kernels::{Isa, dot};
use pleiad_vectors::Generator;

/// Squared distances below this are rounding: the rows are equal.
pub(super) const SAME: f32 = 1e-6;

/// k-means++ (Arthur and Vassilvitskii 2007): each next centre is a row drawn by its squared distance to the centres
/// so far. Stops early when every row lies on a centre. Returns `[num_centres, dim]`.
pub(super) fn plus_plus(
    isa: Isa,
    rows: &[f32],
    dim: usize,
    num_centres: usize,
    generator: &mut Generator,
) -> Vec<f32> {
    let num_rows = rows.len() / dim;
    let squares: Vec<f32> = rows.chunks_exact(dim).map(|row| dot(isa, row, row)).collect();
    let mut nearest = vec![f32::INFINITY; num_rows];
    let mut centres = Vec::with_capacity(num_centres * dim);
    let mut next = Some(generator.below(num_rows as u64) as usize);
    while let Some(chosen) = next
        && centres.len() < num_centres * dim
    {
        let centre = &rows[chosen * dim..][..dim];
        centres.extend_from_slice(centre);
        for (at, row) in rows.chunks_exact(dim).enumerate() {
            let square = squares[at] + squares[chosen] - 2.0 * dot(isa, row, centre);
            nearest[at] = nearest[at].min(if square < SAME { 0.0 } else { square });
        }
        next = draw(&nearest, generator);
    }
    centres
}

/// A position with probability in proportion to its weight; `None` when all weigh nothing.
fn draw(weights: &[f32], generator: &mut Generator) -> Option<usize> {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let mut left = generator.uniform() * total;
    let mut last = None;
    for (at, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = Some(at);
        left -= f64::from(weight);
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;

    #[test]
    fn rows_are_drawn_by_their_weight() {
        let mut generator = Seed(1).generator();
        let mut counts = [0u32; 4];
        for _ in 0..40_000 {
            counts[draw(&[0.0, 1.0, 0.0, 3.0], &mut generator).unwrap()] += 1;
        }
        assert!(counts[0] == 0 && counts[2] == 0 && (9_600..10_400).contains(&counts[1]), "{counts:?}");
        assert_eq!(draw(&[0.0; 3], &mut generator), None);
        assert_eq!(draw(&[], &mut generator), None);
    }

    #[test]
    fn no_centre_is_chosen_twice() {
        let rows = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.6, 0.8];
        for seed in 0..20 {
            let centres = plus_plus(Isa::best(), &rows, 2, 4, &mut Seed(seed).generator());
            let mut distinct: Vec<&[f32]> = centres.chunks(2).collect();
            distinct.sort_by(|a, b| a.partial_cmp(b).unwrap());
            assert_eq!(distinct, [[0.0, 1.0], [0.6, 0.8], [1.0, 0.0]]);
        }
    }
}
