use crate::answer::{Answer, Hit, SearchStats};
use crate::calibration::CalibratedRanking;
use crate::error::{Error, Result};
use crate::filter::best_behind_others;
use crate::plan::{Plan, PlanOrigin};
use crate::recall_audit::Audit;
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::sources::SearchContext;
use crate::words::WordsSearch;
use crate::{SearchParams, Snapshot, WordsQuery, rerank, sources};
use pleiad_compress::quantize::Precision;
use pleiad_vectors::{Query, Ranked};
use rayon::prelude::*;

/// Documents of a collection that is searched on the calling thread but for what is much work; a search of more moves
/// to the pool as a whole, and waits for one thread to wake up instead of one for each step.
const MAX_ALONE: u64 = 4096;

impl Snapshot {
    /// The best documents for a query, on all cores.
    ///
    /// # Errors
    /// `InvalidArgument` for a query without token vectors or of another dimension and for impossible budgets;
    /// `Corrupt` when a document that had to be read cannot be: never a missing hit.
    pub fn search(&self, query: &Query, params: &SearchParams) -> Result<Answer> {
        search(self, query, params)
    }

    /// Many searches on all cores, with the answers of [`Snapshot::search`] in the order of the queries. A query
    /// that fails is an error in its place.
    pub fn search_batch(&self, queries: &[Query], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search(query, params)).collect()
    }

    /// The best documents by BM25 for terms, as the analyzer of the schema makes them. Statistics are those of the
    /// documents of this view; every document that has a term is considered, so that `recall` is met whatever it is.
    ///
    /// Cost: O(postings of the terms) at most. Parts without lists of words take a look at each of their documents.
    ///
    /// # Errors
    /// `Unsupported` where the schema has no words, `InvalidArgument` for an impossible `k` and for budgets,
    /// `Corrupt` when what had to be read cannot be.
    pub fn search_words(&self, query: &WordsQuery, params: &SearchParams) -> Result<Answer> {
        search_words(self, query, params)
    }

    /// Many searches for words on all cores, with the answers of [`Snapshot::search_words`] in the order of the
    /// queries. A query that fails is an error in its place.
    pub fn search_words_batch(&self, queries: &[WordsQuery], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search_words(query, params)).collect()
    }

    pub(crate) fn check_query(&self, query: &Query) -> Result<()> {
        let vectors = query.vectors();
        let (found, dim) = (vectors.dim(), self.field().dim);
        if found != dim {
            return Err(Error::invalid(match self.field().is_body() {
                true => format!("the query has dimension {found}; this collection holds dimension {dim}"),
                false => format!(
                    "the query has dimension {found}; the set {:?} holds dimension {dim}",
                    self.field().name
                ),
            }));
        }
        if vectors.is_empty() {
            return Err(Error::invalid("the query has no token vectors: nothing can be searched for"));
        }
        Ok(())
    }
}

fn search(snapshot: &Snapshot, query: &Query, params: &SearchParams) -> Result<Answer> {
    snapshot.check_query(query)?;
    let matched = snapshot.matched_by(params.filter.as_ref())?;
    let mask = &DocumentMask::of(&snapshot.view, matched.as_ref()).hiding(&snapshot.vectorless()?);
    let num_matched = matched.as_ref().map(|matched| matched.num_documents - mask.num_hidden());
    let plan = snapshot.plan_among(query.vectors().num_tokens(), params, num_matched)?;
    if params.observe && snapshot.field().observed_of(CalibratedRanking::Vectors).record(query) {
        snapshot.shared.alarm.ring();
    }
    let context =
        SearchContext { snapshot, field: snapshot.field(), query, words: None, sentence: None, mask };
    answer(snapshot, params, &snapshot.field().audit, plan, |plan| run(context, plan))
}

/// The answer of a plan, in the pool where there is much to search. Searches are audited as often as the parameters
/// say: then the exact plan is run too, and compared.
pub(crate) fn answer(
    snapshot: &Snapshot,
    params: &SearchParams,
    audit: &Audit,
    plan: Plan,
    mut run: impl FnMut(Plan) -> Result<Answer> + Send,
) -> Result<Answer> {
    let answer = if snapshot.num_documents() > MAX_ALONE { rayon::scope(|_| run(plan))? } else { run(plan)? };
    if !answer.plan.is_exact() && audit.is_due(params.audit_every) {
        let exact = Plan::exact(answer.plan.num_searched(), params.k, PlanOrigin::Requested);
        let (num_documents, num_matched) = (answer.plan.num_documents, answer.plan.num_matched);
        let exact = Plan { num_documents, num_matched, ..exact };
        audit.compare(&answer, &run(exact)?);
        if audit.summary().has_drifted {
            snapshot.shared.alarm.ring();
        }
    }
    Ok(answer)
}

/// BM25 over all documents, on the calling thread: segments share the bound that a hit must reach.
fn search_words(snapshot: &Snapshot, query: &WordsQuery, params: &SearchParams) -> Result<Answer> {
    let matched = snapshot.matched_by(params.filter.as_ref())?;
    let num_matched = matched.as_ref().map(|matched| matched.num_documents);
    let plan = params.plan_words(snapshot.num_documents(), num_matched)?;
    let (mask, mut spent) = (DocumentMask::of(&snapshot.view, matched.as_ref()), SearchStats::default());
    let best = WordsSearch::new(snapshot, query)?.best(&mask, plan.k, &mut spent)?;
    Ok(Answer { hits: hits(snapshot, best)?, num_matched: plan.num_searched(), plan, spent })
}

/// Does what a plan says.
fn run(context: SearchContext<'_>, plan: Plan) -> Result<Answer> {
    let SearchContext { snapshot, query, .. } = context;
    let mut spent = SearchStats::default();
    let promising = promising(context, &plan, &mut spent)?;
    let best = rerank::exact(snapshot, query, &promising, plan.k, &mut spent)?;
    Ok(Answer { hits: hits(snapshot, best)?, num_matched: plan.num_searched(), plan, spent })
}

/// The documents that are scored exactly: candidates of the sources, the best by their scores on codes.
pub(crate) fn promising(
    context: SearchContext<'_>,
    plan: &Plan,
    spent: &mut SearchStats,
) -> Result<Vec<DocAddress>> {
    let SearchContext { snapshot, query, .. } = context;
    if plan.looks_behind_others() {
        let mut score = |documents: &[DocAddress], spent: &mut SearchStats| {
            rerank::scores(snapshot, query, documents, Precision::Fast, spent)
        };
        return best_behind_others(context, plan, &mut score, spent);
    }
    let candidates = sources::candidates(context, &plan.sources, spent)?;
    rerank::rescore(snapshot, query, candidates, plan.num_reranked, spent)
}

fn hits(snapshot: &Snapshot, best: Vec<Ranked<DocAddress>>) -> Result<Vec<Hit>> {
    let hit = |Ranked { id, score }: Ranked<DocAddress>| snapshot.hit(id, score, None);
    best.into_iter().map(hit).collect()
}
