//! Errors of the libraries below as problems that a client can read.

use pleiad::{FilterError, FilterErrorKind};
use pleiad_text::input::check_integers;
use pleiad_text::{Error, ErrorKind};
use pleiad_wire::{Kind, Problem, VectorsError};
use serde::de::DeserializeOwned;

/// Shorthand within the crate.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

/// An error of the caller's input.
pub(crate) fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::InvalidArgument, detail)
}

/// The same about one field.
pub(crate) fn invalid_field(field: &str, detail: impl Into<String>) -> Problem {
    invalid(detail).of_field(field)
}

/// The problem of an error of the text library or of the engine.
pub(crate) fn problem(error: impl Into<Error>) -> Problem {
    let error = error.into();
    let kind = match error.kind() {
        ErrorKind::InvalidArgument => Kind::InvalidArgument,
        ErrorKind::NotFound => Kind::NotFound,
        ErrorKind::Conflict => Kind::Conflict,
        ErrorKind::Corrupt => Kind::Corrupt,
        ErrorKind::Unavailable => Kind::Unavailable,
        ErrorKind::Unsupported => Kind::Unsupported,
        ErrorKind::Cancelled => Kind::DeadlineExceeded,
        _ => Kind::Internal,
    };
    Problem::new(kind, error.to_string())
}

/// The problem of a filter, with its place.
pub(crate) fn filter_problem(error: &FilterError) -> Problem {
    let kind = match error.kind() {
        FilterErrorKind::Invalid => Kind::InvalidArgument,
        FilterErrorKind::Unsupported => Kind::Unsupported,
    };
    Problem::new(kind, error.to_string()).of_field("filter").at_column(error.column())
}

/// The problem of rows that are no set of vectors.
pub(crate) fn vectors_problem(error: &VectorsError) -> Problem {
    invalid_field("vectors", format!("vectors: {error}"))
}

/// Reads a body, or a line of one.
///
/// # Errors
/// For anything but JSON of the type, and for an integer of more than 64 bits, which would be read as another number.
pub(crate) fn read_json<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    check_integers(json).map_err(problem)?;
    serde_json::from_slice(json)
        .map_err(|error| invalid(format!("the body is not what is expected here: {error}")))
}
