//! State that the handles of one open collection share: collection, snapshots, writer.

use crate::filter::FilterCache;
use crate::maintenance::Alarm;
use crate::pool::Pool;
use crate::recall_audit::Audit;
use crate::schema::Schema;
use crate::sentence::SentenceField;
use crate::sets::Combinations;
use crate::vector_field::VectorField;
use crate::words::WordsCache;
use pleiad_index::words;
use pleiad_store::{Backend, Store};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// State of one open collection.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) store: Store,
    pub(crate) schema: Schema,
    /// The vector sets, the first one's first.
    pub(crate) fields: Vec<VectorField>,
    /// Nothing where documents have no sentence vector.
    pub(crate) sentence: Option<SentenceField>,
    /// Wakes the background work of the writer of this process, if there is one.
    pub(crate) alarm: Alarm,
    /// Set by searches that a calibration may serve, since the last background calibration.
    pub(crate) is_searched: AtomicBool,
    pub(crate) words: WordsCache,
    /// Rows for which filters held.
    pub(crate) filters: FilterCache,
    /// Sums over rows of words.
    pub(crate) word_sums: Pool<words::Scratch>,
    /// Calibrations of combinations of vector sets.
    pub(crate) combinations: Combinations,
    /// Searches by several of them.
    pub(crate) sets_audit: Audit,
}

impl Shared {
    /// The state of a collection that was just opened.
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        store: Store,
        schema: Schema,
        fields: Vec<VectorField>,
        sentence: Option<SentenceField>,
    ) -> Self {
        let (alarm, is_searched, words, filters, word_sums, combinations, sets_audit) = Default::default();
        Self {
            backend,
            store,
            schema,
            fields,
            sentence,
            alarm,
            is_searched,
            words,
            filters,
            word_sums,
            combinations,
            sets_audit,
        }
    }
}
