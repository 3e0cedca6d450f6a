use super::rankings::RowScores;
use super::rankings::ScoredRanking;
use super::scan::{FixedColumn, Unit, scan, scores, units};
use super::{CandidateSource, Ranking, SearchContext, SourceCost, Workload};
use crate::answer::SearchStats;
use crate::error::Result;
use crate::snapshot::DocAddress;
use pleiad_compress::quantize::UnitVectorScorer;
use pleiad_index::Stats;
use pleiad_vectors::Ranked;

/// Nanoseconds to scan one byte of sentence vectors: 47 million rows of 194 bytes a second.
const SCAN_BYTE_NS: f64 = 0.11;

/// Content of a row, for error messages.
const WHAT: &str = "sentence vector";

/// The source that keeps the best of a scan over all sentence vectors; nothing for a query without one.
pub(super) struct SentenceScan;

impl CandidateSource for SentenceScan {
    fn candidates(
        &self,
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>> {
        let Some(search) = SentenceSearch::new(context)? else { return Ok(vec![Vec::new()]) };
        let units: Vec<Unit> = units(context);
        let (top, stats) = scan(context, WHAT, &units, |part| Ok(search.column(part)), num_candidates)?;
        spent.add_scan(stats);
        Ok(vec![top.into_sorted().into_iter().map(|Ranked { id, .. }| id).collect()])
    }

    fn ranking<'a>(&self, context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>> {
        let search = SentenceSearch::new(context)?;
        let scores = match &search {
            Some(search) => scores(context, |part| Ok(search.column(part)), &units(context))?,
            None => RowScores::default(),
        };
        Ok(Box::new(ScoredRanking { snapshot: context.snapshot, scores }))
    }

    fn cost(&self, workload: &Workload<'_>, work: Stats) -> Result<SourceCost> {
        let fixed_ns = SCAN_BYTE_NS * work.read_bytes as f64 / workload.num_queries.max(1.0);
        Ok(SourceCost { fixed_ns, candidate_ns: 0.0 })
    }

    /// Other documents are as far from a document as from its question, or farther: the margin of FDEs is more than enough.
    fn margin_of_synthetic_queries(&self) -> f64 {
        super::fde_scan::MARGIN
    }
}

/// A query's sentence vector, and the column that it is compared with.
struct SentenceSearch<'a> {
    context: SearchContext<'a>,
    scorer: UnitVectorScorer,
    column: usize,
    width: u64,
}

impl<'a> SentenceSearch<'a> {
    /// Nothing where the query or the documents have no sentence vector.
    fn new(context: SearchContext<'a>) -> Result<Option<Self>> {
        let (Some(field), Some(query)) = (&context.snapshot.shared.sentence, context.sentence) else {
            return Ok(None);
        };
        let scorer = field.scorer(query, context.field.isa)?;
        Ok(Some(Self { context, scorer, column: field.column, width: field.width() as u64 }))
    }

    fn column(&self, part: u32) -> FixedColumn<'_, impl FnMut(&[u8], &mut [f32])> {
        let view = &self.context.snapshot.view.parts()[part as usize];
        let mut scorer = self.scorer.clone();
        let score = move |codes: &[u8], scores: &mut [f32]| scorer.score_rows(codes, scores);
        FixedColumn { view, column: self.column, width: self.width, score }
    }
}
