//! Errors: what is wrong with a filter, where, and the way out.

use std::fmt;

/// Bytes of a filter shown before and behind the place of an error.
const SHOWN: usize = 60;

/// Kind of a [`FilterError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterErrorKind {
    /// Fix the filter.
    Invalid,
    /// A condition that others know and this library cannot answer.
    Unsupported,
}

/// A filter that cannot be taken. The message names the place: a column in bytes, from 1, of the string form, or the
/// field of the JSON form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}{excerpt}")]
pub struct FilterError {
    kind: FilterErrorKind,
    column: Option<usize>,
    place: String,
    message: String,
    /// The filter and a caret under the column, each on a line of its own.
    excerpt: String,
}

impl FilterError {
    /// A filter that is wrong as a whole.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            kind: FilterErrorKind::Invalid,
            column: None,
            place: "filter".to_owned(),
            message: message.into(),
            excerpt: String::new(),
        }
    }

    /// A wrong place of a string: what is wrong, and what to write instead.
    pub(crate) fn at(column: usize, what: impl fmt::Display, way_out: impl fmt::Display) -> Self {
        Self { column: Some(column), ..Self::new(format!("{what} at column {column}{way_out}")) }
    }

    /// The same error, found at a column of the string form.
    #[must_use]
    pub(crate) fn moved_to(self, column: usize) -> Self {
        Self { column: Some(column), message: format!("{} at column {column}", self.message), ..self }
    }

    #[must_use]
    pub(crate) fn unsupported(self) -> Self {
        Self { kind: FilterErrorKind::Unsupported, ..self }
    }

    /// The same at a field of the JSON form.
    #[must_use]
    pub(crate) fn within(self, place: impl fmt::Display) -> Self {
        Self { place: place.to_string(), ..self }
    }

    /// The same with the filter that it is about.
    #[must_use]
    pub(crate) fn with_filter(self, filter: &str) -> Self {
        let Some(column) = self.column else { return self };
        let at = filter.floor_char_boundary(column - 1);
        let from = if at > SHOWN { filter.ceil_char_boundary(at - SHOWN) } else { 0 };
        let to = filter.floor_char_boundary(at.saturating_add(SHOWN));
        let plain = |text: &str| text.replace(|c: char| c.is_control(), " ");
        let (before, behind) = (plain(&filter[from..at]), plain(&filter[at..to]));
        let dots = |is_cut: bool| if is_cut { "…" } else { "" };
        let (left, right) = (dots(from > 0), dots(to < filter.len()));
        let blanks = " ".repeat(before.chars().count() + left.chars().count());
        let excerpt = format!("\n  {left}{before}{behind}{right}\n  {blanks}^");
        Self { excerpt, ..self }
    }

    /// Returns what the caller can do.
    pub fn kind(&self) -> FilterErrorKind {
        self.kind
    }

    /// Column of the string form, in bytes from 1, where there is one.
    pub fn column(&self) -> Option<usize> {
        self.column
    }
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
