//! Predicates over the attributes of a document: one meaning, two spellings.
//!
//! A [`Predicate`] is read from a string (`year >= 2020 AND tag IN ("a", "b")`) or from the JSON of a Qdrant filter, and
//! decides about one [`Record`] at a time. Its logic has two values: a comparison with something that is missing is false,
//! and its negation is true. `docs/filters.md` shows both spellings.
//!
//! ```
//! use pleiad_filter::{Predicate, Record};
//! use serde_json::json;
//!
//! let recent = Predicate::parse("year >= 2020 AND NOT tag IN (\"draft\")")?;
//! let same = Predicate::from_json(&json!({
//!     "must": [{"key": "year", "range": {"gte": 2020}}],
//!     "must_not": [{"key": "tag", "match": {"any": ["draft"]}}],
//! }))?;
//! assert_eq!(recent.normal_form(), same.normal_form());
//!
//! let attributes = json!({"year": 2024, "tag": ["news", "x"]});
//! let record = Record { key: "a", text: None, attributes: attributes.as_object().unwrap() };
//! assert!(recent.matches(&record));
//! # Ok::<(), pleiad_filter::FilterError>(())
//! ```
//!
//! Nothing here knows how documents are stored. Input from outside is bounded: [`MAX_CONDITIONS`], [`MAX_VALUES`],
//! [`MAX_NESTING`].

mod area;
mod check;
mod error;
mod evaluate;
mod json;
mod leaf;
mod normal;
mod parse;
mod path;
mod predicate;
mod print;
mod time;
mod value;
mod visit;
mod words;

#[cfg(test)]
mod tests;

pub use area::{Area, AreaError, Point};
pub use check::{MAX_CONDITIONS, MAX_NESTING, MAX_VALUES};
pub use error::{FilterError, FilterErrorKind};
pub use evaluate::Record;
pub use path::{MAX_PATH_BYTES, MAX_PATH_SEGMENTS, Path, PathError};
pub use predicate::{Fields, KeyTest, Predicate, Test, WordsMode};
pub use value::{Scalar, Value, Values};
pub use visit::{AttributeVisitor, visit_attributes};
