use crate::args::GetArgs;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, FAINT, STRONG, counted, json_line, one_line, warn};
use pleiad::{Collection, ErrorKind, MultiVector, SetSchema, StoredDocument, StoredFields};
use pleiad_text::input::stored_key;
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
            DocumentView { fields, vectors: None, sets: BTreeMap::new() }
        }
        document => {
            let StoredDocument { key, id, vectors, sets, text, attributes, .. } =
                document?.ok_or_else(missing)?;
            let fields = StoredFields { key, id, text, attributes };
            DocumentView { fields, vectors: Some(vectors), sets }
        }
    };
    let mut out = output::stdout();
    if args.json {
        json_line(&mut out, &as_json(&document, args.vectors))
    } else {
        print(&mut out, &document, args.vectors)
    }
}

/// Vectors as `add` reads them: rows of the first set where there is no other one, else by the name of the set.
pub(super) fn vectors_as_json(body: &MultiVector, sets: &BTreeMap<String, MultiVector>) -> Value {
    let rows = |vectors: &MultiVector| Value::Array(vectors.rows().map(|row| json!(row)).collect());
    if sets.is_empty() {
        return rows(body);
    }
    let own = (!body.is_empty()).then(|| (SetSchema::BODY.to_owned(), rows(body)));
    let others = sets.iter().map(|(set, vectors)| (set.clone(), rows(vectors)));
    Value::Object(own.into_iter().chain(others).collect())
}

/// A document, without vectors where they cannot be read.
struct DocumentView {
    fields: StoredFields,
    vectors: Option<MultiVector>,
    sets: BTreeMap<String, MultiVector>,
}

fn as_json(DocumentView { fields, vectors, sets }: &DocumentView, with_vectors: bool) -> Value {
    let mut value = json!({
        "key": fields.key.as_str(),
        "id": fields.id.0,
        "num_tokens": vectors.as_ref().map(MultiVector::num_tokens),
        "text": fields.text,
        "attributes": fields.attributes,
    });
    if !sets.is_empty() {
        let counts = sets.iter().map(|(set, vectors)| (set.clone(), json!(vectors.num_tokens())));
        value["sets"] = Value::Object(counts.collect());
    }
    if let (true, Some(vectors)) = (with_vectors, vectors) {
        value["vectors"] = vectors_as_json(vectors, sets);
    }
    value
}

fn print(
    out: &mut impl Write,
    DocumentView { fields, vectors, sets }: &DocumentView,
    with_vectors: bool,
) -> Result<()> {
    let mut num_tokens = match vectors {
        Some(vectors) => counted(vectors.num_tokens() as u64, "token vector"),
        None => "no readable token vectors".into(),
    };
    for (set, vectors) in sets {
        num_tokens.push_str(&format!(", {} of {set}", vectors.num_tokens()));
    }
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
    let of_sets = sets.iter().map(|(set, vectors)| (set.as_str(), vectors));
    let all = vectors.iter().map(|vectors| ("", vectors)).chain(of_sets);
    for (set, vectors) in all.filter(|_| with_vectors) {
        writeln!(out, "{FAINT}{set}{FAINT:#}")?;
        for row in vectors.rows() {
            let values: Vec<String> = row.iter().map(|value| format!("{value:.4}")).collect();
            writeln!(out, "{}", values.join(" "))?;
        }
    }
    Ok(())
}
