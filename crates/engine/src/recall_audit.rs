//! Audit of live searches against the promised recall: the cheap way to notice that queries or documents are
//! no longer like those of the calibration.

use crate::answer::{Answer, Hit};
use pleiad_vectors::{DocId, Score};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counters of one open collection.
#[derive(Default)]
pub(crate) struct Audit {
    num_searches: AtomicU64,
    /// Searches without a filter, and with one.
    tallies: Mutex<[Tally; 2]>,
    /// Set once filtered searches have drifted.
    has_filtered_drifted: AtomicBool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    num_audited: u64,
    found: f64,
    num_promised: u64,
    /// Sum, and sum of squares, of found less promised recall.
    excess: f64,
    squared_excess: f64,
}

/// Recall of the audited searches of one open collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecallAudit {
    /// Searches that were also run exactly.
    pub num_audited: u64,
    /// Mean share of the exact top `k` that they found; 1 when none was audited.
    pub recall: f64,
    /// True where they found less than the calibration promised: with 95 % confidence by more than
    /// one hundredth, over at least 20 of them. A writer of this collection then calibrates again: when it has merged
    /// segments next, or is closed.
    pub has_drifted: bool,
}

/// Audited searches that a finding takes.
pub(crate) const MIN_AUDITED: u64 = 20;

/// Recall that may be missing before it is called a drift.
const TOLERANCE: f64 = 0.01;

impl Audit {
    /// Returns whether this search is to be audited.
    pub(crate) fn is_due(&self, every: Option<u32>) -> bool {
        let Some(every) = every.filter(|&every| every > 0) else { return false };
        let before = self.num_searches.fetch_add(1, Ordering::Relaxed);
        (before + 1).is_multiple_of(u64::from(every))
    }

    /// Notes what one search found of the exact answer.
    pub(crate) fn compare(&self, answer: &Answer, exact: &Answer) {
        let found = recall(&answer.hits, &exact.ranking());
        let mut tallies = self.tallies();
        let tally = &mut tallies[usize::from(answer.plan.num_matched.is_some())];
        tally.num_audited += 1;
        tally.found += found;
        if let Some(promised) = answer.plan.promised_recall() {
            let excess = found - promised;
            tally.num_promised += 1;
            tally.excess += excess;
            tally.squared_excess += excess * excess;
        }
        if tallies[1].has_drifted() {
            self.has_filtered_drifted.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the recall of searches without a filter noted so far.
    pub(crate) fn summary(&self) -> RecallAudit {
        self.tallies()[0].summary()
    }

    /// Returns the recall of searches under a filter noted so far.
    pub(crate) fn filtered_summary(&self) -> RecallAudit {
        RecallAudit { has_drifted: self.has_filtered_drifted(), ..self.tallies()[1].summary() }
    }

    /// Returns whether filtered searches found less than promised since the last calibration. Cost: near nothing.
    pub(crate) fn has_filtered_drifted(&self) -> bool {
        self.has_filtered_drifted.load(Ordering::Relaxed)
    }

    fn tallies(&self) -> MutexGuard<'_, [Tally; 2]> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew, after a calibration.
    pub(crate) fn forget(&self) {
        let mut tallies = self.tallies();
        *tallies = Default::default();
        self.has_filtered_drifted.store(false, Ordering::Relaxed);
    }
}

impl Tally {
    fn summary(&self) -> RecallAudit {
        let recall = if self.num_audited == 0 { 1.0 } else { self.found / self.num_audited as f64 };
        RecallAudit { num_audited: self.num_audited, recall, has_drifted: self.has_drifted() }
    }

    fn has_drifted(&self) -> bool {
        if self.num_promised < MIN_AUDITED {
            return false;
        }
        let num = self.num_promised as f64;
        let mean = self.excess / num;
        let variance = (self.squared_excess / num - mean * mean).max(0.0);
        mean + crate::calibrate::CONFIDENCE * (variance / num).sqrt() < -TOLERANCE
    }
}

/// Share of the exact hits among those found; equal scores count as equal hits.
pub(crate) fn recall(hits: &[Hit], exact: &[(DocId, Score)]) -> f64 {
    let Some((_, last)) = exact.last() else { return 1.0 };
    let ids: HashSet<_> = exact.iter().map(|(id, _)| *id).collect();
    let is_hit = |hit: &&Hit| ids.contains(&hit.id) || hit.score >= *last;
    hits.iter().filter(is_hit).count().min(ids.len()) as f64 / ids.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_search_is_due() {
        let probe = Audit::default();
        let due: Vec<bool> = (0..7).map(|_| probe.is_due(Some(3))).collect();
        assert_eq!(due, [false, false, true, false, false, true, false]);
        assert!(!probe.is_due(None) && !probe.is_due(Some(0)));
    }

    #[test]
    fn a_drift_takes_enough_searches_and_a_clear_loss() {
        let tally = |num_promised: u64, excess: f64| Tally {
            num_promised,
            excess: excess * num_promised as f64,
            squared_excess: excess * excess * num_promised as f64,
            ..Tally::default()
        };
        assert!(!tally(MIN_AUDITED - 1, -0.5).has_drifted());
        assert!(tally(MIN_AUDITED, -0.05).has_drifted());
        assert!(!tally(1000, -0.5 * TOLERANCE).has_drifted());
        assert!(!tally(1000, 0.1).has_drifted());
    }
}
