//! Tests of the whole: both spellings, the normal form, and a second evaluator that is as plain as can be.

mod errors;
mod generated;
mod meaning;
mod qdrant;
mod reference;
mod round_trip;
mod spellings;

use crate::{Predicate, Record};
use serde_json::{Map, Value};

/// Decides about a document of these attributes by the string form.
fn holds(filter: &str, attributes: &Value) -> bool {
    let predicate = Predicate::parse(filter).unwrap_or_else(|error| panic!("{error}"));
    let none = Map::new();
    let record = Record {
        key: "docs/a",
        text: Some("Some words"),
        attributes: attributes.as_object().unwrap_or(&none),
    };
    let answer = predicate.matches(&record);
    assert_eq!(predicate.normal_form().matches(&record), answer, "the normal form of {filter} differs");
    assert_eq!(reference::matches(&predicate, &record), answer, "the reference of {filter} differs");
    answer
}
