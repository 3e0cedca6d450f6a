use super::search::lengths_of;
use crate::args::{InfoArgs, describe_pool};
use crate::exit::Result;
use crate::output::{self, bytes, counted, json_line, thousands};
use pleiad::{
    AttributeInfo, Collection, Info, LemurForm, Promise, SetEncoding, SetInfo, SetSchema, TextField,
};
use pleiad_encode::WordsOnly;
use pleiad_text::CollectionLanguage;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &InfoArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    let (info, language) = (snapshot.info()?, CollectionLanguage::of(&snapshot)?);
    let mut out = output::stdout();
    if args.json {
        let mut value = serde_json::to_value(&info)?;
        if let Some(language) = &language {
            value["language"] = json!(language);
        }
        return json_line(&mut out, &value);
    }
    let of_language = language.map(|language| ("language", language.to_string()));
    for (name, value) in rows(&info).into_iter().chain(of_language) {
        writeln!(out, "{name:<20} {value}")?;
    }
    for set in &info.sets {
        writeln!(out, "{:<20} {}", format!("set {}", set.name), set_row(set, &info))?;
    }
    let mut name = "attributes";
    for attribute in &info.attributes {
        writeln!(out, "{name:<20} {}", describe_attribute(attribute))?;
        name = "";
    }
    let by_vectors = if info.hybrid_promises.is_empty() { "promises" } else { "promises, vectors" };
    print_promises("promises, hybrid", &info.hybrid_promises, &mut out)?;
    print_promises(by_vectors, &info.promises, &mut out)?;
    info.sets
        .iter()
        .try_for_each(|set| print_promises(&format!("promises, {}", set.name), &set.promises, &mut out))
}

/// A named vector set on one line.
fn set_row(set: &SetInfo, info: &Info) -> String {
    let schema = info.schema.sets.iter().find(|schema| schema.name == set.name);
    format!(
        "{}, {}, {} of codes, {} of FDE codes: {}",
        counted(set.num_documents, "document"),
        counted(set.num_tokens, "token vector"),
        bytes(set.token_bytes),
        bytes(set.fde_bytes),
        schema.map_or_else(String::new, describe_set)
    )
}

/// The shape of a named vector set.
pub(super) fn describe_set(set: &SetSchema) -> String {
    let code = format!("{:?}", set.tokens.code()).to_lowercase();
    let origin = match &set.source {
        Some(source) => format!("made of {source}"),
        None => "ready-made".to_owned(),
    };
    format!("set {} of dimension {}, {code}, {origin}", set.name, set.dim)
}

/// Prints a line for each length of queries, the first one under this name.
fn print_promises(name: &str, promises: &[Promise], out: &mut impl Write) -> Result<()> {
    for (at, promise) in promises.iter().enumerate() {
        let next = promises.get(at + 1).map(|next| next.min_tokens);
        let name = if at == 0 { name } else { "" };
        writeln!(out, "{name:<20} queries of {}: {}", lengths_of(promise.min_tokens, next), promise.basis)?;
    }
    Ok(())
}

fn rows(info: &Info) -> Vec<(&'static str, String)> {
    let schema = &info.schema;
    let per_document = |num_bytes: u64| {
        let each = num_bytes.checked_div(info.num_documents).unwrap_or(0);
        format!("{:>10}  {:>8} per document", bytes(num_bytes), bytes(each))
    };
    vec![
        ("documents", thousands(info.num_documents)),
        ("token vectors", thousands(info.num_tokens)),
        ("dimension", schema.dim.to_string()),
        ("encoder", describe_encoder(schema.encoder.as_deref())),
        ("kept", describe_pool(schema.reduction)),
        ("words", describe_words(info)),
        ("segments", info.num_segments.to_string()),
        ("deleted, not merged", thousands(info.num_deleted)),
        ("all files", per_document(info.total_bytes)),
        (
            "  token codes",
            format!("{}, {} per token", per_document(info.token_bytes), bytes(info.bytes_per_token as u64)),
        ),
        ("  FDE codes", per_document(info.fde_bytes)),
        ("  texts", per_document(info.text_bytes)),
        ("  attributes", per_document(info.attribute_bytes)),
        ("  their index", per_document(info.attribute_index_bytes)),
        ("  words", per_document(info.words_bytes)),
        ("  log", format!("{:>10}", bytes(info.log_bytes))),
        ("token code", describe_code(info)),
        ("FDE code", format!("{:?}, dimension {}", schema.encoding.code(), info.fde_dim).to_lowercase()),
        ("FDE", describe_fde(info)),
    ]
}

fn describe_encoder(id: Option<&str>) -> String {
    match id {
        None => "none: ready-made token vectors".to_owned(),
        Some(WordsOnly::ID) => format!("{}: texts are found by their words alone", WordsOnly::ID),
        Some(id) => id.to_owned(),
    }
}

fn describe_words(info: &Info) -> String {
    let Some(words) = &info.schema.words else { return "none kept".to_owned() };
    let field = |field: &TextField| format!("{} x {}", field.source, field.weight);
    let fields: Vec<String> = words.fields.iter().map(field).collect();
    format!("{}, {} terms, fields {}", words.analyzer, thousands(info.num_terms), fields.join(", "))
}

fn describe_attribute(attribute: &AttributeInfo) -> String {
    let AttributeInfo { path, num_rows, kinds, num_distinct, is_indexed } = attribute;
    let kinds = if kinds.is_empty() { "objects".to_owned() } else { kinds.join(", ") };
    let index = if *is_indexed { "" } else { "; not indexed everywhere" };
    format!("{path}: {kinds} in {}, {} distinct{index}", counted(*num_rows, "row"), thousands(*num_distinct))
}

fn describe_code(info: &Info) -> String {
    let code = format!("{:?}", info.schema.tokens.code()).to_lowercase();
    match info.schema.tokens.centroids() {
        Some(num_centroids) => format!("{code} around {} centroids", thousands(u64::from(num_centroids))),
        None => code,
    }
}

fn describe_fde(info: &Info) -> String {
    let fde = match &info.schema.encoding {
        SetEncoding::Fde { params, .. } => params,
        SetEncoding::Lemur { params, .. } => {
            let form = match params.form {
                LemurForm::HalfPlanes => "untrained",
                LemurForm::Trained => "trained",
            };
            return format!("LEMUR, {form}, fitted on {} tokens", thousands(u64::from(params.num_samples)));
        }
    };
    let mut text = format!("{} repetitions, {} hyperplanes each", fde.repetitions, fde.simhash_projections);
    if let Some(dim) = fde.projection_dim {
        text += &format!(", {dim} values a region");
    }
    if let Some(dim) = fde.final_projection_dim {
        text += &format!(", {dim} in the end");
    }
    text + &format!(", seed {}", fde.seed)
}
