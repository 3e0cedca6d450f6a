use crate::error::{Error, Result};
use pleiad_vectors::Query;
use serde::{Deserialize, Serialize};

/// Largest weight: sums of such parts stay far from infinity.
const MAX_WEIGHT: f32 = 1e6;

/// A question to one or several vector sets, with a query for each, since their vectors may come from different encoders.
#[derive(Debug, Clone, Default)]
pub struct SetsQuery {
    parts: Vec<(SetWeight, Query)>,
}

/// A vector set, and what its part of a score is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetWeight {
    /// Name of the set.
    pub set: String,
    /// Value of a MaxSim in which every query token finds its own direction, at unit length. Of one set alone it says nothing.
    pub weight: f32,
}

impl SetsQuery {
    /// A question that asks for nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, which also asks for a set.
    ///
    /// # Errors
    /// `InvalidArgument` for a weight that is not above 0, or above 10^6, and for a set that is asked for twice.
    pub fn with(mut self, set: &str, weight: f32, query: Query) -> Result<Self> {
        if !(weight > 0.0 && weight <= MAX_WEIGHT) {
            return Err(Error::invalid(format!(
                "the weight of the set {set:?} is {weight}; it must be above 0, at most {MAX_WEIGHT}, such as 0.3"
            )));
        }
        if self.parts.iter().any(|(known, _)| known.set == set) {
            return Err(Error::invalid(format!("the set {set:?} is asked for twice: give it one weight")));
        }
        self.parts.push((SetWeight { set: set.to_owned(), weight }, query));
        Ok(self)
    }

    /// The sets that it asks for, with their weights.
    pub fn weights(&self) -> impl Iterator<Item = &SetWeight> {
        self.parts.iter().map(|(weight, _)| weight)
    }

    /// The query for each set.
    pub(super) fn parts(&self) -> impl Iterator<Item = &(SetWeight, Query)> {
        self.parts.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::MultiVector;

    #[test]
    fn weights_are_above_zero_and_sets_come_once() {
        let query = || Query::new(MultiVector::new(vec![1.0], 1).unwrap());
        let one = SetsQuery::new().with("title", 0.3, query()).unwrap();
        for weight in [0.0, -1.0, f32::NAN, f32::INFINITY, 2e6] {
            let error = one.clone().with("body", weight, query()).unwrap_err();
            assert!(error.to_string().starts_with("the weight of the set \"body\" is "), "{error}");
        }
        let error = one.clone().with("title", 1.0, query()).unwrap_err();
        assert_eq!(error.to_string(), "the set \"title\" is asked for twice: give it one weight");
        assert_eq!(one.weights().map(|known| known.weight).collect::<Vec<_>>(), [0.3]);
    }
}
