use crate::Predicate;
use serde_json::{Value, json};

fn same(json: &Value, string: &str) {
    let read = Predicate::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let parsed = Predicate::parse(string).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.normal_form().to_string(), parsed.normal_form().to_string(), "{json}");
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    assert_eq!(Predicate::read(&text).map(|read| read.to_string()), Ok(read.to_string()));
}

fn alone(condition: &Value, string: &str) {
    same(condition, string);
    same(&json!({"must": condition}), string);
    same(&json!({"must": [condition], "should": null, "must_not": null, "min_should": null}), string);
    same(&json!({"must_not": [condition]}), &format!("NOT ({string})"));
}

#[test]
fn conditions_of_both_spellings_are_equal() {
    let at = |value| json!({"key": "a", "match": value});
    for (json, string) in [
        (at(json!({"value": "Oslo"})), "a = \"Oslo\""),
        (at(json!({"value": 1.5, "any": null})), "a = 1.5"),
        (at(json!({"value": true})), "a = true"),
        (at(json!({"any": ["x", 2]})), "a IN ('x', 2)"),
        (at(json!({"any": []})), "FALSE"),
        (at(json!({"except": [1]})), "a HAS OTHER THAN (1)"),
        (at(json!({"text": "b c"})), "a MATCHES \"b c\""),
        (at(json!({"text_any": "b c"})), "a MATCHES ANY \"b c\""),
        (at(json!({"phrase": "b c"})), "a MATCHES PHRASE \"b c\""),
        (at(json!({"prefix": "b"})), "a STARTS WITH \"b\""),
        (json!({"key": "a.b", "range": {"gt": 1, "lte": 3.5}}), "a.b BETWEEN > 1 AND 3.5"),
        (json!({"key": "a", "range": {"gte": "2024-01-31T00:00:00Z", "lt": null}}), "a >= 2024-01-31"),
        (json!({"key": "a", "values_count": {"gte": 1, "lt": 3}}), "a COUNT BETWEEN 1 AND 2"),
        (json!({"key": "a", "is_empty": true}), "a IS EMPTY"),
        (json!({"key": "a", "is_null": false}), "a IS NOT NULL"),
        (json!({"is_empty": {"key": "a"}}), "a IS EMPTY"),
        (json!({"is_null": {"key": "a"}}), "a IS NULL"),
        (json!({"has_id": ["x", 7]}), "_key IN (\"x\", \"7\")"),
        (json!({"key": "_key", "match": {"prefix": "docs/"}}), "_key STARTS WITH \"docs/\""),
        (json!({"key": "_key", "match": {"except": ["b"]}}), "_key != \"b\""),
        (json!({"key": "_text", "match": {"text": "b"}}), "_text MATCHES \"b\""),
        (json!({"key": "\"a.b\".c[]", "match": {"value": 1}}), "`a.b`.c = 1"),
        (
            json!({"nested": {"key": "items", "filter": {"must": [at(json!({"value": 1})), {"key": "b", "is_null": true}]}}}),
            "ANY items (a = 1 AND b IS NULL)",
        ),
        (
            json!({"key": "p", "geo_radius": {"center": {"lon": 13.4, "lat": 52.5}, "radius": 5000}}),
            "p WITHIN 5 km OF (52.5, 13.4)",
        ),
        (
            json!({"key": "p", "geo_bounding_box": {"top_left": {"lat": 2, "lon": 1}, "bottom_right": {"lat": 1, "lon": 3}}}),
            "p WITHIN BOX (2, 1) (1, 3)",
        ),
        (
            json!({"key": "p", "geo_polygon": {
                "exterior": {"points": [{"lat": 0, "lon": 0}, {"lat": 9, "lon": 0}, {"lat": 9, "lon": 9}, {"lat": 0, "lon": 0}]},
                "interiors": [{"points": [{"lat": 1, "lon": 1}, {"lat": 2, "lon": 1}, {"lat": 2, "lon": 2}]}],
            }}),
            "p WITHIN POLYGON (0, 0) (9, 0) (9, 9) EXCEPT (1, 1) (2, 1) (2, 2)",
        ),
    ] {
        alone(&json, string);
    }
}

