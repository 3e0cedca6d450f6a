use super::CONFIDENCE;
use super::confidence::{Margin, Recalls, deviations};
use super::cost::Cost;
use super::ranks::Measured;
use super::sweep::{Hits, SourcePair};
use crate::PlanSource;
use crate::calibration::{Level, RECALLS};

/// Ranks beyond the hits, of those that the codes give, that are tried as the number of documents to score exactly.
const BEYOND: [u32; 14] = [0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512];

/// The cheapest plan for each recall, for answers of `k` hits.
pub(super) fn levels(measured: &Measured, k: usize, cost: &Cost, margin: Margin) -> Vec<Level> {
    let sources = &measured.sources;
    let hits = Hits::new(&measured.answers, sources.len(), k);
    let mut cheapest = Cheapest::new(k, cost);
    let beyond: &[u32] = if cost.has_rescoring() { &BEYOND } else { &BEYOND[..1] };
    for &beyond in beyond {
        let limit = if cost.has_rescoring() { k as u32 + beyond } else { u32::MAX };
        let depth = Depth {
            limit,
            num_reranked: k + (f64::from(beyond) * margin.of(PlanSource::CodeScan)).ceil() as usize,
            margin,
        };
        for source in 0..sources.len() {
            let alone = SourcePair { beside: None, source };
            cheapest.grow_budget(&hits, alone, sources, depth);
            for (first, steps) in beside(sources, source).map(|first| (first, hits.steps(first))) {
                for budget in steps {
                    cheapest.grow_budget(
                        &hits,
                        SourcePair { beside: Some((first, budget)), ..alone },
                        sources,
                        depth,
                    );
                }
            }
        }
        if cost.has_rescoring() {
            let num_reranked = depth.num_reranked.min(cost.num_documents());
            let found = hits.everywhere(limit);
            cheapest.consider(&found, CONFIDENCE, &mut 0, || (vec![PlanSource::CodeScan], num_reranked));
        }
    }
    cheapest.into_levels()
}

/// The sources of another kind that come before this one: with one of them it makes a union.
fn beside(sources: &[PlanSource], source: usize) -> impl Iterator<Item = usize> + '_ {
    (0..source).filter(move |&first| !sources[first].is_same_kind(sources[source]))
}

/// The number of documents scored exactly.
#[derive(Clone, Copy)]
struct Depth {
    /// Hits of a lower rank on codes are among them.
    limit: u32,
    num_reranked: usize,
    /// The factor of budgets.
    margin: Margin,
}

impl Depth {
    /// The plan that found this with such budgets, of which the last may grow to fill what is scored exactly.
    fn plan(
        self,
        cost: &Cost,
        first: Option<(PlanSource, u32)>,
        (last, budget): (PlanSource, u32),
    ) -> (Vec<PlanSource>, usize) {
        let num_documents = cost.num_documents();
        let scaled = |source: PlanSource, budget: u32| {
            ((f64::from(budget) * self.margin.of(source)).ceil() as usize).min(num_documents)
        };
        let mut sources: Vec<PlanSource> =
            first.map(|(source, budget)| source.with_budget(scaled(source, budget))).into_iter().collect();
        let before = sources.first().and_then(|source| source.budget()).unwrap_or(0);
        let budget = scaled(last, budget).max(self.num_reranked.saturating_sub(before)).min(num_documents);
        sources.push(last.with_budget(budget));
        let num_candidates = before + budget;
        let is_short = cost.has_rescoring() && self.num_reranked < num_candidates;
        (sources, if is_short { self.num_reranked } else { num_candidates })
    }
}

/// The cheapest plans so far for each recall: one for each set of auxiliary indexes that they require, with its cost.
struct Cheapest<'a> {
    k: usize,
    cost: &'a Cost,
    levels: Vec<Vec<(f64, Level)>>,
}

impl<'a> Cheapest<'a> {
    /// Begins with an exact search for each.
    fn new(k: usize, cost: &'a Cost) -> Self {
        let num_reranked = cost.num_documents();
        let exact = |&recall: &f64| {
            let sources = vec![PlanSource::Exact];
            vec![(
                cost.of_plan(&sources, num_reranked),
                Level {
                    k,
                    recall,
                    expected: 1.0,
                    interval: Some((1.0, 1.0)),
                    sources,
                    num_reranked,
                    under_filter: None,
                },
            )]
        };
        Self { k, cost, levels: RECALLS.iter().map(exact).collect() }
    }

    /// Considers the least budget of a source, beside that of another one perhaps, for each recall.
    fn grow_budget(&mut self, hits: &Hits, pair: SourcePair, sources: &[PlanSource], depth: Depth) {
        let (mut reached, deviations) = (0, deviations(sources.len(), pair.beside.is_some()));
        hits.sweep(pair, depth.limit, |rank, recalls| {
            self.consider(recalls, deviations, &mut reached, || {
                let first = pair.beside.map(|(first, budget)| (sources[first], budget));
                depth.plan(self.cost, first, (sources[pair.source], rank + 1))
            })
        });
    }

