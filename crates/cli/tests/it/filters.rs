//! Filters on the command line.

use crate::tool::Tool;
use serde_json::{Value, json};

const DOCUMENTS: &str = r#"{"_id": "a", "text": "Storks return in spring", "year": 2019, "tag": ["birds", "news"]}
{"_id": "b", "text": "Storks build nests on chimneys", "year": 2021, "tag": "birds"}
{"_id": "c", "text": "A recipe for plum cake", "year": 2024, "tag": []}
{"_id": "d", "text": "Storks and herons in wetlands", "day": "2024-01-31", "tag": null}
{"_id": "e", "text": "Chimney sweeps at work", "year": 2020, "at": {"lat": 52.52, "lon": 13.4}}"#;

fn filled() -> Tool {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCUMENTS);
    tool.run(&["create", "docs", "--words", "english-1"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool
}

fn listed(tool: &Tool, filter: &str) -> String {
    tool.run(&["list", "docs", "--filter", filter]).ok().stdout.split_whitespace().collect()
}

#[test]
fn documents_are_listed_and_counted_by_their_attributes() {
    let tool = filled();
    for (filter, expected) in [
        ("year >= 2020", "bce"),
        ("tag = \"birds\" AND year < 2020", "a"),
        ("tag IS EMPTY", "cde"),
        ("year != 2019", "bcde"),
        ("day < 2024-02-01", "d"),
        ("at WITHIN 5 km OF (52.5, 13.4)", "e"),
        ("_text MATCHES \"storks\" AND NOT _key = \"a\"", "bd"),
        (
            r#"{"must_not": {"key": "year", "range": {"gte": 2021}}, "should": ["tag = 'birds'", {"has_id": ["d"]}]}"#,
            "ad",
        ),
        ("nothing = 1", ""),
    ] {
        assert_eq!(listed(&tool, filter), expected, "{filter}");
        let counted = tool.run(&["count", "docs", "--filter", filter, "--json"]).ok().json();
        assert_eq!(counted, json!({"num_matched": expected.len(), "num_documents": 5}), "{filter}");
    }
    for command in [&["count", "docs"][..], &["search", "docs", "storks"], &["list", "docs"]] {
        let ran =
            tool.run(&[command, &["--filter", "yaer >= 2020 AND shade = 1 AND year > 0"]].concat()).ok();
        assert!(ran.stderr.contains("no document has attribute \"yaer\"; nearest: year\n"), "{ran:?}");
        assert!(ran.stderr.contains("no document has attribute \"shade\"\n"), "{ran:?}");
        let known = tool.run(&[command, &["--filter", "year < 0"]].concat()).ok();
        assert_eq!(known.stderr, "");
    }
    assert_eq!(tool.run(&["count", "docs"]).ok().stdout, "5 documents\n");
    assert_eq!(tool.run(&["count", "docs", "--filter", "year = 2021"]).ok().stdout, "1 of 5 documents\n");
    assert_eq!(tool.run(&["list", "docs", "--limit", "2", "--after", "b"]).ok().stdout, "c\nd\n");
    tool.write("filter.txt", "year = 2024\nAND tag COUNT = 0\n");
    assert_eq!(listed(&tool, "@filter.txt"), "c");
    let line = tool.run(&["list", "docs", "--filter", "_key = \"d\"", "--json"]).ok().json();
    assert_eq!(
        (&line["attributes"]["day"], &line["attributes"]["tag"]),
        (&json!("2024-01-31"), &Value::Null)
    );
}

#[test]
fn every_ranking_returns_documents_that_pass_the_filter() {
    let tool = filled();
    for mode in ["hybrid", "vectors", "words"] {
        let search = ["search", "docs", "storks on chimneys", "--mode", mode, "--filter", "year >= 2020"];
        let answer = tool.run(&[&search[..], &["--json"]].concat()).ok().json();
        let mut keys: Vec<&str> =
            answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect();
        assert_eq!(keys[0], "b", "{answer}");
        keys.sort_unstable();
        let expected: &[&str] = if mode == "words" { &["b", "e"] } else { &["b", "c", "e"] };
        assert_eq!(keys, expected, "{mode}: {answer}");
        assert_eq!((&answer["num_matched"], &answer["plan"]["num_matched"]), (&json!(3), &json!(3)));
        let plan = tool.run(&[&search[..], &["--explain-plan"]].concat()).ok().stdout;
        assert!(plan.starts_with("matched 3 of 5 documents → "), "{plan}");
        let nothing = ["search", "docs", "storks", "--mode", mode, "--filter", "year = 1"];
        let told = tool.run(&nothing).ok().stdout;
        assert!(told.contains("no hits: no document passes the filter"), "{told}");
    }
    let all = tool.run(&["search", "docs", "storks", "--json"]).ok().json();
    assert_eq!((&all["num_matched"], &all["plan"]["num_matched"]), (&json!(5), &Value::Null));
    let found = tool.run(&["find", "storks", "docs.jsonl", "--filter", "year = 2019", "--json"]).ok().json();
    assert_eq!((found["hits"].as_array().unwrap().len(), &found["hits"][0]["key"]), (1, &json!("a")));
}

#[test]
fn documents_are_deleted_by_a_filter_once_that_is_agreed_to() {
    let tool = filled();
    let delete = ["delete", "docs", "--filter", "year <= 2020"];
    tool.run(&delete).fails(2, &["this filter deletes 2 documents: add --yes"]);
    assert_eq!(tool.run(&["count", "docs"]).ok().stdout, "5 documents\n");
    assert_eq!(tool.run(&[&delete[..], &["--yes"]].concat()).ok().stdout, "deleted 2 documents\n");
    assert_eq!(tool.run(&["list", "docs"]).ok().stdout, "b\nc\nd\n");
    assert_eq!(tool.run(&[&delete[..], &["--yes"]].concat()).ok().stdout, "deleted 0 documents\n");
    tool.run(&["delete", "docs", "b", "--filter", "TRUE"]).fails(2, &["cannot be used with"]);
}

#[test]
fn filters_that_cannot_be_read_say_where_and_why() {
    let tool = filled();
    for command in ["search docs storks", "count docs", "list docs", "delete docs", "find storks docs.jsonl"]
    {
        let args: Vec<&str> = command.split(' ').collect();
        let run = |filter| tool.run(&[&args[..], &["--filter", filter]].concat());
        let ran =
            run("tag = news").fails(2, &["filter: news is not quoted at column 7: write tag = \"news\""]);
        assert!(ran.stderr.contains("\n  tag = news\n        ^"), "{ran:?}");
        run("{\"must\": [{\"key\": \"a\"}]}").fails(2, &["filter.must[0]: a test is missing"]);
        run("{\"key\": \"a\", \"match\": {\"substring\": \"x\"}}").fails(7, &["unknown field \"substring\""]);
        run("HAS ASPECT 'title'").fails(7, &["HAS ASPECT is unsupported"]);
        run("@missing.txt").fails(3, &["missing.txt"]);
    }
}
