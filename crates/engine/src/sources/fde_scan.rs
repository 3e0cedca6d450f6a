use super::rankings::{RowScores, UNRANKED};
use super::scan::{FixedColumn, Unit, failed, joined, scan, scores, units};
use super::{AuxiliaryIndex, CandidateSource, PlanSource, Ranking, SearchContext, SourceCost, Workload};
use crate::answer::SearchStats;
use crate::coarse::CoarseFdes;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use crate::vector_field::VectorField;
use pleiad_compress::quantize::{CoarseFdeScorer, FdeScorer};
use pleiad_index::flat;
use pleiad_index::{RowScorer, Stats};
use pleiad_store::PartView;
use pleiad_vectors::{Ranked, TopK};
use rayon::prelude::*;
use std::cell::OnceCell;
use std::ops::Range;

/// Documents that one core scores on their whole codes at a time.
const UNIT_CHOSEN: usize = 256;

/// Coarse codes choose at most one in so many documents: one scored by itself, far from the one before, costs four times what
/// it does in a scan.
const WORTH_CHOOSING: usize = 4;

/// Documents scored on whole codes for each candidate of a scan in two levels: a calibration chooses from these.
const COARSE_FACTORS: [u32; 2] = [16, 64];

/// On four sets real queries needed 0.5 to 2.4 times as many candidates as those made from documents: `docs/plans.md`,
/// "Queries made from documents".
pub(super) const MARGIN: f64 = 2.5;

/// Nanoseconds to scan one byte of FDE codes: 6.9 million rows of 1,280 bytes a second.
pub(super) const SCAN_BYTE_NS: f64 = 0.11;
/// The same for coarse FDE codes, whose rows are short.
const COARSE_BYTE_NS: f64 = 0.16;
/// Nanoseconds to score a byte of a whole FDE code that coarse ones chose, far from the one before.
const CHOSEN_BYTE_NS: f64 = 0.5;

/// Nanoseconds to score one whole FDE code of a vector set, far from the one before.
pub(crate) fn chosen_ns(field: &VectorField) -> f64 {
    CHOSEN_BYTE_NS * field.fde_code.bytes() as f64
}

/// The source that keeps the best of a scan over all FDE codes, in two levels where it has a factor.
pub(super) struct FdeScan {
    pub(super) coarse_factor: Option<u32>,
}

/// Content of a row, for error messages.
const WHAT: &str = "FDE";

/// The scans that a calibration measures.
pub(super) fn variants() -> impl Iterator<Item = PlanSource> {
    let factors = std::iter::once(None).chain(COARSE_FACTORS.map(Some));
    factors.map(|coarse_factor| PlanSource::FdeScan { num_candidates: 0, coarse_factor })
}

impl CandidateSource for FdeScan {
    fn reads(&self) -> Option<AuxiliaryIndex> {
        self.coarse_factor.map(|_| AuxiliaryIndex::CoarseFdes)
    }

    /// A scan in two levels needs nothing: without coarse codes it has one.
    fn requires(&self) -> Option<AuxiliaryIndex> {
        None
    }

    fn candidates(
        &self,
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>> {
        let search = FdeSearch::new(context, self.coarse_factor)?;
        let (list, stats) = search.candidates_in(&units(context), num_candidates)?;
        spent.add_scan(stats);
        Ok(vec![list])
    }

    fn ranking<'a>(&self, context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>> {
        let search = FdeSearch::new(context, None)?;
        let whole = search.whole_scores()?;
        Ok(Box::new(FdeRanking { search, whole, coarse: OnceCell::new() }))
    }

    fn cost(&self, workload: &Workload<'_>, work: Stats) -> Result<SourceCost> {
        let byte_ns = if self.coarse_factor.is_some() { COARSE_BYTE_NS } else { SCAN_BYTE_NS };
        Ok(SourceCost {
            fixed_ns: work.read_bytes as f64 * byte_ns / workload.num_queries,
            candidate_ns: f64::from(self.coarse_factor.unwrap_or(0)) * chosen_ns(workload.field),
        })
    }

    fn margin_of_synthetic_queries(&self) -> f64 {
        MARGIN
    }
}

/// The order of all documents by their FDE codes.
struct FdeRanking<'a> {
    search: FdeSearch<'a>,
    whole: RowScores,
    /// Scores by coarse codes, once a source with a factor was ranked; nothing where codes have no coarse ones.
    coarse: OnceCell<Option<RowScores>>,
}

