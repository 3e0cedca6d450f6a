//! The JSON form against the local mode of Qdrant's Python client, which gave it its names.

use crate::{Predicate, Record};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// The variable that names the folder of the installed client.
const FOLDER: &str = "PLEIAD_QDRANT_CLIENT";

const NUM_DOCUMENTS: usize = 120;
const NUM_FILTERS: usize = 1500;

fn of(values: &[Value]) -> impl Strategy<Value = Value> + use<> {
    prop::sample::select(values.to_vec())
}

fn integers() -> impl Strategy<Value = Value> {
    (0..6_i64).prop_map(Value::from)
}

fn floats() -> impl Strategy<Value = Value> {
    of(&[json!(0.5), json!(1.25), json!(-3.5), json!(7.75)])
}

fn texts() -> impl Strategy<Value = Value> {
    of(&[json!("a"), json!("b"), json!("news"), json!(""), json!("a b")])
}

fn days() -> impl Strategy<Value = Value> {
    (1..5_u32, 0..3_u32).prop_map(|(day, hour)| json!(format!("2024-01-0{day}T0{hour}:00:00Z")))
}

fn points() -> impl Strategy<Value = Value> {
    (-80.0..80.0, -170.0..170.0).prop_map(|(lat, lon)| json!({"lat": lat, "lon": lon}))
}

/// A value, an array of some, null, or nothing of the kind.
fn stored(one: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Option<Value>> {
    let element = prop_oneof![5 => one.clone(), 1 => Just(Value::Null)];
    prop_oneof![
        4 => one.prop_map(Some),
        2 => vec(element, 0..4).prop_map(|values| Some(Value::Array(values))),
        1 => Just(Some(Value::Null)),
        1 => Just(None),
    ]
}

/// Attributes of which each name has one kind: integers and floats of one value are equal here, and not there.
fn documents() -> impl Strategy<Value = Value> {
    let item = (stored(integers().boxed()), stored(texts().boxed()))
        .prop_map(|(p, q)| object([("p", p), ("q", q)]))
        .boxed();
    let of_points = prop_oneof![4 => points().prop_map(Some), 1 => Just(None)];
    let bools = any::<bool>().prop_map(Value::from).boxed();
    // Nulls are counted there, and are no values here.
    let counted = prop_oneof![
        3 => vec(integers(), 0..5).prop_map(|values| Some(Value::Array(values))),
        1 => integers().prop_map(Some),
        1 => Just(None),
    ];
    (
        (stored(integers().boxed()), stored(floats().boxed()), stored(texts().boxed()), stored(bools)),
        (stored(days().boxed()), of_points, vec(item.clone(), 0..3), item, counted),
    )
        .prop_map(|((n, f, s, b), (day, at, items, inner, c))| {
            let (items, inner) = (Some(Value::Array(items)), Some(inner));
            let all = [
                ("n", n),
                ("f", f),
                ("s", s),
                ("b", b),
                ("day", day),
                ("at", at),
                ("items", items),
                ("inner", inner),
                ("c", c),
            ];
            object(all)
        })
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

/// A range of two ends in order, or of one.
fn range(ends: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Value> {
    let pairs = [("gte", "lte"), ("gte", "lt"), ("gt", "lte")];
    (prop::sample::select(pairs.to_vec()), ends.clone(), ends, 0..3).prop_map(|((low, high), a, b, which)| {
        let number = |value: &Value| value.as_f64().unwrap_or_default();
        let is_before = match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a < b,
            _ => number(&a) < number(&b),
        };
        match which {
            0 => json!({low: a}),
            1 => json!({high: b}),
            _ if is_before => json!({low: a, high: b}),
            _ => json!({"gte": b, "lte": a}),
        }
    })
}

fn matches(one: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Value> {
    prop_oneof![
        one.clone().prop_map(|value| json!({"value": value})),
        vec(one.clone(), 1..4).prop_map(|values| json!({"any": values})),
        vec(one, 1..4).prop_map(|values| json!({"except": values})),
    ]
}

fn geo() -> impl Strategy<Value = Value> {
    prop_oneof![
        (points(), 1e5..8e6)
            .prop_map(|(center, radius)| json!({"geo_radius": {"center": center, "radius": radius}})),
        (-80.0..0.0, 1.0..80.0, -170.0..0.0, 1.0..170.0).prop_map(|(south, north, west, east)| {
            let (top_left, bottom_right) =
                (json!({"lat": north, "lon": west}), json!({"lat": south, "lon": east}));
            json!({"geo_bounding_box": {"top_left": top_left, "bottom_right": bottom_right}})
        }),
    ]
}

/// A condition with the key in front of it.
fn keyed(key: impl Into<String>, test: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([("key".to_owned(), json!(key.into())), (test.to_owned(), value)]))
}

fn of_item(prefix: &'static str) -> impl Strategy<Value = Value> {
    prop_oneof![
        matches(integers().boxed()).prop_map(move |test| keyed(format!("{prefix}p"), "match", test)),
        matches(texts().boxed()).prop_map(move |test| keyed(format!("{prefix}q"), "match", test)),
        range(integers().boxed()).prop_map(move |test| keyed(format!("{prefix}p"), "range", test)),
    ]
}

fn conditions() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["n", "f", "s", "b", "day", "items", "inner.p", "nowhere"]);
    let bools = || any::<bool>().prop_map(Value::from).boxed();
    prop_oneof![
        3 => matches(integers().boxed()).prop_map(|test| keyed("n", "match", test)),
        3 => matches(texts().boxed()).prop_map(|test| keyed("s", "match", test)),
        1 => bools().prop_map(|value| keyed("b", "match", json!({"value": value}))),
        2 => range(integers().boxed()).prop_map(|test| keyed("n", "range", test)),
        2 => range(floats().boxed()).prop_map(|test| keyed("f", "range", test)),
        2 => range(days().boxed()).prop_map(|test| keyed("day", "range", test)),
        2 => range((1..6_i64).prop_map(Value::from).boxed()).prop_map(|test| keyed("c", "values_count", test)),
        2 => name.clone().prop_map(|key| json!({"is_empty": {"key": key}})),
        2 => name.prop_map(|key| json!({"is_null": {"key": key}})),
        1 => vec(0..NUM_DOCUMENTS, 0..30).prop_map(|ids| json!({"has_id": ids})),
        2 => geo().prop_map(|test| {
            let test = test.as_object().and_then(|test| test.iter().next()).map(|(name, value)| (name.clone(), value.clone()));
            test.map_or(Value::Null, |(name, value)| keyed("at", &name, value))
        }),
        2 => of_item("items[]."),
        1 => of_item("inner."),
        2 => (vec(of_item(""), 1..3), vec(of_item(""), 0..2)).prop_map(|(must, must_not)| {
            json!({"nested": {"key": "items", "filter": {"must": must, "must_not": must_not}}})
        }),
    ]
}

