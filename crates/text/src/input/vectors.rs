use super::consumed::Consumed;
use super::json_lines;
use super::options::Records;
use super::record::{Content, Place, Record};
use crate::error::{Error, Result};
use pleiad::Query;
use pleiad_encode::import::{Documents, VectorFile, VectorFolder};
use pleiad_evaluate::open_regular;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// The file that says which encoder made the vectors of a folder.
pub(crate) const ENCODER: &str = "encoder.json";

/// Bytes of that file which are read, at most.
const MAX_ENCODER_BYTES: u64 = 1 << 16;

/// The documents of a folder as they were encoded, in the order of the vectors.
pub(crate) const TEXTS: &str = "texts.jsonl";

/// Returns whether a folder is one of token vectors.
pub(crate) fn is_folder(folder: &Path) -> bool {
    VectorFolder::is_one(folder)
}

/// Bytes of the values, about: rows and dimension in 16 bits.
pub(crate) fn num_bytes(path: &Path) -> Result<u64> {
    let (num_vectors, dim) = if path.is_dir() {
        let folder = VectorFolder::open(path)?;
        (folder.num_vectors(), folder.dim())
    } else {
        let file = VectorFile::open(path)?;
        (file.num_vectors(), file.dim())
    };
    Ok(row_bytes(dim) * num_vectors as u64)
}

fn row_bytes(dim: usize) -> u64 {
    2 * dim as u64
}

/// The documents of a folder or a file.
pub(crate) fn records(path: &Path, consumed: &Consumed) -> Result<Records> {
    let documents = open(path)?;
    let encoder: Option<Arc<str>> = encoder_of(path)?.map(Arc::from);
    let mut texts = texts_of(path)?;
    let (file, consumed): (Arc<str>, _) = (path.display().to_string().into(), consumed.clone());
    let record = move |(number, document): (u64, std::result::Result<_, _>)| {
        let (key, vectors): (String, pleiad::MultiVector) = document?;
        consumed.add(row_bytes(vectors.dim()) * vectors.num_tokens() as u64);
        let place = Place { file: file.clone(), line: Some(number) };
        let encoder = encoder.clone();
        let Some(texts) = &mut texts else {
            let content = Content::Vectors { vectors, title: None, text: None, encoder };
            return Ok(Record { place, key, content, sets: BTreeMap::new(), attributes: Map::new() });
        };
        let of_text = texts.next().transpose()?.filter(|record| record.key == key);
        let missing =
            || Error::invalid(format!("{TEXTS} has another document than {key:?} here")).within(&place);
        let Record { content, sets, attributes, .. } = of_text.ok_or_else(missing)?;
        let (title, text) = match content {
            Content::Text { title, text } => (title, Some(text)),
            Content::Vectors { title, text, .. } => (title, text),
        };
        let content = Content::Vectors { vectors, title, text, encoder };
        Ok(Record { place, key, content, sets, attributes })
    };
    Ok(Box::new((1..).zip(documents).map(record)))
}

fn open(path: &Path) -> Result<Documents> {
    Ok(if path.is_dir() {
        VectorFolder::open(path)?.documents()?
    } else {
        VectorFile::open(path)?.documents()?
    })
}

/// The identity of the encoder that a folder's vectors come from; nothing where it does not say.
///
/// # Errors
/// When `encoder.json` is there and names no encoder.
fn encoder_of(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(ENCODER);
    let refused = |error: io::Error| Error::io(format!("cannot read {}", path.display()), &error);
    let file = match open_regular(&path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened.map_err(refused)?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_ENCODER_BYTES).read_to_end(&mut bytes).map_err(refused)?;
    let found: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    match found.get("encoder").and_then(Value::as_str) {
        Some(encoder) => Ok(Some(encoder.to_owned())),
        None => Err(Error::invalid(format!("{} names no encoder", path.display()))),
    }
}

/// The documents of a folder as they were encoded, in the order of its vectors; nothing where it has none.
///
/// # Errors
/// When they are there and cannot be opened.
fn texts_of(folder: &Path) -> Result<Option<Records>> {
    let path = folder.join(TEXTS);
    if !path.is_file() {
        return Ok(None);
    }
    json_lines::from_file(&path, &Consumed::default()).map(Some)
}

/// The queries of a folder, or of a file that holds nothing else: an array of two dimensions is one query.
pub(crate) fn queries(path: &Path) -> Result<Vec<(String, Query)>> {
    if !path.exists() {
        return Err(Error::missing(path));
    }
    if path.is_dir() {
        return Ok(VectorFolder::open(path)?.queries()?);
    }
    Ok(VectorFile::open_queries(path)?.queries()?)
}
