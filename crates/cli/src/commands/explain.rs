use crate::args::ExplainArgs;
use crate::encoder;
use crate::exit::{Exit, Failure, Result};
use crate::output::json_line;
use crate::shown::{self, Question};
use pleiad::Collection;
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    let encoder = encoder::of(snapshot.schema())?
        .ok_or_else(|| encoder::missing(snapshot.schema(), "there are no words to explain"))?;
    let question = Question::encode(&encoder, &args.query)?;
    let document = snapshot.get(&args.key)?.ok_or_else(|| {
        let message = format!("there is no document {:?} in {}", args.key, args.collection.display());
        Failure::new(Exit::NotFound, message)
    })?;
    let explanation = shown::explain(&snapshot, &encoder, &question, &document)?;
    let mut out = anstream::stdout().lock();
    if args.json {
        return json_line(&mut out, &explanation);
    }
    Ok(write!(out, "{explanation}")?)
}
