//! Filters: the documents of a snapshot for which a predicate holds, as rows of each part.

mod cache;
mod depth;
mod evaluate;
mod keys;
mod listing;
pub(crate) mod stored;
#[cfg(test)]
mod tests;
mod unknown;
mod values;

pub(crate) use cache::{FilterCache, Found};
pub(crate) use depth::best_behind_others;
pub use keys::ConditionOutcome;
pub use listing::{ListedKey, OrderBy};
pub use unknown::UnknownAttribute;
pub use values::AttributeValues;

use crate::Snapshot;
use crate::error::{Error, ErrorKind, Result};
use pleiad_filter::{FilterError, FilterErrorKind, Predicate};
use roaring::RoaringBitmap;
use std::sync::Arc;

/// Rows of a tenant in a part that are looked at anew for each filter; in tests so few that there are tenants with more.
const FEW_ROWS: u64 = if cfg!(test) { 3 } else { 4096 };

/// Rows of each part for which a predicate holds, deleted ones among them.
pub(crate) struct Matched {
    pub(crate) parts: Vec<Arc<RoaringBitmap>>,
    /// Documents that are not deleted.
    pub(crate) num_documents: u64,
}

impl Snapshot {
    /// Counts the documents for which a predicate holds.
    ///
    /// Cost: the attributes of every document are read the first time; answers are kept for parts of the collection, up to
    /// 64 MiB of them.
    ///
    /// # Errors
    /// `InvalidArgument` when the predicate does not pass [`Predicate::check`], `Corrupt` when a document that had to be
    /// read cannot be.
    pub fn count(&self, filter: &Predicate) -> Result<u64> {
        Ok(self.matched(filter)?.num_documents)
    }

    /// The documents for which a predicate holds.
    pub(crate) fn matched(&self, filter: &Predicate) -> Result<Matched> {
        self.check_scope()?;
        filter.check()?;
        let normal = filter.normal_form();
        let printed: Arc<str> = normal.to_string().into();
        let mut matched = Matched { parts: Vec::with_capacity(self.view.parts().len()), num_documents: 0 };
        for (at, part) in (0..).zip(self.view.parts()) {
            self.check_cancelled()?;
            let all = || {
                let make = || evaluate::matching_rows(self, part, &normal);
                self.shared.filters.rows(part.part_id(), &printed, make)
            };
            let rows = match self.own_rows_of(at) {
                None => all()?,
                // Of few rows nothing is remembered: there may be many tenants.
                Some(own) if own.len() <= FEW_ROWS => evaluate::matching_among(part, &normal, own)?.into(),
                Some(own) => (&*all()? & &**own).into(),
            };
            matched.num_documents += rows.len() - rows.intersection_len(part.deleted());
            matched.parts.push(rows);
        }
        Ok(matched)
    }

    /// The same of a filter that may be absent: nothing where all documents of the collection may be hits.
    pub(crate) fn matched_by(&self, filter: Option<&Predicate>) -> Result<Option<Matched>> {
        self.check_scope()?;
        match (filter, self.scope.own_rows()) {
            (Some(filter), _) => self.matched(filter).map(Some),
            (None, Some((rows, num_documents))) => Ok(Some(Matched { parts: rows.to_vec(), num_documents })),
            (None, None) => Ok(None),
        }
    }

    /// The number of documents that pass a filter that may be absent.
    pub(crate) fn num_matched_by(&self, filter: Option<&Predicate>) -> Result<Option<u64>> {
        Ok(self.matched_by(filter)?.map(|matched| matched.num_documents))
    }
}

impl From<FilterError> for Error {
    fn from(error: FilterError) -> Self {
        let kind = match error.kind() {
            FilterErrorKind::Invalid => ErrorKind::InvalidArgument,
            FilterErrorKind::Unsupported => ErrorKind::Unsupported,
        };
        Self::new(kind, error.to_string()).caused_by(error)
    }
}
