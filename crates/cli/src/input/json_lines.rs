use super::record::{Place, Record};
use super::{Consumed, Records};
use crate::exit::{Failure, Result};
use pleiad_evaluate::{JsonLines, Line};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Names that JSON lines have.
const ENDINGS: [&str; 6] = [".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".ndjson.gz", ".ndjson.zst"];

/// Whether a file is one of JSON lines, by its name.
pub(crate) fn is_json_lines(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// One document a line.
pub(crate) fn from_file(path: &Path, consumed: &Consumed) -> Result<Records> {
    let file =
        File::open(path).map_err(|error| Failure::io(format!("cannot open {}", path.display()), &error))?;
    from_reader(&path.display().to_string(), consumed.count(file))
}

/// One document a line from any source, which `name` stands for in messages.
pub(crate) fn from_reader(name: &str, source: impl Read + Send + 'static) -> Result<Records> {
    let lines = JsonLines::<Map<String, Value>>::from_reader(name, source)?;
    let file: Arc<str> = name.into();
    let record = move |line: std::result::Result<Line<_>, _>| {
        let Line { number, value } = line?;
        Record::from_json(Place { file: file.clone(), line: Some(number) }, value)
    };
    Ok(Box::new(lines.map(record)))
}
