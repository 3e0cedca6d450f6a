//! Conditions of the JSON form.

use super::area;
use super::place::{Fields, Place, elements, place_of};
use crate::check::{MAX_VALUES, holds_for_nothing};
use crate::error::{FilterError, grouped};
use crate::path::{self, Path, Quoting};
use crate::predicate::{KeyTest, Predicate, Test, WordsMode};
use crate::time;
use crate::value::{Value, Values};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::ops::Bound;

type Result<T> = std::result::Result<T, FilterError>;

/// Fields of a condition, and those of the clauses that may stand in its place.
pub(super) const KNOWN: [&str; 16] = [
    "geo_bounding_box",
    "geo_polygon",
    "geo_radius",
    "has_id",
    "has_vector",
    "is_empty",
    "is_null",
    "key",
    "match",
    "min_should",
    "must",
    "must_not",
    "nested",
    "range",
    "should",
    "values_count",
];

/// Tests that stand beside a key.
const TESTS: [&str; 8] = [
    "match",
    "range",
    "values_count",
    "is_empty",
    "is_null",
    "geo_radius",
    "geo_bounding_box",
    "geo_polygon",
];

/// A condition without filters inside.
pub(super) fn condition(fields: Fields<'_>) -> Result<Predicate> {
    if fields.get("key").is_some() {
        return keyed(fields);
    }
    let mut names = fields.names();
    let (name, place) = match (names.next(), names.next()) {
        (Some(name), None) => (name, fields.place.field(name)),
        _ => return Err(too_many(fields)),
    };
    let value = fields.require(name)?;
    let of_key = |test| Ok(Predicate::Attribute { path: path(Fields::of(value, &place, &["key"])?)?, test });
    match name {
        "has_id" => has_id(value, &place),
        "is_empty" => of_key(Test::IsEmpty),
        "is_null" => of_key(Test::IsNull),
        "has_vector" => {
            let message = "has_vector is unsupported: documents of this collection have one vector set";
            Err(fields.place.wrong(message).unsupported())
        }
        _ => Err(fields.place.wrong(format!("key is missing: {name} asks about an attribute"))),
    }
}

/// The error of an object that says more than one thing.
pub(super) fn too_many(fields: Fields<'_>) -> FilterError {
    let names: Vec<&str> = fields.names().collect();
    fields.place.wrong(format!("one condition for each object; found {}", names.join(", ")))
}

/// The path that `key` says.
pub(super) fn path(fields: Fields<'_>) -> Result<Path> {
    let key = fields.text("key")?;
    let wrong = |error: String| fields.place.field("key").wrong(error);
    match path::scan(key, Quoting::DoubleQuotes) {
        Ok((names, length)) if length == key.len() => {
            Path::new(names).map_err(|error| wrong(error.to_string()))
        }
        Ok((_, length)) => {
            let rest: String = key[length..].chars().take(40).collect();
            Err(wrong(format!(
                "{rest:?} behind a path: names with other characters than letters, digits, _ and - are quoted, such as \\\"a b\\\".c"
            )))
        }
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// A condition on the attribute, or on the document's key, that `key` names.
fn keyed(fields: Fields<'_>) -> Result<Predicate> {
    let mut tests = TESTS.into_iter().filter(|name| fields.get(name).is_some());
    let name = match (tests.next(), fields.names().count()) {
        (Some(name), 2) => name,
        (None, 1) => return Err(fields.place.wrong(format!("a test is missing: {}", TESTS.join(", ")))),
        _ => return Err(too_many(fields)),
    };
    let (value, place) = (fields.require(name)?, fields.place.field(name));
    if fields.get("key").and_then(Json::as_str) == Some("_key") {
        return of_key(name, value, &place);
    }
    let path = path(fields)?;
    let (test, holds) = match name {
        "match" => (matched(value, &place)?, true),
        "range" => (range(value, &place)?, true),
        "values_count" => (values_count(value, &place)?, true),
        "is_empty" => (Test::IsEmpty, flag(value, &place)?),
        "is_null" => (Test::IsNull, flag(value, &place)?),
        "geo_radius" => (Test::Within(area::circle(value, &place)?), true),
        "geo_bounding_box" => (Test::Within(area::bounding_box(value, &place)?), true),
        _ => (Test::Within(area::polygon(value, &place)?), true),
    };
    test.check().map_err(|error| error.within(place))?;
    let predicate = Predicate::Attribute { path, test };
    Ok(if holds { predicate } else { Predicate::Not(Box::new(predicate)) })
}

fn flag(value: &Json, place: &Place<'_>) -> Result<bool> {
    value.as_bool().ok_or_else(|| place.expected("true or false", value))
}

/// The one field of a match, and its name.
fn match_field<'a>(value: &'a Json, place: &'a Place<'a>) -> Result<(&'a str, &'a Json)> {
    let fields =
        Fields::of(value, place, &["any", "except", "phrase", "prefix", "text", "text_any", "value"])?;
    let mut names = fields.names();
    match (names.next(), names.next()) {
        (Some(name), None) => Ok((name, fields.require(name)?)),
        (None, _) => Err(place.wrong("give one of any, except, phrase, prefix, text, text_any, value")),
        _ => Err(too_many(fields)),
    }
}

fn matched(value: &Json, place: &Place<'_>) -> Result<Test> {
    let (name, value) = match_field(value, place)?;
    let place = place.field(name);
    let text = || value.as_str().map(str::to_owned).ok_or_else(|| place.expected("text", value));
    let words = |mode| Ok(Test::Words { mode, text: text()? });
    match name {
        "value" => Ok(Test::OneOf(Values::new([scalar(value, &place)?]))),
        "any" => Ok(Test::OneOf(scalars(value, &place)?)),
        "except" => Ok(Test::OtherThan(scalars(value, &place)?)),
        "prefix" => Ok(Test::Prefix(text()?)),
        "text" => words(WordsMode::All),
        "text_any" => words(WordsMode::Any),
        _ => words(WordsMode::Phrase),
    }
}

fn scalar(value: &Json, place: &Place<'_>) -> Result<Value> {
    match value {
        Json::Bool(value) => Ok(Value::Bool(*value)),
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Integer)
            .or_else(|| number.as_f64().map(Value::Float))
            .ok_or_else(|| place.expected("a number of 64 bits", value)),
        _ => Err(place.expected("text, a number, true or false", value)),
    }
}

