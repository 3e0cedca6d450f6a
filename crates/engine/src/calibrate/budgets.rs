use super::confidence::Recalls;
use super::cost::Cost;
use super::ranks::Entry;
use super::{Level, QueryOrigin, RECALLS};
use crate::PlanSource;

/// Ranks beyond the hits, of those that the codes give, that are tried as the number of documents to score exactly.
const BEYOND: [u32; 14] = [0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512];

/// How many times the budgets of queries made from documents suffice for real ones: those are harder. On four sets
/// real queries needed 0.5 to 2.4 times as many candidates: `docs/plans.md`, "Queries made from documents".
const MARGIN_OF_DOCUMENTS: f64 = 2.5;

/// The cheapest plan for each recall, for answers of `k` hits. `ranks` are those of answers among a share of the
/// documents, whose best `k · share` stand for the best `k` of all.
pub(super) fn levels(
    ranks: &[Vec<Entry>],
    k: usize,
    share: f64,
    cost: &Cost,
    origin: QueryOrigin,
) -> Vec<Level> {
    let num_wanted = (k as f64 * share).ceil() as usize;
    let wanted: Vec<&[Entry]> =
        ranks.iter().map(|entries| &entries[..num_wanted.min(entries.len())]).collect();
    let margin = if origin == QueryOrigin::Documents { MARGIN_OF_DOCUMENTS } else { 1.0 };
    let mut cheapest = Cheapest::new(k, cost);
    let beyond: &[u32] = if cost.has_rescoring() { &BEYOND } else { &BEYOND[..1] };
    for &beyond in beyond {
        let reranked = k + (f64::from(beyond) / share * margin).ceil() as usize;
        let limit = if cost.has_rescoring() { num_wanted as u32 + beyond } else { u32::MAX };
        sweep(&wanted, k, limit, |scan, recalls| {
            let candidates = (f64::from(scan + 1) * margin).ceil() as usize;
            let candidates = candidates.max(reranked).min(cost.num_documents());
            let reranked = if cost.has_rescoring() { reranked.min(candidates) } else { candidates };
            cheapest.offer(recalls, PlanSource::FdeScan { num_candidates: candidates }, reranked);
        });
        if cost.has_rescoring() {
            let mut recalls = Recalls::new(wanted.iter().map(|entries| entries.len()), k);
            found(&wanted, limit).for_each(|(_, query)| recalls.find(query));
            cheapest.offer(&recalls, PlanSource::CodeScan, reranked.min(cost.num_documents()));
        }
    }
    cheapest.into_levels()
}

/// What is found of all answers when as many are scored exactly: the rank in the scan, and the query.
fn found<'a>(wanted: &'a [&[Entry]], limit: u32) -> impl Iterator<Item = (u32, usize)> + 'a {
    let of_query = move |(query, entries): (usize, &&'a [Entry])| {
        let entries: &'a [Entry] = entries;
        let among = entries.iter().filter(move |entry| entry.rescore < limit);
        among.map(move |entry| (entry.scan, query))
    };
    wanted.iter().enumerate().flat_map(of_query)
}

/// Shows the recalls at each rank of the scan at which something is found, in order.
fn sweep(wanted: &[&[Entry]], k: usize, limit: u32, mut show: impl FnMut(u32, &Recalls)) {
    let mut items: Vec<(u32, usize)> = found(wanted, limit).collect();
    items.sort_unstable();
    let mut recalls = Recalls::new(wanted.iter().map(|entries| entries.len()), k);
    for (at, &(scan, query)) in items.iter().enumerate() {
        recalls.find(query);
        if items.get(at + 1).is_none_or(|next| next.0 > scan) {
            show(scan, &recalls);
        }
    }
}

/// The cheapest plan so far for each recall.
struct Cheapest<'a> {
    k: usize,
    cost: &'a Cost,
    levels: Vec<(f64, Level)>,
}

impl<'a> Cheapest<'a> {
    /// Begins with an exact search for each.
    fn new(k: usize, cost: &'a Cost) -> Self {
        let num_reranked = cost.num_documents();
        let exact = |&recall: &f64| {
            let sources = vec![PlanSource::Exact];
            (cost.of_plan(&sources, num_reranked), Level { k, recall, expected: 1.0, sources, num_reranked })
        };
        Self { k, cost, levels: RECALLS.iter().map(exact).collect() }
    }

    fn offer(&mut self, recalls: &Recalls, source: PlanSource, num_reranked: usize) {
        let (lower_bound, sources) = (recalls.lower_bound(), [source]);
        let cost = self.cost.of_plan(&sources, num_reranked);
        for (at, &recall) in RECALLS.iter().enumerate() {
            if lower_bound >= recall && cost < self.levels[at].0 {
                let (k, expected) = (self.k, recalls.mean());
                let sources = sources.to_vec();
                self.levels[at] = (cost, Level { k, recall, expected, sources, num_reranked });
            }
        }
    }

    fn into_levels(self) -> Vec<Level> {
        self.levels.into_iter().map(|(_, level)| level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What budgets find, counted one by one.
    fn recall_of(ranks: &[Vec<Entry>], k: usize, level: &Level) -> f64 {
        let scanned = match level.sources[..] {
            [PlanSource::FdeScan { num_candidates }] => num_candidates,
            _ => usize::MAX,
        };
        let limit = if level.sources[0] == PlanSource::Exact { usize::MAX } else { level.num_reranked };
        let recall = |entries: &Vec<Entry>| {
            let entries = &entries[..k.min(entries.len())];
            let is_found = |e: &&Entry| (e.scan as usize) < scanned && (e.rescore as usize) < limit;
            entries.iter().filter(is_found).count() as f64 / entries.len() as f64
        };
        ranks.iter().map(recall).sum::<f64>() / ranks.len() as f64
    }

    fn entries(num_documents: u32, num: usize) -> impl Strategy<Value = Vec<Entry>> {
        let entry = (0..num_documents, 0u32..40).prop_map(|(scan, rescore)| Entry { scan, rescore });
        prop::collection::vec(entry, num)
    }

    proptest! {
        #[test]
        fn promises_are_kept_on_the_queries_measured(
            ranks in prop::collection::vec(entries(5000, 12), 5..80), k in 1usize..13,
        ) {
            let levels = levels(&ranks, k, 1.0, &Cost::plain(5000), QueryOrigin::Given);
            prop_assert_eq!(levels.len(), RECALLS.len());
            for level in &levels {
                let recall = recall_of(&ranks, k, level);
                prop_assert!(recall >= level.recall - 1e-9, "{} {:?}", recall, level);
                prop_assert!(recall >= level.expected - 1e-9, "{} {:?}", recall, level);
                prop_assert!(level.num_reranked >= k);
            }
            let costs: Vec<f64> =
                levels.iter().map(|l| Cost::plain(5000).of_plan(&l.sources, l.num_reranked)).collect();
            prop_assert!(costs.is_sorted(), "{:?}", costs);
        }

        #[test]
        fn what_promises_nothing_is_searched_exactly(num_queries in 1usize..20) {
            // Documents of answers are the last ones of every list.
            let last = Entry { scan: 4999, rescore: 4000 };
            let levels = levels(&vec![vec![last; 10]; num_queries], 10, 1.0, &Cost::plain(5000), QueryOrigin::Given);
            prop_assert!(levels.iter().all(|level| level.sources == [PlanSource::Exact]), "{:?}", levels);
        }
    }
}
