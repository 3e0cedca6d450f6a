use crate::error::{Error, Result};
use crate::tenants::after_tenant;
use crate::{DocKey, Snapshot};
use pleiad_filter::Predicate;
use std::collections::BinaryHeap;

impl Snapshot {
    /// The keys of documents for which a predicate holds, ascending: at most `limit`, behind `after` where one is given, so
    /// that the last key of a page asks for the next one.
    ///
    /// Cost: that of [`Snapshot::count`], and a look at the key of each such document.
    ///
    /// # Errors
    /// As [`Snapshot::count`].
    pub fn keys(&self, filter: &Predicate, after: Option<&DocKey>, limit: usize) -> Result<Vec<DocKey>> {
        keys(self, filter, after, limit)
    }
}

fn keys(
    snapshot: &Snapshot,
    filter: &Predicate,
    after: Option<&DocKey>,
    limit: usize,
) -> Result<Vec<DocKey>> {
    let matched = snapshot.matched(filter)?;
    // The least keys so far, the greatest of them on top.
    let mut least: BinaryHeap<&str> = BinaryHeap::new();
    for (part, rows) in snapshot.view.parts().iter().zip(&matched.parts) {
        for row in rows.iter().filter(|&row| !part.is_deleted(row)) {
            let key = after_tenant(part.key(row)?);
            if after.is_some_and(|after| key <= after.as_str()) {
                continue;
            }
            if least.len() < limit {
                least.push(key);
            } else if let Some(mut greatest) = least.peek_mut()
                && key < *greatest
            {
                *greatest = key;
            }
        }
    }
    let keys = least.into_sorted_vec().into_iter();
    keys.map(|key| DocKey::new(key).map_err(|error| Error::corrupt(error.to_string()).caused_by(error)))
        .collect()
}
