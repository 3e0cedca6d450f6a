use super::score::{BestByWords, CheapParts};
use super::{FusedScorer, HybridQuery};
use crate::answer::{Answer, SearchStats};
use crate::calibration::CalibratedRanking;
use crate::error::Result;
use crate::filter::best_behind_others;
use crate::plan::Plan;
use crate::row_mask::DocumentMask;
use crate::search::answer;
use crate::snapshot::DocAddress;
use crate::sources::{self, PlanSource, SearchContext};
use crate::{SearchParams, Snapshot};
use rayon::prelude::*;

impl Snapshot {
    /// The best documents by token vectors, sentence vector and words together. Candidates are those of the sources of
    /// [`Snapshot::plan_hybrid`]; every one of them is scored by all parts.
    ///
    /// Cost: that of the sources, MaxSim on the codes of their candidates and exactly for some dozens of them, and a pass
    /// over the terms of those that words did not find.
    ///
    /// # Errors
    /// As [`Snapshot::search`] and [`Snapshot::search_words`]; `InvalidArgument` also for weights out of range and for a
    /// sentence vector that does not fit the collection, `Unsupported` for words where it keeps none.
    pub fn search_hybrid(&self, query: &HybridQuery, params: &SearchParams) -> Result<Answer> {
        search(self, query, params)
    }

    /// Many searches on all cores, with the answers of [`Snapshot::search_hybrid`] in the order of the queries. A query
    /// that fails is an error in its place.
    pub fn search_hybrid_batch(&self, queries: &[HybridQuery], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search_hybrid(query, params)).collect()
    }
}

fn search(snapshot: &Snapshot, query: &HybridQuery, params: &SearchParams) -> Result<Answer> {
    let mut scorer = FusedScorer::new(snapshot, query)?;
    let matched = snapshot.matched_by(params.filter.as_ref())?;
    let num_matched = matched.as_ref().map(|matched| matched.num_documents);
    let plan = snapshot.plan_hybrid_among(query, params, num_matched)?;
    let observed = snapshot.field().observed_of(CalibratedRanking::Fused);
    let is_observed = params.observe && query.is_like_calibrated(snapshot.schema());
    if is_observed && observed.record_hybrid(query) {
        snapshot.shared.alarm.ring();
    }
    let mask = &DocumentMask::of(&snapshot.view, matched.as_ref());
    answer(snapshot, params, &snapshot.field().audit, plan, |plan| {
        run(snapshot, query, &mut scorer, plan, mask)
    })
}

/// Does what a plan says.
fn run(
    snapshot: &Snapshot,
    query: &HybridQuery,
    scorer: &mut FusedScorer<'_>,
    plan: Plan,
    mask: &DocumentMask<'_>,
) -> Result<Answer> {
    let mut spent = SearchStats::default();
    let context = SearchContext {
        snapshot,
        field: snapshot.field(),
        query: &query.vectors,
        words: None,
        sentence: query.sentence.as_deref(),
        mask,
    };
    let promising = if plan.looks_behind_others() {
        let context = SearchContext { words: Some(&query.words), ..context };
        behind_others(context, scorer, &plan, &mut spent)?
    } else {
        promising(context, scorer, &plan, &mut spent)?
    };
    let best = scorer.exact(&promising, plan.k, &mut spent)?;
    let hits = best.into_iter().map(|(ranked, parts)| snapshot.hit(ranked.id, ranked.score, Some(parts)));
    Ok(Answer { hits: hits.collect::<Result<_>>()?, num_matched: plan.num_searched(), plan, spent })
}

/// The documents that are scored exactly: all, or the best candidates by the score on codes.
fn promising(
    context: SearchContext<'_>,
    scorer: &mut FusedScorer<'_>,
    plan: &Plan,
    spent: &mut SearchStats,
) -> Result<Vec<CheapParts>> {
    // Words are searched once: what they find is a list of candidates and BM25 of these.
    let takes_all = !plan.looks_for_candidates();
    let num_by_words = plan.sources.iter().map(|source| match source {
        PlanSource::Words { num_candidates } => *num_candidates,
        _ if takes_all => usize::MAX,
        _ => 0,
    });
    let known = scorer.best_by_words(context.mask, num_by_words.max().unwrap_or(0), spent)?;
    let is_of_others = |source: &PlanSource| !matches!(source, PlanSource::Words { .. });
    let others: Vec<PlanSource> = plan.sources.iter().copied().filter(is_of_others).collect();
    // Documents without token vectors are found by words and as a whole.
    let vector_mask = &context.mask.clone().hiding(&context.snapshot.vectorless()?);
    let (by_vectors, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(|source| source.is_of_vectors());
    let found = sources::candidates(SearchContext { mask: vector_mask, ..context }, &by_vectors, spent)?;
    let found = sources::union(vec![found, sources::candidates(context, &rest, spent)?]);
    let candidates = if takes_all { found } else { sources::union(vec![known.documents.clone(), found]) };
    let candidates = scorer.cheap_parts(&candidates, &known)?;
    if plan.is_exact() { Ok(candidates) } else { scorer.rescore(candidates, plan.num_reranked, spent) }
}

/// The same under a filter, where sources look behind what it leaves out.
fn behind_others(
    context: SearchContext<'_>,
    scorer: &mut FusedScorer<'_>,
    plan: &Plan,
    spent: &mut SearchStats,
) -> Result<Vec<CheapParts>> {
    let known = BestByWords::default();
    let mut score =
        |documents: &[DocAddress], spent: &mut SearchStats| scorer.scores_on_codes(documents, &known, spent);
    let best = best_behind_others(context, plan, &mut score, spent)?;
    scorer.cheap_parts(&best, &known)
}
