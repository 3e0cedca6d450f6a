use crate::args::{AddArgs, EncoderName, describe_pool};
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, bytes, counted, json_line, thousands};
use pleiad::{BuildParams, Collection, Schema, Snapshot};
use pleiad_encode::Encoder;
use pleiad_text::ingest::{Destination, Detected, Preparation, Summary, ingest};
use pleiad_text::input::{Content, Input, InputOptions, Record, Records, TextSample, read_ahead};
use pleiad_text::{
    CollectionLanguage, ModelPlace, Models, Monitor, NewCollection, NewWords, Settled, is_built_in, wait_for,
};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn run(args: &AddArgs) -> Result<()> {
    let console = Console::listen()?;
    let tenant = args.tenant.written()?;
    let models = environment::models();
    let options = InputOptions { is_strict: args.strict, ..InputOptions::default() };
    let input = Input::open(&args.inputs, options)?;
    let (num_bytes, consumed) = (input.num_bytes(), input.consumed());
    let is_new = !args.collection.exists() || is_empty(&args.collection);
    let has_sample = is_new && needs_sample(args);
    let sample = if has_sample { input.sample(&console) } else { TextSample::default() };
    let reads_ahead = has_sample && input.has_standard_input();
    let records = input.into_records();
    // Standard input may keep this waiting for ever.
    let ((first, records), sample) = wait_for(&console, move || read_first(records, reads_ahead, sample))
        .map_err(|error| error.with_note("nothing of this input was stored"))?;
    let Some(first) = first? else {
        consumed.tell_left_out(&console);
        return Err(Failure::invalid("the input holds no document: nothing was added"));
    };
    let (destination, encoder) = match is_new {
        true => planned(args, &models, &first, sample, &console)?,
        false => existing(args, &models, &first, &console)?,
    };
    let console = console.start(num_bytes);
    let schema = &destination.schema().clone();
    let preparation = Preparation {
        languages: args.languages.languages(),
        is_strict: args.strict,
        on_conflict: args.conflict.on_conflict()?,
        tenant,
        ..Preparation::new(schema, encoder.map(Arc::from), consumed, args.memory.memory)?
    };
    let preparation = preparation.beside(destination.snapshot())?;
    check_write(schema.tenants, preparation.tenant.is_some())?;
    let records = Box::new(std::iter::once(Ok(first)).chain(records));
    let summary = ingest(destination, preparation, records, &console)?;
    drop(console);
    print(args, &summary)
}

/// Checks before anything is read that documents of a collection with tenants have one; the engine refuses them one batch
/// later.
fn check_write(has_tenants: bool, names_one: bool) -> Result<()> {
    match (has_tenants, names_one) {
        (true, false) => Err(Failure::invalid("this collection keeps tenants apart: name one with --tenant")),
        (false, true) => Err(Failure::invalid("this collection has no tenants: leave out --tenant")),
        _ => Ok(()),
    }
}

/// Returns whether the texts decide what a new collection is like.
fn needs_sample(args: &AddArgs) -> bool {
    let options = args.model.options();
    let has_encoder = args.encoder.is_some() || options.named_model().is_some() || options.language.is_some();
    args.words.words.is_none() || !has_encoder
}

/// The first record of an input, if it has one, and those behind it.
type First = (pleiad_text::Result<Option<Record>>, Records);

/// Reads the first record; also those that a sample needs.
fn read_first(mut records: Records, reads_ahead: bool, mut sample: TextSample) -> (First, TextSample) {
    if reads_ahead {
        records = read_ahead(records, &mut sample);
    }
    ((records.next().transpose(), records), sample)
}

