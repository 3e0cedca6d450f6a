use super::Body;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use pleiad_wire::{JSON, Kind, NDJSON, PROBLEM_JSON, Problem};
use serde::Serialize;
use tokio::sync::mpsc;

/// Seconds after which a request that was refused for now may be worth another try.
const RETRY_SECONDS: &str = "1";

/// An answer that is ready to be sent, or that is on its way.
pub(crate) struct Reply {
    pub(crate) status: u16,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
}

impl Reply {
    /// A value as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::bytes(200, JSON, bytes),
            Err(error) => {
                Self::problem(&Problem::new(Kind::Internal, format!("the answer is no JSON: {error}")))
            }
        }
    }

    /// Bytes of a content type.
    pub(crate) fn bytes(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: Body::Whole(Some(bytes.into())) }
    }

    /// Nothing but a status.
    pub(crate) fn empty(status: u16) -> Self {
        Self { body: Body::Whole(None), ..Self::bytes(status, "text/plain", Bytes::new()) }
    }

    /// Lines of JSON as they come.
    pub(crate) fn lines(lines: mpsc::Receiver<Bytes>) -> Self {
        Self { body: Body::Pieces(lines), ..Self::bytes(200, NDJSON, Bytes::new()) }
    }

    /// Why a request was not done.
    pub(crate) fn problem(problem: &Problem) -> Self {
        let bytes = serde_json::to_vec(problem).unwrap_or_default();
        let mut reply = Self::bytes(problem.status, PROBLEM_JSON, bytes);
        match problem.kind {
            Kind::Unauthenticated => {
                reply.headers.push((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"pleiad\"")));
            }
            Kind::Overloaded | Kind::Unavailable => {
                reply.headers.push((RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS)));
            }
            _ => {}
        }
        reply
    }

    /// The same with another status.
    #[must_use]
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same with the place of what it is about.
    #[must_use]
    pub(crate) fn at(self, place: &str) -> Self {
        match HeaderValue::from_str(place) {
            Ok(place) => self.with_header(LOCATION, place),
            Err(_) => self,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The answer with the headers that all answers have: nothing of it is guessed, framed, or kept by anybody.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers.extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}
