//! Many documents at once, by their keys or by a filter: one batch.

use super::documents::parsed_key;
use super::ingest::Target;
use crate::access::Tenants;
use crate::call::{Call, predicate};
use crate::failure::{Result, invalid_field, problem};
use crate::http::Reply;
use crate::limits::MAX_DOCUMENTS;
use pleiad::{DocKey, Predicate, Snapshot};
use pleiad_text::amendment;
use pleiad_text::ingest::OnConflict;
use pleiad_wire::{DeleteDocuments, Deleted, Filter, Kind, PatchDocuments, Patched, Problem};

/// Documents that a request names.
enum Named {
    Keys(Vec<DocKey>),
    Where(Predicate),
}

impl Named {
    /// # Errors
    /// `InvalidArgument` unless there are either keys or a filter, and each is one.
    fn new(keys: Option<Vec<String>>, filter: Option<&Filter>) -> Result<Self> {
        match (keys, filter) {
            (Some(keys), None) if keys.len() > MAX_DOCUMENTS => {
                let detail = format!("there are {} keys; at most {MAX_DOCUMENTS}", keys.len());
                Err(Problem::new(Kind::TooLarge, detail).of_field("keys"))
            }
            (Some(keys), None) => {
                Ok(Self::Keys(keys.iter().map(|key| parsed_key(key)).collect::<Result<_>>()?))
            }
            (None, Some(filter)) => Ok(Self::Where(predicate(filter)?)),
            _ => Err(invalid_field("keys", "name documents by keys or by filter, one of both")),
        }
    }
}

pub(crate) async fn delete(mut call: Call) -> Result<Reply> {
    let _room = call.room()?;
    let request: DeleteDocuments = call.json().await?;
    call.finish_params()?;
    let named = Named::new(request.keys, request.filter.as_ref())?;
    let target = Target::new(&call, request.tenant.as_deref(), OnConflict::Replace)?;
    let (own, is_dry) = (target.state.clone(), request.dry_run);
    Ok(Reply::json(&own.writes.write(move || deleted(&target, named, is_dry)).await?))
}

fn deleted(target: &Target, named: Named, is_dry: bool) -> Result<Deleted> {
    let entry = target.state.catalog.get(&target.name)?;
    let tenants = target.tenant.clone().map_or(Tenants::Unnamed, Tenants::One);
    if is_dry {
        let snapshot = tenants.narrow(entry.snapshot()?)?;
        let num_matched = target.num_matched(&snapshot, &named)?;
        return Ok(Deleted { num_matched, num_deleted: 0, sequence: snapshot.sequence() });
    }
    let mut batch = target.batch();
    match (named, target.access.and(None)) {
        (Named::Keys(keys), None) => {
            for key in keys {
                batch.delete(key);
            }
        }
        (Named::Keys(keys), Some(own)) => {
            for key in keys {
                batch.delete_where(Predicate::And(vec![Predicate::key(key.as_str()), own.clone()]));
            }
        }
        (Named::Where(asked), own) => {
            batch.delete_where(
                own.map_or_else(|| asked.clone(), |own| Predicate::And(vec![own, asked.clone()])),
            );
        }
    }
    if batch.is_empty() {
        return Ok(Deleted { num_matched: 0, num_deleted: 0, sequence: entry.snapshot()?.sequence() });
    }
    let receipt = entry.write(|writer| Ok(writer.apply(batch)?))?;
    let num_deleted = receipt.num_deleted;
    Ok(Deleted { num_matched: num_deleted, num_deleted, sequence: receipt.sequence })
}

impl Target {
    /// Documents of a snapshot that a request names, and that its key may see.
    fn num_matched(&self, snapshot: &Snapshot, named: &Named) -> Result<u64> {
        match named {
            Named::Keys(keys) => {
                let mut num = 0;
                for key in keys {
                    num += u64::from(self.access.sees_document(snapshot, key.as_str())?);
                }
                Ok(num)
            }
            Named::Where(filter) => {
                let filter = self.access.and(Some(filter.clone())).unwrap_or(Predicate::Constant(true));
                snapshot.count(&filter).map_err(problem)
            }
        }
    }
}

pub(crate) async fn patch(mut call: Call) -> Result<Reply> {
    let _room = call.room()?;
    let request: PatchDocuments = call.json().await?;
    call.finish_params()?;
    let named = Named::new(request.keys, request.filter.as_ref())?;
    call.access.check_patch(request.attributes.keys())?;
    let target = Target::new(&call, request.tenant.as_deref(), OnConflict::Replace)?;
    let own = target.state.clone();
    let patched = move || {
        let entry = target.state.catalog.get(&target.name)?;
        let change = amendment(entry.collection().schema(), request.attributes).map_err(problem)?;
        let mut batch = target.batch();
        let num_named = match (named, target.access.and(None)) {
            (Named::Keys(keys), None) => {
                for key in keys {
                    batch.amend(key, change.clone());
                }
                None
            }
            (Named::Keys(keys), Some(own)) => {
                let num_named = keys.len() as u64;
                for key in keys {
                    let filter = Predicate::And(vec![Predicate::key(key.as_str()), own.clone()]);
                    batch.amend_where(filter, change.clone());
                }
                Some(num_named)
            }
            (Named::Where(asked), own) => {
                let filter =
                    own.map_or_else(|| asked.clone(), |own| Predicate::And(vec![own, asked.clone()]));
                batch.amend_where(filter, change);
                None
            }
        };
        if batch.is_empty() {
            return Ok(Patched { num_amended: 0, num_missing: 0, sequence: entry.snapshot()?.sequence() });
        }
        let receipt = entry.write(|writer| Ok(writer.apply(batch)?))?;
        // A document that the key may not see is missing.
        let unseen = num_named.map_or(0, |named| named.saturating_sub(receipt.num_amended));
        let num_missing = receipt.num_missing + unseen;
        Ok(Patched { num_amended: receipt.num_amended, num_missing, sequence: receipt.sequence })
    };
    Ok(Reply::json(&own.writes.write(patched).await?))
}
