use super::{Plan, PlanOrigin, SearchParams};
use crate::calibration::DEFAULT_RECALL;
use crate::error::Result;
use crate::sources::PlanSource;
use crate::{HybridQuery, Snapshot};

/// Candidates of each source where nothing is calibrated: at least so many, and so many for each hit. The fused top ten
/// came wholly from the best fifty by words and by sentence vectors on eleven samples of collections.
const MIN_CANDIDATES: usize = 200;
const CANDIDATES_PER_HIT: usize = 4;

/// Candidates scored exactly where nothing is calibrated: at least so many, and so many for each hit.
const MIN_RERANKED: usize = 50;
const RERANKED_PER_HIT: usize = 5;

/// Factor of the candidates under a filter: a match may stand behind others that the filter leaves out.
const FILTER_FACTOR: usize = 2;

/// Documents that are all scored exactly where nothing is calibrated and nothing else was asked for: some ten milliseconds.
const MAX_EXACT: u64 = 1000;

/// Facts about a fused query that its plan depends on.
#[derive(Clone, Copy)]
struct FusedQuery {
    num_tokens: usize,
    has_words: bool,
    has_sentence: bool,
    /// True where the calibration of the fused score speaks of it.
    is_like_calibrated: bool,
    /// Documents that pass the filter, where there is one.
    num_matched: Option<u64>,
}

impl Snapshot {
    /// The plan that a fused search for this query with these parameters would follow: the cheapest one that the calibration
    /// of the fused score found to reach the recall asked for.
    ///
    /// The calibration serves queries with the shares that suit the collection, all the parts that it keeps, and no phrases.
    /// For others, and where nothing is calibrated, budgets are some hundreds of candidates by words and by sentence vectors, or
    /// those of the token vectors where documents have no sentence vectors, no recall is promised, and a recall asked for is
    /// met by an exact search.
    ///
    /// # Errors
    /// As [`Snapshot::plan`].
    pub fn plan_hybrid(&self, query: &HybridQuery, params: &SearchParams) -> Result<Plan> {
        self.plan_hybrid_among(query, params, self.num_matched_by(params.filter.as_ref())?)
    }

    /// The same where the number of documents that pass the filter is known.
    pub(crate) fn plan_hybrid_among(
        &self,
        query: &HybridQuery,
        params: &SearchParams,
        num_matched: Option<u64>,
    ) -> Result<Plan> {
        let schema = self.schema();
        let query = FusedQuery {
            num_tokens: query.vectors.vectors().num_tokens(),
            has_words: schema.words.is_some() && !query.words.is_empty(),
            has_sentence: schema.sentence.is_some() && query.sentence.is_some(),
            is_like_calibrated: query.is_like_calibrated(schema),
            num_matched,
        };
        fused_plan(self, query, params)
    }

    /// The plan for fused queries of so many tokens that have all parts.
    pub(crate) fn plan_hybrid_for(&self, num_tokens: usize, params: &SearchParams) -> Result<Plan> {
        let (has_words, has_sentence) = (self.schema().words.is_some(), self.schema().sentence.is_some());
        let num_matched = self.num_matched_by(params.filter.as_ref())?;
        let query = FusedQuery { num_tokens, has_words, has_sentence, is_like_calibrated: true, num_matched };
        fused_plan(self, query, params)
    }
}

fn fused_plan(snapshot: &Snapshot, query: FusedQuery, params: &SearchParams) -> Result<Plan> {
    // Words and whole texts find documents without token vectors too.
    let num_documents = snapshot.num_documents();
    plan(snapshot, query, params).map(|plan| Plan { is_fused: true, num_documents, ..plan })
}

