use super::search::{Answers, Asked, Printed};
use crate::args::FindArgs;
use crate::encoder;
use crate::exit::{Exit, Failure, Result};
use crate::ingest::{Destination, Preparation, fill};
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::shown::Question;
use pleiad::{BuildParams, Collection, Durability, SearchParams};

/// Adds everything to a collection that is removed at the end, and searches it exactly.
pub(crate) fn run(args: &FindArgs) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let input = Input::open(&args.inputs)?;
    let progress = Progress::start(input.num_bytes());
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let folder = temporary.path().join("collection");
    let chosen = encoder::chosen(&args.model)?;
    // Before anything is read: a question without a word ends here.
    Question::encode(&*chosen.for_collection(&[]), &args.query)?;
    let collection = Collection::create(&folder, &encoder::schema_of(&*chosen))?;
    let params = BuildParams { durability: Durability::None, ..BuildParams::default() };
    let mut destination = Destination::there(collection.clone(), params)?;
    let preparation = Preparation {
        languages: None,
        dim: chosen.dim(),
        encoder: Some(chosen),
        is_strict: false,
        consumed: input.consumed(),
        runs_model: args.model.is_given(),
        stored: None,
        memory_bytes: params.memory_bytes,
    };
    let summary = fill(&mut destination, preparation, input.into_records(), &progress, &interrupt)?;
    progress.clear();
    if summary.is_interrupted {
        return Err(Failure::new(Exit::Interrupted, "interrupted"));
    }
    if summary.num_documents == 0 {
        return Err(Failure::invalid("the input holds no document with a word that can be searched for"));
    }
    let snapshot = collection.snapshot()?;
    let encoder = encoder::asking(&snapshot, &args.model)?
        .ok_or_else(|| encoder::missing(snapshot.schema(), "a question is asked in words"))?;
    let asked = Asked::text(&*encoder.queries, "1".to_owned(), args.query.clone());
    let printed = Printed { one: true, json: args.json, run: None };
    let mut answers = Answers::new(printed, &snapshot, Some(&*encoder.documents));
    answers.give(vec![asked], &SearchParams { k: args.k, exact: true, ..SearchParams::default() })?;
    answers.finish()
}
