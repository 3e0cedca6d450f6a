use super::distances::{place, row_start};

/// Two clusters became one; each is known by one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Merge {
    pub(super) kept: usize,
    pub(super) merged: usize,
    /// Squared distance of the two, never below that of a merge inside them.
    pub(super) square: f32,
}

/// Builds the whole dendrogram: `num_tokens − 1` merges, each after those inside it, else in no order.
///
/// A chain of nearest neighbors ends in two that are each other's nearest: they merge whatever else happens, so
/// `O(n²)` steps are enough (Murtagh 1983; Müllner, arXiv 1109.2378, §3.1). Of equally near clusters the one before
/// in the chain is taken, then the one with the lowest number. `squares` is used up.
pub(super) fn link(num_tokens: usize, squares: &mut [f32], merges: &mut Vec<Merge>) {
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
