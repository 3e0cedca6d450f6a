use crate::args::{CountArgs, FilterArgs};
use crate::exit::Result;
use crate::output::{self, counted, json_line, thousands};
use pleiad::{Collection, Predicate};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &CountArgs) -> Result<()> {
    let filter = args.filter.predicate()?;
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    let num_documents = snapshot.num_documents();
    let num_matched = match &filter {
        Some(filter) => snapshot.count(filter)?,
        None => snapshot.count(&Predicate::Constant(true))?,
    };
    FilterArgs::warn_of_unknown(filter.as_ref(), &snapshot)?;
    let mut out = output::stdout();
    if args.json {
        return json_line(&mut out, &json!({ "num_matched": num_matched, "num_documents": num_documents }));
    }
    match filter {
        Some(_) => writeln!(out, "{} of {}", thousands(num_matched), counted(num_documents, "document"))?,
        None => writeln!(out, "{}", counted(num_documents, "document"))?,
    }
    Ok(())
}
