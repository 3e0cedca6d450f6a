//! State that the handles of one open collection share: collection, snapshots, writer.

use crate::calibration::CalibratedRanking;
use crate::filter::FilterCache;
use crate::maintenance::Alarm;
use crate::observed::ObservedQueries;
use crate::pool::Pool;
use crate::recall_audit::Audit;
use crate::schema::Schema;
use crate::sentence::SentenceField;
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
    pub(crate) field: VectorField,
    /// Nothing where documents have no sentence vector.
    pub(crate) sentence: Option<SentenceField>,
    pub(crate) audit: Audit,
    pub(crate) observed: ObservedQueries,
    /// Questions of fused searches.
    pub(crate) observed_hybrid: ObservedQueries,
    /// Wakes the background work of the writer of this process, if there is one.
    pub(crate) alarm: Alarm,
    /// Set by searches that a calibration may serve, since the last background calibration.
    pub(crate) is_searched: AtomicBool,
    pub(crate) words: WordsCache,
    /// Rows for which filters held.
    pub(crate) filters: FilterCache,
    /// Sums over rows of words.
    pub(crate) word_sums: Pool<words::Scratch>,
}

impl Shared {
    /// The queries of a ranking that this process observed.
    pub(crate) fn observed_of(&self, ranking: CalibratedRanking) -> &ObservedQueries {
        match ranking {
            CalibratedRanking::Vectors => &self.observed,
            CalibratedRanking::Fused => &self.observed_hybrid,
        }
    }
}
