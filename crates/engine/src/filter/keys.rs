use crate::error::{Error, Result};
use crate::tenants::after_tenant;
use crate::{DocKey, Snapshot};
use pleiad_filter::{Predicate, Record};
use std::collections::BinaryHeap;

/// A condition of a filter, and whether it holds for a document.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionOutcome {
    /// The condition.
    pub condition: Predicate,
    /// True where it holds.
    pub holds: bool,
}

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

    /// The outcome for one document of each condition that a filter asks for together: the filter holds where all of them
    /// do. Nothing when there is no document of that key.
    ///
    /// # Errors
    /// As [`Snapshot::get_fields`]; `InvalidArgument` for a predicate that does not pass its check.
    pub fn outcomes(&self, key: &str, filter: &Predicate) -> Result<Option<Vec<ConditionOutcome>>> {
        filter.check()?;
        let Some(fields) = self.get_fields(key)? else { return Ok(None) };
        let record = Record { key, text: fields.text.as_deref(), attributes: &fields.attributes };
        let conditions = match filter {
            Predicate::And(members) => members,
            one => std::slice::from_ref(one),
        };
        let outcome =
            |one: &Predicate| ConditionOutcome { condition: one.clone(), holds: one.matches(&record) };
        Ok(Some(conditions.iter().map(outcome).collect()))
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
            snapshot.check_cancelled()?;
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
