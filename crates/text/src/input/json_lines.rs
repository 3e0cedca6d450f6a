use super::consumed::Consumed;
use super::options::Records;
use super::record::{Place, Record};
use crate::error::{Error, Result};
use pleiad_evaluate::{JsonLines, Line, open_regular};
use serde_json::{Map, Value};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The documents of a file of JSON: one a line, or in an array.
pub(crate) fn from_file(path: &Path, consumed: &Consumed) -> Result<Records> {
    let file =
        open_regular(path).map_err(|error| Error::io(format!("cannot open {}", path.display()), &error))?;
    from_reader(&path.display().to_string(), consumed.count(file))
}

/// The documents of any source, which `name` stands for in messages.
pub(crate) fn from_reader(name: &str, source: impl Read + Send + 'static) -> Result<Records> {
    let lines = JsonLines::<Map<String, Value>>::from_reader(name, source)?;
    let file: Arc<str> = name.into();
    let record = move |line: std::result::Result<Line<_>, _>| {
        let Line { number, value } = line?;
        Record::from_json(Place { file: file.clone(), line: Some(number) }, value)
    };
    Ok(Box::new(lines.map(record)))
}
