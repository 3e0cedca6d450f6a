//! One ranking by vectors and by words: a weighted sum of scores, each on a scale that the query alone sets.
//!
//! `score = vectors · MaxSim + words · BM25 / U`, where `U` is the sum of the terms' weights, above every BM25 score
//! of the query. So a score changes neither with `k` nor with what else was found. Both parts are computed for every
//! candidate of either ranking: a part that one list did not return does not count as nothing (a convex combination
//! of full scores, Bruch et al., arXiv 2210.11934).

use crate::answer::{Answer, Hit, HitParts, SearchStats};
use crate::error::Result;
use crate::plan::Plan;
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::sources::{self, PlanSource, SearchContext};
use crate::words::WordsSearch;
use crate::{Explanation, SearchParams, Snapshot, WordsExplanation, WordsQuery, rerank};
use pleiad_vectors::{Query, Ranked, Score, TopK};
use std::collections::HashMap;

/// The least number of candidates by words, and that for each hit.
const MIN_BY_WORDS: usize = 200;
const BY_WORDS_PER_HIT: usize = 4;

/// Candidates by vectors that are scored exactly for each hit, at least: a fused top ten came wholly from the best
/// fifty of each ranking on eleven collections.
const BY_VECTORS_PER_HIT: usize = 5;

/// A question in vectors and in words.
#[derive(Debug, Clone)]
pub struct HybridQuery {
    /// Its token vectors.
    pub vectors: Query,
    /// Its terms; none count as nothing.
    pub words: WordsQuery,
    /// The shares of both.
    pub weights: HybridWeights,
}

/// The shares of the parts in a fused score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HybridWeights {
    /// The value of one unit of MaxSim.
    pub vectors: f32,
    /// The value of BM25's bound for the query.
    pub words: f32,
}

impl HybridWeights {
    /// `alpha` for the mean MaxSim of a query's tokens, the rest for words.
    pub fn mean_of_tokens(alpha: f32, num_tokens: usize) -> Self {
        Self { vectors: alpha / num_tokens.max(1) as f32, words: 1.0 - alpha }
    }
}

/// Why a document has its fused score.
#[derive(Debug, Clone, PartialEq)]
pub struct HybridExplanation {
    /// The fused score.
    pub score: Score,
    /// Parts of the score by vectors and words, which add up to it.
    pub parts: HitParts,
    /// MaxSim by query token, unweighted.
    pub vectors: Explanation,
    /// BM25 by term, unweighted.
    pub words: WordsExplanation,
}

impl HybridQuery {
    fn fuse(&self, max_sim: f32, bm25: f32, bound: f32) -> HitParts {
        let words = if bound > 0.0 { self.weights.words * (bm25 / bound) } else { 0.0 };
        HitParts { vectors: self.weights.vectors * max_sim, words }
    }
}

impl Plan {
    /// The same, with the best by words beside its candidates, and more of its own scored exactly.
    fn with_words(mut self) -> Self {
        self.fuses_words = true;
        if !self.is_exact() {
            let num_candidates = MIN_BY_WORDS.max(self.k.saturating_mul(BY_WORDS_PER_HIT));
            self.num_reranked = self.num_reranked.max(self.k.saturating_mul(BY_VECTORS_PER_HIT));
            self.sources.push(PlanSource::Words { num_candidates });
        }
        self
    }
}

impl Snapshot {
    /// The best documents by vectors and words together. Candidates are those of the plan for the vectors and the
    /// best by words; every one of them is scored exactly by both.
    ///
    /// A recall asked for is that of the candidates by vectors: the fused ranking is not calibrated.
    ///
    /// Cost: that of [`Snapshot::search`] and of [`Snapshot::search_words`], MaxSim of some two hundred documents
    /// more, and a pass over the terms of those candidates that words did not find.
    ///
    /// # Errors
    /// As [`Snapshot::search`] and [`Snapshot::search_words`].
    pub fn search_hybrid(&self, query: &HybridQuery, params: &SearchParams) -> Result<Answer> {
        search(self, query, params)
    }

    /// Explains the fused score of a document by tokens and terms.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search_hybrid`].
    pub fn explain_hybrid(&self, query: &HybridQuery, key: &str) -> Result<HybridExplanation> {
        explain(self, query, key)
    }
}

fn search(snapshot: &Snapshot, query: &HybridQuery, params: &SearchParams) -> Result<Answer> {
    snapshot.check_query(&query.vectors)?;
    let plan = snapshot.plan(&query.vectors, params)?.with_words();
    let (mask, mut spent) = (DocumentMask::live(&snapshot.view), SearchStats::default());
    let by_words = WordsSearch::new(snapshot, &query.words)?;
    let (candidates, known) = candidates(snapshot, query, &by_words, &plan, &mask, &mut spent)?;
    let scored = rerank::exact(snapshot, &query.vectors, &candidates, candidates.len(), &mut spent)?;
    let (mut top, mut parts) = (TopK::new(plan.k), HashMap::new());
    for Ranked { id, score } in scored {
        let bm25 = match known.get(&id) {
            Some(bm25) => Some(*bm25),
            None => by_words.score_of(id)?,
        };
        // A document without a phrase that was asked for is no hit.
        let Some(bm25) = bm25 else { continue };
        let of_hit = query.fuse(score.get(), bm25, by_words.bound());
        top.push(Ranked { id, score: Score::new(of_hit.vectors + of_hit.words)? });
        parts.insert(id, of_hit);
    }
    let hit = |Ranked { id, score }: Ranked<DocAddress>| {
        Ok(Hit { key: snapshot.key(id)?, id: id.id, score, parts: parts.get(&id).copied() })
    };
    let hits = top.into_sorted().into_iter().map(hit).collect::<Result<_>>()?;
    Ok(Answer { hits, plan, spent })
}

/// The candidates of all sources, each once, and BM25 of those that words found.
fn candidates(
    snapshot: &Snapshot,
    query: &HybridQuery,
    by_words: &WordsSearch<'_>,
    plan: &Plan,
    mask: &DocumentMask<'_>,
    spent: &mut SearchStats,
) -> Result<(Vec<DocAddress>, HashMap<DocAddress, f32>)> {
    let context = SearchContext {
        snapshot,
        field: snapshot.field(),
        query: &query.vectors,
        words: Some(&query.words),
        mask,
    };
    let mut num_by_words = 0;
    let is_of_vectors = |source: &PlanSource| match source {
        PlanSource::Words { num_candidates } => {
            num_by_words = *num_candidates;
            false
        }
        _ => true,
    };
    let sources: Vec<PlanSource> = plan.sources.iter().copied().filter(is_of_vectors).collect();
    let found = sources::candidates(context, &sources, spent)?;
    let mut candidates = if plan.is_exact() {
        found
    } else {
        rerank::rescore(snapshot, &query.vectors, found, plan.num_reranked, spent)?
    };
    let best = by_words.best(mask, num_by_words, spent)?;
    let known: HashMap<DocAddress, f32> = best.iter().map(|ranked| (ranked.id, ranked.score.get())).collect();
    candidates.retain(|location| !known.contains_key(location));
    candidates.extend(best.iter().map(|ranked| ranked.id));
    Ok((candidates, known))
}

fn explain(snapshot: &Snapshot, query: &HybridQuery, key: &str) -> Result<HybridExplanation> {
    let vectors = snapshot.explain(&query.vectors, key)?;
    let words = snapshot.explain_words(&query.words, key)?;
    let parts = query.fuse(vectors.score.get(), words.score.get(), words.bound);
    Ok(HybridExplanation { score: Score::new(parts.vectors + parts.words)?, parts, vectors, words })
}
