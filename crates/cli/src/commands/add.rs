use crate::args::AddArgs;
use crate::encoder;
use crate::exit::{Exit, Failure, Result};
use crate::ingest::{Destination, Languages, Preparation, Summary, ingest};
use crate::input::{Content, Input, Record};
use crate::interrupt::Interrupt;
use crate::output::{counted, json_line};
use crate::progress::Progress;
use crate::reduction;
use pleiad::{BuildParams, Collection, Schema};
use pleiad_encode::Encoder;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &AddArgs) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let input = Input::open(&args.inputs)?;
    encoder::prepare(&args.model, &interrupt)?;
    let progress = Progress::start(input.num_bytes());
    let consumed = input.consumed();
    let mut records = input.into_records();
    let Some(first) = records.next().transpose()? else {
        return Err(Failure::invalid("the input holds no document: nothing was added"));
    };
    let (destination, encoder) = destination(args, &first)?;
    let runs_model = args.model.is_given();
    let preparation = Preparation {
        encoder,
        languages: Languages::of(&args.languages),
        dim: destination.schema().dim,
        is_strict: args.strict,
        consumed,
        runs_model,
        stored: destination.snapshot().filter(|_| runs_model),
        memory_bytes: args.memory.memory,
    };
    let records = Box::new(std::iter::once(Ok(first)).chain(records));
    let summary = ingest(destination, preparation, records, &progress, &interrupt)?;
    progress.clear();
    print(args, &summary)
}

/// Where documents go, and what encodes them: a model is opened once, for a new collection as for one that is there.
fn destination(args: &AddArgs, first: &Record) -> Result<(Destination, Option<Box<dyn Encoder>>)> {
    let folder = &args.collection;
    let params = BuildParams { durability: args.durability, ..args.memory.params() };
    if folder.exists() && !is_empty(folder) {
        let collection = Collection::open(folder)?;
        check_pool(args, collection.schema())?;
        let destination = Destination::there(collection, params)?;
        let encoder = encoder::of(destination.schema(), &args.model)?;
        return Ok((destination, encoder));
    }
    let (encoder, mut schema) = match &first.content {
        Content::Text { .. } => {
            let encoder = encoder::chosen(&args.model)?;
            let schema = encoder::schema_of(&*encoder);
            (Some(encoder), schema)
        }
        Content::Vectors { vectors, .. } => (None, Schema::new(vectors.dim())),
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
        writeln!(out, "{summary}")?;
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
