use crate::VectorError;
use std::cmp::Ordering;

/// Relevance: higher is better, always finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score(f32);

impl Score {
    /// Takes a finite value.
    ///
    /// # Errors
    /// [`VectorError::ScoreNotFinite`] for NaN and infinities.
    pub fn new(value: f32) -> Result<Self, VectorError> {
        // Adding zero turns -0.0 into 0.0, so that equal values also order as equal.
        if value.is_finite() { Ok(Self(value + 0.0)) } else { Err(VectorError::ScoreNotFinite { value }) }
    }

    /// The value.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The document token that is nearest to a query token, and their similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenMatch {
    /// Row in the query.
    pub query_token: u32,
    /// Row in the document: the first one that reaches the maximum.
    pub doc_token: u32,
    /// Their inner product: this query token's part of the MaxSim.
    pub similarity: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_finite_and_totally_ordered() {
        assert!(Score::new(f32::NAN).is_err());
        assert!(Score::new(f32::INFINITY).is_err());
        assert!(Score::new(1.0).unwrap() > Score::new(-1.0).unwrap());
        assert_eq!(Score::new(-0.0).unwrap().cmp(&Score::new(0.0).unwrap()), Ordering::Equal);
    }
}
