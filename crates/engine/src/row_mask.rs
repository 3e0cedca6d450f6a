//! The one answer to "may this row be a hit": rows that are not deleted and that pass the filter of the search, if it
//! has one. A mask is made once for a search and taken by every source of candidates, samples, calibrations and exact
//! scans.

use crate::error::Result;
use crate::filter::Matched;
use crate::snapshot::{DocAddress, Snapshot};
use crate::vectorless::Vectorless;
use pleiad_store::{PartView, View};
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The rows of one part that may be hits.
#[derive(Clone)]
pub(crate) struct RowMask<'a> {
    part: &'a PartView,
    /// Rows that pass the filter; all of them where there is none.
    filter: Option<Cow<'a, RoaringBitmap>>,
    /// Rows that are passed over.
    hidden: Option<Arc<RoaringBitmap>>,
}

impl<'a> RowMask<'a> {
    /// All rows that are not deleted.
    pub(crate) fn live(part: &'a PartView) -> Self {
        Self { part, filter: None, hidden: None }
    }

    /// Those of them that are also among some rows.
    #[must_use]
    fn and(self, rows: &RoaringBitmap) -> Self {
        let filter = self.filter.map_or_else(|| rows.clone(), |filter| &*filter & rows);
        Self { filter: Some(Cow::Owned(filter)), ..self }
    }

    fn is_visible(&self, row: u32) -> bool {
        !self.part.is_deleted(row) && self.hidden.as_ref().is_none_or(|hidden| !hidden.contains(row))
    }

    /// Returns whether a row may be a hit.
    pub(crate) fn contains(&self, row: u32) -> bool {
        self.is_visible(row) && self.filter.as_ref().is_none_or(|filter| filter.contains(row))
    }

    /// Returns whether rows have to pass a filter.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// The number of rows of a range that pass the filter, deleted ones too; all where there is none.
    pub(crate) fn num_filtered(&self, rows: Range<u32>) -> usize {
        match (&self.filter, rows.end.checked_sub(1)) {
            (Some(filter), Some(last)) if rows.start <= last => {
                usize::try_from(filter.range_cardinality(rows.start..=last)).unwrap_or(usize::MAX)
            }
            _ => rows.len(),
        }
    }

    /// The rows of a range that may be hits, ascending.
    pub(crate) fn rows_in(&self, rows: Range<u32>) -> impl Iterator<Item = u32> + '_ {
        let filtered = self.filter.as_ref().map(|filter| filter.range(rows.clone()));
        let all = if filtered.is_some() { 0..0 } else { rows };
        filtered.into_iter().flatten().chain(all).filter(|&row| self.is_visible(row))
    }

    /// All rows that may be hits, ascending.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.rows_in(0..self.part.num_rows())
    }
}

/// The documents of a snapshot that may be hits: a mask for each part, in the order of the parts.
#[derive(Clone)]
pub(crate) struct DocumentMask<'a> {
    parts: Vec<RowMask<'a>>,
}

impl<'a> DocumentMask<'a> {
    /// All documents of a view.
    pub(crate) fn live(view: &'a View) -> Self {
        Self { parts: view.parts().iter().map(RowMask::live).collect() }
    }

    /// Those of a view that pass a filter, if there is one.
    pub(crate) fn of(view: &'a View, matched: Option<&'a Matched>) -> Self {
        let mut mask = Self::live(view);
        for (mask, rows) in mask.parts.iter_mut().zip(matched.iter().flat_map(|matched| &matched.parts)) {
            mask.filter = Some(Cow::Borrowed(rows));
        }
        mask
    }

    /// The same without rows that have no token vectors, where there are some.
    #[must_use]
    pub(crate) fn hiding(mut self, vectorless: &Vectorless) -> Self {
        for (mask, rows) in self.parts.iter_mut().zip(vectorless.iter().flatten()) {
            mask.hidden = (!rows.is_empty()).then(|| Arc::clone(rows));
        }
        self
    }

    /// Documents that would be in the mask if they had token vectors.
    pub(crate) fn num_hidden(&self) -> u64 {
        let in_part = |mask: &RowMask<'_>| {
            let Some(hidden) = &mask.hidden else { return 0 };
            let hidden = &**hidden - mask.part.deleted();
            mask.filter.as_ref().map_or(hidden.len(), |filter| hidden.intersection_len(filter))
        };
        self.parts.iter().map(in_part).sum()
    }

    /// The same, of one part only those that are among some rows.
    #[must_use]
    pub(crate) fn and(self, part: u32, rows: &RoaringBitmap) -> Self {
        let restrict = |(at, mask): (u32, RowMask<'a>)| if at == part { mask.and(rows) } else { mask };
        Self { parts: (0..).zip(self.parts).map(restrict).collect() }
    }

    /// The same but for one document. Memory: a bit for each row of its part.
    #[must_use]
    pub(crate) fn without(self, document: DocAddress) -> Self {
        let mut others = RoaringBitmap::new();
        others.insert_range(0..self.part(document.part).part.num_rows());
        others.remove(document.row);
        self.and(document.part, &others)
    }

    /// The mask of a part.
    pub(crate) fn part(&self, part: u32) -> &RowMask<'a> {
        &self.parts[part as usize]
    }

    /// Every document that may be a hit, by part and row. Cost: its id is read.
    pub(crate) fn documents(&self, snapshot: &Snapshot) -> Result<Vec<DocAddress>> {
        let parts = (0..).zip(&self.parts);
        parts.flat_map(|(at, mask)| mask.rows().map(move |row| snapshot.location(at, row))).collect()
    }
}
