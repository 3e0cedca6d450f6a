use crate::{FilterErrorKind, MAX_NESTING, Path, Predicate, Test, Value};
use serde_json::json;
use std::ops::Bound;

fn error(filter: &str) -> String {
    Predicate::read(filter)
        .map_or_else(|error| error.to_string(), |read| panic!("{filter} is read as {read}"))
}

fn check(errors: &[(&str, &str)]) {
    for (filter, expected) in errors {
        let message = error(filter);
        assert_eq!(message.lines().next(), Some(format!("filter: {expected}").as_str()), "{filter}");
        let found = Predicate::parse(filter).unwrap_err();
        let (shown, caret) = (message.lines().nth(1).unwrap(), message.lines().nth(2).unwrap());
        assert_eq!(shown, format!("  {filter}"));
        assert_eq!(caret.len() - 2, found.column().unwrap(), "{message}");
    }
}

#[test]
fn errors_of_values_name_the_column_and_the_way_out() {
    check(&[
        ("year = ", "expected a value after \"=\" at column 8: write text in quotes, such as tag = \"news\""),
        (
            "year >= ",
            "expected a value after \">=\" at column 9: write text in quotes, such as tag = \"news\"",
        ),
        ("tag = news", "news is not quoted at column 7: write tag = \"news\""),
        ("tag = 20x", "20x is not quoted at column 7: write tag = \"20x\""),
        ("tag IN (news)", "news is not quoted at column 9: write \"news\""),
        (
            "tag= null",
            "null is not compared at column 6: write tag IS NULL (stored as null) or tag IS EMPTY (null, missing or [])",
        ),
        (
            "year <= \"abc\"",
            "\"abc\" is no time at column 9: < <= > >= take numbers and times such as 2024-01-31",
        ),
        ("year < true", "year < true at column 8: < <= > >= take numbers and times"),
        ("year BETWEEN 9 AND 3", "BETWEEN 9 AND 3 at column 6 holds for nothing: the lower end comes first"),
        (
            "year BETWEEN > 3 AND 3",
            "BETWEEN > 3 AND 3 at column 6 holds for nothing: the lower end comes first",
        ),
        (
            "year BETWEEN 3 AND 2024-01-01",
            "BETWEEN 3 AND 2024-01-01 at column 20: it takes two numbers or two times",
        ),
    ]);
}

#[test]
fn errors_of_structure_name_the_column_and_the_way_out() {
    check(&[
        ("year >= 2020 year", "expected \"AND\", \"OR\" or the end at column 14, found \"year\""),
        ("(a = 1", "unclosed \"(\" at column 1"),
        ("(", "unclosed \"(\" at column 1"),
        ("a IN (1, 2", "unclosed \"(\" at column 6"),
        ("a = \"x", "unclosed \" at column 5"),
        ("(a = 1 b", "expected \"AND\", \"OR\" or \")\" at column 8, found \"b\""),
        (
            "at WITHIN 5 km OF (95, 10)",
            "latitude 95 at column 20: it must be in -90..=90; latitude comes first",
        ),
        (
            "at WITHIN 5 km OF (10, 195)",
            "longitude 195 at column 24: it must be in -180..=180; latitude comes first",
        ),
        ("at WITHIN 5 miles OF (1, 2)", "expected a unit: m, km or mi at column 13, found \"miles\""),
        (
            "a = 2024-13-01",
            "2024-13-01 is no time at column 5: times are written such as 2024-01-31 or 2024-01-31T10:00:00Z",
        ),
        ("a = 1e999", "\"1e999\" is too large at column 5 for a number"),
        (
            "year",
            "expected a comparison after year at column 5, found the end: such as year = 1, year IN (1, 2) or year EXISTS",
        ),
        ("", "expected a condition at column 1, found the end: such as year >= 2020"),
        ("a = 1 AND", "expected a condition at column 10, found the end: such as year >= 2020"),
        ("any = 1", "expected a condition at column 5, found \"=\": such as year >= 2020"),
        ("a[0] = 1", "elements are not taken by position: write [] for all of them at column 1"),
        ("a MATCHES \"!\"", "\"!\" has no word to look for at column 11"),
        ("a COUNT < 0", "COUNT < 0 at column 3 holds for nothing: counts begin at 0"),
        ("_key < 3", "_key takes = != IN and STARTS WITH at column 6, such as _key STARTS WITH \"docs/\""),
        (
            "a NOT LIKE 3",
            "expected IN, BETWEEN, EXISTS, STARTS WITH or MATCHES after NOT at column 7, found \"LIKE\"",
        ),
    ]);
}

#[test]
fn carets_stand_under_characters_and_long_filters_are_cut() {
    let message = error("größe = 1 AND\nort = Köln");
    assert_eq!(message.lines().nth(1), Some("  größe = 1 AND ort = Köln"));
    assert_eq!(message.lines().nth(2), Some("                      ^"));
    let long = format!("{} = x{}", "é".repeat(100), "y".repeat(1000));
    assert!(error(&long).len() < 1000, "{}", error(&long));
    let arrays = format!("a{} = x", "[]".repeat(1000));
    assert!(error(&arrays).len() < 400, "{}", error(&arrays));
}

#[test]
fn what_is_not_known_here_is_unsupported() {
    let has = Predicate::parse("a = 1 AND HAS ASPECT \"title\"").unwrap_err();
    assert_eq!((has.kind(), has.column()), (FilterErrorKind::Unsupported, Some(11)));
    for filter in [
        json!({"has_vector": "title"}),
        json!({"key": "a", "match": {"substring": "x"}}),
        json!({"mus": []}),
        json!({"must": [], "limit": 3}),
    ] {
        assert_eq!(
            Predicate::from_json(&filter).unwrap_err().kind(),
            FilterErrorKind::Unsupported,
            "{filter}"
        );
    }
}

