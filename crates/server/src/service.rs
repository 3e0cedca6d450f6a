use crate::access::Role;
use crate::call::Call;
use crate::catalog::CollectionName;
use crate::failure::Result;
use crate::http::{Body, Params, Reply, body};
use crate::log::LogLine;
use crate::operations::{self, Row, find};
use crate::state::State;
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName,
    HeaderValue, ORIGIN, VARY,
};
use hyper::{HeaderMap, Method, Request, Response};
use pleiad_wire::{Kind, NDJSON, Problem};
use std::sync::Arc;
use std::time::Instant;

/// The header of a request's id, which is taken over where the client has one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over.
const MAX_ID_BYTES: usize = 64;

/// Facts about a request once it was answered, or refused.
#[derive(Default)]
struct Told {
    row: Option<&'static Row>,
    collection: Option<CollectionName>,
    key: Option<Arc<str>>,
}

/// Answers one request.
pub(crate) async fn answer(state: Arc<State>, request: Request<Incoming>) -> Response<Body> {
    let started = Instant::now();
    let _in_flight = state.metrics.begin();
    let id = request_id(request.headers()).unwrap_or_else(|| state.next_request_id());
    let origin = request.headers().get(ORIGIN).cloned();
    let (method, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    let mut told = Told::default();
    let outcome = respond(state.clone(), request, started, &mut told).await;
    let mut error = None;
    let reply = outcome.unwrap_or_else(|problem| {
        let detail = without_root(problem.detail, &state);
        state.metrics.failed(problem.kind);
        error = Some(detail.clone());
        Reply::problem(&Problem { request_id: id.clone(), detail, ..problem })
    });
    let took = started.elapsed();
    state.metrics.answered(told.row, reply.status, took, told.key.as_deref());
    if let Some(log) = &state.log {
        let route = told.row.map_or(path.as_str(), |row| row.path);
        let (collection, key) = (told.collection.as_ref().map(CollectionName::as_str), told.key.as_deref());
        let line = LogLine::new(&id, &method, route, reply.status, took);
        log.write(&LogLine { collection, key, error: error.as_deref(), ..line });
    }
    let mut response = reply.into_response();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    allow_origin(&state, origin, response.headers_mut());
    response
}

/// Everything that stands before the work: size, host and origin, key, role, and only then what is asked for.
async fn respond(
    state: Arc<State>,
    request: Request<Incoming>,
    started: Instant,
    told: &mut Told,
) -> Result<Reply> {
    let (head, incoming) = request.into_parts();
    if !is_stream(&head.headers) {
        body::check_size(&incoming, &state.limits)?;
    }
    state.guard.check(head.uri.authority(), &head.headers)?;
    if head.method == Method::OPTIONS {
        return Ok(Reply::empty(204));
    }
    let access = state.keys.access(&head.headers)?;
    told.key = access.key_id.clone();
    let found = find(head.method.as_str(), head.uri.path());
    if access.role == Role::Public && !matches!(&found, Ok(found) if found.row.role == Role::Public) {
        // Without a key nobody learns what there is.
        return Err(Problem::new(
            Kind::Unauthenticated,
            "this takes a key: send one as Authorization: Bearer KEY",
        ));
    }
    let found = found?;
    (told.row, told.collection) = (Some(found.row), found.collection.clone());
    access.check_role(found.row.role)?;
    if state.is_read_only && found.row.role >= Role::Write {
        return Err(Problem::new(Kind::Forbidden, "this server only reads: it is started with --read-only"));
    }
    if state.is_ending() && found.row.role > Role::Public {
        return Err(Problem::new(Kind::Unavailable, "the server is about to end"));
    }
    let params = Params::parse(head.uri.query())?;
    let call = Call { state, found, access, params, headers: head.headers, body: Some(incoming), started };
    operations::run(call).await
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind =
        headers.get(hyper::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(NDJSON)
}

/// The id that a client gave its request, if it can stand in a header and in a line of a log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let Ok(id) = headers.get(&REQUEST_ID)?.to_str() else { return None };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    (!id.is_empty() && id.len() <= MAX_ID_BYTES && id.bytes().all(is_plain)).then(|| id.to_owned())
}

/// A message without the folder of the server, which is nobody's business.
fn without_root(detail: String, state: &State) -> String {
    match state.catalog.root().to_str().filter(|root| root.len() > 1) {
        Some(root) => detail.replace(&format!("{root}/"), "").replace(root, "the data folder"),
        None => detail,
    }
}

/// Lets pages of the origins that may ask read the answer.
fn allow_origin(state: &State, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|text| state.guard.is_allowed(text)))
    else {
        return;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(VARY, HeaderValue::from_static("origin"));
    let methods = HeaderValue::from_static("GET, PUT, POST, PATCH, DELETE");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    let asked = "authorization, content-type, if-none-match, pleiad-min-sequence, x-request-id";
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(asked));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_over_where_it_is_harmless() {
        let id = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(value).unwrap());
            request_id(&headers)
        };
        assert_eq!(id("a-1/b:2").as_deref(), Some("a-1/b:2"));
        for value in ["", "a b", "\"", &"x".repeat(65)] {
            assert_eq!(id(value), None, "{value}");
        }
    }
}
