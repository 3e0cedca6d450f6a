use crate::args::GetArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{FAINT, STRONG, counted, json_line, visible};
use pleiad::{Collection, StoredDocument};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &GetArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    let document = snapshot.get(&args.key)?.ok_or_else(|| {
        let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
        Failure::new(Exit::NotFound, message)
    })?;
    let mut out = anstream::stdout().lock();
    if args.json {
        json_line(&mut out, &as_json(&document, args.vectors))
    } else {
        print(&mut out, &document, args.vectors)
    }
}

fn as_json(document: &StoredDocument, with_vectors: bool) -> Value {
    let mut value = json!({
        "key": document.key.as_str(),
        "id": document.id.0,
        "num_tokens": document.vectors.num_tokens(),
        "text": document.text,
        "attributes": document.attributes,
    });
    if with_vectors {
        value["vectors"] = document.vectors.rows().map(|row| json!(row)).collect();
    }
    value
}

fn print(out: &mut impl Write, document: &StoredDocument, with_vectors: bool) -> Result<()> {
    let num_tokens = counted(document.vectors.num_tokens() as u64, "token vector");
    writeln!(out, "{STRONG}{}{STRONG:#}  {FAINT}id {}, {num_tokens}{FAINT:#}", document.key, document.id)?;
    for (name, value) in &document.attributes {
        writeln!(out, "{FAINT}{name}: {value}{FAINT:#}")?;
    }
    if let Some(text) = &document.text {
        writeln!(out)?;
        for line in text.lines() {
            // A tab is the one control character that does no harm.
            let line: String = line.chars().map(|c| if c == '\t' { c } else { visible(c) }).collect();
            writeln!(out, "{line}")?;
        }
    }
    if with_vectors {
        writeln!(out)?;
        for row in document.vectors.rows() {
            let values: Vec<String> = row.iter().map(|value| format!("{value:.4}")).collect();
            writeln!(out, "{}", values.join(" "))?;
        }
    }
    Ok(())
}
