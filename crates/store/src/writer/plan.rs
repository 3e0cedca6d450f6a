//! The choice of parts that become one segment: pure arithmetic on sizes.

use crate::view::{PartId, View};

/// This many units of a tier become one of the next.
const FAN_IN: u64 = 4;
/// Units up to this size share the lowest tier.
const TIER_BYTES: u64 = 1 << 20;
/// A segment is rewritten once more than this share of its rows is deleted, in percent.
const MAX_DELETED_PERCENT: u64 = 30;

/// A unit that is merged as a whole: a segment, or all batches of the log together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unit {
    /// Positions in the view.
    pub(super) parts: Vec<usize>,
    pub(super) bytes: u64,
    pub(super) num_rows: u64,
    pub(super) num_deleted: u64,
    /// True if it must become a segment, since its log is about to go.
    pub(super) is_log: bool,
}

/// The segments of a view, then its log if that has rows.
pub(super) fn units(view: &View) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut log = Unit { is_log: true, ..Unit::default() };
    for (at, part) in view.parts().iter().enumerate() {
        let mut own = Unit::default();
        let is_log = matches!(part.part_id(), PartId::Batch(_));
        let unit = if is_log { &mut log } else { &mut own };
        unit.parts.push(at);
        unit.bytes += part.file_bytes();
        unit.num_rows += u64::from(part.num_rows());
        unit.num_deleted += part.deleted().len();
        if !is_log {
            units.push(own);
        }
    }
    units.extend((!log.parts.is_empty()).then_some(log));
    units
}

impl Unit {
    fn num_live(&self) -> u64 {
        self.num_rows - self.num_deleted
    }

    /// Tiers grow by [`FAN_IN`] in the bytes that a merge would keep, so that a document is rewritten once per
    /// tier and a tier never has more than `FAN_IN - 1` segments for long.
    fn tier(&self) -> u32 {
        let live_bytes =
            u128::from(self.bytes) * u128::from(self.num_live()) / u128::from(self.num_rows.max(1));
        (live_bytes as u64 / TIER_BYTES).max(1).ilog(FAN_IN)
    }

    fn is_mostly_wasted(&self) -> bool {
        self.num_deleted * 100 > self.num_rows * MAX_DELETED_PERCENT
    }
}

/// The log, if it has rows, as the one group that becomes a segment.
pub(super) fn log(units: &[Unit]) -> Vec<Vec<usize>> {
    units.iter().filter(|unit| unit.is_log).map(|unit| unit.parts.clone()).collect()
}

/// Groups of positions, each of which becomes one segment of at most `max_rows` rows: tiers that are full, and segments
/// with many deleted rows.
pub(super) fn due(units: &[Unit], max_rows: u64) -> Vec<Vec<usize>> {
    let mut tiers: Vec<(u32, Vec<&Unit>)> = Vec::new();
    for unit in units {
        match tiers.iter_mut().find(|(tier, _)| *tier == unit.tier()) {
            Some((_, members)) => members.push(unit),
            None => tiers.push((unit.tier(), vec![unit])),
        }
    }
    let mut groups = Vec::new();
    for (_, members) in tiers {
        let grouped = match members.len() as u64 >= FAN_IN {
            true => within(members, max_rows),
            false => members.into_iter().map(|unit| vec![unit]).collect(),
        };
        let pays = |group: &Vec<&Unit>| group.len() > 1 || group.iter().any(|unit| unit.is_mostly_wasted());
        groups.extend(grouped.iter().filter(|group| pays(group)).map(parts));
    }
    groups
}

/// One group of everything, in as few segments of at most `max_rows` rows as neighbors make; what is a clean segment
/// already and finds no neighbor stays.
pub(super) fn all(units: &[Unit], max_rows: u64) -> Vec<Vec<usize>> {
    let changes =
        |group: &Vec<&Unit>| group.len() > 1 || group.iter().any(|unit| unit.is_log || unit.num_deleted > 0);
    within(units.iter().collect(), max_rows).iter().filter(|group| changes(group)).map(parts).collect()
}

fn parts(group: &Vec<&Unit>) -> Vec<usize> {
    group.iter().flat_map(|unit| &unit.parts).copied().collect()
}

