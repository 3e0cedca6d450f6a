//! Filters in both spellings, and attributes that they are asked about.

use pleiad_filter::{Predicate, Record};
use serde_json::{Map, Value};

const FILTERS: [&str; 9] = [
    r#"year >= 2020 AND tag IN ("a", 'b', 3) AND NOT (a.b = 1 OR a.b IS NULL)"#,
    r#"ANY items (price BETWEEN > 1 AND < 5.5 AND name STARTS WITH "x") AND items COUNT >= 2"#,
    r#"AT LEAST 2 OF (day > 2024-01-31 10:00:00+01:00, _key STARTS WITH "docs/", _text MATCHES PHRASE "a b")"#,
    r#"at WITHIN 5 km OF (52.5, 13.4) OR at WITHIN BOX (2, 1) (1, -179.5) OR NOT at EXISTS"#,
    r#"at WITHIN POLYGON (0, 0) (9, 0) (9, 9) EXCEPT (1, 1) (2, 1) (2, 2) OR `a``b`.c HAS OTHER THAN (true, "\u00e9")"#,
    r#"{"must": [{"key": "city", "match": {"any": ["Oslo", 3]}}, {"nested": {"key": "a", "filter": "b = 1"}}]}"#,
    r#"{"min_should": {"conditions": [{"has_id": ["x", 7]}, {"is_empty": {"key": "a"}}], "min_count": 1}}"#,
    r#"{"must_not": {"key": "day", "range": {"gte": "2024-01-31", "lt": "2025-01-01T00:00:00Z"}}}"#,
    r#"{"key": "at", "geo_polygon": {"exterior": {"points": [{"lat": 0, "lon": 0}, {"lat": 9, "lon": 0}, {"lat": 9, "lon": 9}]}}}"#,
];

/// Reads the bytes as a filter, which has to be read again from what it prints, and as attributes, which every filter
/// has to decide about.
pub(super) fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let nothing = Map::new();
    match Predicate::read(text) {
        Ok(predicate) => {
            let normal = predicate.normal_form();
            assert_eq!(Predicate::parse(&normal.to_string()).as_ref(), Ok(&normal));
            let record = Record { key: "docs/a", text: Some(text), attributes: &nothing };
            assert_eq!(predicate.matches(&record), normal.matches(&record));
        }
        Err(error) => assert!(!error.to_string().is_empty(), "an error without words"),
    }
    if let Ok(Value::Object(attributes)) = serde_json::from_str(text) {
        for filter in FILTERS {
            let predicate = Predicate::read(filter).expect("a sound filter");
            let record = Record { key: "a", text: None, attributes: &attributes };
            assert_eq!(predicate.matches(&record), predicate.normal_form().matches(&record));
        }
    }
}

pub(super) fn filters() -> Vec<Vec<u8>> {
    let attributes = r#"{"year": 2024, "tag": ["a", null], "a": {"b": [1.5, {}]}, "items": [{"price": 3, "name": "xy"}],
        "at": {"lat": 52.5, "lon": 13.4}, "day": "2024-02-01T10:00:00Z"}"#;
    FILTERS.iter().chain([&attributes]).map(|text| text.as_bytes().to_vec()).collect()
}

/// Short inputs that ask for many conditions, values, levels, or a long message.
pub(crate) fn bombs() -> Vec<Vec<u8>> {
    const NUM_REPEATED: usize = 1 << 17;
    let repeated = |before: &str, part: &str, behind: &str| {
        format!("{before}{}{behind}", part.repeat(NUM_REPEATED)).into_bytes()
    };
    vec![
        repeated("", "(", ""),
        repeated("", "NOT ", "a = 1"),
        repeated("", "a=1 OR ", "a = 1"),
        repeated("a HAS ALL (", "1,", "1)"),
        repeated("a IN (", "1,", "1)"),
        repeated("", "ANY a (", ""),
        repeated("AT LEAST 1 OF (", "a=1,", "a=1)"),
        repeated("", "a.", "a = 1"),
        repeated("a", "[]", " = x"),
        repeated("a = ", "x", ""),
        repeated("a = \"", "\\u0001", "\""),
        repeated("a WITHIN POLYGON ", "(1,2)", ""),
        repeated("`", "``", "` = 1"),
        repeated("{\"should\": [", "{},", "{}]}"),
        repeated("{\"key\": \"a\", \"match\": {\"any\": [", "1,", "1]}}"),
        repeated("{\"has_id\": [", "1,", "1]}"),
        repeated("", "{\"must\":", ""),
    ]
}
