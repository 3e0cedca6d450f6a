use crate::args::{FilterArgs, ListArgs};
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::{Collection, DocKey, Predicate, Snapshot};
use pleiad_text::input::stored_key;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &ListArgs) -> Result<()> {
    let filter = args.filter.predicate()?.unwrap_or(Predicate::Constant(true));
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    FilterArgs::warn_of_unknown(Some(&filter), &snapshot)?;
    let after = match &args.after {
        Some(key) => Some(DocKey::new(stored_key(&snapshot, key)?)?),
        None => None,
    };
    let keys = snapshot.keys(&filter, after.as_ref(), args.limit.unwrap_or(usize::MAX))?;
    let mut out = output::stdout();
    for key in keys {
        if args.json {
            print_fields(&snapshot, &key, &mut out)?;
        } else {
            writeln!(out, "{key}")?;
        }
    }
    Ok(())
}

fn print_fields(snapshot: &Snapshot, key: &DocKey, out: &mut impl Write) -> Result<()> {
    // What a snapshot has listed it also holds.
    let fields = snapshot.get_fields(key.as_str())?.ok_or_else(|| {
        Failure::new(Exit::Defect, format!("document {:?} was listed and is not there", key.as_str()))
    })?;
    let value = json!({
        "key": fields.key.as_str(),
        "id": fields.id.0,
        "text": fields.text,
        "attributes": fields.attributes,
    });
    json_line(out, &value)
}
