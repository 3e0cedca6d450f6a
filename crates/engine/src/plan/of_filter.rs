use super::choose::Budgets;
use super::{Plan, PlanContext, PlanOrigin, SearchParams};
use crate::calibration::{QueryClass, UnderFilter, factor_at};
use crate::error::Result;
use crate::sources::PlanSource;

/// Factor of the documents scored exactly where all matches are scored on their codes, over those that the same search takes
/// without a filter: the best match may stand behind others that the filter leaves out.
const RERANKED_FACTOR: usize = 2;

/// Documents that do not match and are scored on their codes, about: they tell how many better ones the filter leaves out.
pub(crate) const NUM_OTHERS: usize = 64;

/// Share of the documents that a filter passes, at most, where sources look among those alone: the hits of one that leaves out
/// most documents stand before most of those that match, whatever is around the query.
const MAX_SHARE_AMONG_MATCHES: f64 = 0.125;

/// Factors of the budgets of a scan among the documents that match alone, for recalls from .95 on and below.
const FACTORS_AMONG_MATCHES: (f64, f64) = (1.5, 2.0);

/// Margin of those budgets over what the filter leaves out by chance asks for.
const MARGIN_OF_CHANCE: f64 = 1.25;

/// Share of the cost of a candidate that is left where documents lie one after the other.
const SHARE_IN_ORDER: f64 = 0.2;

impl SearchParams {
    /// The plan of a search for token vectors among those documents that pass a filter.
    ///
    /// Budgets given are budgets among those. Otherwise the plan that a calibration found under filters is taken where it
    /// costs less than scoring every document that matches. These are scored exactly where they are no more than the search
    /// would score exactly without a filter, or where no plan keeps a promise; else on their codes, and more of the best
    /// exactly than without one.
    pub(crate) fn plan_among(&self, context: PlanContext<'_>, num_matched: u64) -> Result<Plan> {
        if self.has_budgets() {
            let plan = self.plan(PlanContext { num_documents: num_matched, ..context })?;
            return Ok(plan.among(context.num_documents, num_matched));
        }
        Ok(self.plan(context)?.under_filter(context, num_matched))
    }
}

impl Plan {
    /// The plan that keeps among the documents that pass a filter what this one promises without: the cheapest one.
    pub(super) fn under_filter(self, context: PlanContext<'_>, num_matched: u64) -> Self {
        let all = self.of_all_matches(context, num_matched);
        if !context.trusts_filtered || !matches!(all.sources[..], [PlanSource::CodeScan]) {
            return all;
        }
        let class = context.calibration.and_then(|known| known.class_for(context.num_query_tokens));
        class.and_then(|class| class.plan_among(&all, context, num_matched)).unwrap_or(all)
    }

    /// The plan that scores every document that passes a filter, for what this one promises without.
    fn of_all_matches(self, context: PlanContext<'_>, num_matched: u64) -> Self {
        let Self { num_reranked, k, basis, .. } = self;
        let matched = PlanContext { num_documents: num_matched, ..context };
        let is_promised = matches!(basis, PlanOrigin::Calibration { .. });
        let plan = if self.is_exact()
            || num_matched <= num_reranked as u64
            || !(is_promised && context.codes_are_cheap)
        {
            Self::exact(num_matched, k, basis)
        } else {
            let num_reranked = num_reranked.saturating_mul(RERANKED_FACTOR);
            Self::new(matched, k, vec![PlanSource::CodeScan], num_reranked, basis)
        };
        plan.among(context.num_documents, num_matched)
    }

    /// The same plan, but where sources choose under a filter every match is scored on its codes.
    pub(super) fn of_all(self) -> Self {
        if !matches!(self.basis, PlanOrigin::Calibration { filtered: true, .. }) {
            return self;
        }
        let num_reranked = self.num_reranked.saturating_mul(RERANKED_FACTOR);
        Self { sources: vec![PlanSource::CodeScan], num_reranked, depths: Vec::new(), ..self }
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

/// A level under a filter, and what decides which plan is the cheapest.
struct Filtered<'a> {
    class: &'a QueryClass,
    /// The plan that scores all matches on their codes.
    all: &'a Plan,
    promised: f64,
    growth: f64,
    num_matched: f64,
    num_documents: f64,
}

impl QueryClass {
    /// The cheapest plan whose sources choose among the documents that match; nothing where that is not known to keep the
    /// promise, or `all`, which scores every one of them on its codes, costs no more.
    fn plan_among(&self, all: &Plan, context: PlanContext<'_>, num_matched: u64) -> Option<Plan> {
        let PlanOrigin::Calibration { promised, .. } = all.basis else { return None };
        let growth = (context.num_documents as f64 / self.num_documents.max(1) as f64).max(1.0);
        let (num_matched, num_documents) = (num_matched as f64, context.num_documents as f64);
        let filtered = Filtered { class: self, all, promised, growth, num_matched, num_documents };
        let plans = [filtered.behind_others(context), filtered.among_matches()];
        let cheapest = plans.into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0));
        cheapest.filter(|(cost, _)| *cost < filtered.cost_of_all()).map(|(_, plan)| plan)
    }
}

