use super::confidence::Recalls;
use super::ranks::Entry;
use crate::sources::UNRANKED;

/// The hits of all queries, and in which order each source comes upon them.
pub(super) struct Hits {
    /// Hits of each query, counted with those that they stand for.
    weights: Vec<u32>,
    k: usize,
    /// With the query that each is one of.
    hits: Vec<(usize, Entry)>,
    /// For each source the hits that it finds, by its rank.
    orders: Vec<Vec<u32>>,
}

/// The source of a plan whose budget grows, and perhaps another one.
#[derive(Clone, Copy)]
pub(super) struct SourcePair {
    /// A source whose budget is given, and that budget.
    pub(super) beside: Option<(usize, u32)>,
    /// The source whose budget grows.
    pub(super) source: usize,
}

impl Hits {
    /// The best `k` of each answer: those before which there are fewer than `k`.
    pub(super) fn new(answers: &[Vec<Entry>], num_sources: usize, k: usize) -> Self {
        let (mut hits, mut weights) = (Vec::new(), Vec::new());
        for (query, entries) in answers.iter().enumerate() {
            let mut weight = 0;
            for entry in entries {
                if weight as usize >= k {
                    break;
                }
                hits.push((query, *entry));
                weight += entry.weight;
            }
            weights.push(weight);
        }
        let order = |source: usize| {
            let rank = |&hit: &u32| hits[hit as usize].1.ranks[source];
            let mut order: Vec<u32> = (0..hits.len() as u32).filter(|hit| rank(hit) != UNRANKED).collect();
            order.sort_by_key(rank);
            order
        };
        let orders = (0..num_sources).map(order).collect();
        Self { weights, k, hits, orders }
    }

    /// Nothing found yet.
    fn recalls(&self) -> Recalls {
        Recalls::new(self.weights.iter().copied(), self.k)
    }

    /// The recalls where all documents are candidates, short of hits whose rank on codes reaches `limit`.
    pub(super) fn everywhere(&self, limit: u32) -> Recalls {
        self.found_by(|entry| entry.rescore < limit)
    }

    /// The recalls where just these hits are found.
    pub(super) fn found_by(&self, is_found: impl Fn(&Entry) -> bool) -> Recalls {
        let mut recalls = self.recalls();
        let among = self.hits.iter().filter(|(_, entry)| is_found(entry));
        among.for_each(|&(query, entry)| recalls.find(query, entry.weight));
        recalls
    }

    /// Shows what is found at each rank of the source at which something is, in order, until `show` says that it has
    /// seen enough. Hits whose rank on codes reaches `limit` are not found. Cost: one pass over the hits.
    pub(super) fn sweep(&self, pair: SourcePair, limit: u32, mut show: impl FnMut(u32, &Recalls) -> bool) {
        let SourcePair { beside, source } = pair;
        let mut recalls = self.recalls();
        let is_beside = |entry: &Entry| beside.is_some_and(|(source, budget)| entry.ranks[source] < budget);
        if beside.is_some() {
            let found = self.hits.iter().filter(|(_, entry)| is_beside(entry) && entry.rescore < limit);
            found.for_each(|&(query, entry)| recalls.find(query, entry.weight));
        }
        let mut last = None;
        for &hit in &self.orders[source] {
            let (query, entry) = &self.hits[hit as usize];
            if entry.rescore >= limit || is_beside(entry) {
                continue;
            }
            let rank = entry.ranks[source];
            if last.is_some_and(|last| last != rank) && !show(last.unwrap_or(0), &recalls) {
                return;
            }
            recalls.find(*query, entry.weight);
            last = Some(rank);
        }
        if let Some(last) = last {
            show(last, &recalls);
        }
    }

    /// Budgets of a source worth trying beside another one: those that find these shares of what it finds at all.
    pub(super) fn steps(&self, source: usize) -> Vec<u32> {
        const SHARES: [f64; 9] = [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98];
        let order = &self.orders[source];
        let budget = |share: f64| {
            let hit = order.get((share * order.len() as f64) as usize)?;
            Some(self.hits[*hit as usize].1.ranks[source] + 1)
        };
        let mut steps: Vec<u32> = SHARES.into_iter().filter_map(budget).collect();
        steps.dedup();
        steps
    }
}
