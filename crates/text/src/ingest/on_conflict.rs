use pleiad::{Batch, DocKey, Document, Precondition, Predicate};

/// Treatment of documents whose keys are stored already.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum OnConflict {
    /// They take the place of what is stored.
    #[default]
    Replace,
    /// They are passed over: what is stored stays. Of several of one key in an input the first counts.
    Skip,
    /// The batch that holds one is refused.
    Fail,
    /// They take the place of what is stored where this holds for it, and are passed over elsewhere.
    ReplaceIf(Predicate),
}

impl OnConflict {
    /// Adds a document to a batch.
    pub(super) fn write(&self, batch: &mut Batch, document: Document) {
        match self {
            Self::Replace => batch.upsert(document),
            Self::Skip => batch.upsert_if(document, Precondition::Absent),
            Self::Fail => batch.expect(document.key().clone(), Precondition::Absent).upsert(document),
            Self::ReplaceIf(filter) => batch.upsert_if(document, Precondition::AbsentOr(filter.clone())),
        };
    }

    /// Removes what is stored under the key of a document that nothing could find.
    pub(super) fn remove(&self, batch: &mut Batch, key: DocKey) {
        match self {
            Self::Replace => drop(batch.delete(key)),
            Self::Skip | Self::Fail => {}
            Self::ReplaceIf(filter) => {
                let is_key = Predicate::key(key.as_str());
                batch.delete_where(Predicate::And(vec![is_key, filter.clone()]));
            }
        }
    }
}
