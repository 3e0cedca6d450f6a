use super::holds;
use serde_json::{Value, json};

/// Missing, null and empty, as `docs/filters.md` has them.
#[test]
fn null_missing_and_empty_are_three_things() {
    let filters = ["a EXISTS", "a IS NULL", "a IS EMPTY", "a = 1", "a != 1", "a COUNT = 0"];
    let rows = [
        (json!({}), "--x-xx"),
        (json!({"a": null}), "xxx-xx"),
        (json!({"a": []}), "x-x-xx"),
        (json!({"a": ""}), "x---x-"),
        (json!({"a": {}}), "x---x-"),
        (json!({"a": 1}), "x--x--"),
        (json!({"a": [1, 2]}), "x--x--"),
        (json!({"a": [null, 2]}), "xx--x-"),
    ];
    for (attributes, expected) in rows {
        let found: String =
            filters.map(|filter| if holds(filter, &attributes) { 'x' } else { '-' }).iter().collect();
        assert_eq!(found, expected, "{attributes}");
    }
}

fn check(attributes: &Value, true_of: &[&str], false_of: &[&str]) {
    for filter in true_of {
        assert!(holds(filter, attributes), "{filter} is false of {attributes}");
        assert!(!holds(&format!("NOT ({filter})"), attributes), "NOT ({filter}) is true of {attributes}");
    }
    for filter in false_of {
        assert!(!holds(filter, attributes), "{filter} is true of {attributes}");
    }
}

#[test]
fn numbers_are_compared_exactly_and_with_numbers_alone() {
    let attributes = json!({"a": 1, "b": 9_007_199_254_740_993_i64, "c": 18_446_744_073_709_551_615_u64, "t": "1", "f": 0.1});
    check(
        &attributes,
        &[
            "a = 1.0",
            "a IN (3, 1e0)",
            "b > 9007199254740992.0",
            "b != 9007199254740992",
            "c > 9223372036854775807",
            "c = 1.8446744073709552e19",
            "f < 0.2",
            "f = 0.1",
            "a BETWEEN 1 AND 1",
            "a BETWEEN > 0 AND < 2",
            "a >= -1",
        ],
        &[
            "t = 1",
            "a = \"1\"",
            "a = true",
            "t > 0",
            "b = 9007199254740992.0",
            "a BETWEEN > 1 AND 2",
            "a < 1",
            "f = 0",
        ],
    );
}

#[test]
fn times_are_a_reading_of_text() {
    let attributes = json!({"a": "2024-01-31T12:00:00+01:00", "b": "2024-01-31", "c": "soon", "d": 5});
    check(
        &attributes,
        &[
            "a = 2024-01-31T11:00Z",
            "a = 2024-01-31 11:00",
            "a = \"2024-01-31T12:00:00+01:00\"",
            "a > 2024-01-31",
            "a > \"2024-01-31\"",
            "b <= 2024-01-31",
            "b = 2024-01-31",
            "b BETWEEN 2024-01-01 AND 2024-12-31",
            "c != 2024-01-31",
        ],
        &["a = \"2024-01-31T11:00:00Z\"", "c > 0000-01-01", "c < 9999-12-31", "d > 1970-01-01", "b > 5"],
    );
}

#[test]
fn arrays_are_entered_and_elements_are_asked_together_with_any() {
    let attributes = json!({
        "items": [{"name": "x", "price": 5, "tags": ["a", "b"]}, {"name": "y", "price": [9, 20]}, "z"],
        "one": {"name": "x", "price": 5}, "a.b": {"c d": 1}, "not": 3,
    });
    check(
        &attributes,
        &[
            "items.price = 5",
            "items[].price = 20",
            "items.tags = \"b\"",
            "items.name = \"x\" AND items.price = 9",
            "ANY items (name = \"x\" AND price = 5)",
            "ANY items (tags COUNT = 0 AND price > 10)",
            "items.price COUNT = 3",
            "items COUNT = 3",
            "ANY one (name = \"x\")",
            "items.price BETWEEN 6 AND 10",
            "`a.b`.`c d` = 1",
            "`not` = 3",
            "items.name HAS ALL (\"x\", \"y\")",
            "items.name HAS OTHER THAN (\"x\")",
            "items = \"z\"",
            "AT LEAST 2 OF (one.price = 5, one.price = 6, items EXISTS)",
            "ANY items (NOT name EXISTS OR name = \"y\")",
        ],
        &[
            "ANY items (name = \"x\" AND price = 9)",
            "items.name HAS ALL (\"x\", \"q\")",
            "one.name HAS OTHER THAN (\"x\")",
            "ANY nothing (TRUE)",
            "ANY items.name (TRUE)",
            "items.missing EXISTS",
            "AT LEAST 2 OF (one.price = 5, one.price = 6)",
            "missing HAS OTHER THAN (1)",
            "items.price BETWEEN 10 AND 19",
        ],
    );
}

#[test]
fn text_keys_words_and_places_are_asked_about() {
    let attributes =
        json!({"title": "The Quick Fox", "at": {"lat": 52.52, "lon": 13.405}, "bad": {"lat": 95, "lon": 0}});
    check(
        &attributes,
        &[
            "_key = \"docs/a\"",
            "_key STARTS WITH \"docs/\"",
            "_key NOT IN (\"b\")",
            "_text MATCHES \"words\"",
            "_text EXISTS",
            "_text STARTS WITH 'Some'",
            "title MATCHES \"fox quick\"",
            "title MATCHES ANY \"cat fox\"",
            "title MATCHES PHRASE \"quick fox\"",
            "title NOT MATCHES \"cat\"",
            "title STARTS WITH \"The \"",
            "at WITHIN 1 km OF (52.52, 13.4)",
            "at WITHIN BOX (53, 13) (52, 14)",
            "at EXISTS",
            "at WITHIN POLYGON (50, 10) (55, 10) (55, 15) (50, 15)",
        ],
        &[
            "_key = \"docs\"",
            "_text IS EMPTY",
            "title MATCHES PHRASE \"fox quick\"",
            "title STARTS WITH \"the\"",
            "at WITHIN 100 m OF (52.52, 13.4)",
            "bad WITHIN 9e9 km OF (0, 0)",
            "missing STARTS WITH \"\"",
            "at WITHIN POLYGON (50, 10) (55, 10) (55, 15) (50, 15) EXCEPT (52, 13) (53, 13) (53, 14) (52, 14)",
        ],
    );
}
