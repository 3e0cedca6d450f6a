use super::panels::{Panels, Spread};
use pleiad_vectors::Generator;

/// Squared distances below this share of the largest squared length are rounding: the rows are equal.
const SAME: f32 = 1e-6;

/// Draws in which all centroids are found. Up to so many of them each has a draw of its own, which is k-means++ as
/// published; more are drawn several at a time, so that every draw is one pass of the kernels and all of them together
/// cost as much as a round of Lloyd.
const NUM_DRAWS: usize = 64;

/// The squared distance that is rounding.
pub(super) fn same(squares: &[f32]) -> f32 {
    SAME * squares.iter().copied().fold(0.0, f32::max)
}

/// k-means++ (Arthur and Vassilvitskii 2007): each next centroid is a row drawn by its squared distance to the centroids
/// so far. Several that are drawn at once are spread evenly over the rows' summed distances (systematic sampling).
/// Stops early when every row lies on a centroid. Returns `[num_centroids, dim]`.
pub(super) fn plus_plus(
    panels: &Panels,
    rows: &[f32],
    num_centroids: usize,
    generator: &mut Generator,
    spread: Spread<'_>,
) -> Vec<f32> {
    let (dim, same) = (panels.dim(), same(panels.squares()));
    let num_centroids = num_centroids.min(panels.num_rows());
    let batch = num_centroids.div_ceil(NUM_DRAWS);
    let mut nearest = vec![f32::INFINITY; panels.num_rows()];
    let mut centroids = Vec::with_capacity(num_centroids * dim);
    let mut drawn = vec![generator.below(panels.num_rows() as u64) as usize];
    while !drawn.is_empty() {
        let first = centroids.len();
        drawn.iter().for_each(|&row| centroids.extend_from_slice(&rows[row * dim..][..dim]));
        let missing = num_centroids - centroids.len() / dim;
        if missing == 0 {
            break;
        }
        let found = panels.find(&centroids[first..], spread);
        for ((nearest, square), (_, gain)) in nearest.iter_mut().zip(panels.squares()).zip(found) {
            let distance = square - 2.0 * gain;
            *nearest = nearest.min(if distance <= same { 0.0 } else { distance });
        }
        drawn = draw(&nearest, batch.min(missing), generator);
    }
    centroids
}

/// Up to `num` positions, ascending, each with probability in proportion to its weight; none when all weigh nothing.
fn draw(weights: &[f32], num: usize, generator: &mut Generator) -> Vec<usize> {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let (step, mut drawn) = (total / num as f64, Vec::with_capacity(num));
    // How much weight there is until the next is drawn.
    let (mut left, mut last) = (generator.uniform() * step, None);
    for (at, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = Some(at);
        left -= f64::from(weight);
        if left < 0.0 {
            drawn.push(at);
            // A weight of several steps is drawn once.
            left += step * (-left / step).floor() + step;
        }
    }
    // Rounding may leave nothing drawn.
    if drawn.is_empty() {
        last.into_iter().collect()
    } else {
        drawn.truncate(num);
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::super::in_order;
    use super::*;
    use pleiad_kernels::Isa;
    use pleiad_vectors::Seed;

    #[test]
    fn rows_are_drawn_by_their_weight() {
        let mut generator = Seed(1).generator();
        let mut counts = [0u32; 4];
        for _ in 0..40_000 {
            counts[draw(&[0.0, 1.0, 0.0, 3.0], 1, &mut generator)[0]] += 1;
        }
        assert!(counts[0] == 0 && counts[2] == 0 && (9_600..10_400).contains(&counts[1]), "{counts:?}");
        assert!(draw(&[0.0; 3], 1, &mut generator).is_empty());
        assert!(draw(&[], 2, &mut generator).is_empty());
    }

    #[test]
    fn several_are_drawn_evenly_and_none_twice() {
        let mut generator = Seed(2).generator();
        for _ in 0..1000 {
            let drawn = draw(&[1.0; 12], 4, &mut generator);
            assert!(drawn.windows(2).all(|pair| pair[1] == pair[0] + 3), "{drawn:?}");
            assert_eq!(drawn.len(), 4);
            let drawn = draw(&[100.0, 0.0, 1.0], 3, &mut generator);
            assert!(drawn == [0] || drawn == [0, 2], "{drawn:?}");
        }
    }

    #[test]
    fn no_centroid_is_chosen_twice() {
        let rows = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.6, 0.8];
        let panels = Panels::new(Isa::best(), &rows, 2, &in_order);
        for seed in 0..20 {
            let centroids = plus_plus(&panels, &rows, 4, &mut Seed(seed).generator(), &in_order);
            let mut distinct: Vec<&[f32]> = centroids.chunks(2).collect();
            distinct.sort_by(|a, b| a.partial_cmp(b).unwrap());
            assert_eq!(distinct, [[0.0, 1.0], [0.6, 0.8], [1.0, 0.0]]);
        }
    }
}