    /// Considers a plan for the recalls from `reached` on that it reaches, and moves that on. False once all are: plans that
    /// find more cost more.
    fn consider(
        &mut self,
        recalls: &Recalls,
        deviations: f64,
        reached: &mut usize,
        plan: impl Fn() -> (Vec<PlanSource>, usize),
    ) -> bool {
        let lower_bound = recalls.lower_bound(deviations);
        let num_reached = RECALLS.partition_point(|&recall| recall <= lower_bound);
        if num_reached > *reached {
            let (sources, num_reranked) = plan();
            let cost = self.cost.of_plan(&sources, num_reranked);
            for (at, levels) in self.levels.iter_mut().enumerate().take(num_reached).skip(*reached) {
                let (k, recall, expected) = (self.k, RECALLS[at], recalls.mean());
                let interval = Some((lower_bound, recalls.upper_bound(deviations)));
                let sources = sources.clone();
                let level =
                    Level { k, recall, expected, interval, sources, num_reranked, under_filter: None };
                match levels.iter_mut().find(|(_, known)| known.needed() == level.needed()) {
                    Some((least, _)) if *least <= cost => {}
                    Some(known) => *known = (cost, level),
                    None => levels.push((cost, level)),
                }
            }
            *reached = num_reached;
        }
        *reached < RECALLS.len()
    }

    /// By recall, the cheapest first, up to the one that needs nothing.
    fn into_levels(self) -> Vec<Level> {
        let of_recall = |mut levels: Vec<(f64, Level)>| {
            levels.sort_by(|a, b| a.0.total_cmp(&b.0));
            let first = levels.iter().position(|(_, level)| level.needed().is_empty());
            levels.truncate(first.map_or(levels.len(), |first| first + 1));
            levels.into_iter().map(|(_, level)| level)
        };
        self.levels.into_iter().flat_map(of_recall).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ranks::{Entry, MAX_SOURCES};
    use super::*;
    use crate::sources::UNRANKED;
    use pleiad_index::Stats;
    use proptest::prelude::*;

    /// The recall of a level's budgets, counted one by one.
    fn recall_of(measured: &Measured, k: usize, level: &Level) -> f64 {
        let limit = if level.sources[0] == PlanSource::Exact { usize::MAX } else { level.num_reranked };
        let is_found = |entry: &Entry| {
            let names = |source: &PlanSource| match source.budget() {
                None => true,
                Some(budget) => {
                    let at = measured.sources.iter().position(|known| known.is_like(*source)).unwrap();
                    (entry.ranks[at] as usize) < budget
                }
            };
            level.sources.iter().any(names) && (entry.rescore as usize) < limit
        };
        let recall = |entries: &Vec<Entry>| {
            let wanted = &entries[..k.min(entries.len())];
            wanted.iter().filter(|entry| is_found(entry)).count() as f64 / wanted.len() as f64
        };
        measured.answers.iter().map(recall).sum::<f64>() / measured.answers.len() as f64
    }

    fn measured(answers: Vec<Vec<Entry>>) -> Measured {
        let sources = vec![PlanSource::FdeScan { num_candidates: 0, coarse_factor: None }];
        Measured { work: vec![Stats::default(); sources.len()], sources, answers, num_scored: 5000 }
    }

    fn entry(scan: u32, rescore: u32) -> Entry {
        let mut ranks = [UNRANKED; MAX_SOURCES];
        ranks[0] = scan;
        Entry { ranks, rescore, weight: 1 }
    }

    fn entries(num_documents: u32, num: usize) -> impl Strategy<Value = Vec<Entry>> {
        let entry = (0..num_documents, 0u32..40).prop_map(|(scan, rescore)| entry(scan, rescore));
        prop::collection::vec(entry, num)
    }

    proptest! {
        #[test]
        fn promises_are_kept_on_the_queries_measured(
            answers in prop::collection::vec(entries(5000, 12), 5..80), k in 1usize..13,
        ) {
            let (measured, cost) = (measured(answers), Cost::plain(5000));
            let levels = levels(&measured, k, &cost, Margin::None);
            prop_assert_eq!(levels.len(), RECALLS.len());
            for level in &levels {
                let recall = recall_of(&measured, k, level);
                prop_assert!(recall >= level.recall - 1e-9, "{} {:?}", recall, level);
                prop_assert!(recall >= level.expected - 1e-9, "{} {:?}", recall, level);
                prop_assert!(level.num_reranked >= k);
            }
            let costs: Vec<f64> = levels.iter().map(|l| cost.of_plan(&l.sources, l.num_reranked)).collect();
            prop_assert!(costs.is_sorted(), "{:?}", costs);
        }

        #[test]
        fn what_promises_nothing_is_searched_exactly(num_queries in 1usize..20) {
            // Documents of answers are the last ones of every list.
            let measured = measured(vec![vec![entry(4999, 4000); 10]; num_queries]);
            let levels = levels(&measured, 10, &Cost::plain(5000), Margin::None);
            prop_assert!(levels.iter().all(|level| level.sources == [PlanSource::Exact]), "{:?}", levels);
        }
    }
}
