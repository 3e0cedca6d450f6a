use super::{Plan, PlanOrigin, SearchParams};
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

/// Documents that are all scored exactly where nothing is calibrated and nothing else was asked for: some ten milliseconds.
const MAX_EXACT: u64 = 1000;

impl Snapshot {
    /// The plan that a fused search for this query with these parameters would follow.
    ///
    /// Where nothing is calibrated, budgets are some hundreds of candidates by words and by sentence vectors, or by FDEs
    /// where documents have no sentence vectors, no recall is promised, and a recall asked for is met by an exact search.
    ///
    /// # Errors
    /// As [`Snapshot::plan`].
    pub fn plan_hybrid(&self, query: &HybridQuery, params: &SearchParams) -> Result<Plan> {
        plan(self, query, params).map(|plan| Plan { is_fused: true, ..plan })
    }
}

fn plan(snapshot: &Snapshot, query: &HybridQuery, params: &SearchParams) -> Result<Plan> {
    let (k, num_documents) = (params.k, snapshot.num_documents());
    if params.exact {
        return snapshot.plan(&query.vectors, params);
    }
    // Checks the parameters, and settles what is found by vectors alone.
    let by_vectors = snapshot.plan(&query.vectors, &SearchParams { recall: None, ..params.clone() })?;
    if params.has_budgets() {
        return Ok(of_budgets(snapshot, query, params, by_vectors));
    }
    if let Some(recall) = params.recall {
        params.check()?;
        let basis = PlanOrigin::Unreachable { recall, is_calibrated: false };
        return Ok(Plan::exact(num_documents, k, basis));
    }
    let by_parts = of_parts(snapshot, query, MIN_CANDIDATES.max(k.saturating_mul(CANDIDATES_PER_HIT)));
    let by_sentence = by_parts.iter().any(|source| matches!(source, PlanSource::Sentence { .. }));
    if num_documents <= MAX_EXACT || (by_vectors.is_exact() && !by_sentence) {
        return Ok(Plan::exact(num_documents, k, PlanOrigin::Defaults));
    }
    let least = MIN_RERANKED.max(k.saturating_mul(RERANKED_PER_HIT));
    let (sources, num_reranked) = if by_sentence {
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
fn of_budgets(snapshot: &Snapshot, query: &HybridQuery, params: &SearchParams, by_vectors: Plan) -> Plan {
    let budget = by_vectors.sources.iter().filter_map(|source| source.budget()).max();
    let Some(budget) = budget.filter(|_| !by_vectors.is_exact()) else { return by_vectors };
    let mut sources = by_vectors.sources.clone();
    sources.extend(of_parts(snapshot, query, budget));
    let num_reranked = match params.num_reranked {
        Some(num_reranked) => num_reranked,
        None => by_vectors.num_reranked.max(params.k.saturating_mul(RERANKED_PER_HIT)),
    };
    with_all_reranked(snapshot, Plan { sources, num_reranked, ..by_vectors })
}

/// The sources beside the token vectors that a query has parts for, with this budget.
fn of_parts(snapshot: &Snapshot, query: &HybridQuery, num_candidates: usize) -> Vec<PlanSource> {
    let by_words = snapshot.schema().words.is_some() && !query.words.is_empty();
    let by_sentence = snapshot.schema().sentence.is_some() && query.sentence.is_some();
    let words = by_words.then_some(PlanSource::Words { num_candidates });
    words.into_iter().chain(by_sentence.then_some(PlanSource::Sentence { num_candidates })).collect()
}
