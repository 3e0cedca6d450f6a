use super::error::ModelError;
use super::read::{MAX_SETTINGS_BYTES, read_whole};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A JSON object of settings, and where it stands, so that every complaint names its place.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    path: PathBuf,
    object: Map<String, Value>,
}

impl Settings {
    /// Settings that stand in a file among other things.
    pub(crate) fn new(path: &Path, object: Map<String, Value>) -> Self {
        Self { path: path.to_owned(), object }
    }

    /// The settings of a file that is not there.
    pub(crate) fn empty(path: &Path) -> Self {
        Self::new(path, Map::new())
    }

    /// Reads a file; nothing if there is none.
    pub(crate) fn find(path: &Path) -> Result<Option<Self>, ModelError> {
        let Some(bytes) = read_whole(path, MAX_SETTINGS_BYTES)? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(object) => Ok(Some(Self { path: path.to_owned(), object })),
            Err(source) => Err(ModelError::Json { path: path.to_owned(), source }),
        }
    }

    /// Reads a file that must be there.
    pub(crate) fn open(path: &Path, needed: &'static str) -> Result<Self, ModelError> {
        Self::find(path)?.ok_or_else(|| ModelError::MissingFile { path: path.to_owned(), needed })
    }

    /// Settings within a setting; nothing if they are not there or null.
    pub(crate) fn inner(&self, key: &str) -> Result<Option<Self>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self { path: self.path.clone(), object: object.clone() })),
            Some(other) => Err(self.wrong(key, other, "an object")),
        }
    }

    /// A list of settings within a setting; nothing if it is not there.
    pub(crate) fn objects(&self, key: &str) -> Result<Option<Vec<Self>>, ModelError> {
        let read = |item: &Value| Some(Self::new(&self.path, item.as_object()?.clone()));
        self.optional(key, "a list of objects", |list| list.as_array()?.iter().map(read).collect())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.object.keys().map(String::as_str)
    }

    /// The value; nothing if it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn wrong(&self, key: &str, found: &Value, expected: &str) -> ModelError {
        let (key, found) = (key.to_owned(), found.to_string());
        ModelError::Key { path: self.path.clone(), key, found, expected: expected.to_owned() }
    }

    pub(crate) fn missing(&self, key: &str) -> ModelError {
        ModelError::MissingKey { path: self.path.clone(), key: key.to_owned() }
    }

    fn optional<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ModelError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(key, value, expected))
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, ModelError> {
        self.optional(key, "a string", Value::as_str)
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        self.optional(key, "true or false", Value::as_bool)
    }

    /// A whole number small enough that no product of two of them overflows.
    pub(crate) fn count(&self, key: &str) -> Result<Option<usize>, ModelError> {
        let small = |value: &Value| value.as_u64().filter(|&count| count <= 1 << 28);
        Ok(self.optional(key, "a whole number below 2^28", small)?.map(|count| count as usize))
    }

    pub(crate) fn number(&self, key: &str) -> Result<Option<f64>, ModelError> {
        self.optional(key, "a number", Value::as_f64)
    }

    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, ModelError> {
        let strings = |value: &Value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        self.optional(key, "a list of strings", strings)
    }

    /// A whole number that must be there, at least one.
    pub(crate) fn needed_count(&self, key: &str) -> Result<usize, ModelError> {
        match self.count(key)? {
            Some(0) => Err(self.wrong(key, &Value::from(0), "at least 1")),
            Some(count) => Ok(count),
            None => Err(self.missing(key)),
        }
    }

    /// A setting that must have one value, which is also its default.
    pub(crate) fn only(&self, key: &str, supported: &Value) -> Result<(), ModelError> {
        match self.get(key) {
            Some(found) if found != supported => Err(self.wrong(key, found, &supported.to_string())),
            _ => Ok(()),
        }
    }

    /// No other settings than these.
    pub(crate) fn only_keys(&self, known: &[&str]) -> Result<(), ModelError> {
        match self.object.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, found)) => Err(self.wrong(key, found, &format!("no other settings than {known:?}"))),
            None => Ok(()),
        }
    }
}
