use super::search::answer;
use crate::call::Call;
use crate::failure::{Result, invalid_field};
use crate::http::Reply;
use crate::limits::MAX_SEARCHES;
use pleiad_wire::{BatchAnswer, BatchItem, BatchRequest, SearchRequest};
use rayon::prelude::*;

/// Searches together, on all cores and in one state of the collection. One that fails is an error in its place.
pub(crate) async fn search_batch(mut call: Call) -> Result<Reply> {
    let BatchRequest { searches, timeout_ms } = call.json().await?;
    if searches.is_empty() || searches.len() > MAX_SEARCHES {
        let detail = format!("there are {} searches; it must be 1 to {MAX_SEARCHES}", searches.len());
        return Err(invalid_field("searches", detail));
    }
    if let Some(search) = searches.iter().find(|search| search.timeout_ms.is_some()) {
        let detail = format!("{:?} ms of one search: the time is that of all of them", search.timeout_ms);
        return Err(invalid_field("timeout_ms", detail));
    }
    let tenant = searches[0].tenant.clone();
    if searches.iter().any(|search| search.tenant != tenant) {
        return Err(invalid_field("tenant", "searches of one batch are about one tenant: send others apart"));
    }
    let answered = move |reading: &crate::call::Reading| {
        let item = |search: SearchRequest| match answer(reading, &search) {
            Ok(answer) => BatchItem::Answer(Box::new(answer)),
            Err(error) => BatchItem::Failed { error },
        };
        let answers: Vec<BatchItem> = searches.into_par_iter().map(item).collect();
        Ok(BatchAnswer { answers })
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), timeout_ms, answered).await?))
}
