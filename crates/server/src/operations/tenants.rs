use super::ingest::Target;
use super::read::check_limit;
use crate::access::Tenants;
use crate::call::{Call, Reading};
use crate::failure::{Result, problem};
use crate::http::Reply;
use pleiad::{Predicate, Tenant};
use pleiad_text::ingest::OnConflict;
use pleiad_wire::{Deleted, TenantList, TenantSummary};

/// Tenants of a page where nobody says how many.
const DEFAULT_LIMIT: usize = 1000;

/// Lists the tenants that the key may see.
pub(crate) async fn list(mut call: Call) -> Result<Reply> {
    let limit = call.params.value("limit")?.unwrap_or(DEFAULT_LIMIT);
    check_limit(limit)?;
    let after = call.params.text("after");
    let after = after.map(Tenant::new).transpose().map_err(|error| problem(error).of_field("after"))?;
    // A key with some tenants is told of these, whatever others there are.
    let asked =
        call.access.tenants.as_deref().and_then(|own| own.first()).map(|tenant| tenant.as_str().to_owned());
    let listed = move |reading: &Reading| {
        let own = reading.access.clone();
        let mut tenants = match &own.tenants {
            None => reading.snapshot.tenants(after.as_ref(), limit + 1).map_err(problem)?,
            Some(names) => {
                let whole = reading.entry.snapshot()?;
                let mut names: Vec<&Tenant> =
                    names.iter().filter(|name| after.as_ref().is_none_or(|after| *name > after)).collect();
                names.sort_unstable();
                let count = |tenant: &Tenant| {
                    let num_documents = Tenants::One(tenant.clone()).narrow(whole.clone())?.num_documents();
                    Ok(pleiad::TenantInfo { tenant: tenant.clone(), num_documents })
                };
                names.into_iter().map(count).collect::<Result<_>>()?
            }
        };
        tenants.retain(|found| found.num_documents > 0);
        let has_more = tenants.len() > limit;
        tenants.truncate(limit);
        let next = tenants.last().filter(|_| has_more).map(|found| found.tenant.to_string());
        let summary = |found: &pleiad::TenantInfo| TenantSummary {
            tenant: found.tenant.to_string(),
            num_documents: found.num_documents,
        };
        Ok(TenantList { tenants: tenants.iter().map(summary).collect(), next })
    };
    Ok(Reply::json(&call.read(asked.as_deref(), None, listed).await?))
}

/// Deletes all documents of a tenant that the key may see.
pub(crate) async fn delete(mut call: Call) -> Result<Reply> {
    call.finish_params()?;
    let tenant = call.item();
    let target = Target::new(&call, Some(&tenant), OnConflict::Replace)?;
    let own = target.state.clone();
    let deleted = move || {
        let entry = target.state.catalog.get(&target.name)?;
        let mut batch = target.batch();
        batch.delete_where(target.access.and(None).unwrap_or(Predicate::Constant(true)));
        let receipt = entry.write(|writer| Ok(writer.apply(batch)?))?;
        let num_deleted = receipt.num_deleted;
        Ok(Deleted { num_matched: num_deleted, num_deleted, sequence: receipt.sequence })
    };
    Ok(Reply::json(&own.writes.write(deleted).await?))
}
