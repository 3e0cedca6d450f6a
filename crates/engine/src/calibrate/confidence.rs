use crate::PlanSource;

/// Standard deviations below the mean where 95 % of a normal distribution lie above.
pub(crate) const CONFIDENCE: f64 = 1.645;

/// The certainty that one plan among others needs, in standard errors. The cheapest of several plans is the one whose queries
/// were luckiest, the more so the more there are to choose from: where several sources are measured each of them must
/// hold with 97.5 %, and a union, of which there are dozens, with 99 %.
pub(crate) fn deviations(num_sources: usize, is_union: bool) -> f64 {
    match (num_sources, is_union) {
        (..=1, _) => CONFIDENCE,
        (_, false) => 1.96,
        (_, true) => 2.326,
    }
}

/// The mean recall over queries while what they find grows, and a lower bound of it.
///
/// Queries are independent of each other, the hits of one are not; so the spread is that of recalls per query. The
/// bound is the mean less some standard errors, with one more query imagined that missed a fifth of its hits, or one:
/// without it, a set of queries that all found everything would promise everything.
///
/// A hit may stand for several documents. What a query misses is then what the missed ones stand for, which may be more
/// than its hits: a recall below zero, whose mean over samples is what the query truly finds.
pub(crate) struct Recalls {
    /// For each query the hits missed, and the hits there are.
    missed: Vec<(u32, u32)>,
    /// Queries that have hits.
    num_queries: f64,
    sum: f64,
    squares: f64,
    imagined: f64,
}

impl Recalls {
    /// Nothing found yet. `weights` is how many documents the hits of each query stand for; of these, `k` are its hits.
    /// Queries that have none are left out.
    pub(crate) fn new(weights: impl Iterator<Item = u32>, k: usize) -> Self {
        let missed: Vec<(u32, u32)> = weights.map(|weight| (weight, weight.min(k as u32))).collect();
        let mut recalls = Self {
            missed,
            num_queries: 0.0,
            sum: 0.0,
            squares: 0.0,
            imagined: 1.0 - (1.0 / k as f64).max(0.2),
        };
        for recall in recalls.missed.iter().filter(|(_, wanted)| *wanted > 0).map(recall) {
            recalls.num_queries += 1.0;
            recalls.sum += recall;
            recalls.squares += recall * recall;
        }
        recalls
    }

    /// One more hit found for a query, which stands for so many.
    pub(crate) fn find(&mut self, query: usize, weight: u32) {
        let before = recall(&self.missed[query]);
        self.missed[query].0 -= weight;
        let after = recall(&self.missed[query]);
        self.sum += after - before;
        self.squares += after * after - before * before;
    }

    /// The mean recall; 1 over no queries.
    pub(crate) fn mean(&self) -> f64 {
        let num = self.num_queries;
        if num == 0.0 { 1.0 } else { (self.sum / num).min(1.0) }
    }

    /// The mean over other queries of this kind is not above it, as sure as so many standard errors make it.
    pub(crate) fn upper_bound(&self, deviations: f64) -> f64 {
        let num = self.num_queries.max(1.0);
        let mean = self.mean();
        let variance = (self.squares - num * mean * mean).max(0.0) / (num - 1.0).max(1.0);
        (mean + deviations * (variance / num).sqrt()).min(1.0)
    }

    /// The mean over other queries of this kind is not below it, as sure as so many standard errors make it.
    pub(crate) fn lower_bound(&self, deviations: f64) -> f64 {
        let num = self.num_queries + 1.0;
        let mean = (self.sum + self.imagined) / num;
        let squares = self.squares + self.imagined * self.imagined;
        let variance = (squares - num * mean * mean).max(0.0) / (num - 1.0).max(1.0);
        mean - deviations * (variance / num).sqrt()
    }
}

fn recall(&(missed, wanted): &(u32, u32)) -> f64 {
    1.0 - f64::from(missed) / f64::from(wanted)
}

/// The factor by which budgets exceed what the queries measured needed, so that they suffice for real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margin {
    /// The queries are real.
    None,
    /// They are made from documents and as long as the queries that are to be searched.
    OfLength,
    /// They are made from documents and of many lengths: each source has a margin of its own.
    OfMixture,
    /// They are made from documents, and the fused score is measured.
    OfFused,
}

/// The margin of queries made from documents that have the right length: `docs/plans.md`, "Lengths of queries".
const MARGIN_OF_LENGTH: f64 = 1.75;

/// The margin for fused scores. Words, rows and sentence vector of a question are about the same, those of a query made
/// from a document less so, so that it is the harder one: `docs/plans.md`, "Fused scores".
const MARGIN_OF_FUSED: f64 = 1.25;

impl Margin {
    pub(super) fn of(self, source: PlanSource) -> f64 {
        match self {
            Self::None => 1.0,
            Self::OfLength => MARGIN_OF_LENGTH,
            Self::OfFused => MARGIN_OF_FUSED,
            Self::OfMixture => source.implementation().margin_of_synthetic_queries(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(num_queries: usize, k: usize, num_found: usize) -> (f64, f64) {
        let mut recalls = Recalls::new(std::iter::repeat_n(k as u32, num_queries), k);
        for query in 0..num_queries {
            (0..num_found).for_each(|_| recalls.find(query, 1));
        }
        (recalls.mean(), recalls.lower_bound(CONFIDENCE))
    }

    #[test]
    fn perfection_is_promised_by_degrees() {
        let bounds: Vec<f64> = [10, 100, 1000].map(|num| bound(num, 10, 10).1).to_vec();
        assert!(
            bounds[0] < 0.96 && bounds[1] > 0.994 && bounds[1] < bounds[2] && bounds[2] < 1.0,
            "{bounds:?}"
        );
    }

    #[test]
    fn the_bound_lies_below_the_mean_and_grows_with_what_is_found() {
        for k in [1, 10, 100] {
            let mut last = f64::MIN;
            for num_found in 0..=k {
                let (mean, lower) = bound(50, k, num_found);
                assert!((mean - num_found as f64 / k as f64).abs() < 1e-9);
                assert!(lower >= last && (lower < mean || num_found == 0), "{k} {num_found} {lower} {mean}");
                last = lower;
            }
        }
    }

    #[test]
    fn what_is_drawn_seldom_counts_for_the_rest() {
        // The last query has nine hits, and one that stands for eight and is not found.
        let mut recalls = Recalls::new([10, 10, 10, 17].into_iter(), 10);
        (0..4).for_each(|query| (0..9).for_each(|_| recalls.find(query, 1)));
        (0..3).for_each(|query| recalls.find(query, 1));
        assert!((recalls.mean() - (1.0 - 8.0 / 40.0)).abs() < 1e-9, "{}", recalls.mean());
    }

    #[test]
    fn about_nineteen_of_twenty_bounds_hold() {
        // Recalls of 20 queries drawn from a population whose mean is 0.9: how often is the bound above it?
        let mut generator = pleiad_vectors::Seed(5).generator();
        let mut num_wrong = 0;
        for _ in 0..2000 {
            let mut recalls = Recalls::new(std::iter::repeat_n(10, 60), 10);
            for query in 0..60 {
                // A fifth of the queries find half, the others all.
                let num_found = if generator.below(5) == 0 { 5 } else { 10 };
                (0..num_found).for_each(|_| recalls.find(query, 1));
            }
            num_wrong += u32::from(recalls.lower_bound(CONFIDENCE) > 0.9);
        }
        assert!((50..150).contains(&num_wrong), "{num_wrong} of 2000");
    }
}
