use super::json_lines::is_json_lines;
use super::vectors;
use crate::exit::{Failure, Result};
use pleiad::Query;
use pleiad_evaluate::{BeirQuery, JsonLines, Lines};
use std::path::Path;

/// Queries as texts with their ids: of JSON lines, or one a line with its number as id.
///
/// # Errors
/// When the file cannot be read or a line is not a query.
pub(crate) fn query_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let queries = if is_json_lines(path) { json_texts(path)? } else { plain_texts(path)? };
    if queries.is_empty() {
        return Err(Failure::invalid(format!("{} holds no query", path.display())));
    }
    Ok(queries)
}

fn json_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let lines = JsonLines::<BeirQuery>::open(path)?;
    lines.map(|line| line.map(|line| (line.value.key, line.value.text)).map_err(Failure::from)).collect()
}

fn plain_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let mut lines = Lines::open(path)?;
    let mut queries = Vec::new();
    while let Some(line) = lines.next() {
        let (number, text) = line?;
        queries.push((number.to_string(), text.to_owned()));
    }
    Ok(queries)
}

/// Queries as token vectors, with their ids.
///
/// # Errors
/// When the files cannot be read or hold no query.
pub(crate) fn query_vectors(path: &Path) -> Result<Vec<(String, Query)>> {
    let queries = vectors::queries(path)?;
    if queries.is_empty() {
        return Err(Failure::invalid(format!("{} holds no query", path.display())));
    }
    Ok(queries)
}