impl Ranking for FdeRanking<'_> {
    fn lists(&self) -> Vec<&RowScores> {
        vec![&self.whole]
    }

    fn ranks(&self, source: PlanSource, documents: &[DocAddress]) -> Result<(Vec<u32>, Stats)> {
        let snapshot = self.search.context.snapshot;
        let whole = self.whole.ranks(snapshot, documents)?;
        let PlanSource::FdeScan { coarse_factor: Some(factor), .. } = source else {
            return Ok((whole, self.whole.stats));
        };
        if self.coarse.get().is_none() {
            let scores = self.search.coarse_scores()?;
            self.coarse.get_or_init(|| scores);
        }
        let (coarse, stats) = match self.coarse.get().and_then(Option::as_ref) {
            Some(scores) => (scores.ranks(snapshot, documents)?, scores.stats),
            None => (vec![0; documents.len()], Stats::default()),
        };
        // Its place among those that coarse codes choose is no lower than among all.
        let rank = |(&whole, &coarse): (&u32, &u32)| match (whole, coarse) {
            (UNRANKED, _) | (_, UNRANKED) => UNRANKED,
            _ => whole.max(coarse / factor.max(1)),
        };
        Ok((whole.iter().zip(&coarse).map(rank).collect(), stats))
    }
}

/// A scan over FDE codes for one query, on all cores.
pub(super) struct FdeSearch<'a> {
    context: SearchContext<'a>,
    scorer: FdeScorer,
    coarse_scorer: Option<CoarseFdeScorer>,
    coarse_factor: Option<u32>,
}

impl<'a> FdeSearch<'a> {
    /// Encodes the query. With a factor the scan has two levels: coarse codes choose so many documents for each candidate,
    /// which are scored on whole ones. Cost: one FDE.
    pub(super) fn new(context: SearchContext<'a>, coarse_factor: Option<u32>) -> Result<Self> {
        let SearchContext { field, .. } = context;
        let query_fde = field.encoding.encode_query(&context.snapshot.view, context.query.vectors())?;
        let scorer = FdeScorer::new(&field.fde_code, &query_fde, field.isa)
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        let coarse_scorer = scorer.coarse();
        Ok(Self { context, scorer, coarse_scorer, coarse_factor })
    }

    /// The score of every document of the mask by whole codes. Cost: one scan.
    fn whole_scores(&self) -> Result<RowScores> {
        self.scores_in(&units(self.context))
    }

    /// The same of some rows.
    pub(super) fn scores_in(&self, units: &[Unit]) -> Result<RowScores> {
        scores(self.context, |part| Ok(self.column(part)), units)
    }

    /// The same by coarse codes, of documents without by those that they would have; nothing where codes have no coarse
    /// ones. Cost: one scan.
    fn coarse_scores(&self) -> Result<Option<RowScores>> {
        let Some(scorer) = &self.coarse_scorer else { return Ok(None) };
        scores(self.context, |part| self.coarse_column(part, scorer), &units(self.context)).map(Some)
    }

    /// The best of some rows. Cost: they are scanned on all cores.
    pub(super) fn candidates_in(
        &self,
        units: &[Unit],
        num_candidates: usize,
    ) -> Result<(Vec<DocAddress>, Stats)> {
        let (top, stats) = match (self.coarse_factor, &self.coarse_scorer) {
            (None, _) if self.is_sparse(units) => self.refine(&self.documents(units)?, num_candidates)?,
            (Some(factor), Some(scorer)) => self.in_two_levels(units, num_candidates, factor, scorer)?,
            _ => self.scan(units, |part| Ok(self.column(part)), num_candidates)?,
        };
        Ok((top.into_sorted().into_iter().map(|Ranked { id, .. }| id).collect(), stats))
    }

    /// Returns whether so few of some rows may be hits that they are scored one by one sooner than scanned with the others.
    fn is_sparse(&self, units: &[Unit]) -> bool {
        let mask = self.context.mask;
        let num_rows: usize = units.iter().map(|(_, rows)| rows.len()).sum();
        let limit = num_rows / WORTH_CHOOSING;
        units.iter().all(|(part, _)| mask.part(*part).is_filtered())
            && units.iter().map(|(part, rows)| mask.part(*part).num_filtered(rows.clone())).sum::<usize>()
                < limit
    }

    /// The documents of the mask among some rows, in their order.
    fn documents(&self, units: &[Unit]) -> Result<Vec<DocAddress>> {
        let SearchContext { snapshot, mask, .. } = self.context;
        let of_unit = |(part, rows): &Unit| {
            let (part, rows) = (*part, mask.part(*part).rows_in(rows.clone()));
            rows.map(move |row| snapshot.location(part, row)).collect::<Vec<_>>()
        };
        units.iter().flat_map(of_unit).collect()
    }

