use super::ImportError;
use super::open_regular;
use pleiad_vectors::DocKey;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

/// Ids of texts in their order.
#[derive(Debug, Clone)]
pub(super) enum Ids {
    Listed(Arc<[String]>),
    /// The numbers below this one: nothing is held for them.
    Numbered(usize),
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Listed(ids) => ids.len(),
            Self::Numbered(num_texts) => *num_texts,
        }
    }

    /// The id of a text that is there.
    pub(super) fn get(&self, text: usize) -> String {
        match self {
            Self::Listed(ids) => ids.get(text).cloned().unwrap_or_default(),
            Self::Numbered(_) => text.to_string(),
        }
    }
}

/// Ids as they are, if they can be keys and all differ.
pub(super) fn checked(place: &str, ids: Vec<String>) -> Result<Arc<[String]>, ImportError> {
    let mut seen = HashMap::with_capacity(ids.len());
    for (row, id) in ids.iter().enumerate() {
        let place = || place.to_owned();
        if let Err(source) = DocKey::new(id.as_str()) {
            return Err(ImportError::Id { place: place(), row, source });
        }
        if let Some(first) = seen.insert(id.as_str(), row) {
            return Err(ImportError::DuplicateId { place: place(), id: id.clone(), first, second: row });
        }
    }
    Ok(ids.into())
}

/// An id as it may be written: whole numbers are taken as they stand.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a string or an integer of at most 64 bits")]
enum Id {
    Text(String),
    Positive(u64),
    Negative(i64),
}

/// Reads a JSON list of ids: as many as there are texts, all different, each fit to be a key.
pub(super) fn read(path: &Path, num_texts: usize) -> Result<Arc<[String]>, ImportError> {
    let place = path.display().to_string();
    let file = open_regular(path).map_err(ImportError::io(&place))?;
    let ids: Vec<Id> = serde_json::from_reader(BufReader::new(file))
        .map_err(|source| ImportError::Json { place: place.clone(), source })?;
    if ids.len() != num_texts {
        return Err(ImportError::Count { place, what: "ids", found: ids.len(), expected: num_texts });
    }
    let text = |id| match id {
        Id::Text(text) => text,
        Id::Positive(number) => number.to_string(),
        Id::Negative(number) => number.to_string(),
    };
    checked(&place, ids.into_iter().map(text).collect())
}

/// The ids of a single file: those of `NAME.ids.json` beside it, or else the numbers of the texts, from 0.
pub(super) fn beside(path: &Path, num_texts: usize) -> Result<Ids, ImportError> {
    let path = path.with_extension("ids.json");
    if path.is_file() { read(&path, num_texts).map(Ids::Listed) } else { Ok(Ids::Numbered(num_texts)) }
}
