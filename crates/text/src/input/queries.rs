use super::format::{Format, Unread};
use super::vectors;
use crate::error::{Error, Result};
use pleiad::Query;
use pleiad_evaluate::{BeirQuery, JsonLines, Lines};
use std::io;
use std::path::Path;

/// Queries as texts with their ids: of JSON lines or an array, or one a line with its number as id. `-` is standard
/// input, one a line.
///
/// # Errors
/// When the file cannot be read or a line is not a query.
pub fn query_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let queries = match Format::by_name(path) {
        Format::Json => json_texts(path)?,
        Format::Text => plain_texts(path)?,
        Format::Vectors => {
            return Err(Error::invalid(format!("{} holds vectors: use --query-vectors", path.display())));
        }
        Format::Unread(unread) => return Err(unread.refusal(path, "by its name")),
    };
    if queries.is_empty() {
        return Err(Error::invalid(format!("{} holds no query", name_of(path))));
    }
    Ok(queries)
}

/// What `-` is called in messages.
const STANDARD_INPUT: &str = "standard input";

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { STANDARD_INPUT.to_owned() } else { path.display().to_string() }
}

fn json_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let lines = JsonLines::<BeirQuery>::open(path)?;
    lines.map(|line| line.map(|line| (line.value.key, line.value.text)).map_err(Error::from)).collect()
}

fn plain_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let mut lines = match path == Path::new("-") {
        true => Lines::from_reader(STANDARD_INPUT, io::stdin())?,
        false => Lines::open(path)?,
    };
    let mut queries = Vec::new();
    while let Some(line) = lines.next() {
        let (number, text) = line?;
        if let (true, Some(unread)) = (queries.is_empty(), Unread::by_text(text)) {
            return Err(unread.refusal(path, "by its first line"));
        }
        queries.push((number.to_string(), text.to_owned()));
    }
    Ok(queries)
}

/// Queries as token vectors, with their ids.
///
/// # Errors
/// When the files cannot be read or hold no query.
pub fn query_vectors(path: &Path) -> Result<Vec<(String, Query)>> {
    let queries = vectors::queries(path)?;
    if queries.is_empty() {
        return Err(Error::invalid(format!("{} holds no query", path.display())));
    }
    Ok(queries)
}