#[test]
fn errors_of_json_name_the_field() {
    let fuzzy = json!({"must": ["a = 1", "b = 1", {"key": "c", "match": {"fuzzy": 1}}]});
    let at = |test| json!({"must": [{"key": "a", "range": test}]});
    for (filter, expected) in [
        (
            fuzzy,
            "filter.must[2].match: unknown field \"fuzzy\"; known: any, except, phrase, prefix, text, text_any, value",
        ),
        (at(json!({"gte": "abc"})), "filter.must[0].range: gte is text that is no time: \"abc\""),
        (at(json!({"gte": true})), "filter.must[0].range: gte is true: a range takes numbers and times"),
        (at(json!({"gte": 1, "gt": 1})), "filter.must[0].range: give gt or gte, not both"),
        (
            at(json!({"gte": 2, "lt": 1})),
            "filter.must[0].range: from 2 to 1 holds for nothing: the lower end comes first",
        ),
        (at(json!({})), "filter.must[0].range: give one or two of gt, gte, lt, lte"),
        (
            json!({"must": {"match": {"value": 1}}}),
            "filter.must: key is missing: match asks about an attribute",
        ),
        (json!({"should": [7]}), "filter.should[0]: expected an object or the string form, found 7"),
        (
            json!({"key": "a", "match": {"any": [[1]]}}),
            "filter.match.any[0]: expected text, a number, true or false, found a list",
        ),
        (
            json!({"key": "a", "match": {"value": 1}, "is_null": true}),
            "filter: one condition for each object; found is_null, key, match",
        ),
        (
            json!({"key": "a b", "is_null": true}),
            "filter.key: \" b\" behind a path: names with other characters than letters, digits, _ and - are quoted, such as \\\"a b\\\".c",
        ),
        (
            json!({"key": "a", "geo_radius": {"center": {"lat": 95, "lon": 1}, "radius": 1}}),
            "filter.geo_radius.center: latitude 95: it must be in -90..=90",
        ),
        (
            json!({"nested": {"key": "a", "filter": {"must": ["b ="]}}}),
            "filter.nested.filter.must[0]: expected a value after \"=\" at column 4: write text in quotes, such as tag = \"news\"",
        ),
        (
            json!({"mus": 1}),
            "filter: unknown field \"mus\"; known: geo_bounding_box, geo_polygon, geo_radius, has_id, has_vector, is_empty, is_null, key, match, min_should, must, must_not, nested, range, should, values_count",
        ),
    ] {
        assert_eq!(error(&filter.to_string()).lines().next(), Some(expected));
    }
    assert!(error("{\"must\": ").starts_with("filter: what begins with { is read as JSON: EOF"));
}

#[test]
fn sizes_have_bounds() {
    let many = |count: usize, text: &str, separator: &str| vec![text; count].join(separator);
    assert_eq!(error(&many(1500, "a = 1", " OR ")), "filter: 1,500 conditions; at most 1,024");
    assert!(Predicate::parse(&many(1024, "a = 1", " OR ")).is_ok());
    let values = |count| format!("tag IN ({})", many(count, "1", ","));
    assert!(error(&values(70_000)).starts_with("filter: 70,000 values in IN at column 5; at most 65,536\n"));
    assert!(Predicate::parse(&values(65_536)).is_ok());
    let json = json!({"key": "a", "match": {"any": vec![1; 70_000]}});
    assert_eq!(error(&json.to_string()), "filter.match.any: 70,000 values; at most 65,536");
    let nested = |depth| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(error(&nested(33)), "filter: nested 33 deep; at most 32");
    assert_eq!(error(&nested(1_000_000)), "filter: nested 33 deep; at most 32");
    assert!(Predicate::parse(&nested(MAX_NESTING)).is_ok());
    assert_eq!(error(&"NOT ".repeat(100_000)), "filter: nested 33 deep; at most 32");
    assert!(error(&format!("{} = 1", many(17, "a", "."))).contains("a path of 17 names; at most 16"));
    assert!(error(&format!("{} = 1", "a".repeat(300))).contains("a path of 300 bytes; at most 256"));
    let mut json = json!("a = 1");
    for _ in 0..40 {
        json = json!({"must": [json]});
    }
    assert!(
        error(&json.to_string()).ends_with(": nested 33 deep; at most 32"),
        "{}",
        error(&json.to_string())
    );
}

#[test]
fn predicates_put_together_by_hand_are_checked() {
    let path = || Path::new(["a"]).unwrap();
    let between = |lower, upper| Predicate::Attribute { path: path(), test: Test::Range { lower, upper } };
    let number = |number| Bound::Included(Value::Integer(number));
    for wrong in [
        between(number(2), number(1)),
        between(Bound::Unbounded, Bound::Unbounded),
        between(number(1), Bound::Included(Value::Time(0))),
        between(Bound::Included(Value::Bool(true)), Bound::Unbounded),
        between(Bound::Excluded(Value::Float(f64::NAN)), Bound::Unbounded),
        between(Bound::Excluded(Value::Time(i64::MAX)), Bound::Unbounded),
        Predicate::And(vec![Predicate::Constant(true); 1025]),
        (0..40).fold(Predicate::Constant(true), |inner, _| Predicate::Not(Box::new(inner))),
    ] {
        assert!(wrong.check().is_err(), "{wrong}");
    }
    assert!(between(number(1), number(2)).check().is_ok());
    assert!(Path::new(["_key"]).is_err() && Path::new(Vec::<&str>::new()).is_err());
}
