use crate::args::AddArgs;
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{bytes, counted, json_line, thousands};
use crate::reduction;
use pleiad::{BuildParams, Collection, Schema};
use pleiad_encode::Encoder;
use pleiad_text::ingest::{Destination, Detected, Preparation, Summary, ingest};
use pleiad_text::input::{Content, Input, Record};
use pleiad_text::{Models, Monitor, WordsAnalyzer, schema_for};
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &AddArgs) -> Result<()> {
    let console = Console::listen()?;
    let models = environment::models();
    let input = Input::open(&args.inputs, &console)?;
    models.prepare(&args.model.options(), &console)?;
    let console = console.start(input.num_bytes());
    let consumed = input.consumed();
    let mut records = input.into_records();
    let Some(first) = records.next().transpose()? else {
        return Err(Failure::invalid("the input holds no document: nothing was added"));
    };
    let (destination, encoder) = destination(args, &models, &first, &console)?;
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

/// Where documents go, and what encodes them: a model is opened once, for a new collection as for one that is there.
fn destination(
    args: &AddArgs,
    models: &Models,
    first: &Record,
    monitor: &dyn Monitor,
) -> Result<(Destination, Option<Box<dyn Encoder>>)> {
    let folder = &args.collection;
    let params = BuildParams { durability: args.durability, ..args.memory.params() };
    if folder.exists() && !is_empty(folder) {
        let collection = Collection::open(folder)?;
        check_pool(args, collection.schema())?;
        let destination = Destination::there(collection, params)?;
        let options = args.model.options();
        // Vectors that say what made them need no model.
        let encoder = match &first.content {
            Content::Vectors { encoder: Some(_), .. } if !options.names_model() => None,
            _ => models.of_collection(destination.schema(), &options, monitor)?,
        };
        return Ok((destination, encoder));
    }
    let (encoder, mut schema) = match &first.content {
        Content::Text { .. } => {
            let encoder = models.open(&args.model.options(), monitor)?;
            let schema = schema_for(&*encoder);
            (Some(encoder), schema)
        }
        Content::Vectors { vectors, encoder, .. } => {
            let encoder = encoder.as_deref().map(str::to_owned);
            (None, Schema { encoder, ..Schema::new(vectors.dim()) })
        }
    };
    schema.reduction = args.pool.reduction().unwrap_or_default();
    Ok((Destination::Planned { folder: folder.clone(), schema, params }, encoder))
}

/// Whether it is a folder with nothing in it but what a creation begins with: a collection may be made there, as `pleiad
/// create` does.
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
        reduction::describe(schema.reduction)
    )))
}

fn print(args: &AddArgs, summary: &Summary) -> Result<()> {
    let mut out = anstream::stdout().lock();
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

/// A summary as a sentence; only what happened is told.
pub(crate) fn describe(summary: &Summary) -> String {
    let asides = [
        (summary.num_replaced, "replaced"),
        (summary.num_duplicates, "repeated in the input, the last counts"),
        (summary.num_unchanged, "stored already"),
        (summary.num_skipped, "skipped without searchable text"),
        (summary.num_removed, "removed by those"),
        (summary.num_truncated, "searchable only in their beginning"),
        (summary.num_padding, "rows of zeros left out as padding"),
    ];
    let asides: Vec<String> = asides
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", thousands(*number)))
        .collect();
    let asides = if asides.is_empty() { String::new() } else { format!(" ({})", asides.join(", ")) };
    format!(
        "added {}{asides} in {:.1} s: {} documents/s, {} tokens/s, {} per document{}",
        counted(summary.num_documents, "document"),
        summary.seconds,
        thousands(summary.documents_per_second as u64),
        thousands(summary.tokens_per_second as u64),
        bytes(summary.bytes_per_document as u64),
        describe_languages(&summary.detected_languages)
    )
}

/// How many documents were taken for which language, in words; nothing where none was guessed.
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
        summary.num_skipped = 2;
        assert!(
            describe(&summary).starts_with("added 1,200 documents (2 skipped without searchable text) in")
        );
    }
}
