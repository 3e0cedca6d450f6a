use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind of a problem, by what a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// The request is wrong: mend it.
    InvalidArgument,
    /// There is no key, or none that is known: send one as `Authorization: Bearer KEY`.
    Unauthenticated,
    /// The key, the host or the origin may not do this.
    Forbidden,
    /// Nothing of that name is here, or nothing that the key may see.
    NotFound,
    /// The path is there and knows other methods.
    MethodNotAllowed,
    /// The body did not arrive in time.
    Timeout,
    /// Something is in the way: another writer, a collection of another schema.
    Conflict,
    /// Stored documents do not meet the condition of the request: nothing was done.
    PreconditionFailed,
    /// The request is above a limit, which the detail names.
    TooLarge,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// Not possible in this version, or with this collection.
    Unsupported,
    /// Too much is asked at once: wait as long as `Retry-After` says.
    Overloaded,
    /// Stored bytes are damaged: restore them from a copy.
    Corrupt,
    /// A defect: please report it.
    Internal,
    /// The machine refused, or the server is about to end: try again later.
    Unavailable,
    /// The answer took longer than was allowed, and the work was ended.
    DeadlineExceeded,
}

impl Kind {
    /// The status of an answer with it.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidArgument => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unsupported => 422,
            Self::Overloaded => 429,
            Self::Corrupt | Self::Internal => 500,
            Self::Unavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }

    /// The name for people.
    fn title(self) -> &'static str {
        match self {
            Self::InvalidArgument => "Bad request",
            Self::Unauthenticated => "No valid key",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Timeout => "Body too slow",
            Self::Conflict => "Conflict",
            Self::PreconditionFailed => "Condition not met",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Content type not read",
            Self::Unsupported => "Not supported",
            Self::Overloaded => "Too many requests",
            Self::Corrupt => "Stored data damaged",
            Self::Internal => "Internal error",
            Self::Unavailable => "Unavailable",
            Self::DeadlineExceeded => "Deadline exceeded",
        }
    }
}

/// Why a request was not done (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Always `about:blank`: the kind says what it is.
    #[serde(rename = "type")]
    pub uri: Box<str>,
    /// The kind for people.
    pub title: Box<str>,
    /// The status of the answer.
    pub status: u16,
    /// The kind for programs.
    pub kind: Kind,
    /// Message: what happened, where, and the way out.
    pub detail: String,
    /// The field of the request that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<str>>,
    /// The place in that field, in characters from 1 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The id of the request, which the server's log has too.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            uri: "about:blank".into(),
            title: kind.title().into(),
            status: kind.status(),
            kind,
            detail: detail.into(),
            field: None,
            column: None,
            request_id: String::new(),
        }
    }

    /// The same about a field of the request.
    #[must_use]
    pub fn of_field(mut self, field: &str) -> Self {
        if field == "filter" {
            self.title = "Bad filter".into();
        }
        self.field = Some(field.into());
        self
    }

    /// The same at a place in its field.
    #[must_use]
    pub fn at_column(self, column: Option<usize>) -> Self {
        Self { column, ..self }
    }

    /// The same with where it happened in front of its detail.
    #[must_use]
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { detail: format!("{place}: {}", self.detail), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_has_the_fields_of_the_standard_and_ours() {
        let detail = "filter: news is not quoted at column 7: write tag = \"news\"";
        let problem = Problem::new(Kind::InvalidArgument, detail).of_field("filter").at_column(Some(7));
        let problem = Problem { request_id: "r1".to_owned(), ..problem };
        let expected = json!({
            "type": "about:blank",
            "title": "Bad filter",
            "status": 400,
            "kind": "InvalidArgument",
            "detail": detail,
            "field": "filter",
            "column": 7,
            "request_id": "r1",
        });
        assert_eq!(serde_json::to_value(&problem).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Problem>(expected).unwrap(), problem);
        let short = serde_json::to_value(Problem::new(Kind::NotFound, "x")).unwrap();
        assert_eq!(short.as_object().unwrap().len(), 5, "{short}");
    }
}
