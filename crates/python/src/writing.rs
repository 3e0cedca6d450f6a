use crate::failure::{Failure, Result};
use crate::opening::{Encoders, New};
use crate::process::check_can_write;
use crate::query::{predicate, ranking};
use crate::records::{object, stream};
use crate::signals::Signals;
use pleiad::{Batch, BuildParams, Collection, DocKey, Tenant, Writer};
use pleiad_encode::Encoder;
use pleiad_text::ingest::{Destination, OnConflict, Preparation, Summary, fill};
use pleiad_text::input::{Consumed, Record};
use pleiad_text::{Error, ErrorKind, QueryForm, Ranking, Searcher, amendment};
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The changing part of a collection's handle. Threads may share it: one writes at a time, and readers wait for none.
pub(crate) struct Writing {
    place: PathBuf,
    params: BuildParams,
    new: Option<New>,
    state: Mutex<State>,
    /// Held while something is written.
    writer: Mutex<Option<Open>>,
}

/// A collection that may not be there yet, and may be closed.
struct State {
    collection: Option<Collection>,
    is_closed: bool,
}

/// The writer, and what came through it.
struct Open {
    destination: Destination,
    num_new: u64,
}

impl Writing {
    pub(crate) fn new(
        place: PathBuf,
        params: BuildParams,
        new: Option<New>,
        collection: Option<Collection>,
    ) -> Self {
        let state = Mutex::new(State { collection, is_closed: false });
        Self { place, params, new, state, writer: Mutex::new(None) }
    }

    /// # Errors
    /// `InvalidArgument` once it is closed.
    pub(crate) fn is_made(&self) -> Result<bool> {
        Ok(self.state()?.collection.is_some())
    }

    /// # Errors
    /// `NotFound` where the collection waits for its first documents.
    pub(crate) fn collection(&self) -> Result<Collection> {
        let place = self.place.display();
        let waits =
            || Error::new(ErrorKind::NotFound, format!("{place} has no documents yet: add some first"));
        Ok(self.state()?.collection.clone().ok_or_else(waits)?)
    }

    fn state(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.is_closed {
            true => Err(Failure::invalid(format!("{} was closed: open it again", self.place.display()))),
            false => Ok(state),
        }
    }

    fn writer(&self) -> MutexGuard<'_, Option<Open>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `act` with the writer, which is taken if it has to be.
    ///
    /// # Errors
    /// `Conflict` while another writer has the collection, and what `act` says.
    pub(crate) fn with_writer<T>(
        &self,
        signals: &Signals,
        act: impl FnOnce(&Writer) -> Result<T>,
    ) -> Result<T> {
        check_can_write()?;
        let mut writer = self.writer();
        let open = self.open(&mut writer, signals)?;
        act(open.destination.writer(signals)?)
    }