fn filters() -> impl Strategy<Value = Value> {
    let clauses = |inner: BoxedStrategy<Value>| {
        let some = move |most| vec(inner.clone(), 0..most);
        (some(3), some(3), some(2), some(3), 1..3_u32).prop_map(|(must, should, must_not, of, least)| {
            let mut filter = json!({"must": must, "should": should, "must_not": must_not});
            if !of.is_empty() {
                filter["min_should"] = json!({"conditions": of, "min_count": least});
            }
            filter
        })
    };
    let flat = clauses(conditions().boxed());
    let inner = prop_oneof![3 => conditions(), 1 => clauses(conditions().boxed())];
    prop_oneof![
        4 => conditions().prop_map(|one| json!({"must": [one]})),
        2 => flat,
        1 => clauses(inner.boxed()),
    ]
}

/// The answers of the client: the documents for which each filter holds, and the filter as it writes it.
fn asked(folder: &str, documents: &[Value], filters: &[Value]) -> Vec<(Vec<usize>, Value)> {
    let mut child = Command::new("python3")
        .args(["-c", include_str!("qdrant.py")])
        .env("PYTHONPATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let input = json!({"documents": documents, "filters": filters}).to_string();
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", output.status);
    let lines = String::from_utf8(output.stdout).expect("text");
    let answer = |line: &str| {
        let mut answer: Value = serde_json::from_str(line).expect("one JSON value a line");
        let found = answer["found"].as_array().expect("a list").iter();
        (found.filter_map(|at| Some(at.as_u64()? as usize)).collect(), answer["written"].take())
    };
    lines.lines().map(answer).collect()
}

#[test]
fn the_json_form_means_what_qdrant_means() {
    let Ok(folder) = std::env::var(FOLDER) else {
        println!("NOT RUN: filters were not compared with Qdrant's client: `cargo xtask qdrant` fetches it");
        return;
    };
    let mut runner = TestRunner::deterministic();
    let mut some = |strategy: BoxedStrategy<Value>, num: usize| -> Vec<Value> {
        (0..num).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
    };
    let (documents, filters) =
        (some(documents().boxed(), NUM_DOCUMENTS), some(filters().boxed(), NUM_FILTERS));
    let answers = asked(&folder, &documents, &filters);
    assert_eq!(answers.len(), NUM_FILTERS);
    let none = Map::new();
    let mut num_found = 0;
    for (filter, (expected, written)) in filters.iter().zip(&answers) {
        for form in [filter, written] {
            let predicate = Predicate::from_json(form).unwrap_or_else(|error| panic!("{error}: {form}"));
            let holds = |at: usize| {
                let (key, attributes) = (at.to_string(), documents[at].as_object().unwrap_or(&none));
                predicate.matches(&Record { key: &key, text: None, attributes })
            };
            let found: Vec<usize> = (0..NUM_DOCUMENTS).filter(|&at| holds(at)).collect();
            let other = found.iter().chain(expected).find(|at| found.contains(at) != expected.contains(at));
            let document = other.map(|&at| &documents[at]);
            assert_eq!(&found, expected, "{form} of {}", document.unwrap_or(&Value::Null));
        }
        num_found += expected.len();
    }
    assert!(num_found > NUM_FILTERS, "filters that hold for nothing say little: {num_found}");
}
