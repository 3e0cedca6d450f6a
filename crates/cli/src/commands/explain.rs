use crate::args::{ExplainArgs, FilterArgs};
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::{Collection, ConditionOutcome};
use pleiad_text::input::stored_key;
use pleiad_text::{ErrorKind, Naming, QueryForm, Searcher, Unattended};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<()> {
    let filter = FilterArgs { filter: args.filter.clone() }.predicate()?;
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    let (models, options, asked) = (environment::models(), args.model.options(), args.ranking.options());
    let searcher = match args.sets.sets.clone() {
        sets if sets.is_empty() => {
            Searcher::open(&snapshot, &models, &options, asked, QueryForm::Text, &Unattended)?
        }
        sets => Searcher::open_sets(&snapshot, &models, &options, sets, QueryForm::Text, &Unattended)?,
    };
    let question = searcher.typed_question(&args.query)?;
    let naming = if args.json { Naming::Closest } else { Naming::Phrase };
    let key = stored_key(&snapshot, &args.key)?;
    let explained = searcher.explain(&question, &key, naming);
    let explained = explained.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
            Failure::new(Exit::NotFound, message)
        }
        _ => error.into(),
    })?;
    let outcomes = filter.map(|filter| snapshot.outcomes(&key, &filter)).transpose()?.flatten();
    let mut out = output::stdout();
    if args.json {
        let mut value = explained.as_json()?;
        if let Some(outcomes) = &outcomes {
            let condition = |one: &ConditionOutcome| json!({ "condition": one.condition.to_string(), "holds": one.holds });
            value["filter"] = json!({
                "holds": outcomes.iter().all(|one| one.holds),
                "conditions": outcomes.iter().map(condition).collect::<Vec<_>>(),
            });
        }
        return json_line(&mut out, &value);
    }
    write!(out, "{explained}")?;
    for ConditionOutcome { condition, holds } in outcomes.iter().flatten() {
        writeln!(out, "{} {condition}", if *holds { "holds        " } else { "does not hold" })?;
    }
    Ok(())
}
