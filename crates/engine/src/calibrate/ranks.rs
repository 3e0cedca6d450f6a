use super::draw::{CalibrationQuery, SampledQueries};
use super::sample::sample;
use crate::answer::SearchStats;
use crate::calibration::{CalibratedRanking, DEPTHS};
use crate::error::Result;
use crate::hybrid::{FusedScorer, KnownWords};
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::sources::{RowScores, SearchContext, SourceRankings, UNRANKED};
use crate::{PlanSource, Query, Snapshot, rerank, sources};
use pleiad_compress::quantize::Precision;
use pleiad_index::Stats;
use rayon::prelude::*;
use std::collections::HashMap;

/// Documents of an exact answer that are noted: the most hits that are measured, behind the most that are left out.
const NUM_NOTED: usize = 300;

/// Sources that are measured, at most.
pub(super) const MAX_SOURCES: usize = 16;

/// The ranks of one document of an exact answer on its way into it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Among all documents, by each source in the order of [`Measured::sources`].
    pub(super) ranks: [u32; MAX_SOURCES],
    /// Among all documents by MaxSim on their codes: an upper bound of the rank among candidates.
    pub(super) rescore: u32,
    /// Documents that it stands for, itself included.
    pub(super) weight: u32,
}

/// The ranks that sources give exact answers.
pub(super) struct Measured {
    /// Without their budgets.
    pub(super) sources: Vec<PlanSource>,
    /// The work of each for all queries.
    pub(super) work: Vec<Stats>,
    /// For each query the entries of its exact answer, best first.
    pub(super) answers: Vec<Vec<Entry>>,
    /// Documents scored for each query, on average.
    pub(super) num_scored: u64,
}

/// The ranks that sources give the exact answers to all queries of a calibration.
pub(super) struct AllMeasured {
    sources: Vec<PlanSource>,
    answers: Vec<Answered>,
}

/// One query, measured.
struct Answered {
    entries: Vec<Entry>,
    /// The work of each source.
    work: Vec<Stats>,
    num_scored: u64,
}

impl AllMeasured {
    /// The ranks for the queries at these places alone.
    pub(super) fn of(&self, queries: &[usize]) -> Measured {
        let answered = || queries.iter().map(|&at| &self.answers[at]);
        let sum = |source: usize| {
            let add = |mut sum: Stats, answered: &Answered| {
                sum += answered.work[source];
                sum
            };
            answered().fold(Stats::default(), add)
        };
        let num_scored = answered().map(|answered| answered.num_scored).sum::<u64>();
        Measured {
            sources: self.sources.clone(),
            work: (0..self.sources.len()).map(sum).collect(),
            answers: answered().map(|answered| answered.entries.clone()).collect(),
            num_scored: num_scored / (queries.len() as u64).max(1),
        }
    }
}

/// Measures all queries of a calibration. Cost: each source is searched once for each of them, and the documents sampled are
/// scored on their codes.
pub(super) fn measure(snapshot: &Snapshot, sampled: &SampledQueries) -> Result<AllMeasured> {
    let sources = sources::measurable(snapshot, sampled.ranking)?;
    let all = sampled.queries.par_iter().map(|asked| of(snapshot, sampled, asked, &sources));
    let answers = all.collect::<Result<Vec<_>>>()?;
    Ok(AllMeasured { sources, answers })
}

