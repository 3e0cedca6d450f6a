use super::{Plan, PlanContext, PlanOrigin};
use crate::calibration::{Calibration, DEFAULT_RECALL, Level, QueryClass, RECALLS, UnderFilter};
use crate::sources::{AuxiliaryIndex, PlanSource};

/// The lowest recall that a search which asks for nothing puts up with; short of it the search is exact.
const LEAST_DEFAULT: f64 = 0.95;

impl Calibration {
    /// The class that serves queries of so many tokens: the longest that is not longer, for shorter queries are harder.
    /// Nothing where the query is shorter than all that was measured.
    pub fn class_for(&self, num_tokens: usize) -> Option<&QueryClass> {
        self.classes.iter().rfind(|class| class.min_tokens <= num_tokens)
    }

    /// The cheapest plan proven for queries of this length, as [`QueryClass::choose`] says.
    pub(crate) fn choose(&self, k: usize, recall: f64, context: PlanContext<'_>) -> Option<Plan> {
        self.class_for(context.num_query_tokens)?.choose(k, recall, context)
    }

    /// The plan of a search that asks for no recall: the cheapest one for [`DEFAULT_RECALL`] or, where that is not proven
    /// for `k` hits, the best of those down to [`LEAST_DEFAULT`].
    pub(crate) fn choose_default(&self, k: usize, context: PlanContext<'_>) -> Option<Plan> {
        let recalls = RECALLS.into_iter().rev();
        let acceptable = recalls.filter(|recall| (LEAST_DEFAULT..=DEFAULT_RECALL).contains(recall));
        acceptable.into_iter().find_map(|recall| self.choose(k, recall, context))
    }
}

impl QueryClass {
    /// The cheapest plan proven for `k` hits that reaches a recall, if there is one below an exact search: none for more
    /// hits than were measured.
    ///
    /// Between two numbers of hits that were measured, budgets follow a power of the number. A collection that has more
    /// documents than when it was measured gets budgets larger by the same factor: as many more documents come before the
    /// one sought.
    fn choose(&self, k: usize, recall: f64, context: PlanContext<'_>) -> Option<Plan> {
        let promised = RECALLS.into_iter().find(|&level| level >= recall)?;
        let growth = (context.num_documents as f64 / self.num_documents.max(1) as f64).max(1.0);
        let budgets = self.budgets(k, promised, context.available)?;
        let limit = usize::try_from(context.num_documents).unwrap_or(usize::MAX);
        let num_reranked = (k + (budgets.beyond * growth).ceil() as usize).min(limit.max(k));
        let sources = budgets.sources(growth, num_reranked, limit);
        let num_candidates: usize = sources.iter().filter_map(|source| source.budget()).sum();
        let is_short = context.codes_are_cheap || num_candidates == 0;
        let num_reranked = if is_short { num_reranked } else { num_candidates };
        let basis = PlanOrigin::Calibration {
            promised,
            expected: budgets.expected,
            interval: budgets.interval,
            origin: self.origin,
            num_queries: self.num_queries,
            query_tokens: self.query_tokens,
            num_documents: self.num_documents,
            filtered: false,
        };
        if sources.contains(&PlanSource::Exact) {
            return None;
        }
        Some(Plan::new(context, k, sources, num_reranked, basis))
    }

    fn budgets(&self, k: usize, promised: f64, available: &[AuxiliaryIndex]) -> Option<Budgets> {
        self.budgets_of(k, promised, |level| level.is_possible(available))
    }

    /// The budgets of the cheapest plan that holds under filters and needs no other auxiliary indexes.
    pub(super) fn budgets_under_filter(
        &self,
        k: usize,
        promised: f64,
        available: &[AuxiliaryIndex],
    ) -> Option<Budgets> {
        self.budgets_of(k, promised, |level| level.is_possible(available) && level.under_filter.is_some())
    }