impl Filtered<'_> {
    fn share(&self) -> f64 {
        self.num_matched / self.num_documents.max(1.0)
    }

    /// The cost of scoring every match.
    fn cost_of_all(&self) -> f64 {
        let Some(costs) = self.class.costs else { return 0.0 };
        let scattered = SHARE_IN_ORDER + (1.0 - SHARE_IN_ORDER) * (1.0 - self.share());
        self.num_matched * (costs.rescore_ns + costs.candidate_ns * scattered)
            + self.all.num_reranked as f64 * costs.rerank_ns
    }

    /// The plan whose sources rank all documents, and go the deeper the more of those that stand before the best match the
    /// filter leaves out; with its cost where the filter has nothing to do with the query.
    fn behind_others(&self, context: PlanContext<'_>) -> Option<(f64, Plan)> {
        let k = self.all.k;
        let budgets = self.class.budgets_under_filter(k, self.promised, context.available)?;
        let (needs, costs) = (budgets.under_filter.clone()?, self.class.costs?);
        let left_out = left_out_by_chance(k, self.share());
        if needs.depths.last().is_none_or(|last| left_out > f64::from(last.left_out)) {
            return None;
        }
        let num_reranked = self.num_reranked(&budgets, &needs);
        let limit = self.num_documents as usize;
        let sources = budgets.sources(self.growth, k, limit);
        let budget: usize = sources.iter().filter_map(|source| source.budget()).sum();
        let depth = budget as f64 * factor_at(&needs.depths, k, left_out);
        let num_others = (depth * (1.0 - self.share())).min(NUM_OTHERS as f64);
        let cost = needs.fixed_ns * self.growth
            + (depth * self.share() + num_others) * (costs.rescore_ns + costs.candidate_ns)
            + num_reranked as f64 * costs.rerank_ns;
        Some((cost, self.plan(sources, num_reranked, needs.depths)))
    }

    /// The plan of a scan over the FDE codes of the documents that match, with its cost.
    fn among_matches(&self) -> Option<(f64, Plan)> {
        if self.share() > MAX_SHARE_AMONG_MATCHES {
            return None;
        }
        let k = self.all.k;
        let budgets = self.class.budgets_under_filter(k, self.promised, &[])?;
        let (needs, costs) = (budgets.under_filter.clone()?, self.class.costs?);
        let sources = budgets.sources(self.growth, k, self.num_documents as usize);
        let [PlanSource::FdeScan { num_candidates, .. }] = sources[..] else { return None };
        let (high, low) = FACTORS_AMONG_MATCHES;
        let least = if self.promised >= 0.95 { high } else { low };
        let by_chance = factor_at(&needs.depths, k, left_out_by_chance(k, self.share())) * self.share();
        let factor = needs.depths.first().map_or(least, |depth| depth.factor.max(least));
        let factor = factor.max(by_chance * MARGIN_OF_CHANCE);
        let num_reranked = self.num_reranked(&budgets, &needs);
        let num_candidates = ((num_candidates as f64 * factor).ceil() as usize).max(num_reranked);
        if num_candidates as f64 >= self.num_matched {
            return None;
        }
        let cost = self.num_matched * costs.chosen_ns
            + num_candidates as f64 * (costs.rescore_ns + costs.candidate_ns)
            + num_reranked as f64 * costs.rerank_ns;
        let source = PlanSource::FdeScan { num_candidates, coarse_factor: None };
        Some((cost, self.plan(vec![source], num_reranked, Vec::new())))
    }

    /// Documents scored exactly.
    fn num_reranked(&self, budgets: &Budgets, needs: &UnderFilter) -> usize {
        let without = self.all.k as f64 + budgets.beyond * self.growth;
        (without * needs.reranked_factor).ceil() as usize
    }

    fn plan(
        &self,
        sources: Vec<PlanSource>,
        num_reranked: usize,
        depths: Vec<crate::calibration::FilterDepth>,
    ) -> Plan {
        let mut plan = Plan { sources, num_reranked, depths, ..self.all.clone() };
        if let PlanOrigin::Calibration { filtered, .. } = &mut plan.basis {
            *filtered = true;
        }
        plan
    }
}

/// Documents before one of `k` hits that a filter leaves out which has nothing to do with the query and passes this share, on
/// average.
pub(crate) fn left_out_by_chance(k: usize, share: f64) -> f64 {
    if share > 0.0 { 0.5 * k as f64 * (1.0 / share - 1.0) } else { f64::INFINITY }
}