fn scalars(list: &Json, place: &Place<'_>) -> Result<Values> {
    let values = elements(list);
    check_len(values.len(), place)?;
    let values = values.iter().enumerate().map(|(at, value)| scalar(value, &place_of(list, place, at)));
    Ok(Values::new(values.collect::<Result<Vec<_>>>()?))
}

fn check_len(len: usize, place: &Place<'_>) -> Result<()> {
    if len <= MAX_VALUES {
        return Ok(());
    }
    Err(place.wrong(format!("{} values; at most {}", grouped(len), grouped(MAX_VALUES))))
}

fn range(value: &Json, place: &Place<'_>) -> Result<Test> {
    let fields = Fields::of(value, place, &["gt", "gte", "lt", "lte"])?;
    let end = |excluded: &str, included: &str| match (fields.get(excluded), fields.get(included)) {
        (Some(_), Some(_)) => Err(place.wrong(format!("give {excluded} or {included}, not both"))),
        (Some(value), None) => range_end(value, excluded, place).map(Bound::Excluded),
        (None, Some(value)) => range_end(value, included, place).map(Bound::Included),
        (None, None) => Ok(Bound::Unbounded),
    };
    let (lower, upper) = (end("gt", "gte")?, end("lt", "lte")?);
    if let (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) =
        (&lower, &upper)
    {
        if !from.is_like(to) {
            return Err(place.wrong(format!("from {from} to {to}: take two numbers or two times")));
        }
        if holds_for_nothing(&lower, &upper) {
            return Err(
                place.wrong(format!("from {from} to {to} holds for nothing: the lower end comes first"))
            );
        }
    }
    match (&lower, &upper) {
        (Bound::Unbounded, Bound::Unbounded) => Err(place.wrong("give one or two of gt, gte, lt, lte")),
        _ => Ok(Test::Range { lower, upper }),
    }
}

fn range_end(value: &Json, name: &str, place: &Place<'_>) -> Result<Value> {
    match scalar(value, &place.field(name))? {
        Value::Text(text) => time::parse(&text).map(Value::Time).ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            place.wrong(format!("{name} is text that is no time: {shown:?}"))
        }),
        Value::Bool(value) => Err(place.wrong(format!("{name} is {value}: a range takes numbers and times"))),
        number => Ok(number),
    }
}

fn values_count(value: &Json, place: &Place<'_>) -> Result<Test> {
    let fields = Fields::of(value, place, &["gt", "gte", "lt", "lte"])?;
    let number = |name: &str| {
        let Some(value) = fields.get(name) else { return Ok(None) };
        let number =
            value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|&number| number < u32::MAX);
        number.map(Some).ok_or_else(|| place.field(name).expected("a number of values", value))
    };
    let nothing = || place.wrong("holds for nothing: counts begin at 0");
    let least = u32::max(number("gte")?.unwrap_or(0), number("gt")?.map_or(0, |above| above + 1));
    let below = match number("lt")? {
        Some(below) => below.checked_sub(1).ok_or_else(nothing)?,
        None => u32::MAX,
    };
    let most = u32::min(number("lte")?.unwrap_or(u32::MAX), below);
    if fields.names().next().is_none() {
        return Err(place.wrong("give one or two of gt, gte, lt, lte"));
    }
    if least > most {
        return Err(
            place.wrong(format!("from {least} to {most} holds for nothing: the lower end comes first"))
        );
    }
    Ok(Test::Count { least, most })
}

/// A condition on keys by their text; integers stand for their digits.
fn has_id(list: &Json, place: &Place<'_>) -> Result<Predicate> {
    let ids = elements(list);
    check_len(ids.len(), place)?;
    let key = |(at, id): (usize, &Json)| match id {
        Json::String(key) => Ok(key.clone()),
        Json::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        other => Err(place_of(list, place, at).expected("a key", other)),
    };
    let keys = ids.iter().enumerate().map(key).collect::<Result<BTreeSet<_>>>()?;
    Ok(Predicate::Key(KeyTest::OneOf(keys)))
}

/// A condition on the document's key, written as one on an attribute.
fn of_key(name: &str, value: &Json, place: &Place<'_>) -> Result<Predicate> {
    let unfit =
        || place.wrong("_key is the key of a document: it takes match with value, any, except or prefix");
    if name != "match" {
        return Err(unfit());
    }
    let (name, value) = match_field(value, place)?;
    let place = place.field(name);
    match name {
        "value" | "any" => has_id(value, &place),
        "except" => Ok(Predicate::Not(Box::new(has_id(value, &place)?))),
        "prefix" => match value.as_str() {
            Some(prefix) => Ok(Predicate::Key(KeyTest::Prefix(prefix.to_owned()))),
            None => Err(place.expected("text", value)),
        },
        _ => Err(unfit()),
    }
}