    fn budgets_of(&self, k: usize, promised: f64, is_wanted: impl Fn(&Level) -> bool) -> Option<Budgets> {
        let at = |depth: usize| {
            let mut levels = self.levels.iter().filter(|level| level.recall == promised && level.k == depth);
            // The cheapest stands first.
            levels.find(|level| is_wanted(level)).map(Budgets::of)
        };
        let mut depths: Vec<usize> = self.levels.iter().map(|level| level.k).collect();
        depths.sort_unstable();
        // Nothing is known of more hits than were measured.
        let above = depths.iter().copied().find(|&depth| depth >= k)?;
        let below = depths.iter().copied().rfind(|&depth| depth <= k).unwrap_or(above);
        if above == below {
            return at(above);
        }
        let high = at(above)?;
        let Some(low) = at(below).filter(|low| !low.is_exact()) else { return Some(high) };
        let position = (k as f64 / below as f64).ln() / (above as f64 / below as f64).ln();
        Some(low.between(high, position))
    }
}

/// The budgets of a level, as numbers that can be scaled.
#[derive(Debug, Clone)]
pub(super) struct Budgets {
    /// With the candidates of each; none where a source gives all.
    sources: Vec<(PlanSource, f64)>,
    /// Documents scored exactly beyond the hits.
    pub(super) beyond: f64,
    expected: f64,
    interval: Option<(f64, f64)>,
    /// The needs of searches under a filter, where they are known.
    pub(super) under_filter: Option<UnderFilter>,
}

impl Budgets {
    fn of(level: &Level) -> Self {
        let budget = |&source: &PlanSource| (source, source.budget().unwrap_or(0) as f64);
        let beyond = level.num_reranked.saturating_sub(level.k) as f64;
        Self {
            sources: level.sources.iter().map(budget).collect(),
            beyond,
            expected: level.expected,
            interval: level.interval,
            under_filter: level.under_filter.clone(),
        }
    }

    /// Returns whether these are the budgets of an exact search.
    fn is_exact(&self) -> bool {
        self.sources.iter().any(|(source, _)| *source == PlanSource::Exact)
    }

    /// The geometric means at this position if both have the same sources; else the budgets that the larger number of
    /// hits needs.
    fn between(self, high: Self, position: f64) -> Self {
        let expected = self.expected.min(high.expected);
        let both = self.interval.zip(high.interval);
        let interval = both.map(|(low, high)| (low.0.min(high.0), low.1.min(high.1)));
        let places = self.sources.iter().zip(&high.sources);
        let is_same = self.sources.len() == high.sources.len()
            && places.clone().all(|(low, high)| low.0.is_like(high.0) && low.0.budget().is_some());
        if !is_same {
            return Self { expected, interval, ..high };
        }
        let both = self.under_filter.zip(high.under_filter.as_ref());
        let under_filter = both.map(|(low, high)| low.joined(high));
        let mean = |a: f64, b: f64| a.max(1.0).powf(1.0 - position) * b.max(1.0).powf(position);
        let sources = places.map(|(low, high)| (low.0, mean(low.1, high.1))).collect();
        Self { sources, beyond: mean(self.beyond, high.beyond), expected, interval, under_filter }
    }

    /// The sources of a plan among `limit` documents that have become more by a factor. Together they give at least what
    /// is scored exactly.
    pub(super) fn sources(&self, growth: f64, num_reranked: usize, limit: usize) -> Vec<PlanSource> {
        let scaled = |&(source, budget): &(PlanSource, f64)| {
            source.with_budget(((budget * growth).ceil() as usize).min(limit))
        };
        let mut sources: Vec<PlanSource> = self.sources.iter().map(scaled).collect();
        if let Some((last, others)) = sources.split_last_mut() {
            let before: usize = others.iter().filter_map(|source| source.budget()).sum();
            let least = num_reranked.saturating_sub(before).min(limit);
            *last = last.with_budget(last.budget().unwrap_or(0).max(least));
        }
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QueryOrigin;
    use proptest::prelude::*;

    /// Hits that are measured here: as older releases did.
    const DEPTHS: [usize; 3] = [1, 10, 100];

    fn calibration(num_documents: u64, candidates: [usize; 3], beyond: [usize; 3]) -> Calibration {
        let levels = (0..3).flat_map(|at| {
            RECALLS.iter().map(move |&recall| Level {
                k: DEPTHS[at],
                recall,
                expected: recall,
                interval: None,
                sources: vec![PlanSource::FdeScan { num_candidates: candidates[at], coarse_factor: None }],
                num_reranked: DEPTHS[at] + beyond[at],
                under_filter: None,
            })
        });
        let class = QueryClass {
            min_tokens: 1,
            num_documents,
            num_sampled: num_documents,
            num_queries: 100,
            query_tokens: Some((1, 32)),
            origin: QueryOrigin::Given,
            costs: None,
            levels: levels.collect(),
        };
        Calibration { weights: None, classes: vec![class] }
    }

    fn context(num_documents: u64) -> PlanContext<'static> {
        PlanContext {
            num_documents,
            num_query_tokens: 8,
            codes_are_cheap: true,
            available: &[],
            calibration: None,
            trusts_filtered: true,
        }
    }

