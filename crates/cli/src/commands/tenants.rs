use super::delete::is_agreed;
use crate::args::TenantsArgs;
use crate::console::once_free;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, counted, json_line, one_line, thousands};
use pleiad::{Batch, Collection, Predicate, Tenant};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &TenantsArgs) -> Result<()> {
    match &args.drop {
        Some(name) => drop_tenant(args, Tenant::new(name.as_str())?),
        None => list(args),
    }
}

fn list(args: &TenantsArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    let after = args.after.as_deref().map(Tenant::new).transpose()?;
    let mut out = output::stdout();
    for info in snapshot.tenants(after.as_ref(), args.limit.unwrap_or(usize::MAX))? {
        let (name, num) = (info.tenant.as_str(), info.num_documents);
        match args.json {
            true => json_line(&mut out, &json!({ "tenant": name, "num_documents": num }))?,
            false => writeln!(out, "{:>9}  {}", thousands(num), one_line(name))?,
        }
    }
    Ok(())
}

/// Deletes all documents of a tenant, once the user has agreed to their number.
fn drop_tenant(args: &TenantsArgs, tenant: Tenant) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let writer = once_free(args.wait, || collection.writer())?;
    let num_documents = writer.snapshot().of_tenant(&tenant)?.num_documents();
    if num_documents == 0 {
        writer.close()?;
        let message =
            format!("the tenant {:?} has no documents in {}", tenant.as_str(), args.collection.display());
        return Err(Failure::new(Exit::NotFound, message));
    }
    if !args.yes && !is_agreed(num_documents)? {
        writer.close()?;
        return Err(Failure::new(Exit::Interrupted, "nothing was deleted"));
    }
    let mut batch = Batch::of_tenant(tenant);
    batch.delete_where(Predicate::Constant(true));
    let num_deleted = writer.apply(batch)?.num_deleted;
    writer.close()?;
    writeln!(output::stdout(), "deleted {}", counted(num_deleted, "document"))?;
    Ok(())
}
