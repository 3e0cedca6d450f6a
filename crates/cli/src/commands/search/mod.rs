mod answers;
mod explain_plan;
mod parsed_query;

use crate::args::{FilterArgs, SearchArgs};
use crate::environment;
use crate::exit::{Failure, Result};
pub(crate) use answers::{Answers, Printed};
pub(crate) use explain_plan::lengths_of;
pub(crate) use parsed_query::ParsedQuery;
use pleiad::{Collection, SearchParams};
use pleiad_text::{Mode, QueryForm, Searcher, Unattended};

/// Queries answered before their answers are printed.
const BATCH_QUERIES: usize = 256;

pub(crate) fn run(args: &SearchArgs) -> Result<()> {
    let filter = args.filter.predicate()?;
    let collection = Collection::open(&args.collection)?;
    let snapshot = match &args.snapshot {
        Some(name) => collection.named_snapshot(name)?,
        None => collection.snapshot()?,
    };
    let snapshot = args.tenant.narrow(snapshot)?;
    FilterArgs::warn_of_unknown(filter.as_ref(), &snapshot)?;
    let page = args.page.params()?;
    let params = SearchParams { filter, ..args.budget.params() };
    let has_text = args.query.is_some() || args.queries.is_some();
    let form = match (args.query_vectors.is_some(), has_text) {
        (true, true) => QueryForm::Both,
        (true, false) => QueryForm::Vectors,
        (false, true) => QueryForm::Text,
        (false, false) if !args.sets.sets.is_empty() => {
            return Err(Failure::invalid("name a query: a plan for vector sets depends on its tokens"));
        }
        (false, false) => return explain_plan::every_length(&snapshot, &params, args.ranking.options()),
    };
    let (models, options, asked) = (environment::models(), args.model.options(), args.ranking.options());
    let searcher = match args.sets.sets.clone() {
        sets if sets.is_empty() => Searcher::open(&snapshot, &models, &options, asked, form, &Unattended)?,
        sets => Searcher::open_sets(&snapshot, &models, &options, sets, form, &Unattended)?,
    };
    check_budgets(args, &searcher)?;
    let mut asked = parsed_query::all(args, &searcher)?.into_iter();
    if args.explain_plan {
        return explain_plan::run(&searcher, &page, &params, asked);
    }
    let printed = Printed { one: args.query.is_some(), json: args.json, run: args.run.as_deref() };
    let mut answers = Answers::new(printed, &searcher)?;
    loop {
        let batch: Vec<ParsedQuery> = asked.by_ref().take(BATCH_QUERIES).collect();
        if batch.is_empty() {
            return answers.finish();
        }
        answers.answer_batch(batch, &page, &params)?;
    }
}

/// Budgets are for candidates by vectors.
fn check_budgets(args: &SearchArgs, searcher: &Searcher<'_>) -> Result<()> {
    let budgets =
        [("--candidates", args.budget.candidates.is_some()), ("--rerank", args.budget.rerank.is_some())];
    match budgets.iter().find(|(_, is_given)| *is_given && searcher.mode() == Mode::Words) {
        Some((flag, _)) => Err(Failure::invalid(format!(
            "{flag} is for searches by vectors, and this one is by words alone: leave it out"
        ))),
        None => Ok(()),
    }
}
