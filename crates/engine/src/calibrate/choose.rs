use super::{Calibration, DEPTHS, Level, RECALLS};
use crate::plan::{Basis, Ground, Plan};
use crate::sources::{AuxiliaryIndex, PlanSource};

impl Calibration {
    /// The cheapest plan known for `k` hits that reaches a recall, if there is one below an exact search.
    ///
    /// Between two numbers of hits that were measured, budgets follow a power of the number; above the largest they
    /// grow with it. A collection that has more documents than when it was measured gets budgets larger by the same
    /// factor: as many more documents come before the one sought.
    pub(crate) fn choose(&self, k: usize, recall: f64, ground: Ground<'_>) -> Option<Plan> {
        let promised = RECALLS.into_iter().find(|&level| level >= recall)?;
        let growth = (ground.num_documents as f64 / self.num_documents.max(1) as f64).max(1.0);
        let budgets = self.budgets(k, promised, ground.available)?;
        let limit = usize::try_from(ground.num_documents).unwrap_or(usize::MAX);
        let num_reranked = (k + (budgets.beyond * growth).ceil() as usize).min(limit.max(k));
        let sources = budgets.sources(growth, num_reranked, limit);
        let num_candidates: usize = sources.iter().filter_map(|source| source.budget()).sum();
        let is_short = ground.codes_are_cheap || num_candidates == 0;
        let num_reranked = if is_short { num_reranked } else { num_candidates };
        let basis = Basis::Calibration {
            promised,
            expected: budgets.expected,
            num_queries: self.num_queries,
            num_documents: self.num_documents,
        };
        if sources.contains(&PlanSource::Exact) {
            return None;
        }
        Some(Plan::new(ground, k, sources, num_reranked, basis))
    }

    fn budgets(&self, k: usize, promised: f64, available: &[AuxiliaryIndex]) -> Option<Budgets> {
        let at = |depth: usize| {
            let levels = self.levels.iter().filter(|level| level.recall == promised && level.k == depth);
            // The cheapest stands first.
            levels.into_iter().find(|level| level.is_possible(available)).map(Budgets::of)
        };
        let largest = DEPTHS.into_iter().filter(|&depth| self.levels.iter().any(|l| l.k == depth)).max()?;
        if k >= largest {
            let factor = k as f64 / largest as f64;
            return at(largest).map(|budgets| budgets.times(factor));
        }
        let above = DEPTHS.into_iter().find(|&depth| depth >= k)?;
        let below = DEPTHS.into_iter().rfind(|&depth| depth <= k)?;
        if above == below {
            return at(above);
        }
        let (low, high) = (at(below)?, at(above)?);
        let position = (k as f64 / below as f64).ln() / (above as f64 / below as f64).ln();
        Some(low.between(high, position))
    }
}

impl Level {
    /// Whether all that its sources look into is there.
    fn is_possible(&self, available: &[AuxiliaryIndex]) -> bool {
        self.needed().iter().all(|index| available.contains(index))
    }

