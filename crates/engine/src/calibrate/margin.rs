use crate::PlanSource;

/// The factor by which budgets exceed what the queries measured needed, so that they suffice for real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margin {
    /// The queries are real.
    None,
    /// They are made from documents and as long as the queries that are to be searched.
    OfLength,
    /// They are made from documents and of many lengths: each source has a margin of its own.
    OfMixture,
    /// They are made from documents, and the fused score is measured.
    OfFused,
}

/// The margin of queries made from documents that have the right length: `docs/plans.md`, "Lengths of queries".
const MARGIN_OF_LENGTH: f64 = 1.75;

/// The margin for fused scores. Words, rows and sentence vector of a question are about the same, those of a query made
/// from a document less so, so that it is the harder one: `docs/plans.md`, "Fused scores".
const MARGIN_OF_FUSED: f64 = 1.25;

impl Margin {
    pub(super) fn of(self, source: PlanSource) -> f64 {
        match self {
            Self::None => 1.0,
            Self::OfLength => MARGIN_OF_LENGTH,
            Self::OfFused => MARGIN_OF_FUSED,
            Self::OfMixture => source.implementation().margin_of_synthetic_queries(),
        }
    }
}
