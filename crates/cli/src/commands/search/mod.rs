mod answers;
mod by_words;
mod explain_plan;
mod parsed_query;

use crate::args::{Mode, SearchArgs};
use crate::environment;
use crate::exit::Result;
pub(crate) use answers::{Answers, Printed};
pub(crate) use by_words::analyzer;
pub(crate) use explain_plan::lengths_of;
pub(crate) use parsed_query::ParsedQuery;
use pleiad::Collection;
use pleiad_text::Unattended;

/// Queries answered before their answers are printed.
const BATCH_QUERIES: usize = 256;

pub(crate) fn run(args: &SearchArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let snapshot = match &args.snapshot {
        Some(name) => collection.named_snapshot(name)?,
        None => collection.snapshot()?,
    };
    let params = args.budget.params();
    if args.mode == Mode::Words {
        return by_words::run(args, &snapshot, &params);
    }
    if args.explain_plan && args.query.is_none() && args.queries.is_none() && args.query_vectors.is_none() {
        return explain_plan::every_length(&snapshot, &params);
    }
    let encoder = environment::models().for_queries(&snapshot, &args.model.options(), &Unattended)?;
    let queries = encoder.as_ref().map(|encoder| &*encoder.queries);
    let documents = encoder.as_ref().map(|encoder| &*encoder.documents);
    let mut asked = parsed_query::all(args, snapshot.schema(), queries)?.into_iter();
    if args.explain_plan {
        return explain_plan::run(&snapshot, &params, asked);
    }
    let printed = Printed { one: args.query.is_some(), json: args.json, run: args.run.as_deref() };
    let mut answers = Answers::new(printed, &snapshot, documents)?;
    loop {
        let batch: Vec<ParsedQuery> = asked.by_ref().take(BATCH_QUERIES).collect();
        if batch.is_empty() {
            return answers.finish();
        }
        answers.answer_batch(batch, &params)?;
    }
}
