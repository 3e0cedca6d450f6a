use super::record::{Content, Place, Record};
use super::{Consumed, Records};
use crate::error::{Error, Result};
use pleiad::Query;
use pleiad_encode::import::{Documents, VectorFile, VectorFolder};
use serde_json::Map;
use std::path::Path;
use std::sync::Arc;

/// Whether a folder is one of token vectors.
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
    let (file, consumed): (Arc<str>, _) = (path.display().to_string().into(), consumed.clone());
    let record = move |(number, document): (u64, std::result::Result<_, _>)| {
        let (key, vectors): (String, pleiad::MultiVector) = document?;
        consumed.add(row_bytes(vectors.dim()) * vectors.num_tokens() as u64);
        let place = Place { file: file.clone(), line: Some(number) };
        let content = Content::Vectors { vectors, title: None, text: None };
        Ok(Record { place, key, content, attributes: Map::new() })
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

/// The queries of a folder, or of a file that holds nothing else.
pub(crate) fn queries(path: &Path) -> Result<Vec<(String, Query)>> {
    if !path.exists() {
        return Err(Error::missing(path));
    }
    if path.is_dir() {
        return Ok(VectorFolder::open(path)?.queries()?);
    }
    let documents = VectorFile::open(path)?.documents()?;
    documents
        .map(|document| document.map(|(id, vectors)| (id, Query::new(vectors))).map_err(Error::from))
        .collect()
}