    /// Chooses by coarse codes what is scored whole, beside what has no coarse code.
    fn in_two_levels(
        &self,
        units: &[Unit],
        num_candidates: usize,
        factor: u32,
        scorer: &CoarseFdeScorer,
    ) -> Result<(TopK<DocAddress>, Stats)> {
        let (mut coarse, mut whole) = (Vec::new(), Vec::new());
        for unit in units {
            let has_codes = self.coarse_fdes(unit.0)?.is_some();
            if has_codes { coarse.push(unit.clone()) } else { whole.push(unit.clone()) }
        }
        let num_chosen = num_candidates.saturating_mul(factor as usize);
        let num_coarse: usize = coarse.iter().map(|(_, rows)| rows.len()).sum();
        if num_chosen >= num_coarse / WORTH_CHOOSING {
            return self.scan(units, |part| Ok(self.column(part)), num_candidates);
        }
        let (chosen, mut stats) = self.scan(&coarse, |part| self.coarse_column(part, scorer), num_chosen)?;
        let (mut top, done) = self.scan(&whole, |part| Ok(self.column(part)), num_candidates)?;
        stats += done;
        let mut chosen: Vec<DocAddress> = chosen.into_unsorted().iter().map(|ranked| ranked.id).collect();
        chosen.par_sort_unstable_by_key(|location| (location.part, location.row));
        let (refined, done) = self.refine(&chosen, num_candidates)?;
        top.merge(refined);
        stats += done;
        Ok((top, stats))
    }

    fn refine(&self, chosen: &[DocAddress], num_candidates: usize) -> Result<(TopK<DocAddress>, Stats)> {
        let nothing = || (TopK::new(num_candidates), Stats::default());
        let of_part = |(mut top, mut stats): (TopK<DocAddress>, Stats), unit: &[DocAddress]| {
            for of_part in unit.chunk_by(|a, b| a.part == b.part) {
                let part = of_part[0].part;
                let rows: Vec<(u32, DocAddress)> = of_part.iter().map(|&at| (at.row, at)).collect();
                let refined = flat::refine(&mut self.column(part), &rows, &mut top);
                stats += refined.map_err(|error| failed(self.context, WHAT, part, error))?;
            }
            Result::Ok((top, stats))
        };
        chosen.par_chunks(UNIT_CHOSEN).try_fold(nothing, of_part).try_reduce(nothing, joined)
    }

    fn scan<S: RowScorer<Error = Error>>(
        &self,
        units: &[Unit],
        column: impl Fn(u32) -> Result<S> + Sync,
        num_kept: usize,
    ) -> Result<(TopK<DocAddress>, Stats)> {
        scan(self.context, WHAT, units, column, num_kept)
    }

    fn part(&self, part: u32) -> &PartView {
        &self.context.snapshot.view.parts()[part as usize]
    }

    fn coarse_fdes(&self, part: u32) -> Result<Option<CoarseFdes<'_>>> {
        let view = self.part(part);
        CoarseFdes::of(view, self.context.field)
    }

    fn coarse_column<'s>(&'s self, part: u32, scorer: &'s CoarseFdeScorer) -> Result<CoarseColumn<'s>> {
        let view = self.part(part);
        let column = self.context.field.columns.fde;
        Ok(CoarseColumn { view, column, scorer, codes: self.coarse_fdes(part)?, taken: Vec::new() })
    }

    fn column(&self, part: u32) -> FixedColumn<'_, impl FnMut(&[u8], &mut [f32])> {
        let width = self.context.field.fde_code.bytes() as u64;
        let column = self.context.field.columns.fde;
        let score = |codes: &[u8], scores: &mut [f32]| self.scorer.score_rows(codes, scores);
        FixedColumn { view: self.part(part), column, width, score }
    }
}

/// The coarse codes of one part, as an index sees them: those that it has, or else those that it would have.
struct CoarseColumn<'a> {
    view: &'a PartView,
    column: usize,
    scorer: &'a CoarseFdeScorer,
    codes: Option<CoarseFdes<'a>>,
    taken: Vec<u8>,
}

impl RowScorer for CoarseColumn<'_> {
    type Error = Error;

    fn num_rows(&self) -> u32 {
        self.view.num_rows()
    }

    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<()> {
        if let Some(codes) = &self.codes {
            self.scorer.score_rows(codes.rows(rows)?, scores);
            return Ok(());
        }
        self.taken.clear();
        self.scorer.codec().take(self.view.fixed_rows(self.column, rows)?, &mut self.taken);
        self.scorer.score_rows(&self.taken, scores);
        Ok(())
    }

    fn bytes_per_row(&self) -> u64 {
        self.codes.as_ref().map_or(self.scorer.codec().whole_bytes() as u64, CoarseFdes::width)
    }
}
