use crate::args::{DeleteArgs, FilterArgs};
use crate::console::once_free;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, counted, warn};
use pleiad::{Collection, DocKey, Predicate};
use pleiad_evaluate::Lines;
use pleiad_text::input::stored_key;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Unknown keys named one by one before the rest is only counted.
const MAX_NAMED: usize = 20;

pub(crate) fn run(args: &DeleteArgs) -> Result<()> {
    let mut keys = args.keys.clone();
    if let Some(path) = &args.from {
        keys.extend(read_keys(path)?);
    }
    keys.sort();
    keys.dedup();
    if let Some(filter) = (FilterArgs { filter: args.filter.clone() }).predicate()? {
        return delete_matching(args, &filter);
    }
    let collection = Collection::open(&args.collection)?;
    let writer = once_free(args.wait, || collection.writer())?;
    let snapshot = args.tenant.narrow(writer.snapshot())?;
    let mut batch = args.tenant.batch()?;
    let mut unknown = Vec::new();
    for key in &keys {
        // A key that cannot be one is a mistake in the input; one that could is only not there.
        let key = DocKey::new(stored_key(&snapshot, key)?)?;
        if snapshot.get(key.as_str())?.is_some() {
            batch.delete(key);
        } else {
            unknown.push(key);
        }
    }
    let num_deleted = if batch.is_empty() { 0 } else { writer.apply(batch)?.num_deleted };
    writer.close()?;
    name_unknown(&unknown);
    writeln!(output::stdout(), "deleted {}", counted(num_deleted, "document"))?;
    if num_deleted == 0 && !keys.is_empty() {
        return Err(Failure::new(Exit::NotFound, "none of the given keys is in this collection"));
    }
    Ok(())
}

/// Deletes what a filter names, once the user has agreed to their number. The writer is held meanwhile, so that what was
/// counted is what is deleted.
fn delete_matching(args: &DeleteArgs, filter: &Predicate) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let writer = once_free(args.wait, || collection.writer())?;
    let snapshot = args.tenant.narrow(writer.snapshot())?;
    FilterArgs::warn_of_unknown(Some(filter), &snapshot)?;
    let num_matched = snapshot.count(filter)?;
    if num_matched > 0 && !args.yes && !is_agreed(num_matched)? {
        writer.close()?;
        return Err(Failure::new(Exit::Interrupted, "nothing was deleted"));
    }
    let mut batch = args.tenant.batch()?;
    batch.delete_where(filter.clone());
    let num_deleted = if num_matched == 0 { 0 } else { writer.apply(batch)?.num_deleted };
    writer.close()?;
    writeln!(output::stdout(), "deleted {}", counted(num_deleted, "document"))?;
    Ok(())
}

/// Asks whether so many documents may be deleted.
pub(super) fn is_agreed(num_matched: u64) -> Result<bool> {
    let documents = counted(num_matched, "document");
    if !io::stdin().is_terminal() {
        return Err(Failure::invalid(format!("this filter deletes {documents}: add --yes if it shall")));
    }
    output::stderr_line(&format!("delete {documents}? [y/N]"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| Failure::io("cannot read the answer", &error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

pub(super) fn name_unknown(unknown: &[DocKey]) {
    for key in unknown.iter().take(MAX_NAMED) {
        warn(&format!("there is no document {:?}", key.as_str()));
    }
    if unknown.len() > MAX_NAMED {
        warn(&format!("and {} more that are not there", counted((unknown.len() - MAX_NAMED) as u64, "key")));
    }
}

/// One key a line; empty lines are nothing.
pub(super) fn read_keys(path: &Path) -> Result<Vec<String>> {
    let mut lines = match path == Path::new("-") {
        true => Lines::from_reader("standard input", io::stdin())?,
        false => Lines::open(path)?,
    };
    let mut keys = Vec::new();
    while let Some(line) = lines.next() {
        keys.push(line?.1.to_owned());
    }
    Ok(keys)
}