fn of(
    snapshot: &Snapshot,
    sampled: &SampledQueries,
    asked: &CalibrationQuery,
    sources: &[PlanSource],
) -> Result<Answered> {
    let live = DocumentMask::live(&snapshot.view).hiding(&snapshot.vectorless()?);
    let mask = &match asked.excluded {
        Some(document) => live.without(document),
        None => live,
    };
    let query = &asked.query;
    let is_fused = sampled.ranking == CalibratedRanking::Fused;
    let context = SearchContext {
        snapshot,
        field: snapshot.field(),
        query: &query.vectors,
        words: is_fused.then_some(&query.words),
        sentence: query.sentence.as_deref().filter(|_| is_fused),
        mask,
    };
    let rankings = SourceRankings::new(context, sources)?;
    let scored = match sampled.depth {
        Some(depth) => sample(snapshot, &rankings, depth, asked.seed)?,
        None => {
            let others = sampled.documents.iter().filter(|at| mask.part(at.part).contains(at.row));
            others.map(|&location| (location, 1)).collect()
        }
    };
    let mut scorer = match sampled.ranking {
        CalibratedRanking::Vectors => RankingScorer::Vectors(snapshot, &query.vectors),
        CalibratedRanking::Fused => {
            let words = rankings.list_of(PlanSource::Words { num_candidates: 0 });
            RankingScorer::Fused(Box::new(FusedScorer::new(snapshot, query)?), AllByWords(words))
        }
    };
    let precision = if snapshot.field().codes_are_cheap { Precision::Fast } else { Precision::Full };
    let (locations, mut entries) = answer(&mut scorer, precision, &scored)?;
    let mut work = Vec::with_capacity(sources.len());
    for (at, (ranks, done)) in rankings.ranks(&locations)?.into_iter().enumerate() {
        entries.iter_mut().zip(ranks).for_each(|(entry, rank)| entry.ranks[at] = rank);
        work.push(done);
    }
    Ok(Answered { entries, work, num_scored: scored.len() as u64 })
}

/// The scores of documents in the ranking that is measured, for one query.
enum RankingScorer<'a> {
    Vectors(&'a Snapshot, &'a Query),
    Fused(Box<FusedScorer<'a>>, AllByWords<'a>),
}

/// BM25 of all documents that have a word of the query.
struct AllByWords<'a>(Option<&'a RowScores>);

impl KnownWords for AllByWords<'_> {
    fn bm25(&self, document: DocAddress) -> Option<f32> {
        self.0.and_then(|scores| scores.score_of(document))
    }

    fn is_complete(&self) -> bool {
        true
    }
}

impl RankingScorer<'_> {
    /// The best of some documents, best first.
    fn best(&mut self, documents: &[DocAddress], k: usize, precision: Precision) -> Result<Vec<DocAddress>> {
        let mut spent = SearchStats::default();
        match self {
            Self::Vectors(snapshot, query) => {
                let best = rerank::best(snapshot, query, documents, k, precision, &mut spent)?;
                Ok(best.into_iter().map(|ranked| ranked.id).collect())
            }
            Self::Fused(scorer, words) => {
                let parts = scorer.cheap_parts(documents, words)?;
                let best = scorer.best(&parts, k, precision, &mut spent)?;
                Ok(best.into_iter().map(|(ranked, _)| ranked.id).collect())
            }
        }
    }
}

/// The exact answer among documents that stand for others, and an entry of each without the ranks that sources give it.
/// Scoring on codes decides who is scored exactly, with several times as many as are needed.
fn answer(
    scorer: &mut RankingScorer<'_>,
    precision: Precision,
    scored: &[(DocAddress, u32)],
) -> Result<(Vec<DocAddress>, Vec<Entry>)> {
    const { assert!(NUM_NOTED > DEPTHS[DEPTHS.len() - 1]) };
    let all: Vec<DocAddress> = scored.iter().map(|&(location, _)| location).collect();
    let on_codes = scorer.best(&all, 2 * NUM_NOTED + 64, precision)?;
    let (mut rank, mut entries_of) = (0u32, HashMap::new());
    for &id in &on_codes {
        // Both orders of documents are by id.
        let weight = scored.binary_search_by_key(&id, |&(location, _)| location).map_or(1, |at| scored[at].1);
        entries_of.insert(id, Entry { ranks: [UNRANKED; MAX_SOURCES], rescore: rank, weight });
        rank = rank.saturating_add(weight);
    }
    let locations = scorer.best(&on_codes, NUM_NOTED, Precision::Full)?;
    let entries = locations.iter().map(|location| entries_of[location]).collect();
    Ok((locations, entries))
}
