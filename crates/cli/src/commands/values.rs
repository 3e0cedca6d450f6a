use crate::args::{FilterArgs, ValuesArgs, attribute};
use crate::exit::Result;
use crate::output::{self, FAINT, counted, json_line, one_line, thousands, warn};
use pleiad::{AttributeValue, AttributeValues, Collection};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &ValuesArgs) -> Result<()> {
    let (path, filter) = (attribute(&args.attribute)?, args.filter.predicate()?);
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    FilterArgs::warn_of_unknown(filter.as_ref(), &snapshot)?;
    let found = snapshot.values(&path, filter.as_ref(), args.limit)?;
    if found.num_with == 0 && found.num_documents > 0 {
        warn(&format!("no document has a value at {path}"));
    }
    let mut out = output::stdout();
    if args.json {
        return json_line(&mut out, &as_json(&found));
    }
    let shown = |value: &AttributeValue| {
        let value = value.to_json();
        one_line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)).to_string()
    };
    for (value, num) in &found.counts {
        writeln!(out, "{:>9}  {}", thousands(*num), shown(value))?;
    }
    let range = match (&found.min, &found.max) {
        (Some(min), Some(max)) => format!(", from {} to {}", shown(min), shown(max)),
        _ => String::new(),
    };
    let (with, all) = (thousands(found.num_with), counted(found.num_documents, "document"));
    let distinct = counted(found.num_distinct, "value");
    writeln!(out, "{FAINT}{distinct}{range}; {with} of {all}{FAINT:#}")?;
    Ok(())
}

fn as_json(found: &AttributeValues) -> Value {
    let json = |value: &Option<AttributeValue>| value.as_ref().map(AttributeValue::to_json);
    let counts = found.counts.iter();
    let counts: Vec<Value> =
        counts.map(|(value, num)| json!({ "value": value.to_json(), "num_documents": num })).collect();
    json!({
        "num_documents": found.num_documents,
        "num_with": found.num_with,
        "num_distinct": found.num_distinct,
        "min": json(&found.min),
        "max": json(&found.max),
        "values": counts,
    })
}
