/// The cost that a calibration may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CalibrationBudget {
    /// Queries, at most.
    max_queries: usize,
    /// Queries times documents scored on their codes for each, about.
    pub(super) max_scores: u64,
    /// Queries, at least where there are so many: fewer say little, and rather than that fewer documents are scored.
    min_queries: usize,
    /// Documents from which on postings are made, to see whether plans want them.
    min_with_postings: u64,
}

impl CalibrationBudget {
    /// The budget of a calibration that the caller wants: some ten seconds of one core, and half of that more for each 100,000 documents.
    pub(crate) const THOROUGH: Self =
        Self { max_queries: 512, max_scores: 4 << 20, min_queries: 192, min_with_postings: 256 };
    /// The budget of one that happens by itself: a second of one core, and five more for each 100,000 documents.
    pub(crate) const BRIEF: Self =
        Self { max_queries: 256, max_scores: 384 << 10, min_queries: 192, min_with_postings: 4096 };

    /// Returns whether so many documents are worth trying postings for. A scan over the FDEs of a few thousand costs less than a
    /// query's centroids, and making them more than all that it saves.
    pub(crate) fn tries_postings(self, num_documents: u64) -> bool {
        num_documents >= self.min_with_postings
    }

    /// Queries to measure among so many documents.
    pub(super) fn num_queries(self, num_documents: usize) -> usize {
        let affordable = (self.max_scores / (num_documents as u64).max(1)) as usize;
        self.max_queries.min(affordable.max(self.min_queries))
    }
}
