mod answers;
mod asked;

use crate::args::SearchArgs;
use crate::encoder;
use crate::exit::Result;
use answers::Answers;
use asked::Asked;
use pleiad::Collection;
use std::io::Write;

/// Queries answered before their answers are printed.
const BATCH_QUERIES: usize = 256;

pub(crate) fn run(args: &SearchArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let snapshot = match &args.snapshot {
        Some(name) => collection.named_snapshot(name)?,
        None => collection.snapshot()?,
    };
    let params = args.budget.params();
    if args.explain_plan {
        return Ok(writeln!(anstream::stdout(), "{}", snapshot.plan(&params)?)?);
    }
    let encoder = encoder::of(snapshot.schema(), &args.model)?;
    let mut asked = asked::all(args, snapshot.schema(), encoder.as_deref())?.into_iter();
    let mut answers = Answers::new(args, &snapshot, encoder.as_deref());
    loop {
        let batch: Vec<Asked> = asked.by_ref().take(BATCH_QUERIES).collect();
        if batch.is_empty() {
            return answers.finish();
        }
        answers.give(batch, &params)?;
    }
}
