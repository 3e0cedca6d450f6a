//! Documents without token vectors of a set: filters, words and keys find them, searches by these vectors pass them over.

use crate::Snapshot;
use crate::error::Result;
use crate::filter::{Found, Matched};
use crate::row_mask::DocumentMask;
use crate::schema::Schema;
use crate::snapshot::DocAddress;
use pleiad_filter::Predicate;
use pleiad_store::PartView;
use roaring::RoaringBitmap;
use std::sync::Arc;

/// The beginning of the name under which rows without vectors of a set are remembered: no predicate prints like this.
const NAME: &str = "\0no token vectors of ";

/// Rows of each part of a view that have no token vectors, deleted ones among them; nothing where there are none.
pub(crate) type Vectorless = Option<Vec<Arc<RoaringBitmap>>>;

impl Snapshot {
    /// Returns whether the collection says that documents may lack token vectors. Where it has several sets they may lack any.
    pub(crate) fn may_lack_vectors(&self) -> bool {
        !self.schema().sets.is_empty() || Schema::says_vectorless(self.view.layout().schema())
    }

    /// The rows without token vectors. Cost: the first time a look at the length of each row, where there may be some.
    ///
    /// # Errors
    /// `Corrupt` when a row that is not deleted cannot be read.
    pub(crate) fn vectorless(&self) -> Result<Vectorless> {
        if !self.may_lack_vectors() {
            return Ok(None);
        }
        let column = self.field().columns.tokens;
        let name: Arc<str> = format!("{NAME}{}", self.field().name).into();
        let parts = self.view.parts().iter();
        let rows =
            parts.map(|part| self.shared.filters.rows(part.part_id(), &name, || empty_rows(part, column)));
        rows.collect::<Result<_>>().map(Some)
    }

    /// The number of documents that have token vectors; of the tenant where it is narrowed to one.
    ///
    /// # Errors
    /// As [`Snapshot::vectorless`].
    pub(crate) fn num_with_vectors(&self) -> Result<u64> {
        let num_documents = self.num_documents();
        if !self.may_lack_vectors() {
            return Ok(num_documents);
        }
        // Where no tenant is named it is about all documents.
        let own = self
            .scope
            .own_rows()
            .map(|(rows, num_documents)| Matched { parts: rows.to_vec(), num_documents });
        let mask = DocumentMask::of(&self.view, own.as_ref()).hiding(&self.vectorless()?);
        Ok(num_documents - mask.num_hidden())
    }

    /// Every document that has token vectors, by part and row. Cost: all ids are read.
    pub(crate) fn documents_with_vectors(&self) -> Result<Vec<DocAddress>> {
        DocumentMask::live(&self.view).hiding(&self.vectorless()?).documents(self)
    }

    /// The number of documents that have token vectors and pass a filter, where there is one.
    pub(crate) fn num_matched_with_vectors(&self, filter: Option<&Predicate>) -> Result<Option<u64>> {
        let Some(matched) = self.matched_by(filter)? else { return Ok(None) };
        let mask = DocumentMask::of(&self.view, Some(&matched)).hiding(&self.vectorless()?);
        Ok(Some(matched.num_documents - mask.num_hidden()))
    }
}

fn empty_rows(part: &PartView, column: usize) -> Result<Found> {
    let (mut rows, mut is_complete) = (RoaringBitmap::new(), true);
    for row in 0..part.num_rows() {
        match part.column(column, row) {
            Ok([]) => drop(rows.try_push(row)),
            Ok(_) => {}
            Err(_) if part.is_deleted(row) => is_complete = false,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Found { rows, is_complete })
}
