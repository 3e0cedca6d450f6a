//! Documents on their way in: as one batch, or as a stream of lines with a receipt for each batch.

use super::record::record;
use crate::access::Access;
use crate::call::{BodyForm, Call, predicate};
use crate::catalog::{CollectionName, Entry};
use crate::failure::{Result, invalid_field, problem, read_json};
use crate::http::{Reply, body};
use crate::limits::MAX_DOCUMENTS;
use crate::state::State;
use hyper::body::{Bytes, Incoming};
use pleiad::{AttributeRecord, BuildParams, Predicate, Tenant};
use pleiad_text::ingest::{OnConflict, Preparation};
use pleiad_text::input::{Consumed, Content, Place, Record};
use pleiad_wire::{AddDocuments, Added, Document, Kind, LineFailed, Problem, StreamEnd};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout;

/// Documents of a batch of a stream, at most, and bytes of its lines.
const MAX_BATCH_DOCUMENTS: usize = 1024;
const MAX_BATCH_BYTES: usize = 8 << 20;

/// Lines of an answer that wait to be sent.
const NUM_WAITING: usize = 64;

/// Time in which a client takes a line of its answer; one that takes none has gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Destination of documents, and their treatment.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) state: Arc<State>,
    pub(super) access: Access,
    pub(super) name: CollectionName,
    pub(super) tenant: Option<Tenant>,
    pub(super) on_conflict: OnConflict,
}

pub(crate) async fn add(call: Call) -> Result<Reply> {
    match call.body_form()? {
        BodyForm::Json => add_batch(call).await,
        BodyForm::Lines => add_lines(call).await,
    }
}

async fn add_batch(mut call: Call) -> Result<Reply> {
    let _room = call.room()?;
    let request: AddDocuments = call.json().await?;
    call.finish_params()?;
    if request.documents.len() > MAX_DOCUMENTS {
        let detail =
            format!("there are {} documents; at most {MAX_DOCUMENTS} in one batch", request.documents.len());
        return Err(Problem::new(Kind::TooLarge, detail).of_field("documents"));
    }
    let on_conflict = conflict(request.on_conflict, request.replace_if.as_ref().map(predicate).transpose()?)?;
    let target = Target::new(&call, request.tenant.as_deref(), on_conflict)?;
    let own = target.state.clone();
    let stored = move || {
        let place = |number| Place { file: "documents".into(), line: Some(number) };
        let numbered = request.documents.into_iter().zip(1..);
        let records =
            numbered.map(|(document, number)| record(document, place(number), target.tenant.as_ref()));
        let (added, failed) = target.store(records.collect::<Result<_>>()?, true)?;
        failed.into_iter().next().map_or(Ok(added), |(_, problem)| Err(problem))
    };
    Ok(Reply::json(&own.writes.write(stored).await?))
}

/// The treatment of stored documents that a request asks for.
///
/// # Errors
/// `InvalidArgument` for a condition beside another treatment than replacing.
pub(super) fn conflict(asked: pleiad_wire::OnConflict, replace_if: Option<Predicate>) -> Result<OnConflict> {
    match (asked, replace_if) {
        (pleiad_wire::OnConflict::Replace, Some(filter)) => Ok(OnConflict::ReplaceIf(filter)),
        (_, Some(_)) => {
            Err(invalid_field("replace_if", "replace_if is a condition of on_conflict \"replace\""))
        }
        (pleiad_wire::OnConflict::Replace, None) => Ok(OnConflict::Replace),
        (pleiad_wire::OnConflict::Skip, None) => Ok(OnConflict::Skip),
        (pleiad_wire::OnConflict::Fail, None) => Ok(OnConflict::Fail),
    }
}

impl Target {
    /// # Errors
    /// For a collection or a tenant that the key may not see.
    pub(super) fn new(call: &Call, tenant: Option<&str>, on_conflict: OnConflict) -> Result<Self> {
        let (state, access, name) = (call.state.clone(), call.access.clone(), call.collection()?);
        let tenant = access.tenants(tenant)?.written()?;
        Ok(Self { state, access, name, tenant, on_conflict })
    }