/// Opens a collection that is there, and its encoder.
fn existing(
    args: &AddArgs,
    models: &Models,
    first: &Record,
    monitor: &dyn Monitor,
) -> Result<(Destination, Option<Box<dyn Encoder>>)> {
    let mut options = args.sentence.of(args.model.options());
    let params = BuildParams { durability: args.durability, ..args.memory.params() };
    let collection = Collection::open(&args.collection)?;
    check_pool(args, collection.schema())?;
    check_kind(args, collection.schema())?;
    let destination = Destination::there(collection, params, monitor)?;
    if let Some(snapshot) = destination.snapshot() {
        options.language = repeated_language(&snapshot, options.language)?;
    }
    // Vectors that say what made them need no model.
    let encoder = match (&first.content, destination.snapshot()) {
        (Content::Vectors { encoder: Some(_), .. }, _) if options.model.is_none() => None,
        (_, Some(snapshot)) => models.of_collection(&snapshot, &options, monitor)?,
        (_, None) => None,
    };
    let kept = destination.snapshot().map(|snapshot| ModelPlace::of(&snapshot)).transpose()?.flatten();
    let sentence = kept.as_ref().and_then(ModelPlace::sentence);
    let is_of_model = encoder.as_ref().is_some_and(|encoder| !is_built_in(encoder.id()));
    if let (Some(model), true, true) =
        (ModelPlace::named(options.named_model(), sentence)?, options.model.is_some(), is_of_model)
    {
        destination.remember(&model)?;
    }
    Ok((destination, encoder))
}

/// Plans a collection for the documents that begin with `first`, and opens its encoder.
fn planned(
    args: &AddArgs,
    models: &Models,
    first: &Record,
    sample: TextSample,
    monitor: &dyn Monitor,
) -> Result<(Destination, Option<Box<dyn Encoder>>)> {
    let mut options = args.sentence.of(args.model.options());
    let new = NewCollection { words: args.words.new_words(), language: options.language.take() };
    let settled = match &first.content {
        Content::Text { .. } => {
            match args.encoder.map(EncoderName::id) {
                None => {}
                Some(Some(id)) => options.model = Some(id.to_owned()),
                Some(None) => {
                    return Err(Failure::invalid(
                        "texts need an encoder: --encoder none is for ready-made vectors",
                    ));
                }
            }
            new.of_texts(models, &options, || sample, monitor)?
        }
        Content::Vectors { vectors, encoder, .. } => {
            if let Some(name) = args.encoder.and_then(EncoderName::id) {
                return Err(Failure::invalid(format!(
                    "the input brings its own vectors, which {name} did not make: leave out --encoder"
                )));
            }
            new.of_vectors(vectors.dim(), encoder.as_deref(), || sample)?
        }
    };
    let Settled { encoder, mut schema, model, language } = settled;
    schema.tenants = args.tenant.tenant.is_some();
    schema.reduction = args.pool.reduction().unwrap_or(schema.reduction);
    let (folder, params) =
        (args.collection.clone(), BuildParams { durability: args.durability, ..args.memory.params() });
    let schema = Box::new(schema);
    Ok((Destination::Planned { folder, schema, params, model, language }, encoder))
}

/// `--encoder` and `--words` may repeat what the collection was created with, and nothing else.
fn check_kind(args: &AddArgs, schema: &Schema) -> Result<()> {
    let place = args.collection.display();
    if let Some(asked) = args.encoder.map(EncoderName::id).filter(|asked| *asked != schema.encoder.as_deref())
    {
        let (asked, own) = (asked.unwrap_or("none"), schema.encoder.as_deref().unwrap_or("none"));
        return Err(Failure::invalid(format!(
            "{place} was created with encoder {own}, not {asked}: leave out --encoder, or add to a new folder"
        )));
    }
    let is_same = match args.words.new_words() {
        NewWords::ByLanguage => true,
        NewWords::None => schema.words.is_none(),
        NewWords::Named(words) => schema.words.as_ref() == Some(&words),
    };
    match is_same {
        true => Ok(()),
        false => Err(Failure::invalid(format!(
            "{place} was created with other words: leave out --words, or add to a new folder"
        ))),
    }
}

/// The language for the model of a collection that is there: `--language` may repeat that of a collection of the program's
/// own encoders, which have none.
fn repeated_language(snapshot: &Snapshot, asked: Option<String>) -> Result<Option<String>> {
    let (Some(name), Some(id)) = (&asked, &snapshot.schema().encoder) else { return Ok(asked) };
    if !is_built_in(id) {
        return Ok(asked);
    }
    let asked = CollectionLanguage::named(name)?;
    match CollectionLanguage::of(snapshot)? {
        Some(own) if own.code != asked.code && own.is_english() != asked.is_english() => {
            Err(Failure::invalid(format!(
                "this collection was made for texts in {own}, not in {asked}: add them to a new folder"
            )))
        }
        _ => Ok(None),
    }
}

