use super::panels::{Panels, Spread, find_once, with_half_squares};
use super::{KMeansError, KMeansParams, rounds, seeds};
use pleiad_kernels::{Isa, dot};
use pleiad_vectors::{Generator, MAX_DIM};

/// Largest magnitude of a value in a row or a centroid: squared distances are still far from overflow.
pub const MAX_CLUSTERED_VALUE: f32 = 1e15;

/// Points that stand for the rows around them: `[num_centroids, dim]`, at least one.
///
/// # Examples
/// ```
/// use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
/// use pleiad_kernels::Isa;
/// use pleiad_vectors::Seed;
///
/// let rows = [0.0, 0.0, 0.0, 1.0, 9.0, 8.0, 9.0, 9.0]; // four of two dimensions
/// let centroids = Centroids::train(&rows, 2, &KMeansParams::new(2, Seed(7)), Isa::best(), &in_order)?;
/// let nearest = centroids.assign(&rows, Isa::best(), &in_order)?;
/// assert_eq!(nearest[0].centroid, nearest[1].centroid);
/// assert_eq!(centroids.row(nearest[3].centroid), [9.0, 8.5]);
/// assert_eq!(nearest[3].square, 0.25);
/// # Ok::<(), pleiad_compress::kmeans::KMeansError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Centroids {
    dim: usize,
    values: Vec<f32>,
    /// `[num_centroids, dim + 1]`, `−|c|²/2` behind each.
    extended: Vec<f32>,
}

/// A row's nearest centroid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its number: the first of equals.
    pub centroid: u32,
    /// Squared distance, not below zero.
    pub square: f32,
}

impl Centroids {
    /// Finds centroids of `rows`, row-major `[num_rows, dim]`: a sample of them, seeds by k-means++, rounds of Lloyd; an
    /// empty cluster starts again at the row farthest from its centroid. Every centroid is the mean of at least one row
    /// (at unit length, if so asked).
    ///
    /// The same rows, parameters and instruction set give the same centroids with any [`Spread`]. Rows so small that
    /// their squares vanish count as equal.
    ///
    /// Cost: for each round, and once more for the seeds, `sampled rows · num_centroids · dim` multiply-adds; memory for
    /// two copies of the sample.
    ///
    /// # Errors
    /// [`KMeansError`] names the parameter or the value.
    pub fn train(
        rows: &[f32],
        dim: usize,
        params: &KMeansParams,
        isa: Isa,
        spread: Spread<'_>,
    ) -> Result<Self, KMeansError> {
        params.check()?;
        check(rows, dim)?;
        if rows.is_empty() {
            return Err(KMeansError::Rows { num_values: 0, dim });
        }
        let mut generator = params.seed.generator();
        let most = params.num_centroids.saturating_mul(params.rows_per_centroid);
        let sampled = sample(rows, dim, most, &mut generator);
        let rows = sampled.as_deref().unwrap_or(rows);
        let panels = Panels::new(isa, rows, dim, spread);
        let mut centroids = seeds::plus_plus(&panels, rows, params.num_centroids, &mut generator, spread);
        let finish = |centroid: &mut [f32]| {
            if params.unit_length {
                normalize(isa, centroid);
            }
        };
        centroids.chunks_exact_mut(dim).for_each(finish);
        let (values, clusters) = rounds::lloyd(&panels, rows, centroids, params.num_rounds, &finish, spread);
        Ok(Self::checked(used(&values, dim, &clusters), dim, isa))
    }

    /// Takes centroids that were kept, `[num_centroids, dim]`.
    ///
    /// # Errors
    /// [`KMeansError::Dimension`], [`KMeansError::Rows`] or [`KMeansError::Value`].
    pub fn new(values: Vec<f32>, dim: usize, isa: Isa) -> Result<Self, KMeansError> {
        check(&values, dim)?;
        if values.is_empty() {
            return Err(KMeansError::Rows { num_values: 0, dim });
        }
        Ok(Self::checked(values, dim, isa))
    }

    fn checked(values: Vec<f32>, dim: usize, isa: Isa) -> Self {
        let extended = with_half_squares(isa, &values, dim);
        Self { dim, values, extended }
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

    /// One of them.
    ///
    /// # Panics
    /// When there is none of this number.
    pub fn row(&self, centroid: u32) -> &[f32] {
        &self.values[centroid as usize * self.dim..][..self.dim]
    }

    /// The nearest centroid of each row, row-major `[num_rows, dim]`; perhaps no rows.
    ///
    /// A row's result depends on nothing but the row and the instruction set. Cost: `num_rows · num_centroids · dim`
    /// multiply-adds.
    ///
    /// # Errors
    /// [`KMeansError::Rows`] or [`KMeansError::Value`].
    pub fn assign(&self, rows: &[f32], isa: Isa, spread: Spread<'_>) -> Result<Vec<Nearest>, KMeansError> {
        check(rows, self.dim)?;
        let found = find_once(isa, rows, self.dim, &self.extended, spread);
        let nearest = |(row, (centroid, gain)): (&[f32], (u32, f32))| Nearest {
            centroid,
            square: (dot(isa, row, row) - 2.0 * gain).max(0.0),
        };
        Ok(rows.chunks_exact(self.dim).zip(found).map(nearest).collect())
    }
}

fn check(rows: &[f32], dim: usize) -> Result<(), KMeansError> {
    if !(1..=MAX_DIM).contains(&dim) {
        return Err(KMeansError::Dimension { dim, max: MAX_DIM });
    }
    if !rows.len().is_multiple_of(dim) {
        return Err(KMeansError::Rows { num_values: rows.len(), dim });
    }
    let limit = MAX_CLUSTERED_VALUE;
    // A plain `position` stops early and so cannot use vectors. NaN is within nothing.
    let within = |value: &f32| value.abs() <= limit;
    if rows.iter().fold(true, |all, value| all & within(value)) {
        return Ok(());
    }
    let at = rows.iter().position(|value| !within(value)).unwrap_or_default();
    Err(KMeansError::Value { row: at / dim, column: at % dim, value: rows[at], limit })
}

/// `most` rows in their order, each set of them equally likely (Knuth, *Seminumerical Algorithms*, algorithm S); `None`
/// when there are no more than that.
fn sample(rows: &[f32], dim: usize, most: usize, generator: &mut Generator) -> Option<Vec<f32>> {
    let num_rows = rows.len() / dim;
    if num_rows <= most {
        return None;
    }
    let mut sampled = Vec::with_capacity(most * dim);
    for (at, row) in rows.chunks_exact(dim).enumerate() {
        let missing = most - sampled.len() / dim;
        if generator.below((num_rows - at) as u64) < missing as u64 {
            sampled.extend_from_slice(row);
        }
    }
    Some(sampled)
}

/// To unit length; zero stays zero.
fn normalize(isa: Isa, centroid: &mut [f32]) {
    let length = dot(isa, centroid, centroid).sqrt();
    if length > 0.0 {
        centroid.iter_mut().for_each(|value| *value /= length);
    }
}

/// The centroids that have rows.
fn used(values: &[f32], dim: usize, clusters: &[u32]) -> Vec<f32> {
    let mut is_used = vec![false; values.len() / dim];
    clusters.iter().for_each(|&cluster| is_used[cluster as usize] = true);
    let rows = values.chunks_exact(dim).zip(is_used).filter(|(_, is_used)| *is_used);
    rows.flat_map(|(row, _)| row).copied().collect()
}
