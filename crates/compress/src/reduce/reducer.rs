use super::gather::{directions, gather};
use super::neighbors::neighbors;
use super::ward::{WardScratch, ward};
use super::{MAX_WINDOW, ReduceError, ReduceParams, Reduction, WardVariant};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, MultiVectorRef};
use std::ops::Range;

/// Makes sets of vectors smaller.
///
/// The same tokens give the same rows in every run on one instruction set; another may round a near tie the other
/// way.
///
/// # Examples
/// ```
/// use pleiad_compress::reduce::{Aggregate, ReduceParams, ReduceScratch, Reducer, Reduction};
/// use pleiad_kernels::Isa;
/// use pleiad_vectors::MultiVectorRef;
///
/// let params = ReduceParams { reduction: Reduction::ward(2), aggregate: Aggregate::MeanAtLength };
/// let reducer = Reducer::new(params, Isa::best())?;
/// let tokens = [1.0, 0.0, 0.0, 1.0, 0.96, 0.28, 0.28, 0.96]; // four tokens of two dimensions
/// let tokens = MultiVectorRef::new(&tokens, 2)?;
/// let reduced = reducer.reduce(tokens, 0, &mut ReduceScratch::default())?;
/// assert_eq!(reduced.labels, [0, 1, 0, 1]);
/// assert_eq!(reduced.vectors.num_tokens(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Reducer {
    params: ReduceParams,
    isa: Isa,
}

/// Memory that documents share: at most 34 MB for [`Reduction::Ward`] (100 MB for [`WardVariant::Stanford`]), and as
/// much as the largest document.
#[derive(Debug, Clone, Default)]
pub struct ReduceScratch {
    /// The tokens at unit length.
    unit: Vec<f32>,
    ward: WardScratch,
}

/// A smaller set, and where each token went.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduced {
    /// The rows kept, in the order in which the document first meets their tokens; the protected ones lead.
    pub vectors: MultiVector,
    /// The row that each token of the document went to: every row has at least one.
    pub labels: Vec<u32>,
}

impl Reduced {
    /// The tokens that went to `row`, in order. Cost: one pass over the labels.
    pub fn tokens_of(&self, row: u32) -> impl Iterator<Item = u32> {
        self.labels.iter().zip(0..).filter(move |(label, _)| **label == row).map(|(_, token)| token)
    }
}

impl Reducer {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ReduceError::Parameter`] names the one out of range, its value and its range.
    pub fn new(params: ReduceParams, isa: Isa) -> Result<Self, ReduceError> {
        params.reduction.check()?;
        Ok(Self { params, isa })
    }

    /// Returns the parameters of the reducer.
    pub fn params(&self) -> &ReduceParams {
        &self.params
    }

    /// Rows kept of a document, protected ones included. A document of several [windows](MAX_WINDOW) keeps at least one
    /// row of each.
    pub fn num_kept(&self, num_tokens: usize, protected_tokens: usize) -> usize {
        let protected = protected_tokens.min(num_tokens);
        let open = num_tokens - protected;
        let num_windows = open.div_ceil(MAX_WINDOW);
        let kept = match self.params.reduction {
            Reduction::Keep => open,
            Reduction::Ward { variant: WardVariant::Stanford, budget } => {
                budget.num_kept(num_tokens).max(num_windows)
            }
            Reduction::Ward { budget, .. } => budget.num_kept(open).max(num_windows),
            Reduction::Neighbors { budget } => budget.num_kept(open),
        };
        protected + kept.min(open)
    }

    /// Joins tokens of one document into fewer rows.
    ///
    /// The first `protected_tokens`, or all when there are fewer, stay rows of their own, bit for bit. An empty set
    /// stays empty. Cost: see [`Reduction`].
    ///
    /// # Errors
    /// [`ReduceError::Overflow`] when finite tokens add up to more than an `f32` holds.
    pub fn reduce(
        &self,
        tokens: MultiVectorRef<'_>,
        protected_tokens: usize,
        scratch: &mut ReduceScratch,
    ) -> Result<Reduced, ReduceError> {
        let (num_tokens, dim) = (tokens.num_tokens(), tokens.dim());
        let protected = protected_tokens.min(num_tokens);
        let mut clusters: Vec<u32> = (0..num_tokens as u32).collect();
        let open = &mut clusters[protected..];
        let num_kept = self.num_kept(num_tokens, protected) - protected;
        if num_kept < open.len() {
            open.iter_mut().zip(0..).for_each(|(cluster, at)| *cluster = at);
            directions(&tokens.data()[protected * dim..], dim, &mut scratch.unit);
            self.part(dim, num_kept, scratch, open);
            open.iter_mut().for_each(|cluster| *cluster += protected as u32);
        }
        gather(tokens, clusters, self.params.aggregate)
    }

    /// Parts the directions in `scratch.unit`; `clusters[i]`, which is `i`, becomes a number below their number.
    fn part(&self, dim: usize, num_kept: usize, scratch: &mut ReduceScratch, clusters: &mut [u32]) {
        let ReduceScratch { unit, ward: memory } = scratch;
        let isa = self.isa;
        match self.params.reduction {
            Reduction::Keep => {}
            Reduction::Ward { variant, .. } => {
                in_windows(unit, dim, num_kept, clusters, |rows, num_kept, clusters| {
                    ward((isa, variant), rows, dim, num_kept, memory, clusters);
                });
            }
            Reduction::Neighbors { .. } => neighbors(isa, unit, dim, num_kept, clusters),
        }
    }
}

/// Parts each window by itself; the budget, at least one for each window, is spread over them by length.
fn in_windows(
    unit: &[f32],
    dim: usize,
    num_kept: usize,
    clusters: &mut [u32],
    mut part: impl FnMut(&[f32], usize, &mut [u32]),
) {
    let num_tokens = clusters.len();
    // Rounded up, or the first window of as many as there are rows would get none.
    let spent = |token: usize| (num_kept * token).div_ceil(num_tokens);
    for window in windows(num_tokens) {
        let num_kept = spent(window.end) - spent(window.start);
        let inside = &mut clusters[window.clone()];
        if num_kept < inside.len() {
            part(&unit[window.start * dim..window.end * dim], num_kept, inside);
            inside.iter_mut().for_each(|cluster| *cluster += window.start as u32);
        }
    }
}

/// As few windows as [`MAX_WINDOW`] allows, of nearly equal lengths.
fn windows(num_tokens: usize) -> impl Iterator<Item = Range<usize>> {
    let num_windows = num_tokens.div_ceil(MAX_WINDOW);
    let edge = move |at: usize| num_tokens * at / num_windows;
    (0..num_windows).map(move |at| edge(at)..edge(at + 1))
}
