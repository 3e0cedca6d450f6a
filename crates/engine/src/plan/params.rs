use super::{Plan, PlanOrigin};
use crate::calibration::{Calibration, DEFAULT_RECALL};
use crate::error::{Error, Result};
use crate::sources::{AuxiliaryIndex, PlanSource};
use pleiad_filter::Predicate;
use serde::{Deserialize, Serialize};

/// Largest `k`.
const MAX_K: usize = 1 << 20;

/// Parameters of one search. A budget left out is chosen by the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchParams {
    /// Hits wanted.
    pub k: usize,
    /// Share of the exact top `k` that must be found, on average over queries like those of the
    /// [`Calibration`]: the cheapest plan that reaches it is taken. In `0..=1`; without a calibration, or where no
    /// plan reaches it, the search is exact.
    pub recall: Option<f64>,
    /// Documents kept by the scan over FDE codes. A budget overrules `recall`.
    pub num_candidates: Option<usize>,
    /// Documents of those that are scored by exact MaxSim: the best by MaxSim on their codes.
    pub num_reranked: Option<usize>,
    /// Score every document by exact MaxSim and skip the candidates.
    pub exact: bool,
    /// Every so many searches with this set, one is also run exactly and compared:
    /// [`Collection::recall_audit`](crate::Collection::recall_audit) has the outcome. Never by default: that search costs an
    /// exact one more.
    pub audit_every: Option<u32>,
    /// Lets the query take part in later calibrations: a sample of up to 192 queries is kept in memory, never on
    /// disk, and a writer of the same process calibrates with it once there are 48 of one length.
    pub observe: bool,
    /// The documents that may be hits: those for which it holds. A search returns `min(k, matched)` hits, and the best of
    /// the documents that match with the recall of a search among all.
    #[serde(with = "crate::filter::stored", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Predicate>,
}

impl SearchParams {
    /// Ten hits, every budget left to the engine.
    pub const DEFAULT: Self = Self {
        k: 10,
        recall: None,
        num_candidates: None,
        num_reranked: None,
        exact: false,
        audit_every: None,
        observe: true,
        filter: None,
    };
}

impl Default for SearchParams {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Candidates kept by default, at least.
///
/// Chosen by measurement, as are the two below: see `docs/defaults.md`, "Default budgets".
pub(super) const MIN_CANDIDATES: usize = 768;

/// Candidates kept by default, per hit asked for.
const CANDIDATES_PER_HIT: usize = 12;

/// Documents scored exactly by default beyond the hits asked for: at least this many, and half of the hits. An
/// int8 query moves a score by far less than the gap between a hit and the document so many ranks further down.
const MIN_RERANKED_BEYOND: usize = 22;

/// Documents scored on their whole FDE code for each candidate where no calibration says how many: of what the
/// candidates hold, 1.6 % at most was lost on the sets measured (`docs/defaults.md`, "Two-stage scan").
const COARSE_FACTOR: u32 = 32;

/// Facts that a plan is made from.
#[derive(Clone, Copy)]
pub(crate) struct PlanContext<'a> {
    pub(crate) num_documents: u64,
    pub(crate) num_query_tokens: usize,
    /// True where scoring on codes costs less than scoring exactly: elsewhere every candidate is scored
    /// exactly at once.
    pub(crate) codes_are_cheap: bool,
    /// The auxiliary indexes that sources may count on.
    pub(crate) available: &'a [AuxiliaryIndex],
    pub(crate) calibration: Option<&'a Calibration>,
    /// False where audited searches under filters found less than was promised: then all matches are scored.
    pub(crate) trusts_filtered: bool,
}

