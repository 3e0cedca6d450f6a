use crate::args::GetArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, FAINT, STRONG, counted, json_line, one_line, warn};
use pleiad::{Collection, ErrorKind, MultiVector, StoredDocument, StoredFields};
use pleiad_text::input::stored_key;
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(args: &GetArgs) -> Result<()> {
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    let key = stored_key(&snapshot, &args.key)?;
    let missing = || {
        let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
        Failure::new(Exit::NotFound, message)
    };
    let document = match snapshot.get(&key) {
        // Text and attributes may be readable all the same.
        Err(error) if error.kind() == ErrorKind::Corrupt && !args.vectors => {
            let fields = snapshot.get_fields(&key)?.ok_or_else(missing)?;
            warn(&error.to_string());
            DocumentView { fields, vectors: None }
        }
        document => {
            let StoredDocument { key, id, vectors, text, attributes, .. } = document?.ok_or_else(missing)?;
            DocumentView { fields: StoredFields { key, id, text, attributes }, vectors: Some(vectors) }
        }
    };
    let mut out = output::stdout();
    if args.json {
        json_line(&mut out, &as_json(&document, args.vectors))
    } else {
        print(&mut out, &document, args.vectors)
    }
}

/// A document, without vectors where they cannot be read.
struct DocumentView {
    fields: StoredFields,
    vectors: Option<MultiVector>,
}

fn as_json(DocumentView { fields, vectors }: &DocumentView, with_vectors: bool) -> Value {
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

fn print(
    out: &mut impl Write,
    DocumentView { fields, vectors }: &DocumentView,
    with_vectors: bool,
) -> Result<()> {
    let num_tokens = match vectors {
        Some(vectors) => counted(vectors.num_tokens() as u64, "token vector"),
        None => "no readable token vectors".into(),
    };
    let key = one_line(fields.key.as_str());
    writeln!(out, "{STRONG}{key}{STRONG:#}  {FAINT}id {}, {num_tokens}{FAINT:#}", fields.id)?;
    for (name, value) in &fields.attributes {
        writeln!(out, "{FAINT}{}: {value}{FAINT:#}", one_line(name))?;
    }
    if let Some(text) = &fields.text {
        writeln!(out)?;
        for line in text.lines() {
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
