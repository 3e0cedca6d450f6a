//! The obvious evaluator: everything that a path yields is collected, and each test reads as its definition.

use crate::area::Point;
use crate::{KeyTest, Predicate, Record, Test, Value, time, words};
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use std::ops::Bound;

pub(super) fn matches(predicate: &Predicate, record: &Record<'_>) -> bool {
    let each = |members: &[Predicate]| members.iter().filter(|member| matches(member, record)).count();
    match predicate {
        Predicate::Constant(value) => *value,
        Predicate::And(members) => each(members) == members.len(),
        Predicate::Or(members) => each(members) > 0,
        Predicate::AtLeast { count, of } => each(of) >= *count as usize,
        Predicate::Not(inner) => !matches(inner, record),
        Predicate::Key(KeyTest::OneOf(keys)) => keys.iter().any(|key| key == record.key),
        Predicate::Key(KeyTest::Prefix(prefix)) => record.key.starts_with(prefix.as_str()),
        Predicate::Element { path, inner } => {
            let names: Vec<&str> = path.names().collect();
            let objects = leaves(&values(record.attributes, &names));
            objects
                .iter()
                .filter_map(Json::as_object)
                .any(|attributes| matches(inner, &Record { key: record.key, text: record.text, attributes }))
        }
        Predicate::Attribute { path, test } => {
            let names: Vec<&str> = path.names().collect();
            let values = match record.text {
                _ if names != ["_text"] => values(record.attributes, &names),
                Some(text) => vec![Json::from(text)],
                None => vec![],
            };
            passes(test, &values)
        }
    }
}

/// The values at the end of a path.
fn values(object: &Map<String, Json>, names: &[&str]) -> Vec<Json> {
    let mut found: Vec<Json> = object.get(names[0]).cloned().into_iter().collect();
    for name in &names[1..] {
        let objects = leaves(&found);
        found = objects.iter().filter_map(|value| value.as_object()?.get(*name).cloned()).collect();
    }
    found
}

/// The values, and in place of arrays their elements.
fn leaves(values: &[Json]) -> Vec<Json> {
    let mut found = Vec::new();
    for value in values {
        match value {
            Json::Array(elements) => found.extend(leaves(elements)),
            other => found.push(other.clone()),
        }
    }
    found
}

fn passes(test: &Test, values: &[Json]) -> bool {
    let leaves = leaves(values);
    let some = |passes: &dyn Fn(&Json) -> bool| leaves.iter().any(passes);
    let texts = |passes: &dyn Fn(&str) -> bool| leaves.iter().filter_map(Json::as_str).any(passes);
    match test {
        Test::Exists => !values.is_empty(),
        Test::IsEmpty => values.iter().all(|value| value.is_null() || *value == Json::Array(vec![])),
        Test::IsNull => some(&Json::is_null),
        Test::Count { least, most } => {
            let count = leaves.iter().filter(|leaf| !leaf.is_null()).count();
            count >= *least as usize && count <= *most as usize
        }
        Test::OneOf(values) => some(&|leaf| values.as_slice().iter().any(|value| equals(leaf, value))),
        Test::OtherThan(values) => some(&|leaf| {
            !leaf.is_null() && !leaf.is_object() && !values.as_slice().iter().any(|value| equals(leaf, value))
        }),
        Test::Range { lower, upper } => some(&|leaf| {
            let is_any_of = |bound: &Bound<Value>, wanted: &[Ordering]| match bound {
                Bound::Unbounded => true,
                Bound::Included(end) => {
                    order(leaf, end).is_some_and(|found| found == Ordering::Equal || wanted.contains(&found))
                }
                Bound::Excluded(end) => order(leaf, end).is_some_and(|found| wanted.contains(&found)),
            };
            is_any_of(lower, &[Ordering::Greater]) && is_any_of(upper, &[Ordering::Less])
        }),
        Test::Prefix(prefix) => texts(&|text| text.starts_with(prefix.as_str())),
        Test::Words { mode, text: wanted } => texts(&|text| words::matches(*mode, wanted, text)),
        Test::Within(area) => some(&|leaf| {
            let number = |name| leaf.get(name).and_then(Json::as_f64);
            let point = number("lat").zip(number("lon")).and_then(|(lat, lon)| Point::new(lat, lon).ok());
            point.is_some_and(|point| area.contains(point))
        }),
    }
}

fn equals(leaf: &Json, value: &Value) -> bool {
    match (leaf, value) {
        (Json::Bool(a), Value::Bool(b)) => a == b,
        (Json::String(a), Value::Text(b)) => a == b,
        (_, Value::Bool(_) | Value::Text(_)) => false,
        _ => order(leaf, value) == Some(Ordering::Equal),
    }
}

/// Order of a leaf and a number or a time, by the 128 bits that hold any of them exactly.
fn order(leaf: &Json, value: &Value) -> Option<Ordering> {
    match (leaf, value) {
        (Json::String(text), Value::Time(at)) => Some(time::parse(text)?.cmp(at)),
        (Json::Number(number), Value::Integer(_) | Value::Float(_)) => {
            // What is beyond 128 bits is whole, and is compared as a float.
            if let (Value::Float(value), Some(leaf)) = (value, number.as_f64())
                && (value.abs() > 1e30 || leaf.abs() > 1e30)
            {
                return leaf.partial_cmp(value);
            }
            let of_float = |float: f64| (float.floor() as i128, float - float.floor());
            let leaf = number.as_i64().map(|whole| (i128::from(whole), 0.0));
            let leaf = leaf.or_else(|| number.as_f64().map(of_float))?;
            let value = match value {
                Value::Integer(whole) => (i128::from(*whole), 0.0),
                Value::Float(float) => of_float(*float),
                _ => return None,
            };
            Some(leaf.0.cmp(&value.0).then(leaf.1.partial_cmp(&value.1)?))
        }
        _ => None,
    }
}
