//! Share of the exact answer that a search finds, without any judgment.

use std::collections::HashSet;
use std::hash::Hash;

/// Two scores closer than this share of their size count as equal: the order of a sum changes its last bits.
const TIE_TOLERANCE: f32 = 1e-6;

/// Share of the exact top `k` that a search found among its own first `k` (recall of the search, not of relevance).
///
/// Both lists are `(id, score)`, best first, with *exact* scores over one collection. A found document whose score
/// reaches the k-th exact score is a hit even when the exact list, which had to break the tie, does not name it. With
/// fewer than `k` exact answers the share is of those; of none it is 1.
pub fn fidelity<I: Eq + Hash>(found: &[(I, f32)], exact: &[(I, f32)], k: usize) -> f64 {
    let exact = &exact[..k.min(exact.len())];
    let Some(&(_, last)) = exact.last() else { return 1.0 };
    let names: HashSet<&I> = exact.iter().map(|(id, _)| id).collect();
    let enough = last - TIE_TOLERANCE * last.abs();
    let hits: HashSet<&I> = found
        .iter()
        .take(k)
        .filter(|(id, score)| names.contains(id) || *score >= enough)
        .map(|(id, _)| id)
        .collect();
    hits.len().min(exact.len()) as f64 / exact.len() as f64
}

/// Mean [`fidelity`] over pairs of lists; 1 over none.
pub fn mean_fidelity<'a, I: Eq + Hash + 'a>(
    pairs: impl IntoIterator<Item = (&'a [(I, f32)], &'a [(I, f32)])>,
    k: usize,
) -> f64 {
    let (mut sum, mut num_pairs) = (0.0, 0u32);
    for (found, exact) in pairs {
        sum += fidelity(found, exact, k);
        num_pairs += 1;
    }
    if num_pairs == 0 { 1.0 } else { sum / f64::from(num_pairs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: [(u32, f32); 4] = [(1, 9.0), (2, 8.0), (3, 7.0), (4, 7.0)];

    #[test]
    fn what_is_found_counts_once() {
        assert_eq!(fidelity(&EXACT, &EXACT, 3), 1.0);
        assert_eq!(fidelity(&[(1, 9.0), (9, 1.0), (2, 8.0)], &EXACT, 2), 0.5);
        assert_eq!(fidelity(&[(1, 9.0), (1, 9.0)], &EXACT, 2), 0.5);
        assert_eq!(fidelity(&[], &EXACT, 2), 0.0);
    }

    #[test]
    fn ties_at_the_end_are_hits() {
        assert_eq!(fidelity(&[(1, 9.0), (2, 8.0), (4, 7.0)], &EXACT, 3), 1.0);
        assert_eq!(fidelity(&[(1, 9.0), (2, 8.0), (77, 7.000_000_5)], &EXACT, 3), 1.0);
        assert_eq!(fidelity(&[(1, 9.0), (2, 8.0), (77, 6.999)], &EXACT, 3), 2.0 / 3.0);
        assert_eq!(fidelity(&[(5, -2.0)], &[(1, -2.0)], 1), 1.0);
    }

    #[test]
    fn short_and_empty_lists() {
        assert_eq!(fidelity(&EXACT, &EXACT, 10), 1.0);
        assert_eq!(fidelity(&EXACT, &EXACT, 0), 1.0);
        assert_eq!(fidelity::<u32>(&[], &[], 5), 1.0);
        assert_eq!(mean_fidelity([(&EXACT[..], &EXACT[..]), (&[], &EXACT[..])], 2), 0.5);
        assert_eq!(mean_fidelity::<u32>([], 2), 1.0);
    }
}
