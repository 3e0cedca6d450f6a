use pleiad_kernels::{Isa, dot};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Joins the two neighboring runs whose union adds least variance until `num_kept` are left; of equals the first.
/// `unit` holds directions. `clusters[i]` becomes the first token of the run of token `i`.
pub(super) fn neighbors(isa: Isa, unit: &[f32], dim: usize, num_kept: usize, clusters: &mut [u32]) {
    let num_tokens = clusters.len();
    let mut runs = Runs::new(isa, unit, dim);
    let mut pairs: BinaryHeap<Reverse<Pair>> =
        (1..num_tokens).map(|right| Reverse(runs.pair(right - 1, right))).collect();
    let mut num_joins = num_tokens - num_kept;
    while num_joins > 0
        && let Some(Reverse(pair)) = pairs.pop()
    {
        if !runs.is_current(&pair) {
            continue;
        }
        runs.join(pair.left, pair.right);
        num_joins -= 1;
        let (left, next) = (pair.left, runs.ends[pair.left]);
        if left > 0 {
            pairs.push(Reverse(runs.pair(runs.starts[left - 1], left)));
        }
        if next < num_tokens {
            pairs.push(Reverse(runs.pair(left, next)));
        }
    }
    let mut start = 0;
    while start < num_tokens {
        let end = runs.ends[start];
        clusters[start..end].fill(start as u32);
        start = end;
    }
}

/// Runs of tokens, each known by its first one.
struct Runs {
    isa: Isa,
    dim: usize,
    /// Sum of the directions of the run that starts here.
    sums: Vec<f32>,
    /// Squared length of that sum.
    squares: Vec<f64>,
    /// One past the last token of the run that starts here; 0 where none does any more.
    ends: Vec<usize>,
    /// First token of the run that ends here.
    starts: Vec<usize>,
}

impl Runs {
    fn new(isa: Isa, unit: &[f32], dim: usize) -> Self {
        let num_tokens = unit.len() / dim;
        let squares = unit.chunks_exact(dim).map(|row| dot(isa, row, row).into()).collect();
        let ends = (1..=num_tokens).collect();
        Self { isa, dim, sums: unit.to_vec(), squares, ends, starts: (0..num_tokens).collect() }
    }

    fn sum(&self, start: usize) -> &[f32] {
        &self.sums[start * self.dim..][..self.dim]
    }

    /// Returns the cost of joining two runs: `ab/(a+b) · |mean_a − mean_b|²`, written with sums.
    fn pair(&self, left: usize, right: usize) -> Pair {
        let end = self.ends[right];
        let (a, b) = ((right - left) as f64, (end - right) as f64);
        let product = f64::from(dot(self.isa, self.sum(left), self.sum(right)));
        let cost = (self.squares[left] * b / a + self.squares[right] * a / b - 2.0 * product) / (a + b);
        Pair { cost, left, right, end }
    }

    /// Returns whether both runs are unchanged since the pair was weighed: runs only grow.
    fn is_current(&self, pair: &Pair) -> bool {
        self.ends[pair.left] == pair.right && self.ends[pair.right] == pair.end
    }

    fn join(&mut self, left: usize, right: usize) {
        let (head, tail) = self.sums.split_at_mut(right * self.dim);
        let sum = &mut head[left * self.dim..][..self.dim];
        sum.iter_mut().zip(&tail[..self.dim]).for_each(|(s, v)| *s += v);
        self.squares[left] = dot(self.isa, sum, sum).into();
        self.ends[left] = std::mem::replace(&mut self.ends[right], 0);
        self.starts[self.ends[left] - 1] = left;
    }
}

/// Two neighboring runs, `left..right` and `right..end`; cheapest first, then leftmost.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair {
    cost: f64,
    left: usize,
    right: usize,
    end: usize,
}

impl Eq for Pair {}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_place = (self.left, self.right, self.end).cmp(&(other.left, other.right, other.end));
        self.cost.total_cmp(&other.cost).then(by_place)
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
