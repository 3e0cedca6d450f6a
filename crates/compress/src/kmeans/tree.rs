use super::panels::{Spread, collect};
use super::{Centroids, KMeansError, KMeansParams, in_order};
use pleiad_kernels::{
    Activation, FloatPanels, Isa, Matrix, MatrixMut, QueryPanel, f16_bits_to_f32, f32_to_f16_bits,
};
use pleiad_vectors::Seed;

/// Groups in which the nearest centroid of a row is looked for: it lies in one of four in 96 cases of 100, and in the
/// others one that lies nearly as well does.
const NUM_SEARCHED: usize = 4;

/// Rows that are looked up together: enough for each group to have some.
const BLOCK_ROWS: usize = 4096;

/// Parameters of centroids in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeParams {
    /// About how many, at least 1.
    pub num_centroids: usize,
    /// Rounds of Lloyd, at least 1.
    pub num_rounds: usize,
    /// Decides which rows centroids start from.
    pub seed: Seed,
}

impl TreeParams {
    /// Six rounds.
    pub const fn new(num_centroids: usize, seed: Seed) -> Self {
        Self { num_centroids, num_rounds: 6, seed }
    }
}

/// Directions that stand for the rows around them, in groups of nearby ones: to be found, and to find the nearest of a
/// row, takes the square root of the work that [`Centroids`] take.
///
/// All are of unit length, in half precision, so that the nearest is the one with the largest inner product.
///
/// # Examples
/// ```
/// use pleiad_compress::kmeans::{CentroidTree, TreeParams, in_order};
/// use pleiad_kernels::Isa;
/// use pleiad_vectors::Seed;
///
/// let rows = [1.0, 0.1, 1.0, 0.0, -0.1, 2.0, 0.0, 3.0]; // four of two dimensions
/// let tree = CentroidTree::train(&rows, 2, &TreeParams::new(2, Seed(7)), Isa::best(), &in_order)?;
/// let nearest = tree.nearest(&rows);
/// assert_eq!(nearest[0], nearest[1]);
/// assert_ne!(nearest[1], nearest[2]);
/// # Ok::<(), pleiad_compress::kmeans::KMeansError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CentroidTree {
    pub(super) dim: usize,
    /// One for each group, `[num_groups, dim]`.
    pub(super) groups: Vec<f32>,
    packed: FloatPanels,
    /// End of each group's centroids.
    pub(super) ends: Vec<u32>,
    /// `[num_centroids, dim]`.
    pub(super) values: Vec<f32>,
}

impl CentroidTree {
    /// Finds centroids of `rows`, row-major `[num_rows, dim]`: about as many groups as the root of `num_centroids`, and in
    /// each as many centroids as its share of the rows. All rows are looked at: 16 for each centroid are enough.
    ///
    /// The same rows, parameters and instruction set give the same centroids with any [`Spread`]. Cost: for each round,
    /// `2 · num_rows · √num_centroids · dim` multiply-adds; memory for three copies of the rows.
    ///
    /// # Errors
    /// [`KMeansError`] names the parameter or the value.
    pub fn train(
        rows: &[f32],
        dim: usize,
        params: &TreeParams,
        isa: Isa,
        spread: Spread<'_>,
    ) -> Result<Self, KMeansError> {
        let TreeParams { num_centroids, num_rounds, seed } = *params;
        let of = |num_centroids: usize, seed: Seed| KMeansParams {
            num_centroids,
            num_rounds,
            rows_per_centroid: usize::MAX,
            unit_length: true,
            seed,
        };
        let num_groups = (num_centroids as f64).sqrt().ceil() as usize;
        let groups = Centroids::train(rows, dim, &of(num_groups, seed), isa, spread)?;
        let nearest = groups.assign(rows, isa, spread)?;
        let mut members = vec![Vec::new(); groups.num_centroids()];
        for (row, nearest) in rows.chunks_exact(dim).zip(nearest) {
            members[nearest.centroid as usize].extend_from_slice(row);
        }
        let inner = |group: usize| -> Result<Vec<f32>, KMeansError> {
            let members = &members[group];
            if members.is_empty() {
                return Ok(groups.row(group as u32).to_vec());
            }
            let share = members.len() as f64 / rows.len() as f64;
            let num = ((share * num_centroids as f64).round() as usize).max(1);
            let found = Centroids::train(members, dim, &of(num, seed.derive(group as u64)), isa, &in_order)?;
            Ok(found.values().to_vec())
        };
        let inner = collect(members.len(), &inner, spread).into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut end = 0;
        let add = |values: &Vec<f32>| {
            end += (values.len() / dim) as u32;
            end
        };
        let ends = inner.iter().map(add).collect();
        Ok(Self::new(dim, halves(groups.values()), ends, halves(&inner.concat()), isa))
    }

