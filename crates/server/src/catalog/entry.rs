use super::CollectionName;
use super::writing::Writing;
use crate::failure::{Result, problem};
use pleiad::{BuildParams, Collection, Snapshot, Writer};
use pleiad_encode::Encoder;
use pleiad_text::{EncoderOptions, Models, Ranking, Searcher, Unattended};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An open collection with what its requests share: the writer, the encoder of its texts, measurements.
pub(crate) struct Entry {
    name: CollectionName,
    collection: Collection,
    writing: Writing,
    encoder: Mutex<Option<Arc<dyn Encoder>>>,
    /// The length of rows for hybrid scores, and the batch up to which it was measured.
    row_length: Mutex<Option<(u64, f32)>>,
    used_at: Mutex<Instant>,
}

impl Entry {
    pub(crate) fn new(name: CollectionName, collection: Collection, params: BuildParams) -> Self {
        let writing = Writing::new(collection.clone(), params);
        let (encoder, row_length, used_at) = (Mutex::default(), Mutex::default(), Mutex::new(Instant::now()));
        Self { name, collection, writing, encoder, row_length, used_at }
    }

    pub(crate) fn name(&self) -> &CollectionName {
        &self.name
    }

    pub(crate) fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Everything acknowledged so far.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        self.collection.snapshot().map_err(problem)
    }

    /// Takes note of a request.
    pub(super) fn touch(&self) {
        *self.used_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn used_at(&self) -> Instant {
        *self.used_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `act` with the writer, whose lock is taken if it has to be. Threads share it.
    ///
    /// # Errors
    /// `Conflict` while another program writes, `NotFound` once the collection was removed; those of `act`.
    pub(crate) fn write<T>(&self, act: impl FnOnce(&Writer) -> pleiad_text::Result<T>) -> Result<T> {
        self.writing.write(act)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_open()
    }

    /// Gives the lock back after so long a time without a write.
    pub(super) fn rest(&self, rest: Duration) {
        self.writing.rest(rest);
    }

    /// Gives the lock back at once: the server ends.
    pub(super) fn end(&self) {
        self.writing.end();
    }

    /// Has nobody write any more, as it is about to be removed.
    ///
    /// # Errors
    /// `Conflict` while another program writes.
    pub(super) fn retire(&self) -> Result<()> {
        self.writing.retire()
    }

    /// The encoder of its texts, opened once; nothing for a collection of ready-made vectors.
    ///
    /// # Errors
    /// When its model cannot be had.
    pub(crate) fn encoder(&self, snapshot: &Snapshot, models: &Models) -> Result<Option<Arc<dyn Encoder>>> {
        let mut known = self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            let opened =
                models.of_collection(snapshot, &EncoderOptions::default(), &Unattended).map_err(problem)?;
            *known = opened.map(Arc::from);
        }
        Ok(known.clone())
    }

    /// Asks a snapshot of it in a ranking, with the encoder where texts have to become vectors.
    ///
    /// # Errors
    /// As [`Searcher::with_encoder`].
    pub(crate) fn searcher<'a>(
        &self,
        snapshot: &'a Snapshot,
        encoder: Option<Arc<dyn Encoder>>,
        ranking: Ranking,
    ) -> Result<Searcher<'a>> {
        // Rows of each tenant are measured apart.
        if snapshot.schema().tenants {
            return Searcher::with_encoder(snapshot, encoder, ranking).map_err(problem);
        }
        let known = *self.row_length.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, length)) = known.filter(|(sequence, _)| *sequence == snapshot.sequence()) {
            return Searcher::with_row_length(snapshot, encoder, ranking, length).map_err(problem);
        }
        let searcher = Searcher::with_encoder(snapshot, encoder, ranking).map_err(problem)?;
        if matches!(ranking, Ranking::Hybrid(_)) {
            let measured = (snapshot.sequence(), searcher.row_length());
            *self.row_length.lock().unwrap_or_else(PoisonError::into_inner) = Some(measured);
        }
        Ok(searcher)
    }
}