    fn scanned(plan: &Plan) -> usize {
        match plan.sources[..] {
            [PlanSource::FdeScan { num_candidates, .. }] => num_candidates,
            _ => plan.num_documents as usize,
        }
    }

    #[test]
    fn a_recall_is_rounded_up_and_one_is_exact() {
        let calibration = calibration(10_000, [50, 200, 500], [5, 20, 30]);
        let plan = calibration.choose(10, 0.93, context(10_000)).unwrap();
        assert_eq!(plan.promised_recall(), Some(0.95));
        assert_eq!((scanned(&plan), plan.num_reranked), (200, 30));
        assert!(calibration.choose(10, 1.0, context(10_000)).is_none());
    }

    #[test]
    fn twice_the_documents_take_twice_the_budgets() {
        let calibration = calibration(10_000, [50, 200, 500], [5, 20, 30]);
        let plan = calibration.choose(10, 0.95, context(20_000)).unwrap();
        assert_eq!((scanned(&plan), plan.num_reranked), (400, 50));
        // Fewer documents keep the budgets.
        assert_eq!(scanned(&calibration.choose(10, 0.95, context(5000)).unwrap()), 200);
        assert_eq!(calibration.choose(10, 0.95, context(150)).unwrap().sources, [PlanSource::CodeScan]);
        assert!(calibration.choose(10, 0.95, context(30)).unwrap().is_exact());
    }

    #[test]
    fn more_hits_than_were_measured_have_no_plan() {
        let calibration = calibration(10_000, [50, 200, 500], [5, 20, 30]);
        assert!(calibration.choose(100, 0.5, context(10_000)).is_some());
        assert!(calibration.choose(101, 0.5, context(10_000)).is_none());
        assert!(calibration.choose_default(1000, context(10_000)).is_none());
    }

    #[test]
    fn a_default_that_is_not_proven_is_the_best_that_is() {
        let proven_to = |most: f64| {
            let mut calibration = calibration(10_000, [50, 200, 500], [5, 20, 30]);
            for level in
                calibration.classes[0].levels.iter_mut().filter(|level| level.k == 1 && level.recall > most)
            {
                level.sources = vec![PlanSource::Exact];
            }
            let promised = |k| calibration.choose_default(k, context(10_000))?.promised_recall();
            [promised(1), promised(2), promised(10)]
        };
        assert_eq!(proven_to(1.0), [Some(0.98); 3]);
        // Two hits are found by what finds ten.
        assert_eq!(proven_to(0.97), [Some(0.97), Some(0.98), Some(0.98)]);
        assert_eq!(proven_to(0.925), [None, Some(0.98), Some(0.98)]);
    }

    proptest! {
        #[test]
        fn budgets_grow_with_hits_and_documents(
            base in 1usize..500, steps in prop::array::uniform2(0usize..500), beyond in 0usize..50,
            k in 1usize..80, more in 0usize..20, num_documents in 1_000_000u64..4_000_000, grown in 0u64..1_000_000,
        ) {
            let candidates = [base, base + steps[0], base + steps[0] + steps[1]];
            let calibration = calibration(1_000_000, candidates, [beyond, beyond + 3, beyond + 9]);
            let plan = calibration.choose(k, 0.9, context(num_documents)).unwrap();
            let deeper = calibration.choose(k + more, 0.9, context(num_documents + grown)).unwrap();
            prop_assert!(scanned(&deeper) >= scanned(&plan), "{} then {}", plan, deeper);
            prop_assert!(deeper.num_reranked >= plan.num_reranked, "{} then {}", plan, deeper);
            prop_assert!(scanned(&plan) >= plan.num_reranked && plan.num_reranked >= k, "{}", plan);
        }
    }
}
