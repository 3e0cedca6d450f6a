//! A collection: its folder, its writer, and views of it.

use crate::failure::{Failure, Result};
use crate::opening::{Encoders, New, Places};
use crate::process::{Opener, detached};
use crate::records::Documents;
use crate::signals::Signals;
use crate::snapshot::{RowLength, View};
use crate::writing::Writing;
use pleiad::{Batch, BuildParams, Collection, Tenant};
use pleiad_text::{Error, ErrorKind};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A collection in a folder. The first write takes its writer, which is held until `close`.
#[pyclass(frozen, module = "pleiad._engine")]
pub(crate) struct Engine {
    writing: Arc<Writing>,
    encoders: Arc<Encoders>,
    opener: Opener,
    /// The tenant whose documents are read and written, in a collection that keeps tenants apart.
    tenant: Option<Tenant>,
    row_length: RowLength,
}

#[pymethods]
impl Engine {
    /// Opens a collection, or, where `new` says what it would be, waits for the first documents of one that is not there.
    #[new]
    fn open(
        py: Python<'_>,
        place: PathBuf,
        new: Option<New>,
        model: Option<String>,
        places: Places,
        wait: f64,
    ) -> PyResult<Self> {
        let lock_wait = Duration::try_from_secs_f64(wait)
            .map_err(|_| Failure::invalid(format!("wait is {wait}; it is a number of seconds")))?;
        let params = BuildParams { lock_wait, ..BuildParams::default() };
        let encoders = Arc::new(Encoders::new(places.models(), model));
        let collection: Result<_> = detached(py, || opened(&place, new.as_ref()));
        let writing = Arc::new(Writing::new(place, params, new, collection?));
        Ok(Self { writing, encoders, opener: Opener::this(), tenant: None, row_length: RowLength::default() })
    }

    /// The documents of a tenant, through the same writer.
    fn of_tenant(&self, name: &str) -> PyResult<Self> {
        self.opener.check()?;
        let tenant = Some(Tenant::new(name).map_err(Failure::from)?);
        Ok(Self {
            writing: self.writing.clone(),
            encoders: self.encoders.clone(),
            opener: self.opener,
            tenant,
            row_length: RowLength::default(),
        })
    }

    /// Names of tenants with the numbers of their documents, those behind `after`.
    fn tenants(&self, py: Python<'_>, after: Option<&str>, limit: usize) -> PyResult<Vec<(String, u64)>> {
        self.opener.check()?;
        let listed: Result<_> = detached(py, || {
            let after = after.map(Tenant::new).transpose()?;
            Ok(self.writing.collection()?.snapshot()?.tenants(after.as_ref(), limit)?)
        });
        Ok(listed?.into_iter().map(|found| (found.tenant.to_string(), found.num_documents)).collect())
    }

    /// Writes documents; durable when it returns. Gives a JSON object of numbers.
    fn add(
        &self,
        py: Python<'_>,
        documents: Documents<'_>,
        on_conflict: &str,
        replace_if: Option<&str>,
    ) -> PyResult<String> {
        self.opener.check()?;
        let records = documents.records()?;
        let conflict = (on_conflict, replace_if);
        Ok(Signals::run(py, |signals| {
            self.writing.add(records, conflict, self.tenant.clone(), &self.encoders, signals)
        })?)
    }

    /// Deletes documents by key and by filter, and gives their number.
    fn delete(&self, py: Python<'_>, keys: Vec<String>, filter: Option<&str>) -> PyResult<u64> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| self.writing.delete(self.batch(), keys, filter, signals))?)
    }

    /// Merges a JSON object into the attributes of documents, by key or by filter, and gives their number.
    fn amend(&self, py: Python<'_>, keys: Vec<String>, filter: Option<&str>, patch: &str) -> PyResult<u64> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| self.writing.amend(self.batch(), keys, filter, patch, signals))?)
    }

    /// Everything acknowledged so far, or what it was when a snapshot was named.
    fn view(&self, py: Python<'_>, name: Option<&str>) -> PyResult<View> {
        self.opener.check()?;
        let snapshot: Result<_> = detached(py, || {
            let collection = self.writing.collection()?;
            let snapshot = match name {
                None => collection.snapshot()?,
                Some(name) => collection.named_snapshot(name)?,
            };
            Ok(match &self.tenant {
                None => snapshot,
                Some(tenant) => snapshot.of_tenant(tenant)?,
            })
        });
        Ok(View::new(snapshot?, self.encoders.clone(), self.opener, &self.row_length))
    }

    /// True where there is a collection: one that waits for its first documents is none yet.
    fn exists(&self) -> PyResult<bool> {
        self.opener.check()?;
        Ok(self.writing.is_made()?)
    }

    /// Names the present state, which stays readable under that name.
    fn name_snapshot(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| {
            self.writing.with_writer(signals, |writer| Ok(writer.name_snapshot(name)?))
        })?)
    }

    fn drop_snapshot(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| {
            self.writing.with_writer(signals, |writer| Ok(writer.drop_snapshot(name)?))
        })?)
    }

    fn snapshots(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.opener.check()?;
        let named: Result<Vec<_>> = detached(py, || Ok(self.writing.collection()?.named_snapshots()?));
        Ok(named?.into_iter().map(|snapshot| snapshot.name).collect())
    }

    /// Measures what budgets reach which recall, with texts as questions or with queries made from documents. Gives JSON.
    fn tune(&self, py: Python<'_>, texts: Vec<String>, mode: Option<&str>) -> PyResult<String> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| self.writing.tune(texts, mode, &self.encoders, signals))?)
    }

    /// Writes the collection anew without what was deleted.
    fn compact(&self, py: Python<'_>) -> PyResult<()> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| self.writing.with_writer(signals, |writer| Ok(writer.compact()?)))?)
    }

    /// Checks every checksum: what is damaged, in words.
    fn verify(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.opener.check()?;
        let found: Result<_> = detached(py, || Ok(self.writing.collection()?.verify(&mut |_, _| ())?));
        Ok(found?.findings)
    }

    /// Gives the writer back; later calls are refused.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.opener.check()?;
        Ok(Signals::run(py, |signals| self.writing.close(signals))?)
    }
}

impl Engine {
    fn batch(&self) -> Batch {
        self.tenant.clone().map_or_else(Batch::new, Batch::of_tenant)
    }
}

/// The collection that is there, or the one that can be made at once; nothing for one that waits for documents.
fn opened(place: &PathBuf, new: Option<&New>) -> Result<Option<Collection>> {
    match (Collection::open(place).map_err(Error::from), new) {
        (Ok(collection), _) => Ok(Some(collection)),
        (Err(error), Some(new)) if error.kind() == ErrorKind::NotFound && !place.is_file() => {
            new.dim().map(|dim| new.make(place, dim)).transpose()
        }
        (Err(error), _) => Err(error.into()),
    }
}
