use std::ops::Range;
use std::sync::{Arc, Weak};

/// File numbers that are given to work under way: until it ends, its files are nobody's orphans.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) numbers: Range<u64>,
}

/// The claims of a writer, those among them that have ended too.
#[derive(Debug, Default)]
pub(crate) struct Claims(Vec<Weak<Claim>>);

impl Claims {
    /// True while work is under way.
    pub(crate) fn is_any(&mut self) -> bool {
        self.0.retain(|claim| claim.strong_count() > 0);
        !self.0.is_empty()
    }

    /// Keeps numbers for work that holds the claim.
    pub(crate) fn add(&mut self, numbers: Range<u64>) -> Arc<Claim> {
        let claim = Arc::new(Claim { numbers });
        self.0.push(Arc::downgrade(&claim));
        claim
    }

    /// The claims that have not ended. While these are held, none of them ends.
    pub(crate) fn held(&self) -> Vec<Arc<Claim>> {
        self.0.iter().filter_map(Weak::upgrade).collect()
    }
}
