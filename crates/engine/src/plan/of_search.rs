use super::{Plan, PlanContext, PlanOrigin, SearchParams};
use crate::error::Result;
use crate::sources::AuxiliaryIndex;
use crate::{Calibration, Query, Snapshot, coarse, postings};
use std::sync::atomic::Ordering;

impl Snapshot {
    /// The plan that a search for this query with these parameters would follow.
    ///
    /// # Errors
    /// `InvalidArgument` for a filter that does not pass its check, when `k` is 0 or above 2^20, a recall is not in `0..=1`, a
    /// budget is too small for what follows it, or a budget is given for an exact search.
    pub fn plan(&self, query: &Query, params: &SearchParams) -> Result<Plan> {
        self.plan_for(query.vectors().num_tokens(), params)
    }

    /// The plan for any query of so many tokens: nothing else about a query decides.
    ///
    /// # Errors
    /// As [`Snapshot::plan`].
    pub fn plan_for(&self, num_query_tokens: usize, params: &SearchParams) -> Result<Plan> {
        let num_matched = self.num_matched_with_vectors(params.filter.as_ref())?;
        self.plan_among(num_query_tokens, params, num_matched)
    }

    /// The same where the number of documents that pass the filter is known.
    pub(crate) fn plan_among(
        &self,
        num_query_tokens: usize,
        params: &SearchParams,
        num_matched: Option<u64>,
    ) -> Result<Plan> {
        let calibration = if params.has_budgets() {
            None
        } else {
            self.note_that_it_is_searched();
            self.calibration()?
        };
        let available = self.auxiliary_indexes()?;
        let num_documents = self.num_with_vectors()?;
        let context = self.plan_context(num_documents, num_query_tokens, &available, calibration.as_deref());
        match num_matched {
            Some(num_matched) => params.plan_among(context, num_matched),
            None => params.plan(context),
        }
    }

    /// The same, but where the calibration promises nothing short of an exact search, the budgets that suit most.
    pub(crate) fn plan_with_budgets(
        &self,
        num_query_tokens: usize,
        params: &SearchParams,
        num_matched: Option<u64>,
    ) -> Result<Plan> {
        let params = &SearchParams { recall: None, ..params.clone() };
        let plan = self.plan_among(num_query_tokens, params, num_matched)?;
        if num_matched.is_some() || !matches!(plan.basis, PlanOrigin::Unreachable { .. }) {
            return Ok(plan);
        }
        let available = self.auxiliary_indexes()?;
        params.plan(self.plan_context(plan.num_documents, num_query_tokens, &available, None))
    }

    /// The state of this view that plans of queries of so many tokens among so many documents depend on.
    pub(super) fn plan_context<'a>(
        &self,
        num_documents: u64,
        num_query_tokens: usize,
        available: &'a [AuxiliaryIndex],
        calibration: Option<&'a Calibration>,
    ) -> PlanContext<'a> {
        let codes_are_cheap = self.field().codes_are_cheap;
        let trusts_filtered = !self.field().audit.has_filtered_drifted();
        PlanContext {
            num_documents,
            num_query_tokens,
            codes_are_cheap,
            available,
            calibration,
            trusts_filtered,
        }
    }

    /// Lets the background work of a writer know that a calibration may serve somebody.
    pub(super) fn note_that_it_is_searched(&self) {
        // Every search reads what lies beside this: it is written only where that changes something.
        let is_searched = &self.shared.is_searched;
        if !is_searched.load(Ordering::Relaxed) {
            is_searched.store(true, Ordering::Relaxed);
        }
    }

    /// The auxiliary indexes that are there.
    pub(crate) fn auxiliary_indexes(&self) -> Result<Vec<AuxiliaryIndex>> {
        let mut indexes = Vec::new();
        if postings::are_there(self.field(), &self.view)? {
            indexes.push(AuxiliaryIndex::Postings);
        }
        if coarse::are_there(self.field(), &self.view)? {
            indexes.push(AuxiliaryIndex::CoarseFdes);
        }
        Ok(indexes)
    }
}
