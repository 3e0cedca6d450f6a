use super::{Plan, PlanContext, PlanOrigin, SearchParams};
use crate::error::Result;
use crate::sources::PlanSource;

/// Factor of the documents scored exactly under a filter over those that the same search takes without one: the best match
/// may stand behind others that the filter leaves out.
const FACTOR: usize = 2;

impl SearchParams {
    /// The plan of a search for token vectors among those documents that pass a filter.
    ///
    /// Budgets given are budgets among those. Otherwise every one of them is scored, exactly where they are no more than
    /// the search would score exactly without a filter, or where no plan keeps a promise; else on its codes, and more of
    /// the best exactly than without one. No source chooses among them, since how deep it has to look depends on what a
    /// filter leaves out.
    pub(crate) fn plan_among(&self, context: PlanContext<'_>, num_matched: u64) -> Result<Plan> {
        if self.has_budgets() {
            let plan = self.plan(PlanContext { num_documents: num_matched, ..context })?;
            return Ok(plan.among(context.num_documents, num_matched));
        }
        Ok(self.plan(context)?.under_filter(context, num_matched))
    }
}

impl Plan {
    /// The plan that scores every document that passes a filter, for what this one promises without.
    pub(super) fn under_filter(self, context: PlanContext<'_>, num_matched: u64) -> Self {
        let Self { num_reranked, k, basis, .. } = self;
        let matched = PlanContext { num_documents: num_matched, ..context };
        let is_promised = matches!(basis, PlanOrigin::Calibration { .. });
        let plan = if self.is_exact()
            || num_matched <= num_reranked as u64
            || !(is_promised && context.codes_are_cheap)
        {
            Self::exact(num_matched, k, basis)
        } else {
            Self::new(matched, k, vec![PlanSource::CodeScan], num_reranked.saturating_mul(FACTOR), basis)
        };
        plan.among(context.num_documents, num_matched)
    }

    /// The same plan, of a search under a filter.
    fn among(self, num_documents: u64, num_matched: u64) -> Self {
        Self { num_documents, num_matched: Some(num_matched), ..self }
    }

    /// Documents that are searched: those that pass the filter, where there is one.
    pub fn num_searched(&self) -> u64 {
        self.num_matched.unwrap_or(self.num_documents)
    }
}
