use super::confidence::Margin;
use super::ranks::{Entry, Measured};
use super::sweep::Hits;
use crate::PlanSource;
use crate::calibration::{DEPTHS, Level, RECALLS};

/// Proves recalls of few hits by the plans of more hits, where the few prove too little by themselves.
///
/// One hit for each of a hundred queries says ten times less than ten hits: whether the first one was found is all or
/// nothing, and a hundred queries that all found it promise .97. What finds ten hits finds the first of them more often
/// than the last, so that its promise is theirs too, unless the queries measured say otherwise: the plan of a larger depth is
/// taken where the mean over the best `k` reaches the mean that this depth had to reach.
pub(super) fn prove(levels: &mut Vec<Level>, measured: &Measured, margin: Margin) {
    for at in (0..DEPTHS.len() - 1).rev() {
        let k = DEPTHS[at];
        for recall in RECALLS {
            let is_own = |level: &Level| level.k == k && level.recall == recall;
            if levels.iter().any(|level| is_own(level) && !level.is_exact()) {
                continue;
            }
            let deeper = proven_deeper(levels, (at, recall), measured, margin);
            if deeper.is_empty() {
                continue;
            }
            let place = levels.iter().position(is_own).unwrap_or(levels.len());
            levels.retain(|level| !is_own(level));
            levels.splice(place..place, deeper);
        }
    }
}

/// The levels of the next larger number of hits that prove a recall for fewer of them, the cheapest first.
fn proven_deeper(
    levels: &[Level],
    (at, recall): (usize, f64),
    measured: &Measured,
    margin: Margin,
) -> Vec<Level> {
    let (k, depth) = (DEPTHS[at], DEPTHS[at + 1]);
    let of = |recall: f64| levels.iter().filter(move |level| level.k == depth && level.recall == recall);
    let Some(wanted) = of(recall).find(|level| !level.is_exact()).map(|level| level.expected) else {
        return Vec::new();
    };
    let prove = |level: &Level| {
        let expected = recall_of(measured, k, level, margin);
        (!level.is_exact() && expected >= wanted).then(|| Level { k, recall, expected, ..level.clone() })
    };
    let better = RECALLS.into_iter().filter(|&better| better >= recall);
    better
        .map(|better| of(better).filter_map(prove).collect())
        .find(|found: &Vec<_>| !found.is_empty())
        .unwrap_or_default()
}

/// The mean share of the best `k` that a plan's budgets found of the queries measured, before the margin.
fn recall_of(measured: &Measured, k: usize, level: &Level, margin: Margin) -> f64 {
    let before_margin = |source: PlanSource, budget: usize| budget as f64 / margin.of(source);
    let beyond = before_margin(PlanSource::CodeScan, level.num_reranked.saturating_sub(level.k));
    let num_candidates: usize = level.sources.iter().filter_map(|source| source.budget()).sum();
    // Where all candidates are scored exactly, the rank on codes decides nothing.
    let is_short = num_candidates == 0 || level.num_reranked < num_candidates;
    let limit = if is_short { level.k as f64 + beyond } else { f64::INFINITY };
    let is_named = |entry: &Entry, source: &PlanSource| {
        let Some(budget) = source.budget() else { return true };
        let known = measured.sources.iter().position(|known| known.is_like(*source));
        known.is_some_and(|at| f64::from(entry.ranks[at]) < before_margin(*source, budget))
    };
    let is_found = |entry: &Entry| {
        f64::from(entry.rescore) < limit && level.sources.iter().any(|source| is_named(entry, source))
    };
    Hits::new(&measured.answers, measured.sources.len(), k).found_by(is_found).mean()
}

#[cfg(test)]
mod tests {
    use super::super::budgets::levels;
    use super::super::cost::Cost;
    use super::super::ranks::MAX_SOURCES;
    use super::*;
    use crate::sources::UNRANKED;
    use pleiad_index::Stats;

    /// Hits of so many queries that lie at these ranks of a scan.
    fn measured(num_queries: usize, ranks: &[u32]) -> Measured {
        let entry = |(rescore, &rank): (usize, &u32)| {
            let mut ranks = [UNRANKED; MAX_SOURCES];
            ranks[0] = rank;
            Entry { ranks, rescore: rescore as u32, weight: 1 }
        };
        let entries: Vec<Entry> = ranks.iter().enumerate().map(entry).collect();
        Measured {
            sources: vec![PlanSource::FdeScan { num_candidates: 0, coarse_factor: None }],
            work: vec![Stats::default()],
            answers: vec![entries; num_queries],
            num_scored: 5000,
        }
    }

    fn all_levels(measured: &Measured) -> Vec<Level> {
        let cost = Cost::plain(5000);
        let of = |k| levels(measured, k, &cost, Margin::None);
        DEPTHS.into_iter().filter(|&k| k <= 10).flat_map(of).collect()
    }

    fn of(levels: &[Level], k: usize, recall: f64) -> &Level {
        levels.iter().find(|level| level.k == k && level.recall == recall).unwrap()
    }

    #[test]
    fn one_hit_is_proven_by_the_plan_of_more() {
        let measured = measured(100, &[3, 9, 2, 40, 7, 70, 11, 90, 5, 60]);
        let mut levels = all_levels(&measured);
        assert!(of(&levels, 1, 0.98).is_exact() && !of(&levels, 10, 0.98).is_exact(), "{levels:?}");
        prove(&mut levels, &measured, Margin::None);
        // Three hits of a hundred queries prove it, and so the first of them.
        let (few, many) = (of(&levels, 1, 0.98), of(&levels, 3, 0.98));
        assert_eq!((&few.sources, few.num_reranked), (&many.sources, many.num_reranked));
        assert_eq!(few.expected, 1.0);
        // What one hit proves by itself stays.
        assert!(of(&levels, 1, 0.9).sources[0].budget() < of(&levels, 10, 0.9).sources[0].budget());
        assert!(
            DEPTHS[..3].iter().all(|&k| levels.iter().filter(|level| level.k == k).count() == RECALLS.len())
        );
    }

    #[test]
    fn a_first_hit_that_is_missed_proves_nothing() {
        // The best document is the last of all that are scanned.
        let measured = measured(100, &[4999, 9, 2, 40, 7, 70, 11, 90, 5, 60]);
        let mut levels = all_levels(&measured);
        assert!(!of(&levels, 10, 0.85).is_exact(), "nine of ten are found");
        prove(&mut levels, &measured, Margin::None);
        assert!(of(&levels, 1, 0.85).sources[0].budget().is_none_or(|budget| budget > 4999), "{levels:?}");
    }
}
