//! Ward's hierarchical clustering: distances, a dendrogram by the nearest-neighbor chain, a cut.

use super::WardVariant;
use pleiad_kernels::{Isa, dot};

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
        WardVariant::Condensed => condensed(isa, unit, dim, &mut scratch.squares),
        WardVariant::Euclidean => euclidean(isa, unit, dim, &mut scratch.squares),
        WardVariant::Stanford => {
            of_rows(isa, unit, dim, &mut scratch.cosines, &mut scratch.squares);
        }
    }
    link(clusters.len(), &mut scratch.squares, &mut scratch.merges);
    cut(&mut scratch.merges, num_kept, clusters);
}

/// Returns the position of the distance of tokens `i < j` among the `n (n − 1) / 2` of all pairs.
#[inline]
fn place(num_tokens: usize, i: usize, j: usize) -> usize {
    debug_assert!(i < j && j < num_tokens);
    row_start(num_tokens, i) + (j - i - 1)
}

/// Returns the position of the first distance of token `i` to a later one.
#[inline]
fn row_start(num_tokens: usize, i: usize) -> usize {
    i * (2 * num_tokens - i - 1) / 2
}

/// `(1 − cosine)²`: what PyLate and Sentence-Transformers hand to the linkage is `1 − cosine`, cut to `0..=2`.
fn condensed(isa: Isa, unit: &[f32], dim: usize, squares: &mut Vec<f32>) {
    pairs(unit, dim, squares, |a, b| {
        let distance = (1.0 - dot(isa, a, b)).clamp(0.0, 2.0);
        distance * distance
    });
}

/// `|a − b|²` of directions, `2 (1 − cosine)`.
fn euclidean(isa: Isa, unit: &[f32], dim: usize, squares: &mut Vec<f32>) {
    pairs(unit, dim, squares, |a, b| (2.0 * (1.0 - dot(isa, a, b))).max(0.0));
}

/// Squared distances between the rows of the matrix of cosines; those of `1 − cosine` lie equally far apart.
fn of_rows(isa: Isa, unit: &[f32], dim: usize, cosines: &mut Vec<f32>, squares: &mut Vec<f32>) {
    let num_tokens = unit.len() / dim;
    cosines.clear();
    for a in unit.chunks_exact(dim) {
        cosines.extend(unit.chunks_exact(dim).map(|b| dot(isa, a, b)));
    }
    pairs(cosines, num_tokens, squares, |a, b| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum());
}

fn pairs(rows: &[f32], dim: usize, squares: &mut Vec<f32>, of: impl Fn(&[f32], &[f32]) -> f32) {
    squares.clear();
    for (i, a) in rows.chunks_exact(dim).enumerate() {
        squares.extend(rows[(i + 1) * dim..].chunks_exact(dim).map(|b| of(a, b)));
    }
}

/// Two clusters became one; each is known by one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Merge {
    kept: usize,
    merged: usize,
    /// Squared distance of the two, never below that of a merge inside them.
    square: f32,
}

/// Builds the whole dendrogram: `num_tokens − 1` merges, each after those inside it, else in no order.
///
/// A chain of nearest neighbors ends in two that are each other's nearest: they merge whatever else happens, so
/// `O(n²)` steps are enough (Murtagh 1983; Müllner, arXiv 1109.2378, §3.1). Of equally near clusters the one before
/// in the chain is taken, then the one with the lowest number. `squares` is used up.
fn link(num_tokens: usize, squares: &mut [f32], merges: &mut Vec<Merge>) {
    merges.clear();
    let mut forest =
        Forest { num_tokens, squares, active: (0..num_tokens).collect(), sizes: vec![1; num_tokens] };
    let mut heights = vec![0.0f32; num_tokens];
    let mut chain: Vec<usize> = Vec::with_capacity(num_tokens);
    while forest.active.len() > 1 {
        if chain.is_empty() {
            chain.push(forest.active[0]);
        }
        let (top, before) = (chain[chain.len() - 1], chain.len().checked_sub(2).map(|at| chain[at]));
        let (nearest, square) = forest.nearest(top, before);
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        let (kept, merged) = (top.min(nearest), top.max(nearest));
        // Rounding may put a merge a hair below one inside it.
        heights[kept] = square.max(heights[kept]).max(heights[merged]);
        merges.push(Merge { kept, merged, square: heights[kept] });
        forest.merge(kept, merged, square);
        chain.truncate(chain.len() - 2);
        // Nor may rounding let the chain pass twice through a cluster that is gone.
        if let Some(at) = chain.iter().position(|&cluster| cluster == kept || cluster == merged) {
            chain.truncate(at);
        }
    }
}

