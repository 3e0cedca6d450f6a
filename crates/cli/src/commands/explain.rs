use crate::args::ExplainArgs;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, json_line};
use pleiad::Collection;
use pleiad_text::input::stored_key;
use pleiad_text::{ErrorKind, Naming, QueryForm, Searcher, Unattended};
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<()> {
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    let (models, options, asked) = (environment::models(), args.model.options(), args.ranking.options());
    let searcher = Searcher::open(&snapshot, &models, &options, asked, QueryForm::Text, &Unattended)?;
    let question = searcher.typed_question(&args.query)?;
    let naming = if args.json { Naming::Closest } else { Naming::Phrase };
    let explained = searcher.explain(&question, &stored_key(&snapshot, &args.key)?, naming);
    let explained = explained.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
            Failure::new(Exit::NotFound, message)
        }
        _ => error.into(),
    })?;
    let mut out = output::stdout();
    match args.json {
        true => json_line(&mut out, &explained.as_json()?),
        false => Ok(write!(out, "{explained}")?),
    }
}
