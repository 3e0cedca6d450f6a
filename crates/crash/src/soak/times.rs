use crate::Result;
use std::fs;
use std::ops::AddAssign;
use std::time::Instant;

/// Buckets of a doubling: a time is known to 2 %.
const PER_OCTAVE: f64 = 32.0;
/// Up to 2^32 us.
const NUM_BUCKETS: usize = 32 * 32;

/// Slower than the median by this factor, something counts as slow.
const SLOW: f64 = 10.0;

/// The uses of the time of one piece of work, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SearchStats {
    /// From its beginning to its end.
    pub(super) wall_us: f64,
    /// Time among these without a core although there was work: others had it.
    pub(super) queued_us: f64,
    /// Time among these at work.
    pub(super) cpu_us: f64,
}

impl SearchStats {
    /// Time that is not others' doing: work, and waiting for locks and for the disk.
    pub(super) fn own_us(&self) -> f64 {
        self.wall_us - self.queued_us
    }
}

/// Does some work and says where the time went.
pub(super) fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, SearchStats)> {
    // A thread that loses its core between two readings is counted as having waited longer than it did, never as slow.
    let (queued_before, cpu_before, started) = (queued_us()?, cpu_us(), Instant::now());
    let done = work()?;
    let wall_us = started.elapsed().as_nanos() as f64 / 1e3;
    let cpu_us = cpu_us() - cpu_before;
    let queued_us = (queued_us()? - queued_before).min(wall_us - cpu_us.min(wall_us));
    Ok((done, SearchStats { wall_us, queued_us, cpu_us }))
}

/// CPU time of this thread.
#[cfg(unix)]
fn cpu_us() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 * 1e-3
}

/// Not told by this system.
#[cfg(not(unix))]
fn cpu_us() -> f64 {
    0.0
}

/// Time for which this thread has been ready to run without a core: the second number, in nanoseconds.
fn queued_us() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let queued_ns: u64 = text.split_whitespace().nth(1).ok_or("no times in /proc")?.parse()?;
    Ok(queued_ns as f64 / 1e3)
}

/// A histogram of durations. Takes the same memory however many there are.
#[derive(Debug, Clone)]
pub(super) struct Times {
    buckets: Vec<u64>,
    slowest_us: f64,
}

impl Default for Times {
    fn default() -> Self {
        Self { buckets: vec![0; NUM_BUCKETS], slowest_us: 0.0 }
    }
}

impl Times {
    pub(super) fn add(&mut self, us: f64) {
        let bucket = (us.max(1.0).log2() * PER_OCTAVE) as usize;
        self.buckets[bucket.min(NUM_BUCKETS - 1)] += 1;
        self.slowest_us = self.slowest_us.max(us);
    }

    pub(super) fn num(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub(super) fn slowest_us(&self) -> f64 {
        self.slowest_us
    }

    /// The time that this share of all does not exceed.
    pub(super) fn quantile_us(&self, share: f64) -> f64 {
        let wanted = (self.num() as f64 * share) as u64;
        let mut seen = 0;
        let bucket = self.buckets.iter().position(|num| {
            seen += num;
            seen > wanted
        });
        bucket.map_or(self.slowest_us, |bucket| (bucket as f64 / PER_OCTAVE).exp2())
    }

    /// Times above ten of these medians.
    pub(super) fn num_slow(&self, median_us: f64) -> u64 {
        let limit_us = SLOW * median_us;
        let first = (limit_us.max(1.0).log2() * PER_OCTAVE) as usize + 1;
        self.buckets.iter().skip(first).sum()
    }
}

impl AddAssign<&Self> for Times {
    fn add_assign(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(own, other)| *own += other);
        self.slowest_us = self.slowest_us.max(other.slowest_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_slow_ones_are_counted() {
        let mut times = Times::default();
        (0..99).for_each(|_| times.add(100.0));
        times.add(5000.0);
        let num_slow = |times: &Times| times.num_slow(times.quantile_us(0.5));
        assert_eq!((times.num(), num_slow(&times), times.slowest_us()), (100, 1, 5000.0));
        assert_eq!((times.num_slow(9.0), times.num_slow(501.0)), (100, 0));
        for (share, us) in [(0.5, 100.0), (0.995, 5000.0)] {
            assert!((times.quantile_us(share) / us - 1.0).abs() < 0.03, "{}", times.quantile_us(share));
        }
        let mut both = Times::default();
        both += &times;
        both += &times;
        assert_eq!((both.num(), num_slow(&both)), (200, 2));
    }

    #[test]
    fn sleep_is_own_time_and_no_work() {
        let pause = std::time::Duration::from_millis(20);
        let sleep = || {
            std::thread::sleep(pause);
            Ok(())
        };
        let ((), spent) = timed(sleep).unwrap();
        assert!(spent.wall_us >= 20_000.0 && spent.cpu_us < spent.wall_us, "{spent:?}");
        assert!(spent.own_us() <= spent.wall_us && spent.queued_us >= 0.0, "{spent:?}");
    }
}
