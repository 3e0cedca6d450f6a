use super::delete::{name_unknown, read_keys};
use crate::args::{FilterArgs, PatchArgs, TenantArgs};
use crate::console::once_free;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, counted, json_line, warn};
use pleiad::{Amendment, Collection, DocKey, Precondition, Predicate, Writer};
use pleiad_text::input::stored_key;
use pleiad_text::{amendment, changed_encoded_attribute};
use serde_json::json;
use std::io::Write;

/// Documents that one batch writes anew where a filter names many: an interruption loses no more, and the same command
/// goes on from there.
const BATCH_DOCUMENTS: usize = 1024;

/// Numbers of documents.
struct Patched {
    num_amended: u64,
    num_missing: u64,
}

pub(crate) fn run(args: &PatchArgs) -> Result<()> {
    let (mut keys, patch) = args.keys_and_patch()?;
    if let Some(path) = &args.from {
        keys.extend(read_keys(path)?);
    }
    let filter = (FilterArgs { filter: args.filter.clone() }).predicate()?;
    let only_if = (FilterArgs { filter: args.only_if.clone() }).predicate()?;
    match (&filter, keys.is_empty()) {
        (None, true) => return Err(Failure::invalid("name documents: by their keys, --from or --filter")),
        (Some(_), false) => return Err(Failure::invalid("keys and --filter exclude each other")),
        _ => {}
    }
    let collection = Collection::open(&args.collection)?;
    if let Some(name) = changed_encoded_attribute(collection.schema(), &patch) {
        warn(&format!(
            "vectors were made of the {name} too, and stay as they are: add a document again to encode it"
        ));
    }
    let amendment = amendment(collection.schema(), patch)?;
    let writer = once_free(args.wait, || collection.writer())?;
    let outcome = match &filter {
        Some(filter) => by_filter(&writer, &args.tenant, filter, &amendment),
        None => by_keys(&writer, &args.tenant, &keys, only_if.as_ref(), &amendment),
    };
    writer.close()?;
    let Patched { num_amended, num_missing } = outcome?;
    let mut out = output::stdout();
    match args.json {
        true => json_line(&mut out, &json!({ "num_amended": num_amended, "num_missing": num_missing }))?,
        false => writeln!(out, "patched {}", counted(num_amended, "document"))?,
    }
    if num_amended == 0 && num_missing > 0 {
        return Err(Failure::new(Exit::NotFound, "none of the given keys is in this collection"));
    }
    Ok(())
}

/// All keys in one batch.
fn by_keys(
    writer: &Writer,
    tenant: &TenantArgs,
    keys: &[String],
    only_if: Option<&Predicate>,
    amendment: &Amendment,
) -> Result<Patched> {
    let (snapshot, mut unknown) = (tenant.narrow(writer.snapshot())?, Vec::new());
    let mut batch = tenant.batch()?;
    for key in keys {
        let key = DocKey::new(stored_key(&snapshot, key)?)?;
        if let Some(only_if) = only_if {
            batch.expect(key.clone(), Precondition::Holds(only_if.clone()));
        }
        if !snapshot.contains(key.as_str())? {
            unknown.push(key.clone());
        }
        batch.amend(key, amendment.clone());
    }
    let receipt = writer.apply(batch)?;
    name_unknown(&unknown);
    Ok(Patched { num_amended: receipt.num_amended, num_missing: receipt.num_missing })
}

/// Amends the documents that a filter names, some at a time. The writer is held meanwhile, so that nothing else changes.
fn by_filter(
    writer: &Writer,
    tenant: &TenantArgs,
    filter: &Predicate,
    amendment: &Amendment,
) -> Result<Patched> {
    let snapshot = tenant.narrow(writer.snapshot())?;
    FilterArgs::warn_of_unknown(Some(filter), &snapshot)?;
    let mut num_amended = 0;
    for keys in snapshot.keys(filter, None, usize::MAX)?.chunks(BATCH_DOCUMENTS) {
        let mut batch = tenant.batch()?;
        keys.iter().for_each(|key| _ = batch.amend(key.clone(), amendment.clone()));
        num_amended += writer.apply(batch)?.num_amended;
    }
    Ok(Patched { num_amended, num_missing: 0 })
}