fn plan(snapshot: &Snapshot, query: FusedQuery, params: &SearchParams) -> Result<Plan> {
    params.check()?;
    let k = params.k;
    if params.exact {
        return snapshot.plan_among(query.num_tokens, params, query.num_matched);
    }
    if params.has_budgets() {
        let by_vectors = snapshot.plan_among(query.num_tokens, params, query.num_matched)?;
        return Ok(of_budgets(snapshot, query, params, by_vectors));
    }
    let exact = |basis| exact_among(snapshot, query.num_matched, k, basis);
    if params.recall.is_none() && query.num_matched.unwrap_or(snapshot.num_documents()) <= MAX_EXACT {
        return Ok(exact(PlanOrigin::Defaults));
    }
    snapshot.note_that_it_is_searched();
    let calibration = snapshot.hybrid_calibration()?.filter(|_| query.is_like_calibrated);
    let unreachable =
        |recall: f64, is_calibrated: bool| exact(PlanOrigin::Unreachable { recall, is_calibrated });
    let Some(calibration) = calibration else {
        return match params.recall {
            Some(recall) => Ok(unreachable(recall, false)),
            None => default_plan(snapshot, query, params),
        };
    };
    let available = snapshot.auxiliary_indexes()?;
    let context =
        snapshot.plan_context(snapshot.num_documents(), query.num_tokens, &available, Some(&calibration));
    let chosen = match params.recall {
        Some(recall) => calibration.choose(k, recall, context),
        None => calibration.choose_default(k, context),
    };
    Ok(match (chosen, query.num_matched) {
        (Some(plan), Some(num_matched)) => plan.under_filter(context, num_matched),
        (Some(plan), None) => plan,
        (None, _) => unreachable(params.recall.unwrap_or(DEFAULT_RECALL), true),
    })
}

/// An exact search of all documents, or of those that pass a filter.
fn exact_among(snapshot: &Snapshot, num_matched: Option<u64>, k: usize, basis: PlanOrigin) -> Plan {
    let num_documents = snapshot.num_documents();
    let plan = Plan::exact(num_matched.unwrap_or(num_documents), k, basis);
    Plan { num_documents, num_matched, ..plan }
}

/// The budgets that suit most.
fn default_plan(snapshot: &Snapshot, query: FusedQuery, params: &SearchParams) -> Result<Plan> {
    let k = params.k;
    let by_vectors = snapshot.plan_among(query.num_tokens, params, query.num_matched)?.of_all();
    let factor = if query.num_matched.is_some() { FILTER_FACTOR } else { 1 };
    let num_candidates = MIN_CANDIDATES.max(k.saturating_mul(CANDIDATES_PER_HIT));
    let by_parts = of_parts(query, num_candidates.saturating_mul(factor));
    if by_vectors.is_exact() && !query.has_sentence {
        return Ok(exact_among(snapshot, query.num_matched, k, PlanOrigin::Defaults));
    }
    let least = MIN_RERANKED.max(k.saturating_mul(RERANKED_PER_HIT));
    let (sources, num_reranked) = if query.has_sentence {
        (by_parts, least)
    } else {
        let sources = by_vectors.sources.iter().copied().chain(by_parts).collect();
        (sources, least.max(by_vectors.num_reranked))
    };
    let plan = Plan { sources, num_reranked, basis: PlanOrigin::Defaults, ..by_vectors };
    Ok(with_all_reranked(snapshot, plan))
}

/// The same with all candidates scored exactly, where scoring on codes is no cheaper.
fn with_all_reranked(snapshot: &Snapshot, plan: Plan) -> Plan {
    if snapshot.field().codes_are_cheap {
        return plan;
    }
    let num_candidates = plan.sources.iter().filter_map(|source| source.budget()).sum();
    Plan { num_reranked: plan.num_reranked.max(num_candidates), ..plan }
}

/// The plan of budgets that the caller gave: each source keeps as many candidates.
fn of_budgets(snapshot: &Snapshot, query: FusedQuery, params: &SearchParams, by_vectors: Plan) -> Plan {
    let budget = by_vectors.sources.iter().filter_map(|source| source.budget()).max();
    let Some(budget) = budget.filter(|_| !by_vectors.is_exact()) else { return by_vectors };
    let mut sources = by_vectors.sources.clone();
    sources.extend(of_parts(query, budget));
    let num_reranked = match params.num_reranked {
        Some(num_reranked) => num_reranked,
        None => by_vectors.num_reranked.max(params.k.saturating_mul(RERANKED_PER_HIT)),
    };
    with_all_reranked(snapshot, Plan { sources, num_reranked, ..by_vectors })
}

/// The sources beside the token vectors that a query has parts for, with this budget.
fn of_parts(query: FusedQuery, num_candidates: usize) -> Vec<PlanSource> {
    let words = query.has_words.then_some(PlanSource::Words { num_candidates });
    let sentence = query.has_sentence.then_some(PlanSource::Sentence { num_candidates });
    words.into_iter().chain(sentence).collect()
}
