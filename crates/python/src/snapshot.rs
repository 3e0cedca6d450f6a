//! Everything that is read of a collection.

use crate::answer::Found;
use crate::arrays::array_of;
use crate::failure::{Failure, Result};
use crate::opening::Encoders;
use crate::process::{Opener, detached};
use crate::query::{Asked, Asking, path, predicate, predicate_or_all, ranking};
use crate::signals::Signals;
use numpy::{PyArray2, PyReadonlyArray2};
use pleiad::{AttributeValue, DocKey, Snapshot};
use pleiad_text::{Naming, QueryForm, Question, Ranking, RankingOptions, Searcher, without_encoder};
use pyo3::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One state of a collection, which never changes.
#[pyclass(frozen, module = "pleiad._engine")]
pub(crate) struct View {
    state: Arc<State>,
}

/// A snapshot with the encoder of its questions.
pub(crate) struct State {
    snapshot: Snapshot,
    encoders: Arc<Encoders>,
    opener: Opener,
    row_length: Arc<OnceLock<f32>>,
}

/// The length of rows for hybrid scores of ready-made vectors, which the first search of a state measures for all its views.
#[derive(Debug, Default)]
pub(crate) struct RowLength {
    of: Mutex<(u64, Arc<OnceLock<f32>>)>,
}

impl RowLength {
    fn of(&self, snapshot: &Snapshot) -> Arc<OnceLock<f32>> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.0 != snapshot.sequence() {
            *of = (snapshot.sequence(), Arc::default());
        }
        of.1.clone()
    }
}

/// Key, text, attributes as JSON, and vectors where they are asked for.
type Fields<'py> = (String, Option<String>, String, Option<Bound<'py, PyArray2<f32>>>);

/// A question as Python passes it: a text, rows, or both.
type Passed<'py> = (Option<String>, Option<PyReadonlyArray2<'py, f32>>);

impl View {
    pub(crate) fn new(
        snapshot: Snapshot,
        encoders: Arc<Encoders>,
        opener: Opener,
        row_length: &RowLength,
    ) -> Self {
        let row_length = row_length.of(&snapshot);
        Self { state: Arc::new(State { snapshot, encoders, opener, row_length }) }
    }
}

#[pymethods]
impl View {
    /// Number of documents.
    fn __len__(&self) -> PyResult<usize> {
        self.state.opener.check()?;
        Ok(usize::try_from(self.state.snapshot.num_documents()).unwrap_or(usize::MAX))
    }

    fn __contains__(&self, py: Python<'_>, key: &str) -> PyResult<bool> {
        self.state.read(py, |snapshot| Ok(snapshot.contains(key)?))
    }

    fn search(&self, py: Python<'_>, question: Passed<'_>, asking: Asking) -> PyResult<Found> {
        self.state.opener.check()?;
        let asked = Asked::new(question.0, question.1.as_ref())?;
        Ok(Signals::run(py, |signals| Found::search(&self.state, asked, asking, signals))?)
    }

    /// One answer or exception for each question, on all cores.
    fn search_batch(
        &self,
        py: Python<'_>,
        questions: Vec<Passed<'_>>,
        asking: Asking,
    ) -> PyResult<Vec<Py<PyAny>>> {
        self.state.opener.check()?;
        let asked = questions.into_iter().map(|(text, rows)| Asked::new(text, rows.as_ref()));
        let asked: Vec<Asked> = asked.collect::<Result<_>>()?;
        let found = Signals::run(py, |signals| Found::search_batch(&self.state, asked, asking, signals))?;
        found
            .into_iter()
            .map(|found| match found {
                Ok(found) => Ok(Py::new(py, found)?.into_any()),
                Err(failure) => Ok(PyErr::from(failure).into_value(py).into_any()),
            })
            .collect()
    }

    /// Why a document has its score: JSON, and the same for people.
    fn explain(
        &self,
        py: Python<'_>,
        question: Passed<'_>,
        key: &str,
        mode: Option<&str>,
        alpha: Option<f32>,
    ) -> PyResult<(String, String)> {
        self.state.opener.check()?;
        let asked = Asked::new(question.0, question.1.as_ref())?;
        Ok(Signals::run(py, |signals| self.state.explain(&asked, key, ranking(mode, alpha)?, signals))?)
    }