impl SearchParams {
    /// Settles every budget.
    pub(crate) fn plan(&self, context: PlanContext<'_>) -> Result<Plan> {
        self.check()?;
        let (k, num_documents) = (self.k, context.num_documents);
        if self.exact {
            return match (self.num_candidates, self.num_reranked) {
                (None, None) => Ok(Plan::exact(num_documents, k, PlanOrigin::Requested)),
                _ => Err(Error::invalid("an exact search scores every document: leave out the budgets")),
            };
        }
        if self.has_budgets() {
            return self.plan_of_budgets(context, PlanOrigin::Requested);
        }
        let exact = |recall, is_calibrated| {
            Plan::exact(num_documents, k, PlanOrigin::Unreachable { recall, is_calibrated })
        };
        let Some(recall) = self.recall else {
            let defaults = self.plan_of_budgets(context, PlanOrigin::Defaults)?;
            return Ok(match context.calibration.filter(|_| defaults.looks_for_candidates()) {
                Some(calibration) => {
                    calibration.choose_default(k, context).unwrap_or_else(|| exact(DEFAULT_RECALL, true))
                }
                None => defaults,
            });
        };
        let chosen = context.calibration.and_then(|calibration| calibration.choose(k, recall, context));
        Ok(chosen.unwrap_or_else(|| exact(recall, context.calibration.is_some())))
    }

    /// The plan of a search for words.
    pub(crate) fn plan_words(&self, num_documents: u64, num_matched: Option<u64>) -> Result<Plan> {
        self.check()?;
        if self.num_candidates.is_some() || self.num_reranked.is_some() {
            let message = "a search for words scores every document that has one: leave out the budgets";
            return Err(Error::invalid(message));
        }
        Ok(Plan { num_matched, ..Plan::words(num_documents, self.k) })
    }

    /// Returns whether the caller sets the budgets, so that no calibration is needed.
    pub(crate) fn has_budgets(&self) -> bool {
        self.exact || self.num_candidates.is_some() || self.num_reranked.is_some()
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.k == 0 || self.k > MAX_K {
            return Err(Error::invalid(format!("k is {}; it must be in 1..={MAX_K}", self.k)));
        }
        if let Some(recall) = self.recall.filter(|recall| !(0.0..=1.0).contains(recall)) {
            return Err(Error::invalid(format!("recall is {recall}; it must be in 0..=1, such as 0.95")));
        }
        if self.audit_every == Some(0) {
            return Err(Error::invalid("audit_every is 0; leave it out to audit never"));
        }
        Ok(())
    }

    fn plan_of_budgets(&self, context: PlanContext<'_>, basis: PlanOrigin) -> Result<Plan> {
        let (num_candidates, num_reranked) = self.budgets(context.codes_are_cheap);
        if num_candidates < num_reranked || num_reranked < self.k {
            return Err(Error::invalid(format!(
                "budgets must not grow along the way: {num_candidates} candidates, {num_reranked} reranked, {} hits",
                self.k
            )));
        }
        let coarse_factor = context.available.contains(&AuxiliaryIndex::CoarseFdes).then_some(COARSE_FACTOR);
        let sources = vec![PlanSource::FdeScan { num_candidates, coarse_factor }];
        Ok(Plan::new(context, self.k, sources, num_reranked, basis))
    }

    /// Candidates and reranked documents, those left out filled in.
    fn budgets(&self, codes_are_cheap: bool) -> (usize, usize) {
        let k = self.k;
        let reranked = k + MIN_RERANKED_BEYOND.max(k / 2);
        let candidates = MIN_CANDIDATES.max(k.saturating_mul(CANDIDATES_PER_HIT));
        match (self.num_candidates, self.num_reranked) {
            (Some(candidates), Some(reranked)) => (candidates, reranked),
            // A budget given alone also bounds, or raises, the one left out.
            (None, Some(reranked)) => (candidates.max(reranked), reranked),
            (Some(candidates), None) if codes_are_cheap => (candidates, reranked.min(candidates)),
            (Some(candidates), None) => (candidates, candidates),
            (None, None) if codes_are_cheap => (candidates, reranked),
            (None, None) => (candidates, candidates),
        }
    }
}
