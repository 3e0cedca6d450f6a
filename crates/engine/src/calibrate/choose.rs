use super::{Calibration, DEPTHS, Level, RECALLS};
use crate::plan::Ground;
use crate::{Plan, PlanSource, plan::Basis};

impl Calibration {
    /// The cheapest plan known for `k` hits that reaches a recall, if there is one below an exact search.
    ///
    /// Between two numbers of hits that were measured, budgets follow a power of the number; above the largest they
    /// grow with it. A collection that has more documents than when it was measured gets budgets larger by the same
    /// factor: as many more documents come before the one sought.
    pub(crate) fn choose(&self, k: usize, recall: f64, ground: Ground<'_>) -> Option<Plan> {
        let promised = RECALLS.into_iter().find(|&level| level >= recall)?;
        let growth = (ground.num_documents as f64 / self.num_documents.max(1) as f64).max(1.0);
        let budgets = self.budgets(k, promised)?;
        let (scan, beyond) = (budgets.scan * growth, budgets.beyond * growth);
        let limit = usize::try_from(ground.num_documents).unwrap_or(usize::MAX);
        let num_reranked = (k + beyond.ceil() as usize).min(limit.max(k));
        let source = match budgets.source {
            PlanSource::FdeScan { .. } => {
                PlanSource::FdeScan { num_candidates: (scan.ceil() as usize).max(num_reranked).min(limit) }
            }
            other => other,
        };
        let num_reranked = match source {
            PlanSource::FdeScan { num_candidates } if !ground.codes_are_cheap => num_candidates,
            _ => num_reranked,
        };
        let basis = Basis::Calibration {
            promised,
            expected: budgets.expected,
            num_queries: self.num_queries,
            num_documents: self.num_documents,
        };
        match source {
            PlanSource::Exact => None,
            source => Some(Plan::new(ground, k, vec![source], num_reranked, basis)),
        }
    }

    fn budgets(&self, k: usize, promised: f64) -> Option<Budgets> {
        let at = |depth: usize| {
            let mut levels = self.levels.iter().filter(|level| level.recall == promised);
            levels.find(|level| level.k == depth).and_then(Budgets::of)
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

/// What a level spends, as numbers that can be scaled.
#[derive(Debug, Clone, Copy)]
struct Budgets {
    source: PlanSource,
    /// Candidates of the scan.
    scan: f64,
    /// Documents scored exactly beyond the hits.
    beyond: f64,
    expected: f64,
}

impl Budgets {
    fn of(level: &Level) -> Option<Self> {
        let &source = level.sources.first()?;
        let scan = match source {
            PlanSource::FdeScan { num_candidates } => num_candidates as f64,
            PlanSource::Exact | PlanSource::CodeScan => 0.0,
        };
        let beyond = level.num_reranked.saturating_sub(level.k) as f64;
        Some(Self { source, scan, beyond, expected: level.expected })
    }

    fn times(self, factor: f64) -> Self {
        Self { scan: self.scan * factor, beyond: self.beyond * factor, ..self }
    }

    /// Where both scan, the geometric mean at this position; else whatever the larger number of hits needs.
    fn between(self, high: Self, position: f64) -> Self {
        let expected = self.expected.min(high.expected);
        let mean = |a: f64, b: f64| a.max(1.0).powf(1.0 - position) * b.max(1.0).powf(position);
        match (self.source, high.source) {
            (PlanSource::FdeScan { .. }, PlanSource::FdeScan { .. }) => Self {
                source: high.source,
                scan: mean(self.scan, high.scan),
                beyond: mean(self.beyond, high.beyond),
                expected,
            },
            _ => Self { expected, ..high },
        }
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
                sources: vec![PlanSource::FdeScan { num_candidates: candidates[at] }],
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
        Ground { num_documents, codes_are_cheap: true, calibration: None }
    }

    fn scanned(plan: &Plan) -> usize {
        match plan.sources[..] {
            [PlanSource::FdeScan { num_candidates }] => num_candidates,
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
