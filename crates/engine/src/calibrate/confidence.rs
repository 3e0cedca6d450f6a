/// Standard deviations below the mean where 95 % of a normal distribution lie above.
pub(crate) const CONFIDENCE: f64 = 1.645;

/// How sure one plan among others has to be, in standard errors. The cheapest of several plans is the one whose queries
/// were luckiest, the more so the more there are to choose from: where several sources are measured each of them must
/// hold with 97.5 %, and a union, of which there are dozens, with 99 %.
pub(super) fn deviations(num_sources: usize, is_union: bool) -> f64 {
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
pub(super) struct Recalls {
    /// Of each query: hits found, and hits there are.
    found: Vec<(u32, u32)>,
    /// Queries that have hits.
    num_queries: f64,
    sum: f64,
    squares: f64,
    imagined: f64,
}

impl Recalls {
    /// Nothing found yet of `num_wanted` hits of each query; queries that have none are left out.
    pub(super) fn new(num_wanted: impl Iterator<Item = usize>, k: usize) -> Self {
        let found: Vec<(u32, u32)> = num_wanted.map(|num| (0, num as u32)).collect();
        let num_queries = found.iter().filter(|(_, wanted)| *wanted > 0).count() as f64;
        Self { found, num_queries, sum: 0.0, squares: 0.0, imagined: 1.0 - (1.0 / k as f64).max(0.2) }
    }

    /// One more hit found for a query.
    pub(super) fn find(&mut self, query: usize) {
        let (found, wanted) = &mut self.found[query];
        let before = f64::from(*found) / f64::from(*wanted);
        *found += 1;
        let after = f64::from(*found) / f64::from(*wanted);
        self.sum += after - before;
        self.squares += after * after - before * before;
    }

    /// The mean recall; 1 over no queries.
    pub(super) fn mean(&self) -> f64 {
        let num = self.num_queries;
        if num == 0.0 { 1.0 } else { (self.sum / num).min(1.0) }
    }

    /// What the mean over other queries of this kind is not below, as sure as so many standard errors make it.
    pub(super) fn lower_bound(&self, deviations: f64) -> f64 {
        let num = self.num_queries + 1.0;
        let mean = (self.sum + self.imagined) / num;
        let squares = self.squares + self.imagined * self.imagined;
        let variance = (squares - num * mean * mean).max(0.0) / (num - 1.0).max(1.0);
        mean - deviations * (variance / num).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(num_queries: usize, k: usize, num_found: usize) -> (f64, f64) {
        let mut recalls = Recalls::new(std::iter::repeat_n(k, num_queries), k);
        for query in 0..num_queries {
            (0..num_found).for_each(|_| recalls.find(query));
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
    fn about_nineteen_of_twenty_bounds_hold() {
        // Recalls of 20 queries drawn from a population whose mean is 0.9: how often is the bound above it?
        let mut generator = pleiad_vectors::Seed(5).generator();
        let mut num_wrong = 0;
        for _ in 0..2000 {
            let mut recalls = Recalls::new(std::iter::repeat_n(10, 60), 10);
            for query in 0..60 {
                // A fifth of the queries find half, the others all.
                let num_found = if generator.below(5) == 0 { 5 } else { 10 };
                (0..num_found).for_each(|_| recalls.find(query));
            }
            num_wrong += u32::from(recalls.lower_bound(CONFIDENCE) > 0.9);
        }
        assert!((50..150).contains(&num_wrong), "{num_wrong} of 2000");
    }
}