struct Forest<'a> {
    num_tokens: usize,
    squares: &'a mut [f32],
    /// Clusters that nothing has swallowed yet, ascending.
    active: Vec<usize>,
    /// Tokens of each.
    sizes: Vec<u32>,
}

impl Forest<'_> {
    fn place(&self, a: usize, b: usize) -> usize {
        place(self.num_tokens, a.min(b), a.max(b))
    }

    /// The cluster nearest to `top`, `before` among equals; there must be another.
    fn nearest(&self, top: usize, before: Option<usize>) -> (usize, f32) {
        let mut best = match before {
            Some(before) => (before, self.squares[self.place(top, before)]),
            None => (usize::MAX, f32::INFINITY),
        };
        let split = self.active.partition_point(|&cluster| cluster < top);
        for &below in &self.active[..split] {
            let square = self.squares[place(self.num_tokens, below, top)];
            best = if square < best.1 { (below, square) } else { best };
        }
        // The distances to later clusters lie in one row.
        let row = row_start(self.num_tokens, top);
        for &above in &self.active[split + 1..] {
            let square = self.squares[row + above - top - 1];
            best = if square < best.1 { (above, square) } else { best };
        }
        best
    }

    /// Lance and Williams' update for Ward's criterion, on squared distances.
    fn merge(&mut self, kept: usize, merged: usize, square: f32) {
        let at = self.active.partition_point(|&cluster| cluster < merged);
        self.active.remove(at);
        let (a, b) = (self.sizes[kept] as f32, self.sizes[merged] as f32);
        for at in 0..self.active.len() {
            let other = self.active[at];
            if other == kept {
                continue;
            }
            let size = self.sizes[other] as f32;
            let (from_kept, from_merged) = (self.place(kept, other), self.place(merged, other));
            let sum = (a + size) * self.squares[from_kept] + (b + size) * self.squares[from_merged];
            self.squares[from_kept] = ((sum - size * square) / (a + b + size)).max(0.0);
        }
        self.sizes[kept] += self.sizes[merged];
    }
}

/// Applies the lowest merges until `num_kept` clusters are left. Merges of one height apply in the order in which
/// they were found; scipy's `maxclust` applies all of them, which keeps fewer clusters than were asked for.
fn cut(merges: &mut [Merge], num_kept: usize, clusters: &mut [u32]) {
    merges.sort_by(|a, b| a.square.total_cmp(&b.square));
    for (token, cluster) in clusters.iter_mut().enumerate() {
        *cluster = token as u32;
    }
    for merge in &merges[..clusters.len() - num_kept] {
        let (a, b) = (root(clusters, merge.kept), root(clusters, merge.merged));
        clusters[a.max(b)] = a.min(b) as u32;
    }
    // Parents come before children.
    for token in 0..clusters.len() {
        clusters[token] = clusters[clusters[token] as usize];
    }
}

fn root(parents: &mut [u32], mut token: usize) -> usize {
    while parents[token] as usize != token {
        parents[token] = parents[parents[token] as usize];
        token = parents[token] as usize;
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_the_order_of_writing() {
        let (num_tokens, mut next) = (7, 0);
        for i in 0..num_tokens {
            for j in i + 1..num_tokens {
                assert_eq!(place(num_tokens, i, j), next);
                next += 1;
            }
        }
    }
}