    /// Stores records as one batch, durable and visible when this returns. A record that cannot be stored is left out and
    /// told, with its line; where all of them have to be stored, nothing is then.
    ///
    /// # Errors
    /// When the batch cannot be written.
    pub(super) fn store(&self, records: Vec<Record>, is_whole: bool) -> Result<(Added, Vec<(u64, Problem)>)> {
        let entry = self.state.catalog.get(&self.name)?;
        let snapshot = entry.snapshot()?;
        let (records, mut failed) = self.allowed(records);
        if is_whole && !failed.is_empty() {
            return Ok((Added::default(), failed));
        }
        let is_text = |record: &Record| matches!(record.content, Content::Text { .. });
        let encoder =
            if records.iter().any(is_text) { entry.encoder(&snapshot, &self.state.models)? } else { None };
        let memory = BuildParams::default().memory_bytes;
        let prepared =
            Preparation::new(snapshot.schema(), encoder, Consumed::default(), memory).map_err(problem)?;
        let on_conflict = self.on_conflict_of_key();
        let preparation = Preparation { on_conflict, tenant: self.tenant.clone(), ..prepared };
        let mut preparation = preparation.beside(Some(snapshot.clone())).map_err(problem)?;
        let prepared = self.state.ingesting(|| preparation.prepare(records)).map_err(problem)?;
        let line = |place: &Place| place.line.unwrap_or(0);
        failed.extend(prepared.failed.iter().map(|(place, error)| (line(place), told(error))));
        failed.sort_by_key(|(line, _)| *line);
        if is_whole && !failed.is_empty() {
            return Ok((Added::default(), failed));
        }
        let mut added = Added {
            num_unchanged: prepared.num_unchanged,
            num_kept: prepared.num_kept,
            num_without_vectors: prepared.without_vectors.len() as u64,
            num_skipped: prepared.skipped.len() as u64,
            sequence: snapshot.sequence(),
            ..Added::default()
        };
        if !prepared.batch.is_empty() {
            let receipt = entry.write(|writer| Ok(writer.apply(prepared.batch)?))?;
            added.sequence = receipt.sequence;
            added.num_documents = receipt.num_upserted;
            added.num_replaced = receipt.num_replaced;
            added.num_kept += receipt.num_skipped;
        }
        Ok((added, failed))
    }

    /// A key that sees some documents alone replaces none of the others.
    fn on_conflict_of_key(&self) -> OnConflict {
        match (self.on_conflict.clone(), self.access.and(None)) {
            (OnConflict::Replace, Some(own)) => OnConflict::ReplaceIf(own),
            (OnConflict::ReplaceIf(asked), Some(own)) => {
                OnConflict::ReplaceIf(Predicate::And(vec![own, asked]))
            }
            (asked, _) => asked,
        }
    }

    /// The records that the key may see once they are stored, and the others.
    fn allowed(&self, records: Vec<Record>) -> (Vec<Record>, Vec<(u64, Problem)>) {
        let Some(filter) = self.access.filter.as_deref() else { return (records, Vec::new()) };
        let (allowed, others): (Vec<Record>, Vec<Record>) =
            records.into_iter().partition(|record| passes(filter, record));
        let refused = |record: Record| {
            let Record { place, key, .. } = record;
            let detail = format!("{place}: this key may not store document {key:?}: it would not see it");
            (place.line.unwrap_or(0), Problem::new(Kind::Forbidden, detail))
        };
        (allowed, others.into_iter().map(refused).collect())
    }
}

/// Returns whether a predicate will hold for a document.
fn passes(filter: &Predicate, record: &Record) -> bool {
    let (title, text) = match &record.content {
        Content::Text { title, text } => (title, Some(text.as_str())),
        Content::Vectors { title, text, .. } => (title, text.as_deref()),
    };
    let mut attributes: Map<String, Value> = record.attributes.clone();
    attributes.extend(title.clone().map(|title| ("title".to_owned(), Value::String(title))));
    filter.matches(&AttributeRecord { key: &record.key, text, attributes: &attributes })
}

fn told(error: &pleiad_text::Error) -> Problem {
    let kind = match error.kind() {
        pleiad_text::ErrorKind::InvalidArgument => Kind::InvalidArgument,
        pleiad_text::ErrorKind::Unsupported => Kind::Unsupported,
        _ => Kind::Internal,
    };
    Problem::new(kind, error.to_string())
}

/// Stores a stream of lines: each batch is acknowledged by a line of the answer, and each line that is not stored is told by
/// one. The client may read them while it sends.
async fn add_lines(mut call: Call) -> Result<Reply> {
    let on_conflict = match call.params.text("on_conflict") {
        None => pleiad_wire::OnConflict::default(),
        Some(name) => serde_json::from_value(Value::String(name))
            .map_err(|error| invalid_field("on_conflict", format!("on_conflict: {error}")))?,
    };
    let tenant = call.params.text("tenant");
    call.finish_params()?;
    let target = Target::new(&call, tenant.as_deref(), conflict(on_conflict, None)?)?;
    // What is wrong with the collection is the answer, and not a line of it.
    let (state, name) = (target.state.clone(), target.name.clone());
    let is_of_tenants = {
        let opened = move || -> Result<Arc<Entry>> { state.catalog.get(&name) };
        target.state.writes.write(opened).await?.collection().schema().tenants
    };
    if is_of_tenants != target.tenant.is_some() {
        let detail = if is_of_tenants {
            "this collection keeps tenants apart: name one"
        } else {
            "this collection has no tenants"
        };
        return Err(invalid_field("tenant", detail));
    }
    let room = call.stream_room()?;
    let Some(body) = call.body.take() else { return Err(invalid_field("body", "there is no body")) };
    let (sender, lines) = mpsc::channel(NUM_WAITING);
    let stream =
        Stream { target, sender, batch: Vec::new(), num_bytes: 0, num_lines: 0, end: begin(), _room: room };
    tokio::spawn(stream.run(body));
    Ok(Reply::lines(lines))
}

