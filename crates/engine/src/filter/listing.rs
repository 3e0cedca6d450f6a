use crate::columns::{self, ATTRIBUTES};
use crate::error::{Error, Result};
use crate::tenants::after_tenant;
use crate::{DocKey, Snapshot};
use pleiad_filter::{Path, Predicate, Value};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The order of a listing: by the value at a path, then by key. A document that has several there stands where the first
/// of them stands; documents without one come last.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    /// The attribute.
    pub path: Path,
    /// True where the greatest come first.
    pub is_descending: bool,
}

/// The place of a document in a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedKey {
    /// The value that it stands at; nothing where it has none.
    pub value: Option<Value>,
    /// Its key.
    pub key: DocKey,
}

impl Snapshot {
    /// Documents for which a predicate holds in the order of an attribute: at most `limit`, behind the place `after` where one
    /// is given. The last of a page asks for the next one, whether or not its document is still there: no document that stays
    /// where it is comes twice or is left out.
    ///
    /// Cost: that of [`Snapshot::count`], and the attributes of each such document are read. Memory for `limit` of them.
    ///
    /// # Errors
    /// As [`Snapshot::count`].
    pub fn keys_by(
        &self,
        filter: &Predicate,
        order: &OrderBy,
        after: Option<&ListedKey>,
        limit: usize,
    ) -> Result<Vec<ListedKey>> {
        keys_by(self, filter, order, after, limit)
    }
}

/// A place, compared in the order of the listing.
struct Place<'a> {
    value: Option<Value>,
    key: &'a str,
    is_descending: bool,
}

fn keys_by(
    snapshot: &Snapshot,
    filter: &Predicate,
    order: &OrderBy,
    after: Option<&ListedKey>,
    limit: usize,
) -> Result<Vec<ListedKey>> {
    let OrderBy { path, is_descending } = order;
    let place = |value, key| Place { value, key, is_descending: *is_descending };
    let after = after.map(|after| place(after.value.clone(), after.key.as_str()));
    let matched = snapshot.matched(filter)?;
    // The first places so far, the last of them on top.
    let mut first: BinaryHeap<Place<'_>> = BinaryHeap::new();
    for (part, rows) in snapshot.view.parts().iter().zip(&matched.parts) {
        for row in rows.iter().filter(|&row| !part.is_deleted(row)) {
            snapshot.check_cancelled()?;
            let name = || format!("{}, row {row}", part.name());
            let attributes = columns::decode_attributes(part.column(ATTRIBUTES, row)?, name)?;
            let values = path.values(&attributes).into_iter();
            let value = if *is_descending { values.max() } else { values.min() };
            let found = place(value, after_tenant(part.key(row)?));
            if after.as_ref().is_some_and(|after| found <= *after) {
                continue;
            }
            if first.len() < limit {
                first.push(found);
            } else if let Some(mut last) = first.peek_mut()
                && found < *last
            {
                *last = found;
            }
        }
    }
    let listed = |Place { value, key, .. }: Place<'_>| {
        let key = DocKey::new(key).map_err(|error| Error::corrupt(error.to_string()).caused_by(error))?;
        Ok(ListedKey { value, key })
    };
    first.into_sorted_vec().into_iter().map(listed).collect()
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = match (&self.value, &other.value) {
            (Some(own), Some(others)) if self.is_descending => others.cmp(own),
            (Some(own), Some(others)) => own.cmp(others),
            (own, others) => own.is_none().cmp(&others.is_none()),
        };
        by_value.then_with(|| self.key.cmp(other.key))
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place<'_> {}
