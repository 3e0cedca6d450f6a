//! The depth rule, measured: how much deeper sources have to look where a filter leaves out the best documents.
//!
//! A filter that has nothing to do with the query makes a search easier. One that cuts a hole around the query leaves a best
//! match of a low exact rank, which sources rank lower still. The ranks of exact answers that are known anyway tell what
//! that takes: the best 10 to 190 are left out, and the budgets of a level grow until they find the next hits with the
//! recall that the level promises.

use super::confidence::{Margin, Recalls, deviations};
use super::cost::Cost;
use super::ranks::{Entry, MAX_SOURCES, Measured};
use crate::PlanSource;
use crate::calibration::{FilterDepth, Level, UnderFilter};
use crate::sources::UNRANKED;

/// Numbers of best documents that are left out.
const LEFT_OUT: [u32; 6] = [10, 20, 30, 50, 90, 190];

/// Holes that a level has to be measured with, at least: where deeper ones cannot be filled, it serves those alone.
const MIN_HOLES: usize = 5;

/// Factors of the documents scored exactly, the first of which that suffices is taken.
const RERANKED_FACTORS: [f64; 5] = [1.0, 1.5, 2.0, 3.0, 4.0];

/// Share of what a promise may miss that may be due to ranks on codes.
const MISSED_ON_CODES: f64 = 0.25;

/// Factors of budgets are multiples of this.
const STEP: f64 = 0.25;

/// Gives levels what searches under a filter need of them. Nothing where sources give all documents, or no budgets suffice:
/// then every document that matches has to be scored.
pub(super) fn measure(levels: &mut [Level], measured: &Measured, margin: Margin, cost: &Cost) {
    if !cost.has_rescoring() {
        return;
    }
    for level in
        levels.iter_mut().filter(|level| level.sources.iter().all(|source| source.budget().is_some()))
    {
        level.under_filter = needs_of(level, measured, margin, cost);
    }
}

fn needs_of(level: &Level, measured: &Measured, margin: Margin, cost: &Cost) -> Option<UnderFilter> {
    let holes: Vec<Hole<'_>> =
        LEFT_OUT.into_iter().map_while(|left_out| Hole::new(measured, level.k, left_out)).collect();
    let sources = budgets_before_margin(level, measured, margin)?;
    let before_margin = level.num_reranked.saturating_sub(level.k) as f64 / margin.of(PlanSource::CodeScan);
    let limit = |factor: f64| (level.k as f64 + before_margin) * factor;
    let needs = |holes: &[Hole<'_>]| {
        let reranked_factor = reranked_factor(level.recall, holes, limit)?;
        let (mut depths, mut factor) = (Vec::new(), 1.0f64);
        for (hole, left_out) in holes.iter().zip(LEFT_OUT) {
            let needed = hole.factor(&sources, limit(reranked_factor), level.recall)?;
            factor = factor.max((needed / STEP).ceil() * STEP);
            depths.push(FilterDepth { left_out, factor });
        }
        Some(UnderFilter { reranked_factor, depths, fixed_ns: cost.before_candidates(&level.sources) })
    };
    let least = holes.get(..MIN_HOLES)?;
    needs(&holes).or_else(|| needs(least))
}