    fn get<'py>(&self, py: Python<'py>, key: &str, vectors: bool) -> PyResult<Option<Fields<'py>>> {
        if !vectors {
            let found = self.state.read(py, |snapshot| Ok(snapshot.get_fields(key)?))?;
            return found
                .map(|fields| Ok((fields.key.to_string(), fields.text, json(fields.attributes), None)))
                .transpose();
        }
        let found = self.state.read(py, |snapshot| Ok(snapshot.get(key)?))?;
        let fields = |document: pleiad::StoredDocument| {
            let rows = array_of(py, &document.vectors)?;
            Ok((document.key.to_string(), document.text, json(document.attributes), Some(rows)))
        };
        found.map(fields).transpose()
    }

    /// Keys that pass a filter, ascending, from behind a key on.
    fn keys(
        &self,
        py: Python<'_>,
        filter: Option<&str>,
        after: Option<String>,
        limit: usize,
    ) -> PyResult<Vec<String>> {
        self.state.read(py, |snapshot| {
            let after = after.map(DocKey::new).transpose().map_err(pleiad::Error::from)?;
            let keys = snapshot.keys(&predicate_or_all(filter)?, after.as_ref(), limit)?;
            Ok(keys.iter().map(ToString::to_string).collect())
        })
    }

    fn count(&self, py: Python<'_>, filter: Option<&str>) -> PyResult<u64> {
        self.state.read(py, |snapshot| match filter {
            None => Ok(snapshot.num_documents()),
            Some(filter) => Ok(snapshot.count(&predicate(filter)?)?),
        })
    }

    /// The values of an attribute with the number of documents of each, as JSON.
    fn values(
        &self,
        py: Python<'_>,
        attribute: &str,
        filter: Option<&str>,
        limit: usize,
    ) -> PyResult<String> {
        self.state.read(py, |snapshot| {
            let filter = filter.map(predicate).transpose()?;
            let found = snapshot.values(&path(attribute)?, filter.as_ref(), limit)?;
            let counts = found.counts.iter().map(|(value, num)| json!([value.to_json(), num]));
            let bound = |value: &Option<AttributeValue>| value.as_ref().map(AttributeValue::to_json);
            Ok(json!({
                "num_documents": found.num_documents,
                "num_with": found.num_with,
                "num_distinct": found.num_distinct,
                "min": bound(&found.min),
                "max": bound(&found.max),
                "counts": counts.collect::<Vec<_>>(),
            })
            .to_string())
        })
    }

    /// Schema, sizes and promises, as JSON.
    fn info(&self, py: Python<'_>) -> PyResult<String> {
        self.state.read(py, |snapshot| {
            serde_json::to_string(&snapshot.info()?).map_err(|error| Failure::internal(error.to_string()))
        })
    }
}

impl State {
    fn read<T: Send>(&self, py: Python<'_>, read: impl FnOnce(&Snapshot) -> Result<T> + Send) -> PyResult<T> {
        self.opener.check()?;
        Ok(detached(py, || read(&self.snapshot))?)
    }

    pub(crate) fn opener(&self) -> Opener {
        self.opener
    }

    /// Asks in one ranking; the encoder is opened where a text has to become vectors.
    ///
    /// # Errors
    /// When the collection lacks what is asked for, or the model cannot be had.
    pub(crate) fn searcher(
        &self,
        asked: RankingOptions,
        form: QueryForm,
        signals: &Signals,
    ) -> Result<Searcher<'_>> {
        let schema = self.snapshot.schema();
        let settled = Ranking::settle(schema, asked, form)?;
        let is_encoded = settled != Ranking::Words && form == QueryForm::Text;
        let encoder = if is_encoded { self.encoders.of(&self.snapshot, signals)? } else { None };
        if is_encoded && encoder.is_none() {
            return Err(without_encoder(schema, "search with an array of token vectors").into());
        }
        let Ranking::Hybrid(_) = settled else {
            return Ok(Searcher::with_encoder(&self.snapshot, encoder, settled)?);
        };
        if let Some(&row_length) = self.row_length.get() {
            return Ok(Searcher::with_row_length(&self.snapshot, encoder, settled, row_length)?);
        }
        let searcher = Searcher::with_encoder(&self.snapshot, encoder, settled)?;
        self.row_length.get_or_init(|| searcher.row_length());
        Ok(searcher)
    }

    fn explain(
        &self,
        asked: &Asked,
        key: &str,
        options: RankingOptions,
        signals: &Signals,
    ) -> Result<(String, String)> {
        let searcher = self.searcher(options, asked.form(), signals)?;
        let question = asked.question(&searcher)?;
        let explained = searcher.explain(&question, key, Naming::Closest)?;
        let json = explained.as_json().map_err(|error| Failure::internal(error.to_string()))?;
        Ok((json.to_string(), explained.to_string()))
    }
}

impl Asked {
    pub(crate) fn form(&self) -> QueryForm {
        match (&self.vectors, &self.text) {
            (Some(_), Some(_)) => QueryForm::Both,
            (Some(_), None) => QueryForm::Vectors,
            (None, _) => QueryForm::Text,
        }
    }

    /// # Errors
    /// When it asks for nothing, or the model fails.
    pub(crate) fn question(&self, searcher: &Searcher<'_>) -> Result<Question> {
        Ok(match &self.vectors {
            Some(vectors) => searcher.vector_question(vectors.clone(), self.text.as_deref())?,
            None => searcher.typed_question(self.text.as_deref().unwrap_or_default())?,
        })
    }
}

fn json(attributes: Map<String, Value>) -> String {
    Value::Object(attributes).to_string()
}
