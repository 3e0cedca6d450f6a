use crate::args::{AddArgs, describe_pool};
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, bytes, counted, json_line, thousands};
use pleiad::{BuildParams, Collection, Schema};
use pleiad_encode::Encoder;
use pleiad_text::ingest::{Destination, Detected, Preparation, Summary, ingest};
use pleiad_text::input::{Content, Input, InputOptions, Record};
use pleiad_text::{ModelPlace, Models, Monitor, WordsAnalyzer, is_built_in, schema_for, wait_for};
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &AddArgs) -> Result<()> {
    let console = Console::listen()?;
    let models = environment::models();
    let options = InputOptions { is_strict: args.strict, ..InputOptions::default() };
    let input = Input::open(&args.inputs, options)?;
    let (num_bytes, consumed) = (input.num_bytes(), input.consumed());
    let mut records = input.into_records();
    // Standard input may keep this waiting for ever.
    let (first, records) = wait_for(&console, move || (records.next().transpose(), records))
        .map_err(|error| error.with_note("nothing of this input was stored"))?;
    let Some(first) = first? else {
        consumed.tell_left_out(&console);
        return Err(Failure::invalid("the input holds no document: nothing was added"));
    };
    let (destination, encoder) = destination(args, &models, &first, &console)?;
    let console = console.start(num_bytes);
    let runs_model = encoder.as_ref().is_some_and(|encoder| encoder.runs_model());
    let preparation = Preparation {
        encoder,
        languages: args.languages.languages(),
        encoder_id: destination.schema().encoder.clone(),
        words: WordsAnalyzer::of(destination.schema())?,
        dim: destination.schema().dim,
        is_strict: args.strict,
        consumed,
        runs_model,
        stored: destination.snapshot().filter(|_| runs_model),
        memory_bytes: args.memory.memory,
    };
    let records = Box::new(std::iter::once(Ok(first)).chain(records));
    let summary = ingest(destination, preparation, records, &console)?;
    drop(console);
    print(args, &summary)
}

/// Opens the destination of documents and their encoder: a model is opened once, for a new collection as for one that
/// is there.
fn destination(
    args: &AddArgs,
    models: &Models,
    first: &Record,
    monitor: &dyn Monitor,
) -> Result<(Destination, Option<Box<dyn Encoder>>)> {
    let (folder, options) = (&args.collection, args.model.options());
    let params = BuildParams { durability: args.durability, ..args.memory.params() };
    if folder.exists() && !is_empty(folder) {
        let collection = Collection::open(folder)?;
        check_pool(args, collection.schema())?;
        let destination = Destination::there(collection, params, monitor)?;
        // Vectors that say what made them need no model.
        let encoder = match (&first.content, destination.snapshot()) {
            (Content::Vectors { encoder: Some(_), .. }, _) if options.model.is_none() => None,
            (_, Some(snapshot)) => models.of_collection(&snapshot, &options, monitor)?,
            (_, None) => None,
        };
        let is_of_model = encoder.as_ref().is_some_and(|encoder| !is_built_in(encoder.id()));
        if let (Some(model), true, true) =
            (ModelPlace::named(options.named_model())?, options.model.is_some(), is_of_model)
        {
            destination.remember(&model)?;
        }
        return Ok((destination, encoder));
    }
    let (encoder, mut schema, model) = match &first.content {
        Content::Text { .. } => {
            let encoder = models.open(&options, monitor)?;
            let schema = schema_for(&*encoder);
            let model = ModelPlace::named(options.named_model())?.filter(|_| !is_built_in(encoder.id()));
            (Some(encoder), schema, model)
        }
        Content::Vectors { vectors, encoder, .. } => {
            let encoder = encoder.as_deref().map(str::to_owned);
            (None, Schema { encoder, ..Schema::new(vectors.dim()) }, None)
        }
    };
    schema.reduction = args.pool.reduction().unwrap_or_default();
    Ok((Destination::Planned { folder: folder.clone(), schema, params, model }, encoder))
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
