use super::ReduceError;
use pleiad_vectors::MAX_TOKENS;

/// Rule by which tokens share a row.
///
/// Tokens are compared by direction: their lengths only matter to the [`Aggregate`]. A zero vector counts as
/// orthogonal to everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reduction {
    /// None do: the set stays as it is.
    Keep,
    /// Hierarchical clusters of least variance (Ward 1963), anywhere in the document. Keeps exactly what the budget
    /// says.
    ///
    /// Cost: `n²/2` inner products and as many `f32`; see [`MAX_WINDOW`](super::MAX_WINDOW) for long documents.
    Ward {
        /// Between what distances are measured.
        variant: WardVariant,
        /// Number of clusters.
        budget: Budget,
    },
    /// Neighboring runs of tokens join where that adds least variance (Ward's criterion, along the text alone).
    /// Keeps exactly what the budget says.
    ///
    /// Cost: `O(n log n)` comparisons and `3n` inner products, memory as the document: for any length.
    Neighbors {
        /// Number of runs.
        budget: Budget,
    },
}

/// Distance measured by [`Reduction::Ward`]. Three of the public implementations that call themselves Ward pooling keep
/// different clusters from a dozen tokens on. (pylate-rs clusters as `Condensed` but protects the *last* token and
/// takes padding along; colpali-engine links differently. Neither is offered.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WardVariant {
    /// `1 − cosine` as if it were a Euclidean distance: PyLate since 1.3.5 and Sentence-Transformers
    /// (`HierarchicalTokenPooling`).
    #[default]
    Condensed,
    /// Euclidean distances between the *rows* of the matrix `1 − cosine`: Stanford's ColBERT and PyLate up to 1.3.4.
    /// For parity with their indexes: protected tokens count into the budget too, as there. Takes `n³/2`
    /// multiplications and another `n²` values of memory.
    Stanford,
    /// Euclidean distances between the directions themselves: Ward as published.
    Euclidean,
}

/// Number of rows that remain of the tokens that are not protected: never none, never more than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// One for so many tokens, rounded down; at least 2.
    Factor(u32),
    /// Percentage, rounded down; `1..=99`.
    Percent(u32),
    /// Fixed number for every length; at least 1.
    Fixed(u32),
}

/// Aggregate of the tokens of a row. One token alone always stays as it is, bit for bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Aggregate {
    /// Their mean, as PyLate, Stanford and Sentence-Transformers have it: the less they agree, the shorter.
    Mean,
    /// Their mean at the mean of their lengths, so that unit vectors stay unit vectors. A mean that has no direction
    /// (less than a millionth of that length) stays as it is.
    #[default]
    MeanAtLength,
    /// Their sum: for queries, where each token counts (the ball carving of MUVERA, arXiv 2405.19504). Not for
    /// documents: rows of many tokens would win every match.
    Sum,
}

/// Parameters of token pooling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReduceParams {
    /// Rule by which tokens share a row.
    pub reduction: Reduction,
    /// Aggregate of the tokens of a row.
    pub aggregate: Aggregate,
}

impl Reduction {
    /// [`WardVariant::Condensed`] with one row for `factor` tokens.
    pub const fn ward(factor: u32) -> Self {
        Self::Ward { variant: WardVariant::Condensed, budget: Budget::Factor(factor) }
    }

    pub(super) fn check(self) -> Result<(), ReduceError> {
        match self {
            Self::Keep => Ok(()),
            Self::Ward { budget, .. } | Self::Neighbors { budget } => budget.check(),
        }
    }
}

impl Budget {
    /// Rows that remain of `num_tokens`.
    pub fn num_kept(self, num_tokens: usize) -> usize {
        let kept = match self {
            Self::Factor(factor) => num_tokens / (factor as usize).max(1),
            // At most 2^16 tokens in a set, but any number may be asked about.
            Self::Percent(percent) => (num_tokens as u128 * u128::from(percent) / 100) as usize,
            Self::Fixed(fixed) => fixed as usize,
        };
        kept.max(1).min(num_tokens)
    }

    fn check(self) -> Result<(), ReduceError> {
        let longest = MAX_TOKENS as f64;
        match self {
            Self::Factor(factor) => within("factor", factor.into(), 2.0, longest),
            Self::Percent(percent) => within("percent", percent.into(), 1.0, 99.0),
            Self::Fixed(fixed) => within("fixed", fixed.into(), 1.0, longest),
        }
    }
}

/// NaN is within nothing.
fn within(parameter: &'static str, value: f64, min: f64, max: f64) -> Result<(), ReduceError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(ReduceError::Parameter { parameter, value, min, max })
    }
}
