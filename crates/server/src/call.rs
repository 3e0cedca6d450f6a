use crate::access::{Access, Tenants};
use crate::catalog::{CollectionName, Entry};
use crate::failure::{Result, filter_problem, invalid, problem, read_json};
use crate::http::{Params, body};
use crate::operations::Found;
use crate::state::State;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use pleiad::{AttributePath, Cancellation, Predicate, Snapshot};
use pleiad_wire::{Filter, JSON, Kind, NDJSON, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that a body of unknown size is counted as: those of a batch of lines.
const STREAM_BYTES: u64 = 8 << 20;

/// The header that names the batch which a read has to have seen.
const MIN_SEQUENCE: &str = "pleiad-min-sequence";

/// One request whose sender may do what it asks for.
pub(crate) struct Call {
    pub(crate) state: Arc<State>,
    pub(crate) found: Found,
    pub(crate) access: Access,
    pub(crate) params: Params,
    pub(crate) headers: HeaderMap,
    /// Nothing once it was taken.
    pub(crate) body: Option<Incoming>,
    pub(crate) started: Instant,
}

/// A state of a collection, as far as the sender of a request may see it.
pub(crate) struct Reading {
    pub(crate) state: Arc<State>,
    pub(crate) entry: Arc<Entry>,
    pub(crate) snapshot: Snapshot,
    pub(crate) access: Access,
    pub(crate) started: Instant,
}

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyForm {
    Json,
    Lines,
}

impl Call {
    /// The name of the collection in the address.
    ///
    /// # Errors
    /// `NotFound` for one that the key may not see.
    pub(crate) fn collection(&self) -> Result<CollectionName> {
        let name = self.found.collection.clone();
        let name = name.ok_or_else(|| Problem::new(Kind::Internal, "the address names no collection"))?;
        match self.access.sees(&name) {
            true => Ok(name),
            false => Err(Problem::new(Kind::NotFound, format!("there is no collection {name}"))),
        }
    }

    /// The key or the tenant in the address.
    pub(crate) fn item(&self) -> String {
        self.found.item.clone().unwrap_or_default()
    }

    /// The form of the body.
    ///
    /// # Errors
    /// `UnsupportedMediaType` for any other.
    pub(crate) fn body_form(&self) -> Result<BodyForm> {
        let told = self.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let kind = told.unwrap_or(JSON).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            JSON => Ok(BodyForm::Json),
            NDJSON => Ok(BodyForm::Lines),
            other => Err(Problem::new(
                Kind::UnsupportedMediaType,
                format!("the body is {other:?}: send {JSON}, or documents as {NDJSON}"),
            )),
        }
    }

    /// The body as a value, once all of it is here. A body of nothing is an empty object.
    ///
    /// # Errors
    /// For a body that is too large, too slow, of another type, or no such value.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        if self.body_form()? != BodyForm::Json {
            return Err(Problem::new(Kind::UnsupportedMediaType, format!("this takes a body of {JSON}")));
        }
        let bytes = match self.body.take() {
            Some(body) => body::whole(body, &self.state.limits).await?,
            None => Vec::new(),
        };
        let bytes = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
        // An array would be taken for the fields in their order.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(invalid("the body is no JSON object"));
        }
        read_json(bytes)
    }

    /// Takes room for the body among those of all writes, before a byte of it is read.
    ///
    /// # Errors
    /// `Overloaded` where there is none now.
    pub(crate) fn room(&self) -> Result<OwnedSemaphorePermit> {
        let told = self.body.as_ref().and_then(|body| hyper::body::Body::size_hint(body).exact());
        self.state.waiting_bytes.take(told.unwrap_or(STREAM_BYTES))
    }

    /// The same for a body that is read by lines, of which a batch is held at a time.
    ///
    /// # Errors
    /// As [`Call::room`].
    pub(crate) fn stream_room(&self) -> Result<OwnedSemaphorePermit> {
        self.state.waiting_bytes.take(STREAM_BYTES)
    }

    /// Checks that no parameter is left over.
    ///
    /// # Errors
    /// `InvalidArgument`, which names one that nobody knows.
    pub(crate) fn finish_params(&mut self) -> Result<()> {
        std::mem::take(&mut self.params).finish()
    }

    /// Does some work on a state of the collection that is narrowed to what the key may see, within a time.
    ///
    /// # Errors
    /// For parameters that are left over, a tenant that the key may not see, a state that is too old; those of the work.
    pub(crate) async fn read<T: Send + 'static>(
        mut self,
        tenant: Option<&str>,
        timeout_ms: Option<u64>,
        work: impl FnOnce(&Reading) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.finish_params()?;
        let (name, tenants, least) = (self.collection()?, self.access.tenants(tenant)?, self.min_sequence()?);
        let time: Duration = self.state.limits.time(timeout_ms);
        let Self { state, access, started, .. } = self;
        let own = state.clone();
        let read = move |flag: &Cancellation| {
            let entry = state.catalog.get(&name)?;
            let reading = Reading::new(state, (entry, access), &tenants, started)?;
            reading.check_sequence(least)?;
            work(&reading.cancelled_by(flag))
        };
        own.reads.read(time, read).await
    }

    fn min_sequence(&self) -> Result<Option<u64>> {
        let Some(value) = self.headers.get(MIN_SEQUENCE) else { return Ok(None) };
        let number = value.to_str().ok().and_then(|text| text.parse().ok());
        number
            .map(Some)
            .ok_or_else(|| invalid(format!("{MIN_SEQUENCE} is {value:?}, and has to be a number")))
    }
}

