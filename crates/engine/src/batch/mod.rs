//! Batches: changes that are one, some of which depend on what is stored.

mod amendment;
mod decide;
mod precondition;

pub use amendment::Amendment;
pub(crate) use decide::{Decided, Step, decide};
pub use precondition::Precondition;

use crate::{Document, Tenant};
use pleiad_filter::Predicate;
use pleiad_vectors::{DocKey, MultiVector, MultiVectorRef};

/// Changes that become visible and durable together, or not at all.
///
/// Changes are made one after the other: each finds the documents as those before it in the batch left them. A batch whose
/// changes depend on what is stored is decided while no other is written, so that nothing comes between the look and the
/// change; it shares its sync with no other batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
    pub(crate) tenant: Option<Tenant>,
}

/// One change of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Upsert(Box<Document>),
    UpsertIf(Box<Document>, Precondition),
    Delete(DocKey),
    DeleteWhere(Predicate),
    Amend(DocKey, Amendment),
    AmendWhere(Predicate, Amendment),
    Expect(DocKey, Precondition),
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch of changes to documents of a tenant, in a collection that keeps tenants apart: keys are those of the
    /// tenant, and filters find its documents alone.
    pub fn of_tenant(tenant: Tenant) -> Self {
        Self { tenant: Some(tenant), ..Self::default() }
    }

    /// Adds a document, or replaces the one with the same key.
    pub fn upsert(&mut self, document: Document) -> &mut Self {
        self.with(Change::Upsert(Box::new(document)))
    }

    /// Adds a document, or replaces the one with the same key, where what is stored under that key meets a condition;
    /// else the document is passed over and counted ([`Receipt::num_skipped`](crate::Receipt::num_skipped)).
    pub fn upsert_if(&mut self, document: Document, condition: Precondition) -> &mut Self {
        self.with(Change::UpsertIf(Box::new(document), condition))
    }

    /// Deletes a document. A key that is not there is counted, not an error.
    pub fn delete(&mut self, key: DocKey) -> &mut Self {
        self.with(Change::Delete(key))
    }

    /// Deletes every document for which a predicate holds.
    pub fn delete_where(&mut self, filter: Predicate) -> &mut Self {
        self.with(Change::DeleteWhere(filter))
    }

    /// Changes attributes of a document and leaves the rest of it as it is. A key that is not there is counted, not an
    /// error.
    pub fn amend(&mut self, key: DocKey, amendment: Amendment) -> &mut Self {
        self.with(Change::Amend(key, amendment))
    }

    /// Changes attributes of every document for which a predicate holds.
    pub fn amend_where(&mut self, filter: Predicate, amendment: Amendment) -> &mut Self {
        self.with(Change::AmendWhere(filter, amendment))
    }

    /// Makes the whole batch depend on what is stored under a key: where that does not meet the condition, nothing of the
    /// batch is done and [`Writer::apply`](crate::Writer::apply) fails with a `Conflict`.
    pub fn expect(&mut self, key: DocKey, condition: Precondition) -> &mut Self {
        self.with(Change::Expect(key, condition))
    }

    fn with(&mut self, change: Change) -> &mut Self {
        self.changes.push(change);
        self
    }

    /// Token vectors of a set of the documents that it writes.
    pub(crate) fn vectors_of<'a>(&'a self, set: &'a str) -> impl Iterator<Item = MultiVectorRef<'a>> {
        self.changes.iter().filter_map(|change| match change {
            Change::Upsert(document) | Change::UpsertIf(document, _) => {
                document.vectors_of(set).map(MultiVector::as_ref)
            }
            _ => None,
        })
    }

    /// Returns whether it writes a document without token vectors.
    pub(crate) fn lacks_vectors(&self) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Upsert(document) | Change::UpsertIf(document, _) => document.vectors.is_none(),
            _ => false,
        })
    }

    /// Predicates that are asked of all documents.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Predicate> {
        self.changes.iter().filter_map(|change| match change {
            Change::DeleteWhere(filter) | Change::AmendWhere(filter, _) => Some(filter),
            _ => None,
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