#[test]
fn clauses_of_both_spellings_are_equal() {
    let at = |name: &str| json!({"key": name, "match": {"value": 1}});
    same(&json!({}), "TRUE");
    same(&json!({"must": [], "should": [], "must_not": []}), "TRUE");
    same(&json!("a = 1"), "a = 1");
    same(&json!({"must": ["a = 1 OR b = 1", at("c")]}), "(a = 1 OR b = 1) AND c = 1");
    same(
        &json!({"must": [at("a")], "should": [at("b"), at("c")], "must_not": [at("d"), at("e")]}),
        "a = 1 AND (b = 1 OR c = 1) AND d != 1 AND NOT e = 1",
    );
    same(
        &json!({"min_should": {"conditions": [at("a"), at("b"), at("c")], "min_count": 2}}),
        "AT LEAST 2 OF (a = 1, b = 1, c = 1)",
    );
    same(
        &json!({"should": [{"must": [at("a"), at("b")]}, {"must_not": at("c")}]}),
        "a = 1 AND b = 1 OR NOT c = 1",
    );
}

#[test]
fn strings_are_read_in_any_case_with_precedence() {
    let read = |filter: &str| Predicate::parse(filter).unwrap_or_else(|error| panic!("{error}")).to_string();
    for (filter, printed) in [
        ("not a=1 and b==2 or c<>3", "a != 1 AND b = 2 OR c != 3"),
        ("NOT(a = 1 OR b = 2)and true", "NOT (a = 1 OR b = 2) AND TRUE"),
        ("a in ['x', \"y\",]", ""),
        ("a NOT in [3,1,3]", "a NOT IN (1, 3)"),
        ("a between 1 and 2 and b not exists", "a BETWEEN 1 AND 2 AND b NOT EXISTS"),
        ("a = '\\u00e9\\ud83d\\ude00\\'\\n'", "a = \"é😀'\\n\""),
        ("a WITHIN 1mi OF (1,2)", "a WITHIN 1609.344 m OF (1.0, 2.0)"),
        ("a count != 2 or a count < 3", "NOT a COUNT = 2 OR a COUNT <= 2"),
        ("`a``b`.c-d[].`e f` = -1e3", "`a``b`.c-d.`e f` = -1000"),
        (
            "a = 2024-01-31 10:30 AND b > 2024-01-31T10:30:00.5+02:00",
            "a = 2024-01-31T10:30:00Z AND b > 2024-01-31T08:30:00.500000Z",
        ),
        ("HAS = 1 AND at = 2 AND count COUNT = 3", "HAS = 1 AND at = 2 AND count COUNT = 3"),
    ] {
        match printed {
            "" => assert!(Predicate::parse(filter).is_err(), "{filter}"),
            printed => assert_eq!(read(filter), printed),
        }
    }
}

#[test]
fn paths_begin_at_the_document() {
    let filter =
        "year = 1 AND NOT (tag = 2 OR year > 3) AND ANY items (p.q = 1 AND _key = \"a\" AND _text EXISTS)";
    let paths = Predicate::parse(filter).unwrap().paths();
    let printed: Vec<String> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(printed, ["_text", "items", "items.p.q", "tag", "year"]);
}

#[test]
fn the_normal_form_is_one_for_all_spellings() {
    let normal = |filter: &str| Predicate::parse(filter).unwrap().normal_form().to_string();
    for (filter, expected) in [
        ("b = 1 AND (a = 1 AND b = 1) AND TRUE", "a = 1 AND b = 1"),
        ("NOT (a = 1 AND NOT b = 2)", "a != 1 OR b = 2"),
        ("a = 1 OR TRUE", "TRUE"),
        ("AT LEAST 1 OF (b = 1, a = 1)", "a = 1 OR b = 1"),
        ("AT LEAST 2 OF (b = 1, a = 1, TRUE)", "a = 1 OR b = 1"),
        ("NOT AT LEAST 2 OF (a = 1, b = 1, c = 1)", "AT LEAST 2 OF (a != 1, b != 1, c != 1)"),
        ("AT LEAST 3 OF (a = 1, b = 1)", "FALSE"),
        ("a IN (2, 1.0, 1)", "a IN (1, 2)"),
        ("ANY a (b IN ())", "FALSE"),
        ("a COUNT >= 0", "TRUE"),
    ] {
        assert_eq!(normal(filter), expected, "{filter}");
    }
}
