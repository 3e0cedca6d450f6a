use super::draw::SampledQueries;
use super::ranks::Measured;
use crate::calibration::{CalibratedRanking, StepCosts};
use crate::error::Result;
use crate::sources::{SourceCost, Workload};
use crate::{PlanSource, Snapshot, sources};

/// The cost of the steps of a plan on the machine of `docs/performance.md`, in nanoseconds of one core. Only ratios
/// matter: which of two plans is cheaper must not depend on what else the machine does, so that nothing is timed.
pub(super) struct Cost {
    num_documents: f64,
    sources: Vec<(PlanSource, SourceCost)>,
    rescore_ns: f64,
    rerank_ns: f64,
    /// Cost of a candidate before MaxSim.
    candidate_ns: f64,
    /// Cost of one FDE code far from the one before.
    chosen_ns: f64,
}

/// Nanoseconds of scoring one value of a document on its codes, per query token, and once for all of them.
const RESCORE_VALUE_NS: (f64, f64) = (0.0037, 0.06);
/// Nanoseconds of fetching a candidate from somewhere in memory: one after the other, documents come for a fifth of it.
const FETCH_NS: f64 = 1000.0;
/// Nanoseconds of BM25 from a document's own terms, and of a cosine: what a fused score takes beside MaxSim.
const OTHER_PARTS_NS: f64 = 2500.0;
/// Nanoseconds of exact scores likewise, of codes that have to be decoded.
const RERANK_VALUE_NS: (f64, f64) = (0.0118, 0.4);

/// Documents whose lengths are read.
const MAX_LOOKED_AT: usize = 1 << 16;

impl Cost {
    /// The cost for queries of so many tokens on average, given the work of the sources for them.
    pub(super) fn of(
        snapshot: &Snapshot,
        sampled: &SampledQueries,
        query_tokens: f64,
        measured: &Measured,
    ) -> Result<Self> {
        let field = snapshot.field();
        let (documents, mut num_bytes, mut num_looked_at) = (&sampled.documents, 0, 0);
        let step = documents.len().div_ceil(MAX_LOOKED_AT).max(1);
        for &location in documents.iter().step_by(step) {
            num_bytes += snapshot.token_codes(location)?.len();
            num_looked_at += 1;
        }
        let num_tokens = 8.0 * num_bytes as f64 / snapshot.token_codec()?.bits_per_token() as f64;
        let values = num_tokens * field.dim as f64 / f64::from(num_looked_at.max(1));
        let of_values = |(per_token, once): (f64, f64)| values * (per_token * query_tokens + once);
        let rescore_ns = if field.codes_are_cheap { of_values(RESCORE_VALUE_NS) } else { 0.0 };
        let num_queries = measured.answers.len().max(1) as f64;
        let workload = Workload { field, view: &snapshot.view, num_queries, query_tokens };
        let sources = measured.sources.iter().zip(&measured.work);
        let sources =
            sources.map(|(&source, &work)| Ok((source, source.implementation().cost(&workload, work)?)));
        Ok(Self {
            num_documents: snapshot.num_with_vectors()? as f64,
            sources: sources.collect::<Result<_>>()?,
            rescore_ns,
            rerank_ns: of_values(RERANK_VALUE_NS),
            chosen_ns: sources::chosen_ns(field),
            candidate_ns: match sampled.ranking {
                CalibratedRanking::Vectors => FETCH_NS,
                CalibratedRanking::Fused => FETCH_NS + OTHER_PARTS_NS,
            },
        })
    }

    /// The cost of a whole plan, per query.
    pub(super) fn of_plan(&self, sources: &[PlanSource], num_reranked: usize) -> f64 {
        let source = |source: &PlanSource| match (source, source.budget()) {
            (PlanSource::Exact, _) => 0.0,
            (_, None) => self.num_documents * self.rescore_ns,
            (_, Some(num_candidates)) => {
                // One that was not measured is never the cheapest.
                self.of_source(*source).map_or(f64::INFINITY, |cost| {
                    let each = self.rescore_ns + self.candidate_ns + cost.candidate_ns;
                    cost.fixed_ns + num_candidates as f64 * each
                })
            }
        };
        sources.iter().map(source).sum::<f64>() + num_reranked as f64 * self.rerank_ns
    }

    /// The cost of a source that was measured, before its candidates are scored.
    fn of_source(&self, source: PlanSource) -> Option<SourceCost> {
        self.sources.iter().find(|(known, _)| known.is_like(source)).map(|(_, cost)| *cost)
    }

    /// The cost of sources before their candidates are scored; 0 of those that give all documents.
    pub(super) fn before_candidates(&self, sources: &[PlanSource]) -> f64 {
        sources.iter().filter_map(|source| self.of_source(*source)).map(|cost| cost.fixed_ns).sum()
    }

    /// The cost of the steps after the sources.
    pub(super) fn steps(&self) -> StepCosts {
        let Self { rescore_ns, candidate_ns, rerank_ns, chosen_ns, .. } = *self;
        StepCosts { rescore_ns, candidate_ns, rerank_ns, chosen_ns }
    }

    /// Documents of the collection.
    pub(super) fn num_documents(&self) -> usize {
        self.num_documents as usize
    }

    /// Returns whether scoring on codes is a step of its own.
    pub(super) fn has_rescoring(&self) -> bool {
        self.rescore_ns > 0.0
    }

    /// A synthetic one, for tests.
    #[cfg(test)]
    pub(super) fn plain(num_documents: usize) -> Self {
        let num_documents = num_documents as f64;
        let scan = PlanSource::FdeScan { num_candidates: 0, coarse_factor: None };
        let cost = SourceCost { fixed_ns: 150.0 * num_documents, candidate_ns: 0.0 };
        Self {
            num_documents,
            sources: vec![(scan, cost)],
            rescore_ns: 1500.0,
            rerank_ns: 4000.0,
            candidate_ns: FETCH_NS,
            chosen_ns: 640.0,
        }
    }
}