    fn open<'a>(&self, writer: &'a mut Option<Open>, signals: &Signals) -> Result<&'a mut Open> {
        let collection = self.collection()?;
        Ok(match writer {
            Some(open) => open,
            None => {
                let destination = Destination::there(collection, self.params, signals)?;
                writer.insert(Open { destination, num_new: 0 })
            }
        })
    }

    /// # Errors
    /// The first thing that is wrong with a document, with the number of those that were stored before it.
    pub(crate) fn add(
        &self,
        records: Vec<Record>,
        (on_conflict, replace_if): (&str, Option<&str>),
        tenant: Option<Tenant>,
        encoders: &Encoders,
        signals: &Signals,
    ) -> Result<String> {
        check_can_write()?;
        let on_conflict = conflict(on_conflict, replace_if)?;
        let mut writer = self.writer();
        if records.is_empty() {
            return Ok(numbers(&Summary::default()));
        }
        if self.is_made()? {
            let open = self.open(&mut writer, signals)?;
            let snapshot =
                open.destination.snapshot().ok_or_else(|| Failure::internal("the writer has no view"))?;
            let is_text =
                |record: &Record| matches!(record.content, pleiad_text::input::Content::Text { .. });
            let encoder = if records.iter().any(is_text) { encoders.of(&snapshot, signals)? } else { None };
            let summary =
                self.fill(&mut open.destination, records, encoder, (on_conflict, tenant), signals)?;
            open.num_new += summary.num_documents;
            return Ok(numbers(&summary));
        }
        let new = self
            .new
            .as_ref()
            .ok_or_else(|| Failure::internal("nothing says what the collection would be"))?;
        let (mut destination, encoder) = new.plan(&self.place, self.params, &records, encoders, signals)?;
        let outcome = self.fill(&mut destination, records, encoder, (on_conflict, tenant), signals);
        // What failed at its first batch leaves nothing behind; what failed later is there.
        if let Some(collection) = destination.collection() {
            self.state()?.collection = Some(collection.clone());
            let num_new = outcome.as_ref().map_or(0, |summary| summary.num_documents);
            *writer = Some(Open { destination, num_new });
        }
        Ok(numbers(&outcome?))
    }

    fn fill(
        &self,
        destination: &mut Destination,
        records: Vec<Record>,
        encoder: Option<Arc<dyn Encoder>>,
        (on_conflict, tenant): (OnConflict, Option<Tenant>),
        signals: &Signals,
    ) -> Result<Summary> {
        let memory = self.params.memory_bytes;
        let prepared = Preparation::new(destination.schema(), encoder, Consumed::default(), memory)?;
        let preparation = Preparation { on_conflict, tenant, ..prepared }.beside(destination.snapshot())?;
        Ok(fill(destination, preparation, stream(records), signals)?)
    }

    /// # Errors
    /// `InvalidArgument` for a key or a filter that is none.
    pub(crate) fn delete(
        &self,
        mut batch: Batch,
        keys: Vec<String>,
        filter: Option<&str>,
        signals: &Signals,
    ) -> Result<u64> {
        for key in keys {
            batch.delete(DocKey::new(key).map_err(pleiad::Error::from)?);
        }
        if let Some(filter) = filter {
            batch.delete_where(predicate(filter)?);
        }
        self.with_writer(signals, |writer| Ok(writer.apply(batch)?.num_deleted))
    }

    /// # Errors
    /// `InvalidArgument` for a key, a filter or a patch that is none.
    pub(crate) fn amend(
        &self,
        mut batch: Batch,
        keys: Vec<String>,
        filter: Option<&str>,
        patch: &str,
        signals: &Signals,
    ) -> Result<u64> {
        let schema = self.collection()?.schema().clone();
        let patch = object("to be amended", patch)?;
        for key in keys {
            batch.amend(DocKey::new(key).map_err(pleiad::Error::from)?, amendment(&schema, patch.clone())?);
        }
        if let Some(filter) = filter {
            batch.amend_where(predicate(filter)?, amendment(&schema, patch)?);
        }
        self.with_writer(signals, |writer| Ok(writer.apply(batch)?.num_amended))
    }

    /// # Errors
    /// `InvalidArgument` where words alone rank, whose searches are exact.
    pub(crate) fn tune(
        &self,
        texts: Vec<String>,
        mode: Option<&str>,
        encoders: &Encoders,
        signals: &Signals,
    ) -> Result<String> {
        let snapshot = self.collection()?.snapshot()?;
        let form = if texts.is_empty() { QueryForm::Both } else { QueryForm::Text };
        let settled = Ranking::settle(snapshot.schema(), ranking(mode, None)?, form)?;
        let encoder = if texts.is_empty() { None } else { encoders.of(&snapshot, signals)? };
        let searcher = Searcher::with_encoder(&snapshot, encoder, settled)?;
        let questions = texts
            .into_iter()
            .map(|text| searcher.question(&text))
            .collect::<pleiad_text::Result<Vec<_>>>()?;
        let calibration = self.with_writer(signals, |writer| Ok(searcher.tune(writer, &questions)?))?;
        serde_json::to_string(&calibration).map_err(|error| Failure::internal(error.to_string()))
    }

    /// # Errors
    /// When the disk refuses.
    pub(crate) fn close(&self, signals: &Signals) -> Result<()> {
        let mut writer = self.writer();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.is_closed, state.collection) = (true, None);
        match writer.take() {
            Some(Open { destination, num_new }) => Ok(destination.close(num_new, signals).map(drop)?),
            None => Ok(()),
        }
    }
}

fn conflict(name: &str, replace_if: Option<&str>) -> Result<OnConflict> {
    Ok(match (name, replace_if) {
        ("replace", Some(filter)) => OnConflict::ReplaceIf(predicate(filter)?),
        (_, Some(_)) => return Err(Failure::invalid("replace_if is a condition of on_conflict=\"replace\"")),
        ("replace", None) => OnConflict::Replace,
        ("skip", None) => OnConflict::Skip,
        ("fail", None) => OnConflict::Fail,
        (other, None) => {
            return Err(Failure::invalid(format!("on_conflict is {other:?}; it is replace, skip or fail")));
        }
    })
}

/// The numbers of a summary that are known while the writer goes on.
fn numbers(summary: &Summary) -> String {
    json!({
        "num_documents": summary.num_documents,
        "num_replaced": summary.num_replaced,
        "num_unchanged": summary.num_unchanged,
        "num_kept": summary.num_kept,
        "num_skipped": summary.num_skipped,
        "num_without_vectors": summary.num_without_vectors,
        "num_tokens": summary.num_tokens,
    })
    .to_string()
}
