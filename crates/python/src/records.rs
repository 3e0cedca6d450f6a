//! Documents as Python gives them: lists side by side.

use crate::arrays::sets_of;
use crate::failure::{Failure, Result};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pleiad_text::input::{Content, Place, Record, Records, check_integers};
use pyo3::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Lists of the same length: keys, texts, JSON objects, and sets of vectors in one array.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Documents<'py> {
    keys: Vec<String>,
    texts: Option<Vec<Option<String>>>,
    attributes: Option<Vec<Option<String>>>,
    rows: Option<PyReadonlyArray2<'py, f32>>,
    offsets: Option<PyReadonlyArray1<'py, i64>>,
}

impl Documents<'_> {
    /// One record for each document, whose place is its number.
    ///
    /// # Errors
    /// `InvalidArgument` for lists of different lengths, attributes that are no object, and vectors that are none.
    pub(crate) fn records(self) -> Result<Vec<Record>> {
        let num_keys = self.keys.len();
        let same = |what: &str, len: Option<usize>| match len {
            Some(len) if len != num_keys => Err(Failure::invalid(format!(
                "there are {num_keys} keys and {len} {what}: one for each document"
            ))),
            _ => Ok(()),
        };
        same("texts", self.texts.as_ref().map(Vec::len))?;
        same("attributes", self.attributes.as_ref().map(Vec::len))?;
        let sets = match (&self.rows, &self.offsets) {
            (Some(rows), Some(offsets)) => {
                let name =
                    |at: usize| self.keys.get(at).map_or_else(String::new, |key| format!("document {key:?}"));
                Some(sets_of(rows, offsets, name)?)
            }
            _ => None,
        };
        same("sets of vectors", sets.as_ref().map(Vec::len))?;
        let mut sets = sets.map(Vec::into_iter);
        let mut texts = self.texts.map(Vec::into_iter);
        let mut attributes = self.attributes.map(Vec::into_iter);
        let documents = self.keys.into_iter().zip(1..);
        documents
            .map(|(key, number)| {
                let text = texts.as_mut().and_then(Iterator::next).flatten();
                let json = attributes.as_mut().and_then(Iterator::next).flatten();
                let mut attributes = json.map_or_else(|| Ok(Map::new()), |json| object(&key, &json))?;
                let title = match attributes.remove("title") {
                    Some(Value::String(title)) => Some(title),
                    other => {
                        attributes.extend(other.map(|other| ("title".to_owned(), other)));
                        None
                    }
                };
                let content = match sets.as_mut().and_then(Iterator::next) {
                    Some(vectors) => Content::Vectors { vectors, title, text, encoder: None },
                    None => Content::Text { title, text: text.unwrap_or_default() },
                };
                Ok(Record {
                    place: Place { file: "document".into(), line: Some(number) },
                    key,
                    content,
                    sets: BTreeMap::new(),
                    attributes,
                })
            })
            .collect()
    }
}

/// Records as the ingestion takes them.
pub(crate) fn stream(records: Vec<Record>) -> Records {
    Box::new(records.into_iter().map(Ok))
}

/// # Errors
/// `InvalidArgument` where it is no JSON object.
pub(crate) fn object(key: &str, json: &str) -> Result<Map<String, Value>> {
    check_integers(json.as_bytes())
        .map_err(|error| error.within(format!("attributes of document {key:?}")))?;
    serde_json::from_str(json).map_err(|error| {
        Failure::invalid(format!("attributes of document {key:?} are no JSON object: {error}"))
    })
}