/// Units that follow each other, in groups whose rows are within the limit; one that is above it stands alone. Rows are
/// counted in 32 bits, whatever the limit.
fn within(units: Vec<&Unit>, max_rows: u64) -> Vec<Vec<&Unit>> {
    let max_rows = max_rows.min(u64::from(u32::MAX));
    let mut groups: Vec<Vec<&Unit>> = Vec::new();
    let mut num_live = u64::MAX;
    for unit in units {
        num_live = num_live.saturating_add(unit.num_live());
        match groups.last_mut() {
            Some(group) if num_live <= max_rows => group.push(unit),
            _ => {
                groups.push(vec![unit]);
                num_live = unit.num_live();
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: u64 = u64::MAX;

    fn unit(at: usize, bytes: u64, num_rows: u64, num_deleted: u64) -> Unit {
        Unit { parts: vec![at], bytes, num_rows, num_deleted, is_log: false }
    }

    fn log(at: usize) -> Unit {
        Unit { is_log: true, ..unit(at, 1000, 10, 0) }
    }

    #[test]
    fn the_log_becomes_a_segment_of_its_own() {
        assert_eq!(super::log(&[unit(0, 1000, 10, 0), log(1)]), [[1]]);
        assert!(super::log(&[unit(0, 1000, 10, 0)]).is_empty());
        assert!(due(&[], MOST).is_empty() && all(&[], MOST).is_empty());
    }

    #[test]
    fn a_full_tier_is_merged_and_others_stay() {
        let small: Vec<Unit> =
            (0..4).map(|at| unit(at, 2000, 10, 0)).chain([unit(4, 1 << 30, 10, 0)]).collect();
        assert_eq!(due(&small, MOST), [[0, 1, 2, 3]]);
        assert!(due(&small[1..], MOST).is_empty());
    }

    #[test]
    fn segments_with_many_deleted_rows_are_rewritten() {
        assert!(due(&[unit(0, 1 << 30, 10, 3)], MOST).is_empty());
        assert_eq!(due(&[unit(0, 1 << 30, 10, 4)], MOST), [[0]]);
        assert_eq!(due(&[unit(0, 1 << 30, 10, 10)], MOST), [[0]]);
    }

    #[test]
    fn all_makes_one_clean_segment() {
        assert!(all(&[unit(0, 9, 10, 0)], MOST).is_empty());
        assert_eq!(all(&[unit(0, 9, 10, 1)], MOST), [[0]]);
        assert_eq!(all(&[unit(0, 9, 10, 0), log(1)], MOST), [[0, 1]]);
        let rows = u64::from(u32::MAX) / 2 + 1;
        assert_eq!(
            all(&[unit(0, 9, rows, 0), unit(1, 9, rows, 0), unit(2, 9, rows, rows)], MOST),
            [[1, 2]],
            "the first is clean already"
        );
    }

    #[test]
    fn no_more_rows_become_one_segment_than_are_allowed() {
        let four: Vec<Unit> = (0..4).map(|at| unit(at, 1000, 10, 0)).collect();
        assert_eq!(due(&four, 40), [[0, 1, 2, 3]]);
        assert_eq!(due(&four, 39), [vec![0, 1, 2]]);
        assert_eq!(due(&four, 20), [[0, 1], [2, 3]]);
        assert!(due(&four, 19).is_empty() && all(&four, 19).is_empty(), "nothing would be gained");
        let wasted = [unit(0, 1000, 100, 60), unit(1, 1000, 100, 0)];
        assert_eq!((due(&wasted, 19), all(&wasted, 19)), (vec![vec![0]], vec![vec![0]]));
    }

    proptest! {
        #[test]
        fn merging_comes_to_rest(
            sizes in prop::collection::vec((1u64..1 << 34, 1u64..1000, 0u64..1000), 0..40),
            max_rows in prop_oneof![Just(MOST), 1u64..5000],
        ) {
            let mut units: Vec<Unit> =
                sizes.iter().map(|&(bytes, rows, dead)| unit(0, bytes, rows, dead.min(rows))).collect();
            let mut rounds = 0;
            loop {
                units.retain(|unit| unit.num_live() > 0);
                units.iter_mut().enumerate().for_each(|(at, unit)| unit.parts = vec![at]);
                let groups = due(&units, max_rows);
                if groups.is_empty() {
                    break;
                }
                rounds += 1;
                prop_assert!(rounds < 64);
                let mut seen: Vec<usize> = groups.concat();
                seen.sort_unstable();
                prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "a part is in two groups");
                let merged = groups.iter().map(|group| {
                    let bytes = group.iter().map(|&at| units[at].bytes * units[at].num_live() / units[at].num_rows);
                    unit(0, bytes.sum(), group.iter().map(|&at| units[at].num_live()).sum(), 0)
                });
                let merged: Vec<Unit> = merged.collect();
                let kept = units.iter().enumerate().filter(|(at, _)| !seen.contains(at)).map(|(_, unit)| unit.clone());
                units = kept.chain(merged).collect();
            }
        }
    }
}
