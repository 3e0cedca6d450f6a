use super::get::vectors_as_json;
use crate::args::{ExportArgs, FilterArgs};
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::{Collection, DocKey, Predicate, Snapshot, StoredFields};
use serde_json::{Map, Value, json};

/// Prints documents as lines that `add` reads.
pub(crate) fn run(args: &ExportArgs) -> Result<()> {
    let filter = args.filter.predicate()?.unwrap_or(Predicate::Constant(true));
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    FilterArgs::warn_of_unknown(Some(&filter), &snapshot)?;
    let mut out = output::stdout();
    for key in snapshot.keys(&filter, None, usize::MAX)? {
        json_line(&mut out, &record(&snapshot, &key, args.vectors)?)?;
    }
    Ok(())
}

/// A document as one JSON object.
fn record(snapshot: &Snapshot, key: &DocKey, with_vectors: bool) -> Result<Value> {
    let lost =
        || Failure::new(Exit::Defect, format!("document {:?} was listed and is not there", key.as_str()));
    let mut record = Map::new();
    record.insert("_id".to_owned(), json!(key.as_str()));
    let StoredFields { text, attributes, .. } = snapshot.get_fields(key.as_str())?.ok_or_else(lost)?;
    // One without text may lack vectors too, and have attributes alone.
    if with_vectors || text.is_none() {
        let document = snapshot.get(key.as_str())?.ok_or_else(lost)?;
        let has_vectors = !document.vectors.is_empty() || !document.sets.is_empty();
        if !with_vectors && has_vectors {
            return Err(Failure::invalid(format!(
                "document {:?} has no text, only token vectors: --vectors exports these",
                key.as_str()
            )));
        }
        if has_vectors {
            record.insert("vectors".to_owned(), vectors_as_json(&document.vectors, &document.sets));
        }
    }
    if let Some(text) = text {
        record.insert("text".to_owned(), json!(text));
    }
    // A key or a text of its own was never kept as an attribute.
    record.extend(attributes);
    Ok(Value::Object(record))
}