/// The least factor of the documents scored exactly with which ranks on codes cost no more than their share of a promise.
fn reranked_factor(recall: f64, holes: &[Hole<'_>], limit: impl Fn(f64) -> f64) -> Option<f64> {
    let least = 1.0 - (1.0 - recall) * MISSED_ON_CODES;
    RERANKED_FACTORS
        .into_iter()
        .find(|&factor| holes.iter().all(|hole| hole.recall_on_codes(limit(factor)) >= least))
}

/// The sources of a level by their place among those measured, with the budgets that the queries measured needed.
fn budgets_before_margin(level: &Level, measured: &Measured, margin: Margin) -> Option<Vec<(usize, f64)>> {
    let of = |source: &PlanSource| {
        let at = measured.sources.iter().position(|known| known.is_like(*source))?;
        Some((at, source.budget()? as f64 / margin.of(*source)))
    };
    level.sources.iter().map(of).collect()
}

/// The hits of all queries after the best ones were left out.
struct Hole<'a> {
    k: usize,
    /// Documents that the hits of each query stand for.
    weights: Vec<u32>,
    /// With the query that each is one of, and its rank on codes among those that are not left out.
    hits: Vec<(usize, &'a Entry, u32)>,
}

impl<'a> Hole<'a> {
    /// Nothing where answers are too short.
    fn new(measured: &'a Measured, k: usize, left_out: u32) -> Option<Self> {
        let (mut weights, mut hits) = (Vec::new(), Vec::new());
        for (query, entries) in measured.answers.iter().enumerate() {
            let (mut before, mut weight) = (0, 0);
            let mut left: Vec<&Entry> = Vec::new();
            for entry in entries {
                if before < left_out {
                    left.push(entry);
                } else if (weight as usize) < k {
                    let better = left.iter().filter(|other| other.rescore < entry.rescore);
                    let rescore =
                        entry.rescore - better.map(|other| other.weight).sum::<u32>().min(entry.rescore);
                    hits.push((query, entry, rescore));
                    weight += entry.weight;
                }
                before += entry.weight;
            }
            // Documents that no answer goes as far as.
            if (weight as usize) < k {
                return None;
            }
            weights.push(weight);
        }
        Some(Self { k, weights, hits })
    }

    fn recalls(&self) -> Recalls {
        Recalls::new(self.weights.iter().copied(), self.k)
    }

    /// The mean recall where all documents are candidates and so many are scored exactly.
    fn recall_on_codes(&self, limit: f64) -> f64 {
        let mut recalls = self.recalls();
        let found = self.hits.iter().filter(|(.., rescore)| f64::from(*rescore) < limit);
        found.for_each(|(query, entry, _)| recalls.find(*query, entry.weight));
        recalls.mean()
    }

    /// The factor of the budgets with which a recall is reached for certain.
    fn factor(&self, sources: &[(usize, f64)], limit: f64, recall: f64) -> Option<f64> {
        let needed = |&(query, entry, rescore): &(usize, &Entry, u32)| {
            let of = |&(source, budget): &(usize, f64)| match entry.ranks[source] {
                UNRANKED => f64::INFINITY,
                rank => (f64::from(rank) + 1.0) / budget,
            };
            let needed = sources.iter().map(of).fold(f64::INFINITY, f64::min);
            (needed.is_finite() && f64::from(rescore) < limit).then_some((needed, query, entry.weight))
        };
        let mut hits: Vec<(f64, usize, u32)> = self.hits.iter().filter_map(needed).collect();
        hits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut recalls = self.recalls();
        let deviations = deviations(MAX_SOURCES, sources.len() > 1);
        for (at, &(needed, query, weight)) in hits.iter().enumerate() {
            recalls.find(query, weight);
            let is_last = hits.get(at + 1).is_none_or(|next| next.0 > needed);
            if is_last && recalls.lower_bound(deviations) >= recall {
                return Some(needed);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_index::Stats;

    /// A hundred queries whose exact answers lie at these ranks of a scan and of scores on codes.
    fn measured(num_hits: u32, rank: impl Fn(u32) -> (u32, u32)) -> Measured {
        let entry = |at: u32| {
            let (scan, rescore) = rank(at);
            let mut ranks = [UNRANKED; MAX_SOURCES];
            ranks[0] = scan;
            Entry { ranks, rescore, weight: 1 }
        };
        let sources = vec![PlanSource::FdeScan { num_candidates: 0, coarse_factor: None }];
        let answers = vec![(0..num_hits).map(entry).collect(); 100];
        Measured { work: vec![Stats::default(); sources.len()], sources, answers, num_scored: 5000 }
    }

    fn needs(measured: &Measured, margin: Margin) -> Option<UnderFilter> {
        let sources = vec![PlanSource::FdeScan { num_candidates: 20, coarse_factor: None }];
        let (expected, interval, under_filter) = (0.95, None, None);
        let mut levels =
            [Level { k: 10, recall: 0.9, expected, interval, sources, num_reranked: 10, under_filter }];
        super::measure(&mut levels, measured, margin, &Cost::plain(5000));
        let [level] = levels;
        level.under_filter
    }

    fn factors(needs: &UnderFilter) -> Vec<(u32, f64)> {
        needs.depths.iter().map(|depth| (depth.left_out, depth.factor)).collect()
    }

    #[test]
    fn budgets_grow_until_the_next_hits_are_found() {
        // The last hit behind a hole of 10 stands at rank 38: 39 candidates, which are 1.95 times 20.
        let found = needs(&measured(200, |at| (2 * at, at)), Margin::None).unwrap();
        assert_eq!(factors(&found), [(10, 2.0), (20, 3.0), (30, 4.0), (50, 6.0), (90, 10.0), (190, 20.0)]);
        // Those left out leave the ranks on codes of the others as they were.
        assert_eq!(found.reranked_factor, 1.0);
        assert_eq!(found.fixed_ns, 150.0 * 5000.0);
        // A margin of the budgets leaves their growth as it is.
        let half = measured(200, |at| (at * 4 / 5, at));
        assert_eq!(
            factors(&needs(&half, Margin::OfMixture).unwrap()),
            [(10, 2.0), (20, 3.0), (30, 4.0), (50, 6.0), (90, 10.0), (190, 20.0)]
        );
    }

    #[test]
    fn ranks_on_codes_ask_for_more_exact_scores() {
        // The next hit on codes stands five ranks further down.
        let found =
            needs(&measured(200, |at| (at, at + if at % 10 < 5 { 5 } else { 0 })), Margin::None).unwrap();
        assert_eq!(found.reranked_factor, 1.0);
        let found =
            needs(&measured(200, |at| (at, at + if at % 10 > 5 { 5 } else { 0 })), Margin::None).unwrap();
        assert_eq!(found.reranked_factor, 1.5);
    }

    #[test]
    fn nothing_is_known_of_hits_that_no_source_names_or_no_answer_has() {
        assert_eq!(needs(&measured(99, |at| (at, at)), Margin::None), None);
        let named = |at: u32| if at < 60 { at } else { UNRANKED };
        assert_eq!(needs(&measured(200, |at| (named(at), at)), Margin::None), None);
        assert_eq!(needs(&measured(200, |at| (at, at + 1000 * u32::from(at > 20))), Margin::None), None);
    }
}
