use crate::Document;
use pleiad_vectors::{DocKey, MultiVectorRef};

/// Changes that become visible and durable together, or not at all.
///
/// Within a batch, the last change of a key counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Upsert(Document),
    Delete(DocKey),
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document, or replaces the one with the same key.
    pub fn upsert(&mut self, document: Document) -> &mut Self {
        self.changes.push(Change::Upsert(document));
        self
    }

    /// Deletes a document. A key that is not there is counted, not an error.
    pub fn delete(&mut self, key: DocKey) -> &mut Self {
        self.changes.push(Change::Delete(key));
        self
    }

    /// Token vectors of the documents that it writes.
    pub(crate) fn vectors(&self) -> impl Iterator<Item = MultiVectorRef<'_>> {
        self.changes.iter().filter_map(|change| match change {
            Change::Upsert(document) => Some(document.vectors.as_ref()),
            Change::Delete(_) => None,
        })
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
