use crate::args::GetArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{FAINT, STRONG, counted, json_line, visible, warn};
use pleiad::{Collection, ErrorKind, MultiVector, StoredDocument, StoredFields};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &GetArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    let missing = || {
        let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
        Failure::new(Exit::NotFound, message)
    };
    let document = match snapshot.get(&args.key) {
        // Text and attributes may be readable all the same.
        Err(error) if error.kind() == ErrorKind::Corrupt && !args.vectors => {
            let fields = snapshot.get_fields(&args.key)?.ok_or_else(missing)?;
            warn(&error.to_string());
            Shown { fields, vectors: None }
        }
        document => {
            let StoredDocument { key, id, vectors, text, attributes } = document?.ok_or_else(missing)?;
            Shown { fields: StoredFields { key, id, text, attributes }, vectors: Some(vectors) }
        }
    };
    let mut out = anstream::stdout().lock();
    if args.json {
        json_line(&mut out, &as_json(&document, args.vectors))
    } else {
        print(&mut out, &document, args.vectors)
    }
}

/// A document, without vectors where they cannot be read.
struct Shown {
    fields: StoredFields,
    vectors: Option<MultiVector>,
}

fn as_json(Shown { fields, vectors }: &Shown, with_vectors: bool) -> Value {
    let mut value = json!({
        "key": fields.key.as_str(),
        "id": fields.id.0,
        "num_tokens": vectors.as_ref().map(MultiVector::num_tokens),
        "text": fields.text,
        "attributes": fields.attributes,
    });
    if let (true, Some(vectors)) = (with_vectors, vectors) {
        value["vectors"] = vectors.rows().map(|row| json!(row)).collect();
    }
    value
}

fn print(out: &mut impl Write, Shown { fields, vectors }: &Shown, with_vectors: bool) -> Result<()> {
    let num_tokens = match vectors {
        Some(vectors) => counted(vectors.num_tokens() as u64, "token vector"),
        None => "no readable token vectors".into(),
    };
    writeln!(out, "{STRONG}{}{STRONG:#}  {FAINT}id {}, {num_tokens}{FAINT:#}", fields.key, fields.id)?;
    for (name, value) in &fields.attributes {
        writeln!(out, "{FAINT}{name}: {value}{FAINT:#}")?;
    }
    if let Some(text) = &fields.text {
        writeln!(out)?;
        for line in text.lines() {
            // A tab is the one control character that does no harm.
            let line: String = line.chars().map(|c| if c == '\t' { c } else { visible(c) }).collect();
            writeln!(out, "{line}")?;
        }
    }
    if let (true, Some(vectors)) = (with_vectors, vectors) {
        writeln!(out)?;
        for row in vectors.rows() {
            let values: Vec<String> = row.iter().map(|value| format!("{value:.4}")).collect();
            writeln!(out, "{}", values.join(" "))?;
        }
    }
    Ok(())
}