impl Reading {
    pub(crate) fn new(
        state: Arc<State>,
        (entry, access): (Arc<Entry>, Access),
        tenants: &Tenants,
        started: Instant,
    ) -> Result<Self> {
        let snapshot = tenants.narrow(entry.snapshot()?)?;
        Ok(Self { state, entry, snapshot, access, started })
    }

    fn cancelled_by(self, flag: &Cancellation) -> Self {
        Self { snapshot: self.snapshot.cancelled_by(flag), ..self }
    }

    fn check_sequence(&self, least: Option<u64>) -> Result<()> {
        match least {
            Some(least) if self.snapshot.sequence() < least => {
                let own = self.snapshot.sequence();
                Err(Problem::new(
                    Kind::Unavailable,
                    format!("batch {least} is not here yet: this is the state of {own}"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// The condition of a request together with that of the key.
    ///
    /// # Errors
    /// For a filter that is none.
    pub(crate) fn filter(&self, asked: Option<&Filter>) -> Result<Option<Predicate>> {
        Ok(self.access.and(asked.map(predicate).transpose()?))
    }

    /// The same, or a condition that holds for every document.
    ///
    /// # Errors
    /// As [`Reading::filter`].
    pub(crate) fn filter_or_all(&self, asked: Option<&Filter>) -> Result<Predicate> {
        Ok(self.filter(asked)?.unwrap_or(Predicate::Constant(true)))
    }

    /// Documents that the key may see.
    ///
    /// # Errors
    /// When one that has to be read cannot be.
    pub(crate) fn num_documents(&self) -> Result<u64> {
        match self.access.and(None) {
            None => Ok(self.snapshot.num_documents()),
            Some(own) => self.snapshot.count(&own).map_err(problem),
        }
    }
}

/// A filter of a request.
///
/// # Errors
/// `InvalidArgument` that says where it is none.
pub(crate) fn predicate(filter: &Filter) -> Result<Predicate> {
    let read = match &filter.0 {
        Value::String(text) => Predicate::parse(text),
        json => Predicate::from_json(json),
    };
    read.map_err(|error| filter_problem(&error))
}

/// The path of an attribute.
///
/// # Errors
/// `InvalidArgument` where it is none.
pub(crate) fn attribute(field: &str, text: &str) -> Result<AttributePath> {
    AttributePath::parse(text)
        .map_err(|error| invalid(format!("{text:?} is no attribute: {error}")).of_field(field))
}