/// Returns whether it is a folder with nothing in it but the first files of a creation: a collection may be made
/// there, as `pleiad create` does.
fn is_empty(folder: &Path) -> bool {
    let is_begun = |name: &std::ffi::OsStr| name == "LOCK" || name == "MANIFEST.new";
    folder.read_dir().is_ok_and(|entries| {
        entries.into_iter().all(|entry| entry.is_ok_and(|entry| is_begun(&entry.file_name())))
    })
}

/// `--pool` may repeat what the collection was created with, and nothing else.
fn check_pool(args: &AddArgs, schema: &Schema) -> Result<()> {
    if args.pool.reduction().is_none_or(|asked| asked == schema.reduction) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "{} was created to keep {}: leave out --pool, or add to a new folder",
        args.collection.display(),
        describe_pool(schema.reduction)
    )))
}

fn print(args: &AddArgs, summary: &Summary) -> Result<()> {
    let mut out = output::stdout();
    if args.json {
        json_line(&mut out, summary)?;
    } else {
        writeln!(out, "{}", describe(summary))?;
    }
    if !summary.is_interrupted {
        return Ok(());
    }
    let message = format!(
        "interrupted: {} of this input are stored in {}. Adding all of it again is safe: documents are replaced by key",
        counted(summary.num_documents, "document"),
        args.collection.display()
    );
    Err(Failure::new(Exit::Interrupted, message))
}

/// Seconds from which on a rate is told.
const MIN_RATED_SECONDS: f64 = 1.0;

/// A summary as a sentence; only what happened is told.
pub(crate) fn describe(summary: &Summary) -> String {
    let asides = [
        (summary.num_replaced, "replaced"),
        (summary.num_duplicates, "repeated in the input, the last counts"),
        (summary.num_unchanged, "stored already"),
        (summary.num_kept, "passed over for what is stored"),
        (summary.num_without_vectors, "without searchable text: found by filters, words and keys alone"),
        (summary.num_skipped, "skipped without searchable text"),
        (summary.num_removed, "removed by those"),
        (summary.num_unread, "left out as files that cannot be read"),
        (summary.num_truncated, "searchable only in their beginning"),
        (summary.num_padding, "rows of zeros left out as padding"),
        (summary.num_in_windows, "so long that they were encoded in windows"),
    ];
    let asides: Vec<String> = asides
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", thousands(*number)))
        .collect();
    let asides = if asides.is_empty() { String::new() } else { format!(" ({})", asides.join(", ")) };
    // The rate of an instant says nothing.
    let rates = match summary.seconds >= MIN_RATED_SECONDS {
        true => format!(
            "{} documents/s, {} tokens/s, ",
            thousands(summary.documents_per_second as u64),
            thousands(summary.tokens_per_second as u64)
        ),
        false => String::new(),
    };
    format!(
        "added {}{asides} in {:.1} s: {rates}{} per document{}",
        counted(summary.num_documents, "document"),
        summary.seconds,
        bytes(summary.bytes_per_document as u64),
        describe_languages(&summary.detected_languages)
    )
}

/// Describes the number of documents of each detected language; nothing where none was detected.
pub(crate) fn describe_languages(detected: &Detected) -> String {
    let each: Vec<String> =
        detected.iter().map(|(language, num)| format!("{} {language}", thousands(*num))).collect();
    if each.is_empty() { String::new() } else { format!("; languages by their texts: {}", each.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_told() {
        let mut summary =
            Summary { num_documents: 1200, seconds: 2.0, documents_per_second: 600.0, ..Summary::default() };
        assert_eq!(
            describe(&summary),
            "added 1,200 documents in 2.0 s: 600 documents/s, 0 tokens/s, 0 B per document"
        );
        // Two documents in an instant have no rate.
        let instant =
            Summary { num_documents: 2, seconds: 0.004, documents_per_second: 500.0, ..Summary::default() };
        assert_eq!(describe(&instant), "added 2 documents in 0.0 s: 0 B per document");
        summary.num_skipped = 2;
        assert!(
            describe(&summary).starts_with("added 1,200 documents (2 skipped without searchable text) in")
        );
    }
}
