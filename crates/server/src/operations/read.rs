use crate::call::{Call, Reading, attribute};
use crate::failure::{Result, invalid_field, problem};
use crate::http::Reply;
use crate::limits::MAX_PAGE;
use crate::operations::search::{params_of, ranking_options};
use pleiad::{AttributeValue, SearchParams};
use pleiad_text::{QueryForm, Ranking};
use pleiad_wire::{
    CountAnswer, CountRequest, Kind, PlanAnswer, PlanRequest, Problem, ValueCount, ValuesAnswer,
    ValuesRequest,
};
use serde_json::Value;

/// Values of an attribute that are listed where nobody says how many.
const DEFAULT_VALUES: usize = 100;

pub(crate) async fn count(mut call: Call) -> Result<Reply> {
    let request: CountRequest = call.json().await?;
    let tenant = request.tenant.clone();
    let counted = move |reading: &Reading| {
        let num_documents = reading.num_documents()?;
        let num_matched = match reading.filter(request.filter.as_ref())? {
            None => num_documents,
            Some(filter) => reading.snapshot.count(&filter).map_err(problem)?,
        };
        // Which tenants there are is asked for even where nothing is counted.
        Ok(CountAnswer { num_matched, num_documents, sequence: reading.snapshot.sequence() })
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), None, counted).await?))
}

pub(crate) async fn values(mut call: Call) -> Result<Reply> {
    let request: ValuesRequest = call.json().await?;
    let path = attribute("attribute", &request.attribute)?;
    let limit = request.limit.unwrap_or(DEFAULT_VALUES);
    check_limit(limit)?;
    let tenant = request.tenant.clone();
    let listed = move |reading: &Reading| {
        let filter = reading.filter(request.filter.as_ref())?;
        let found = reading.snapshot.values(&path, filter.as_ref(), limit).map_err(problem)?;
        let bound =
            |value: &Option<AttributeValue>| value.as_ref().map_or(Value::Null, AttributeValue::to_json);
        let count = |(value, num_documents): &(AttributeValue, u64)| ValueCount {
            value: value.to_json(),
            num_documents: *num_documents,
        };
        Ok(ValuesAnswer {
            num_documents: found.num_documents,
            num_with: found.num_with,
            num_distinct: found.num_distinct,
            min: bound(&found.min),
            max: bound(&found.max),
            values: found.counts.iter().map(count).collect(),
            sequence: reading.snapshot.sequence(),
        })
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), None, listed).await?))
}

pub(crate) async fn plan(mut call: Call) -> Result<Reply> {
    let request: PlanRequest = call.json().await?;
    if request.num_tokens == 0 || request.num_tokens > crate::limits::MAX_QUERY_ROWS {
        let detail = format!(
            "num_tokens is {}; it must be in 1..={}",
            request.num_tokens,
            crate::limits::MAX_QUERY_ROWS
        );
        return Err(invalid_field("num_tokens", detail));
    }
    let tenant = request.tenant.clone();
    let planned = move |reading: &Reading| {
        let filter = reading.filter(request.filter.as_ref())?;
        let params = SearchParams { filter, ..params_of(request.k, 0, &request.budget)? };
        let snapshot = &reading.snapshot;
        let form = if snapshot.schema().encoder.is_some() { QueryForm::Text } else { QueryForm::Both };
        let ranking = Ranking::settle(snapshot.schema(), ranking_options(request.mode, request.alpha), form);
        let plan =
            ranking.map_err(problem)?.plan_for(snapshot, request.num_tokens, &params).map_err(problem)?;
        let text = format!("{plan}\n  {}", plan.basis);
        let promised_recall = plan.promised_recall();
        let plan =
            serde_json::to_value(&plan).map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
        Ok(PlanAnswer { plan, text, promised_recall, sequence: snapshot.sequence() })
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), None, planned).await?))
}

/// Checks a number of things on a page.
///
/// # Errors
/// `InvalidArgument`, which names the limit.
pub(crate) fn check_limit(limit: usize) -> Result<()> {
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(());
    }
    Err(invalid_field("limit", format!("limit is {limit}; it must be in 1..={MAX_PAGE}")))
}
