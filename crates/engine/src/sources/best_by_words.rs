use super::rankings::RowScores;
use super::rankings::ScoredRanking;
use super::{CandidateSource, Ranking, SearchContext, SourceCost, Workload};
use crate::answer::SearchStats;
use crate::error::Result;
use crate::snapshot::DocAddress;
use crate::words::WordsSearch;
use pleiad_index::Stats;
use pleiad_vectors::Ranked;

/// Nanoseconds of one posting of a term: unpacked, weighed and added up.
const POSTING_NS: f64 = 2.0;

/// The documents of the mask that BM25 ranks first; none for a query without words.
pub(super) struct BestByWords;

impl BestByWords {
    fn best(
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Ranked<DocAddress>>> {
        let Some(query) = context.words else { return Ok(Vec::new()) };
        WordsSearch::new(context.snapshot, query)?.best(context.mask, num_candidates, spent)
    }
}

impl CandidateSource for BestByWords {
    fn candidates(
        &self,
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>> {
        let best = Self::best(context, num_candidates, spent)?;
        Ok(vec![best.into_iter().map(|ranked| ranked.id).collect()])
    }

    fn ranking<'a>(&self, context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>> {
        let mut spent = SearchStats::default();
        let mut ranked = Self::best(context, usize::MAX, &mut spent)?;
        ranked.sort_unstable_by_key(|ranked| (ranked.id.part, ranked.id.row));
        let mut scores = RowScores::default();
        ranked.iter().for_each(|ranked| scores.push(ranked.id.part, ranked.id.row, ranked.score.get()));
        scores.stats = Stats {
            num_scored: spent.num_scanned,
            num_postings: spent.num_postings,
            read_bytes: spent.read_bytes,
        };
        Ok(Box::new(ScoredRanking { snapshot: context.snapshot, scores }))
    }

    fn cost(&self, workload: &Workload<'_>, work: Stats) -> Result<SourceCost> {
        let fixed_ns = POSTING_NS * work.num_postings as f64 / workload.num_queries.max(1.0);
        Ok(SourceCost { fixed_ns, candidate_ns: 0.0 })
    }

    /// Words of a document made into a query are as common in it as those of a question that it answers, or more.
    fn margin_of_synthetic_queries(&self) -> f64 {
        super::fde_scan::MARGIN
    }
}