    /// Takes centroids whose groups end where `ends` say: one for each of `groups`, the last at all of `values`.
    pub(super) fn new(dim: usize, groups: Vec<f32>, ends: Vec<u32>, values: Vec<f32>, isa: Isa) -> Self {
        let mut packed = FloatPanels::new(isa);
        packed.pack_rows(Matrix::new(&groups, dim));
        Self { dim, groups, packed, ends, values }
    }

    /// Returns the number of centroids.
    pub fn num_centroids(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Values of each.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// All of them, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// A centroid near each row, row-major `[num_rows, dim]` and finite: the nearest one of the four groups that lie
    /// nearest. A row's depends on nothing but the row and the instruction set.
    ///
    /// Cost: for each row about `5 · √num_centroids · dim` multiply-adds and four copies of it.
    ///
    /// # Panics
    /// When `rows` does not hold whole rows.
    pub fn nearest(&self, rows: &[f32]) -> Vec<u32> {
        assert!(rows.len().is_multiple_of(self.dim), "whole rows of {} values", self.dim);
        let mut nearest = Vec::with_capacity(rows.len() / self.dim);
        for block in rows.chunks(BLOCK_ROWS * self.dim) {
            self.nearest_of_block(block, &mut nearest);
        }
        nearest
    }

    fn nearest_of_block(&self, block: &[f32], nearest: &mut Vec<u32>) {
        let (dim, num_groups) = (self.dim, self.ends.len());
        let num_rows = block.len() / dim;
        let mut scores = vec![0.0; num_rows * num_groups];
        let (input, mut out) = (Matrix::new(block, dim), MatrixMut::new(&mut scores, num_groups));
        self.packed.product(input, Activation::Identity, &mut out);
        let mut members = vec![Vec::new(); num_groups];
        for (row, scores) in (0u32..).zip(scores.chunks_exact(num_groups)) {
            best_groups(scores).for_each(|group| members[group].push(row));
        }
        let mut best = vec![(f32::NEG_INFINITY, 0u32); num_rows];
        let (mut gathered, mut found) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (members, &end) in members.iter().zip(&self.ends) {
            let centroids = &self.values[start as usize * dim..end as usize * dim];
            gathered.clear();
            let rows = members.iter().flat_map(|&row| &block[row as usize * dim..][..dim]);
            gathered.extend(rows);
            found.clear();
            found.resize(members.len(), (0, f32::NEG_INFINITY));
            QueryPanel::new(self.packed.isa(), &gathered, dim).matches(centroids, &mut found);
            for (&row, &(centroid, score)) in members.iter().zip(&found) {
                // Groups come in order, so the first of equals stays.
                if score > best[row as usize].0 {
                    best[row as usize] = (score, start + centroid);
                }
            }
            start = end;
        }
        nearest.extend(best.into_iter().map(|(_, centroid)| centroid));
    }
}

/// The groups of the best scores; the first of equals.
fn best_groups(scores: &[f32]) -> impl Iterator<Item = usize> {
    let mut best = [(f32::NEG_INFINITY, usize::MAX); NUM_SEARCHED];
    for (group, &score) in scores.iter().enumerate() {
        if score > best[NUM_SEARCHED - 1].0 {
            let place = best.partition_point(|kept| kept.0 >= score);
            best[place..].rotate_right(1);
            best[place] = (score, group);
        }
    }
    best.into_iter().map(|(_, group)| group).filter(|&group| group != usize::MAX)
}

/// Rounded to half precision, in which they are kept.
fn halves(values: &[f32]) -> Vec<f32> {
    values.iter().map(|&value| f16_bits_to_f32(f32_to_f16_bits(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_kernels::dot;
    use proptest::prelude::*;

    fn rows(num_rows: usize, dim: usize, seed: u64) -> Vec<f32> {
        let mut generator = Seed(seed).generator();
        (0..num_rows * dim).map(|_| generator.gaussian()).collect()
    }

    /// The best of all centroids in the four best groups, one by one.
    fn obvious(tree: &CentroidTree, row: &[f32]) -> u32 {
        let isa = Isa::Reference;
        let mut groups: Vec<usize> = (0..tree.ends.len()).collect();
        let score = |group: usize| dot(isa, row, &tree.groups[group * tree.dim..][..tree.dim]);
        groups.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        groups.truncate(NUM_SEARCHED);
        groups.sort_unstable();
        let mut best = (f32::NEG_INFINITY, 0);
        for group in groups {
            let start = if group == 0 { 0 } else { tree.ends[group - 1] };
            for centroid in start..tree.ends[group] {
                let score = dot(isa, row, &tree.values[centroid as usize * tree.dim..][..tree.dim]);
                if score > best.0 {
                    best = (score, centroid);
                }
            }
        }
        best.1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_row_gets_the_best_of_the_best_groups(
            dim in 1usize..24, num_rows in 1usize..90, num_centroids in 1usize..60, seed: u64,
        ) {
            let values = rows(num_rows, dim, seed);
            for isa in Isa::available() {
                let params = TreeParams::new(num_centroids, Seed(seed));
                let tree = CentroidTree::train(&values, dim, &params, isa, &in_order).unwrap();
                let found = tree.nearest(&values);
                prop_assert_eq!(found.len(), num_rows);
                for (row, found) in values.chunks(dim).zip(found) {
                    let at = |centroid: u32| &tree.values[centroid as usize * dim..][..dim];
                    let [found, obvious] = [found, obvious(&tree, row)].map(|c| dot(Isa::Reference, row, at(c)));
                    prop_assert!((found - obvious).abs() <= 1e-4 * (1.0 + obvious.abs()), "{} {}", found, obvious);
                }
            }
        }
    }

    #[test]
    fn threads_and_storage_change_nothing() {
        let values = rows(3000, 12, 5);
        let params = TreeParams::new(300, Seed(3));
        let train =
            |spread: Spread<'_>| CentroidTree::train(&values, 12, &params, Isa::best(), spread).unwrap();
        let tree = train(&in_order);
        let backwards = |num_tasks: usize, task: &(dyn Fn(usize) + Sync)| {
            (0..num_tasks).rev().for_each(task);
        };
        assert_eq!(train(&backwards).values, tree.values);
        assert!((200..=400).contains(&tree.num_centroids()), "{}", tree.num_centroids());
        let mut bytes = Vec::new();
        tree.write_to(&mut bytes);
        let back = CentroidTree::read_from(&bytes, Isa::best()).unwrap();
        assert_eq!((&back.values, &back.groups, &back.ends), (&tree.values, &tree.groups, &tree.ends));
        assert_eq!(back.nearest(&values), tree.nearest(&values));
        // Rows are looked up one by one as in blocks.
        let alone: Vec<u32> = values.chunks(12).flat_map(|row| tree.nearest(row)).collect();
        assert_eq!(alone, tree.nearest(&values));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let tree =
            CentroidTree::train(&rows(50, 3, 1), 3, &TreeParams::new(9, Seed(1)), Isa::best(), &in_order);
        let mut bytes = Vec::new();
        tree.unwrap().write_to(&mut bytes);
        for length in 0..bytes.len() {
            assert!(CentroidTree::read_from(&bytes[..length], Isa::best()).is_err());
        }
        // The magic, each number of the header, and the end of the first group.
        for at in [0, 8, 12, 16, 20, 24] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert!(CentroidTree::read_from(&damaged, Isa::best()).is_err(), "byte {at}");
        }
        let last = bytes.len() - 1;
        bytes[last] = 0x7c; // An infinite value.
        bytes[last - 1] = 0;
        assert!(CentroidTree::read_from(&bytes, Isa::best()).unwrap_err().to_string().contains("not finite"));
    }
}