fn begin() -> StreamEnd {
    StreamEnd { done: false, num_documents: 0, num_failed: 0, sequence: 0, error: None }
}

/// A stream of lines on its way.
struct Stream {
    target: Target,
    sender: mpsc::Sender<Bytes>,
    batch: Vec<Record>,
    /// Bytes of the lines of the batch.
    num_bytes: usize,
    num_lines: u64,
    end: StreamEnd,
    _room: OwnedSemaphorePermit,
}

impl Stream {
    async fn run(mut self, body: Incoming) {
        let outcome = self.read(body).await;
        let (done, error) = match outcome {
            Ok(()) => (true, None),
            // Nobody listens any more.
            Err(None) => return,
            Err(Some(problem)) => (false, Some(problem)),
        };
        let end = StreamEnd { done, error, ..self.end.clone() };
        drop(self.tell(&end).await);
    }

    /// Reads all lines. An error of nothing is a client that has gone.
    async fn read(&mut self, mut body: Incoming) -> std::result::Result<(), Option<Problem>> {
        let (patience, max_line) =
            (self.target.state.limits.body_time, self.target.state.limits.max_body_bytes);
        let mut rest: Vec<u8> = Vec::new();
        while let Some(bytes) = body::next_in_time(&mut body, patience).await.map_err(Some)? {
            let mut bytes = &bytes[..];
            while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
                rest.extend_from_slice(&bytes[..end]);
                bytes = &bytes[end + 1..];
                self.line(&rest).await?;
                rest.clear();
            }
            rest.extend_from_slice(bytes);
            if rest.len() as u64 > max_line {
                let detail = format!(
                    "line {} is above the limit of {max_line} bytes (--max-body)",
                    self.num_lines + 1
                );
                self.store().await?;
                return Err(Some(Problem::new(Kind::TooLarge, detail)));
            }
            if self.target.state.is_ending() {
                self.store().await?;
                return Err(Some(Problem::new(
                    Kind::Unavailable,
                    "the server is about to end: send the rest later",
                )));
            }
        }
        if !rest.is_empty() {
            self.line(&rest).await?;
        }
        self.store().await
    }

    async fn line(&mut self, line: &[u8]) -> std::result::Result<(), Option<Problem>> {
        self.num_lines += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let place = Place { file: "line".into(), line: Some(self.num_lines) };
        let document: Result<Document> = read_json(line);
        let read = document.and_then(|document| record(document, place, self.target.tenant.as_ref()));
        match read {
            Ok(record) => self.batch.push(record),
            Err(error) => self.fail(self.num_lines, error).await?,
        }
        self.num_bytes += line.len();
        if self.batch.len() >= MAX_BATCH_DOCUMENTS || self.num_bytes >= MAX_BATCH_BYTES {
            self.store().await?;
        }
        Ok(())
    }

    async fn fail(&mut self, line: u64, error: Problem) -> std::result::Result<(), Option<Problem>> {
        self.end.num_failed += 1;
        self.tell(&LineFailed { line, error }).await
    }

    /// Stores what was read, and tells it.
    async fn store(&mut self) -> std::result::Result<(), Option<Problem>> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (records, target) = (std::mem::take(&mut self.batch), self.target.clone());
        self.num_bytes = 0;
        // A batch with a condition is one or nothing; of any other one each line is for itself.
        let is_whole = target.on_conflict == OnConflict::Fail;
        let stored = self.target.state.writes.wait(move || target.store(records, is_whole)).await;
        let (added, failed) = stored.map_err(Some)?;
        for (line, error) in failed {
            self.fail(line, error).await?;
        }
        self.end.num_documents += added.num_documents;
        self.end.sequence = self.end.sequence.max(added.sequence);
        self.tell(&Added { last_line: Some(self.num_lines), ..added }).await
    }

    async fn tell(&self, value: &impl Serialize) -> std::result::Result<(), Option<Problem>> {
        let mut line = serde_json::to_vec(value)
            .map_err(|error| Some(Problem::new(Kind::Internal, error.to_string())))?;
        line.push(b'\n');
        match timeout(PATIENCE, self.sender.send(line.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}
