use crate::access::Tenants;
use crate::call::{Call, Reading};
use crate::catalog::{CollectionName, named};
use crate::failure::{Result, invalid, invalid_field, problem};
use crate::http::Reply;
use crate::operations::read::check_limit;
use crate::state::State;
use pleiad::{Schema, TokenEncoding, WordsSchema};
use pleiad_text::input::TextSample;
use pleiad_text::{CollectionLanguage, EncoderOptions, NewWords, Settled, Unattended};
use pleiad_wire::{
    CollectionInfo, CollectionList, CollectionSummary, Created, Encoder, Kind, NewCollection, Problem,
    TokenCode,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Collections of a page where nobody says how many.
const DEFAULT_LIMIT: usize = 100;

/// Lists the collections that the key may see. One that cannot be opened is told, and hides none.
pub(crate) async fn list(mut call: Call) -> Result<Reply> {
    let limit = call.params.value("limit")?.unwrap_or(DEFAULT_LIMIT);
    check_limit(limit)?;
    let after = call.params.text("after").map(|name| named(&name)).transpose()?;
    call.finish_params()?;
    let Call { state, access, .. } = call;
    let (own, time) = (state.clone(), state.limits.time(None));
    let listed = move |_: &pleiad::Cancellation| {
        let mut names = state.catalog.names(after.as_ref())?;
        names.retain(|name| access.sees(name));
        let has_more = names.len() > limit;
        names.truncate(limit);
        let next = names.last().filter(|_| has_more).map(ToString::to_string);
        let is_whole = access.sees_all_documents();
        let collections = names.iter().map(|name| summary(&state, name, is_whole)).collect();
        Ok(CollectionList { collections, next })
    };
    Ok(Reply::json(&own.reads.read(time, listed).await?))
}

fn summary(state: &State, name: &CollectionName, is_whole: bool) -> CollectionSummary {
    let counted = state.catalog.get(name).and_then(|entry| {
        let snapshot = entry.snapshot()?;
        let all = Tenants::All;
        let snapshot = if snapshot.schema().tenants { all.narrow(snapshot)? } else { snapshot };
        Ok((snapshot.num_documents(), snapshot.sequence()))
    });
    let name = name.to_string();
    match counted {
        Ok((num_documents, sequence)) => {
            // A key that sees some documents alone is not told how many there are.
            let num_documents = is_whole.then_some(num_documents);
            CollectionSummary { name, num_documents, sequence: Some(sequence), error: None }
        }
        Err(problem) => {
            CollectionSummary { name, num_documents: None, sequence: None, error: Some(problem.detail) }
        }
    }
}

/// Creates a collection. Nothing is done to one that is there with the same settings.
pub(crate) async fn create(mut call: Call) -> Result<Reply> {
    let new: NewCollection = call.json().await?;
    call.finish_params()?;
    let name = call.collection()?;
    let state = call.state;
    let own = state.clone();
    let place = format!("/v1/collections/{name}");
    let made = own.writes.write(move || made(&state, &name, &new)).await?;
    let status = if made.is_new { 201 } else { 200 };
    Ok(Reply::json(&made).with_status(status).at(&place))
}

fn made(state: &State, name: &CollectionName, new: &NewCollection) -> Result<Created> {
    let Settled { schema, language, .. } = settled(state, new)?;
    let (entry, is_new) = state.catalog.create(name, &schema)?;
    if let (true, Some(language)) = (is_new, &language) {
        entry.write(|writer| language.keep(writer))?;
    }
    let info = entry.snapshot()?.info().map_err(problem)?;
    let info =
        serde_json::to_value(&info).map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    Ok(Created { name: name.to_string(), is_new, schema: info["schema"].clone() })
}

/// The collection that a request describes, as `pleiad create` would make it.
fn settled(state: &State, new: &NewCollection) -> Result<Settled> {
    let words = match new.words.as_deref() {
        None => NewWords::ByLanguage,
        Some("none") => NewWords::None,
        Some(analyzer) => {
            let known: Vec<&str> = pleiad_text::analyzer_names().collect();
            if !known.contains(&analyzer) {
                let known = known.join(", ");
                return Err(invalid_field(
                    "words",
                    format!("there is no analyzer {analyzer:?}; there are {known}, and none"),
                ));
            }
            NewWords::Named(WordsSchema::new(analyzer))
        }
    };
    let text = pleiad_text::NewCollection { words, language: new.language.clone() };
    let encoder = match (new.encoder, new.dim) {
        (Some(Encoder::None) | None, Some(dim)) => {
            let settled = text.of_vectors(dim, None, TextSample::default).map_err(problem)?;
            return with_settings(settled, new);
        }
        (Some(Encoder::None), None) => {
            return Err(invalid_field("dim", "without an encoder the dimension must be given"));
        }
        (Some(_), Some(_)) => {
            return Err(invalid_field("dim", "the encoder sets the dimension: leave it out"));
        }
        (Some(Encoder::Mini), None) => Some("mini-v1"),
        (Some(Encoder::Words), None) => Some("words-v1"),
        (None, None) => None,
    };
    let options = EncoderOptions { model: encoder.map(str::to_owned), ..EncoderOptions::default() };
    let settled =
        text.of_texts(&state.models, &options, TextSample::default, &Unattended).map_err(problem)?;
    with_settings(settled, new)
}

fn with_settings(mut settled: Settled, new: &NewCollection) -> Result<Settled> {
    if let Some(code) = new.tokens {
        let code = match code {
            TokenCode::Int8 => pleiad::TokenCode::Int8,
            TokenCode::Int4 => pleiad::TokenCode::Int4,
            TokenCode::Int2 => pleiad::TokenCode::Int2,
            TokenCode::Int1 => pleiad::TokenCode::Int1,
            TokenCode::F16 => pleiad::TokenCode::F16,
        };
        settled.schema.tokens = TokenEncoding::new(code, None).map_err(problem)?;
    }
    settled.schema = Schema { tenants: new.tenants, ..settled.schema };
    Ok(settled)
}

/// Counts, bytes and parameters. A key that sees some documents alone is told of these.
pub(crate) async fn get(call: Call) -> Result<Reply> {
    let told = |reading: &Reading| {
        let snapshot = &reading.snapshot;
        let (name, sequence) = (reading.entry.name().to_string(), snapshot.sequence());
        let as_json = |info: &pleiad::Info| {
            serde_json::to_value(info).map_err(|error| Problem::new(Kind::Internal, error.to_string()))
        };
        let Value::Object(mut info) = as_json(&snapshot.info().map_err(problem)?)? else {
            return Err(Problem::new(Kind::Internal, "the info of a collection is no object"));
        };
        if !reading.access.sees_all_documents() {
            let schema = info.remove("schema").unwrap_or_default();
            info = Map::from_iter([("schema".to_owned(), schema)]);
            if !snapshot.schema().tenants || reading.access.tenants.as_ref().is_some_and(|own| own.len() == 1)
            {
                info.insert("num_documents".to_owned(), json!(reading.num_documents()?));
            }
        }
        if let Some(language) = CollectionLanguage::of(snapshot).map_err(problem)? {
            info.insert("language".to_owned(), json!(language));
        }
        Ok(CollectionInfo { name, sequence, info })
    };
    // Of several tenants none has to be named: what is told is about the collection.
    let tenant =
        call.access.tenants.as_deref().and_then(|own| own.first()).map(|tenant| tenant.as_str().to_owned());
    Ok(Reply::json(&call.read(tenant.as_deref(), None, told).await?))
}

/// Removes a collection, where its name is repeated.
pub(crate) async fn delete(mut call: Call) -> Result<Reply> {
    let repeated = call.params.text("name");
    call.finish_params()?;
    let name = call.collection()?;
    if repeated.as_deref() != Some(name.as_str()) {
        let detail = format!("all documents of {name} would be removed: repeat its name, ?name={name}");
        return Err(invalid(detail).of_field("name"));
    }
    let state: Arc<State> = call.state;
    let own = state.clone();
    own.writes.write(move || state.catalog.remove(&name)).await?;
    Ok(Reply::empty(204))
}