    /// What its sources look into beside the codes.
    pub(super) fn needed(&self) -> Vec<AuxiliaryIndex> {
        let mut needed: Vec<_> = self.sources.iter().filter_map(|source| source.requires()).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

/// What a level spends, as numbers that can be scaled.
#[derive(Debug, Clone)]
struct Budgets {
    /// With the candidates of each; none where a source gives all.
    sources: Vec<(PlanSource, f64)>,
    /// Documents scored exactly beyond the hits.
    beyond: f64,
    expected: f64,
}

impl Budgets {
    fn of(level: &Level) -> Self {
        let budget = |&source: &PlanSource| (source, source.budget().unwrap_or(0) as f64);
        let beyond = level.num_reranked.saturating_sub(level.k) as f64;
        Self { sources: level.sources.iter().map(budget).collect(), beyond, expected: level.expected }
    }

    fn times(mut self, factor: f64) -> Self {
        self.sources.iter_mut().for_each(|(_, budget)| *budget *= factor);
        Self { beyond: self.beyond * factor, ..self }
    }

    /// Where both look in the same places, the geometric means at this position; else whatever the larger number of
    /// hits needs.
    fn between(self, high: Self, position: f64) -> Self {
        let expected = self.expected.min(high.expected);
        let places = self.sources.iter().zip(&high.sources);
        let is_same = self.sources.len() == high.sources.len()
            && places.clone().all(|(low, high)| low.0.is_like(high.0) && low.0.budget().is_some());
        if !is_same {
            return Self { expected, ..high };
        }
        let mean = |a: f64, b: f64| a.max(1.0).powf(1.0 - position) * b.max(1.0).powf(position);
        let sources = places.map(|(low, high)| (low.0, mean(low.1, high.1))).collect();
        Self { sources, beyond: mean(self.beyond, high.beyond), expected }
    }

    /// The sources of a plan among `limit` documents that have become more by a factor. Together they give at least what
    /// is scored exactly.
    fn sources(&self, growth: f64, num_reranked: usize, limit: usize) -> Vec<PlanSource> {
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

    fn calibration(num_documents: u64, candidates: [usize; 3], beyond: [usize; 3]) -> Calibration {
        let levels = (0..3).flat_map(|at| {
            RECALLS.iter().map(move |&recall| Level {
                k: DEPTHS[at],
                recall,
                expected: recall,
                sources: vec![PlanSource::FdeScan { num_candidates: candidates[at], coarse_factor: None }],
                num_reranked: DEPTHS[at] + beyond[at],
            })
        });
        Calibration {
            num_documents,
            num_sampled: num_documents,
            num_queries: 100,
            origin: QueryOrigin::Given,
            levels: levels.collect(),
        }
    }

    fn ground(num_documents: u64) -> Ground<'static> {
        Ground { num_documents, codes_are_cheap: true, available: &[], calibration: None }
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
        let plan = calibration.choose(10, 0.93, ground(10_000)).unwrap();
        assert_eq!(plan.promised_recall(), Some(0.95));
        assert_eq!((scanned(&plan), plan.num_reranked), (200, 30));
        assert!(calibration.choose(10, 1.0, ground(10_000)).is_none());
    }

    #[test]
    fn twice_the_documents_take_twice_the_budgets() {
        let calibration = calibration(10_000, [50, 200, 500], [5, 20, 30]);
        let plan = calibration.choose(10, 0.95, ground(20_000)).unwrap();
        assert_eq!((scanned(&plan), plan.num_reranked), (400, 50));
        // Fewer documents keep the budgets.
        assert_eq!(scanned(&calibration.choose(10, 0.95, ground(5000)).unwrap()), 200);
        assert_eq!(calibration.choose(10, 0.95, ground(150)).unwrap().sources, [PlanSource::CodeScan]);
        assert!(calibration.choose(10, 0.95, ground(30)).unwrap().is_exact());
    }

    proptest! {
        #[test]
        fn budgets_grow_with_hits_and_documents(
            base in 1usize..500, steps in prop::array::uniform2(0usize..500), beyond in 0usize..50,
            k in 1usize..2000, more in 0usize..500, num_documents in 1_000_000u64..4_000_000, grown in 0u64..1_000_000,
        ) {
            let candidates = [base, base + steps[0], base + steps[0] + steps[1]];
            let calibration = calibration(1_000_000, candidates, [beyond, beyond + 3, beyond + 9]);
            let plan = calibration.choose(k, 0.9, ground(num_documents)).unwrap();
            let deeper = calibration.choose(k + more, 0.9, ground(num_documents + grown)).unwrap();
            prop_assert!(scanned(&deeper) >= scanned(&plan), "{} then {}", plan, deeper);
            prop_assert!(deeper.num_reranked >= plan.num_reranked, "{} then {}", plan, deeper);
            prop_assert!(scanned(&plan) >= plan.num_reranked && plan.num_reranked >= k, "{}", plan);
        }
    }
}
