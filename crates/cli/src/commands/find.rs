use super::search::{Answers, ParsedQuery, Printed};
use crate::args::FindArgs;
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use pleiad::{BuildParams, Collection, Durability, PageParams, SearchParams};
use pleiad_text::ingest::{Destination, Preparation, fill};
use pleiad_text::input::{FileKeys, Input, InputOptions};
use pleiad_text::{QueryForm, RankingOptions, Searcher, no_word, schema_for};

/// Adds everything to a collection that is removed at the end, and searches it exactly.
pub(crate) fn run(args: &FindArgs) -> Result<()> {
    let filter = args.filter.predicate()?;
    let console = Console::listen()?;
    let (models, options) = (environment::models(), args.model.options());
    let input =
        Input::open(&args.inputs, InputOptions { keys: FileKeys::AsNamed, ..InputOptions::default() })?;
    models.prepare(&options, &console)?;
    let console = console.start(input.num_bytes());
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let folder = temporary.path().join("collection");
    let chosen = models.open(&options, &console)?;
    // Before anything is read: a question without a word ends here.
    if chosen.encode_query(&args.query)?.vectors.is_empty() {
        return Err(no_word(&args.query).into());
    }
    let collection = Collection::create(&folder, &schema_for(&*chosen))?;
    let params = BuildParams { durability: Durability::None, ..BuildParams::default() };
    let mut destination = Destination::there(collection.clone(), params, &console)?;
    let (schema, consumed) = (collection.schema().clone(), input.consumed());
    let preparation = Preparation::new(&schema, Some(chosen), consumed, params.memory_bytes)?;
    let summary = fill(&mut destination, preparation, input.into_records(), &console)?;
    console.line().clear();
    if summary.is_interrupted {
        return Err(Failure::new(Exit::Interrupted, "interrupted"));
    }
    if summary.num_documents == 0 {
        return Err(Failure::invalid("the input holds no document with a word that can be searched for"));
    }
    let snapshot = collection.snapshot()?;
    let ranking = RankingOptions::default();
    let searcher = Searcher::open(&snapshot, &models, &options, ranking, QueryForm::Text, &console)?;
    let asked = ParsedQuery::typed(&searcher, &args.query);
    let printed = Printed { one: true, json: args.json, run: None };
    let mut answers = Answers::new(printed, &searcher)?;
    let params = SearchParams { k: args.k, exact: true, filter, ..SearchParams::default() };
    answers.answer_batch(vec![asked], &PageParams::default(), &params)?;
    answers.finish()
}
