use super::times::{SearchStats, Times};
use pleiad::Info;
use std::fmt::{self, Display, Formatter};

/// Searches whose own time is told one by one.
const NUM_WORST: usize = 5;

/// Memory of the second half may exceed that of the first by a quarter and this, which allocators and buffers need.
const SLACK_KIB: u64 = 8 << 10;

/// Times of searches, and of the control that goes in turns with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    wall: Times,
    own: Times,
    /// Searches among these during which segments were merged at some time, and the others.
    own_beside_merge: Times,
    own_alone: Times,
    cpu: Times,
    control_wall: Times,
    control_own: Times,
    /// The searches with the most time of their own, and whether segments were merged meanwhile.
    worst: Vec<(SearchStats, bool)>,
}

impl Seen {
    pub(super) fn search(&mut self, spent: SearchStats, beside_merge: bool) {
        self.wall.add(spent.wall_us);
        self.own.add(spent.own_us());
        if beside_merge { &mut self.own_beside_merge } else { &mut self.own_alone }.add(spent.own_us());
        self.cpu.add(spent.cpu_us);
        self.keep((spent, beside_merge));
    }

    pub(super) fn control(&mut self, spent: SearchStats) {
        self.control_wall.add(spent.wall_us);
        self.control_own.add(spent.own_us());
    }

    fn keep(&mut self, search: (SearchStats, bool)) {
        self.worst.push(search);
        self.worst.sort_by(|(a, _), (b, _)| b.own_us().total_cmp(&a.own_us()));
        self.worst.truncate(NUM_WORST);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.wall += &other.wall;
        self.own += &other.own;
        self.own_beside_merge += &other.own_beside_merge;
        self.own_alone += &other.own_alone;
        self.cpu += &other.cpu;
        self.control_wall += &other.control_wall;
        self.control_own += &other.control_own;
        other.worst.iter().for_each(|&search| self.keep(search));
    }
}

/// Everything that was seen in a whole run.
pub(super) struct Report {
    pub(super) num_batches: u64,
    pub(super) num_changes: u64,
    pub(super) seen: Seen,
    /// KiB, in the order of time.
    pub(super) memory: Vec<u64>,
    pub(super) info: Info,
}

impl Report {
    /// Most memory of the first and of the second half.
    fn halves_kib(&self) -> (u64, u64) {
        let most = |samples: &[u64]| samples.iter().max().copied().unwrap_or_default();
        let (early, late) = self.memory.split_at(self.memory.len() / 2);
        (most(early), most(late))
    }

    /// True if memory did not grow with time.
    pub(super) fn is_memory_flat(&self) -> bool {
        let (early_kib, late_kib) = self.halves_kib();
        late_kib <= early_kib + early_kib / 4 + SLACK_KIB
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { num_batches, num_changes, seen, info, .. } = self;
        let (early_kib, late_kib) = self.halves_kib();
        let mut counts = [
            ("batches", *num_batches),
            ("changes", *num_changes),
            ("searches, each compared", seen.wall.num()),
            ("memory in the first half, KiB", early_kib),
            ("memory in the second half, KiB", late_kib),
            ("documents at the end", info.num_documents),
            ("segments at the end", info.num_segments),
            ("bytes at the end", info.total_bytes),
        ]
        .into_iter();
        counts.try_for_each(|(name, number)| writeln!(f, "{name:<36}{number:>12}"))?;
        let columns = ["number", "median", "99 %", "99.9 %", "slowest", "above 10 medians"];
        writeln!(f, "\n{:<36}{}", "us", columns.map(|name| format!("{name:>17}")).concat())?;
        // With the times whose median says what is slow: a search beside a merge is compared with all searches.
        let rows = [
            ("search", &seen.wall, &seen.wall),
            ("  less what it waited for a core", &seen.own, &seen.own),
            ("    beside a merge", &seen.own_beside_merge, &seen.own),
            ("    without one", &seen.own_alone, &seen.own),
            ("  at work", &seen.cpu, &seen.cpu),
            ("control", &seen.control_wall, &seen.control_wall),
            ("  less what it waited for a core", &seen.control_own, &seen.control_own),
        ];
        for (name, times, all) in rows {
            let quantiles = [0.5, 0.99, 0.999].map(|share| times.quantile_us(share));
            write!(f, "{name:<36}{:>17}", times.num())?;
            quantiles.into_iter().chain([times.slowest_us()]).try_for_each(|us| write!(f, "{us:>17.0}"))?;
            writeln!(f, "{:>17}", times.num_slow(all.quantile_us(0.5)))?;
        }
        writeln!(f, "\nslowest searches by their own time, us")?;
        for (spent, beside_merge) in &seen.worst {
            let beside = if *beside_merge { "beside a merge" } else { "no merge" };
            let SearchStats { wall_us, queued_us, cpu_us } = spent;
            let blocked_us = (spent.own_us() - cpu_us).max(0.0);
            writeln!(
                f,
                "  {wall_us:.0} in all, {beside}: {queued_us:.0} without a core, {cpu_us:.0} at work, {blocked_us:.0} blocked"
            )?;
        }
        Ok(())
    }
}
