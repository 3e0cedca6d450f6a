use super::format::{Format, Unread};
use super::vectors;
use crate::error::{Error, Result};
use pleiad::Query;
use pleiad_evaluate::{BeirQuery, InputError, JsonLines, Line, Lines};
use std::collections::HashSet;
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

/// Name of `-` in messages.
const STANDARD_INPUT: &str = "standard input";

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { STANDARD_INPUT.to_owned() } else { path.display().to_string() }
}

fn json_texts(path: &Path) -> Result<Vec<(String, String)>> {
    let lines = JsonLines::<BeirQuery>::open(path)?;
    let file = lines.name().to_owned();
    let (mut queries, mut seen) = (Vec::new(), HashSet::new());
    for line in lines {
        let Line { number, value } = line?;
        if value.key.is_empty() {
            return Err(Error::invalid(format!("{file}:{number}: the id of the query is empty")));
        }
        // Answers and judgments are by id: of two equal ones, one would be lost.
        if !seen.insert(value.key.clone()) {
            let what = format!("query {:?} appears", value.key);
            return Err(InputError::Duplicate { file, line: number, what }.into());
        }
        queries.push((value.key, value.text));
    }
    Ok(queries)
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
