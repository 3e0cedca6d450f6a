use super::search::{Asked, ranking_options};
use crate::call::{Call, Reading};
use crate::failure::{Result, problem};
use crate::http::Reply;
use pleiad_text::Naming;
use pleiad_wire::{ExplainRequest, Kind, Problem};
use serde_json::{Value, json};

/// Explains the score of a document. One that the key may not see is missing.
pub(crate) async fn explain(mut call: Call) -> Result<Reply> {
    let request: ExplainRequest = call.json().await?;
    let tenant = request.tenant.clone();
    let explained = move |reading: &Reading| {
        let key = request.key.as_str();
        let asked = Asked::new(&request.query)?;
        if !reading.access.sees_document(&reading.snapshot, key)? {
            return Err(Problem::new(
                Kind::NotFound,
                format!("there is no document {key:?} in this collection"),
            ));
        }
        let searcher = asked.searcher(reading, ranking_options(request.mode, request.alpha))?;
        let question = asked.question(&searcher)?;
        let explained = searcher.explain(&question, key, Naming::Closest).map_err(problem)?;
        let mut value =
            explained.as_json().map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
        // What the shapes of the rankings have in common.
        let fields =
            [("mode", json!(searcher.mode().name())), ("sequence", json!(reading.snapshot.sequence()))];
        if let Value::Object(own) = &mut value {
            own.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(value)
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), None, explained).await?))
}
