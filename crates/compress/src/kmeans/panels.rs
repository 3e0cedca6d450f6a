use pleiad_kernels::{Isa, QueryPanel, dot};
use std::sync::Mutex;

/// Runs `task(0)` to `task(num_tasks − 1)`, each once, in any order, on whatever threads it has, and returns when all
/// are done. [`in_order`] has none but the caller's; with rayon it is
/// `&|num_tasks, task| (0..num_tasks).into_par_iter().for_each(task)`.
pub type Spread<'a> = &'a dyn Fn(usize, &(dyn Fn(usize) + Sync));

/// The [`Spread`] of one thread.
pub fn in_order(num_tasks: usize, task: &(dyn Fn(usize) + Sync)) {
    (0..num_tasks).for_each(task);
}

/// Rows of one panel, and of one task: enough work to be worth a task, few enough that many threads have one.
const PANEL_ROWS: usize = 512;

/// Centroids that one pass over a panel meets: at 128 dims a quarter of a megabyte, which the cache of a core keeps while
/// group after group of rows meets them.
const TILE_CENTROIDS: usize = 512;

/// Rows, packed once for any number of centroids.
pub(super) struct Panels {
    isa: Isa,
    dim: usize,
    /// [`PANEL_ROWS`] each, the last perhaps fewer.
    panels: Vec<QueryPanel>,
    /// `|x|²`.
    squares: Vec<f32>,
}

/// The nearest centroid of a row, and `⟨x, c⟩ − |c|²/2`.
pub(super) type Found = (u32, f32);

impl Panels {
    /// Packs `[num_rows, dim]`. Cost: one pass, and as much memory again.
    pub(super) fn new(isa: Isa, rows: &[f32], dim: usize, spread: Spread<'_>) -> Self {
        let parts: Vec<&[f32]> = rows.chunks(PANEL_ROWS * dim).collect();
        let panel = |part: &&[f32]| {
            let squares: Vec<f32> = part.chunks_exact(dim).map(|row| dot(isa, row, row)).collect();
            (QueryPanel::new(isa, &extended(part, dim, |_| 1.0), dim + 1), squares)
        };
        let (panels, squares): (Vec<_>, Vec<_>) =
            collect(parts.len(), &|at| panel(&parts[at]), spread).into_iter().unzip();
        Self { isa, dim, panels, squares: squares.concat() }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn num_rows(&self) -> usize {
        self.squares.len()
    }

    /// `|x|²` of each row.
    pub(super) fn squares(&self) -> &[f32] {
        &self.squares
    }

    /// The nearest of these centroids, `[num_centroids, dim]`, for every row, the first of equals. There must be one.
    ///
    /// Cost: `num_rows · num_centroids · dim` multiply-adds.
    pub(super) fn find(&self, centroids: &[f32], spread: Spread<'_>) -> Vec<Found> {
        let centroids = with_half_squares(self.isa, centroids, self.dim);
        collect(self.panels.len(), &|at| find(&self.panels[at], &centroids), spread).concat()
    }
}

/// Centroids, each with `−|c|²/2` behind it.
pub(super) fn with_half_squares(isa: Isa, centroids: &[f32], dim: usize) -> Vec<f32> {
    extended(centroids, dim, |centroid| -0.5 * dot(isa, centroid, centroid))
}

fn extended(rows: &[f32], dim: usize, last: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(rows.len() + rows.len() / dim);
    for row in rows.chunks_exact(dim) {
        out.extend_from_slice(row);
        out.push(last(row));
    }
    out
}

/// The nearest of [extended](with_half_squares) centroids for each row of a panel.
fn find(panel: &QueryPanel, centroids: &[f32]) -> Vec<Found> {
    let mut best = vec![(0, f32::NEG_INFINITY); panel.num_tokens()];
    let mut found = best.clone();
    for (tile, part) in (0..).zip(centroids.chunks(TILE_CENTROIDS * panel.dim())) {
        panel.matches(part, &mut found);
        for (best, (centroid, gain)) in best.iter_mut().zip(&found) {
            if *gain > best.1 {
                *best = (tile * TILE_CENTROIDS as u32 + centroid, *gain);
            }
        }
    }
    best
}

/// Finds the nearest [extended](with_half_squares) centroid of rows that are packed for this one time.
pub(super) fn find_once(
    isa: Isa,
    rows: &[f32],
    dim: usize,
    centroids: &[f32],
    spread: Spread<'_>,
) -> Vec<Found> {
    let parts: Vec<&[f32]> = rows.chunks(PANEL_ROWS * dim).collect();
    let of_part = |at: usize| {
        let panel = QueryPanel::new(isa, &extended(parts[at], dim, |_| 1.0), dim + 1);
        find(&panel, centroids)
    };
    collect(parts.len(), &of_part, spread).concat()
}

/// The results of tasks, in order.
pub(crate) fn collect<T: Send>(
    num_tasks: usize,
    task: &(dyn Fn(usize) -> T + Sync),
    spread: Spread<'_>,
) -> Vec<T> {
    let results: Vec<Mutex<Option<T>>> = (0..num_tasks).map(|_| Mutex::new(None)).collect();
    spread(num_tasks, &|at| {
        let result = task(at);
        *results[at].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
    });
    let all = results
        .into_iter()
        .map(|result| result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    all.map(|result| result.expect("a spread runs every task")).collect()
}
