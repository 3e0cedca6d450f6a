use std::ops::AddAssign;

/// What a search did, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Rows scored.
    pub num_scored: u64,
    /// Postings read for them.
    pub num_postings: u64,
    /// Bytes of codes read for them.
    pub read_bytes: u64,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.num_scored += other.num_scored;
        self.num_postings += other.num_postings;
        self.read_bytes += other.read_bytes;
    }
}
