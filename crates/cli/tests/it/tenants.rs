//! Tenants on the command line.

use crate::tool::Tool;
use serde_json::{Value, json};

fn line(key: &str, text: &str, year: u32) -> String {
    format!("{{\"_id\": \"{key}\", \"text\": \"{text}\", \"year\": {year}}}\n")
}

/// Two tenants that have a document of the same key.
fn filled() -> Tool {
    let tool = Tool::new();
    tool.write(
        "acme.jsonl",
        line("a", "Storks return in spring", 2019) + &line("b", "A recipe for plum cake", 2020),
    );
    tool.write(
        "umbrella.jsonl",
        line("a", "Herons stand in rivers", 2021) + &line("c", "Storks and storks and storks", 2022),
    );
    tool.run(&["create", "docs", "--tenants", "--words", "english-1"]).ok();
    tool.run(&["add", "docs", "acme.jsonl", "--tenant", "acme"]).ok();
    tool.run(&["add", "docs", "umbrella.jsonl", "--tenant", "umbrella"]).ok();
    tool
}

fn keys(answer: &Value) -> Vec<(String, Value)> {
    let hits = answer["hits"].as_array().unwrap().iter();
    hits.map(|hit| (hit["key"].as_str().unwrap().to_owned(), hit["tenant"].clone())).collect()
}

#[test]
fn a_tenant_sees_its_own_documents_alone() {
    let tool = filled();
    for mode in ["hybrid", "vectors", "words"] {
        let search = |tenant: &str| {
            tool.run(&["search", "docs", "storks", "--mode", mode, "--tenant", tenant, "--json"]).ok().json()
        };
        let (own, all) = (search("acme"), search("*"));
        assert!(
            keys(&own).iter().all(|(key, tenant)| ["a", "b"].contains(&key.as_str()) && tenant.is_null()),
            "{own}"
        );
        assert!(keys(&all).contains(&("c".into(), json!("umbrella"))), "{all}");
        assert!(keys(&all).contains(&("a".into(), json!("acme"))), "{all}");
        assert_eq!(search("nobody")["hits"], json!([]));
    }
    let text =
        |tenant| tool.run(&["get", "docs", "a", "--tenant", tenant, "--json"]).ok().json()["text"].clone();
    assert_eq!(
        (text("acme"), text("umbrella")),
        (json!("Storks return in spring"), json!("Herons stand in rivers"))
    );
    assert_eq!(tool.run(&["list", "docs", "--tenant", "acme"]).ok().stdout, "a\nb\n");
    assert_eq!(
        tool.run(&["count", "docs", "--tenant", "umbrella", "--filter", "year > 0"]).ok().stdout,
        "2 of 2 documents\n"
    );
    let values = tool.run(&["values", "docs", "year", "--tenant", "acme", "--json"]).ok().json();
    assert_eq!((&values["min"], &values["max"]), (&json!(2019), &json!(2020)));
    tool.run(&["explain", "docs", "storks", "a", "--tenant", "acme"]).ok();
    tool.run(&["get", "docs", "c", "--tenant", "acme"]).fails(3, &["\"c\""]);
    assert_eq!(
        tool.run(&["patch", "docs", "--filter", "TRUE", "{\"seen\": 1}", "--tenant", "acme"]).ok().stdout,
        "patched 2 documents\n"
    );
    assert_eq!(
        tool.run(&["count", "docs", "--tenant", "umbrella", "--filter", "seen = 1"]).ok().stdout,
        "0 of 2 documents\n"
    );
    assert_eq!(
        tool.run(&["delete", "docs", "--filter", "year < 9999", "--yes", "--tenant", "umbrella"]).ok().stdout,
        "deleted 2 documents\n"
    );
    assert_eq!(tool.run(&["tenants", "docs"]).ok().stdout, "        2  acme\n");
}

#[test]
fn every_command_names_a_tenant() {
    let tool = filled();
    for command in [
        "search docs storks",
        "search docs storks --mode words",
        "search docs storks --explain-plan",
        "get docs a",
        "list docs",
        "list docs --order-by year",
        "count docs",
        "count docs --filter TRUE",
        "values docs year",
        "explain docs storks a",
        "export docs",
        "delete docs a",
        "delete docs --filter TRUE --yes",
        "patch docs a {\"x\":1}",
        "add docs acme.jsonl",
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        tool.run(&args).fails(2, &["this collection keeps tenants apart: name one"]);
    }
    for command in ["delete docs a", "patch docs a {\"x\":1}", "add docs acme.jsonl"] {
        let args: Vec<&str> = command.split(' ').chain(["--tenant", "*"]).collect();
        tool.run(&args).fails(2, &[]);
    }
    let exported = tool.run(&["export", "docs", "--tenant", "acme"]).ok().stdout;
    let acme = line("a", "Storks return in spring", 2019) + &line("b", "A recipe for plum cake", 2020);
    let values = |lines: &str| -> Vec<Value> {
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(values(&exported), values(&acme));
    tool.run(&["get", "docs", "a", "--tenant", "*"]).fails(2, &["name its tenant"]);
    assert_eq!(tool.run(&["list", "docs", "--tenant", "*", "--filter", "year > 2020"]).ok().stdout, "a\nc\n");
    tool.write("plain.jsonl", line("p", "plain", 1));
    tool.run(&["add", "plain", "plain.jsonl"]).ok();
    tool.run(&["search", "plain", "plain", "--tenant", "acme"]).fails(2, &["this collection has no tenants"]);
    tool.run(&["add", "plain", "plain.jsonl", "--tenant", "acme"])
        .fails(2, &["this collection has no tenants"]);
    tool.run(&["tenants", "plain"]).fails(2, &["this collection has no tenants"]);
    for command in
        [&["info", "docs"][..], &["verify", "docs", "--deep"], &["compact", "docs"], &["tune", "docs"]]
    {
        tool.run(command).ok();
    }
}

#[test]
fn tenants_are_listed_and_dropped() {
    let tool = filled();
    assert_eq!(tool.run(&["tenants", "docs", "--limit", "1"]).ok().stdout, "        2  acme\n");
    let behind = tool.run(&["tenants", "docs", "--after", "acme", "--json"]).ok().json();
    assert_eq!(behind, json!({"tenant": "umbrella", "num_documents": 2}));
    tool.run(&["tenants", "docs", "--drop", "acme"]).fails(2, &["2 documents", "--yes"]);
    assert_eq!(
        tool.run(&["tenants", "docs", "--drop", "acme", "--yes"]).ok().stdout,
        "deleted 2 documents\n"
    );
    tool.run(&["tenants", "docs", "--drop", "acme", "--yes"]).fails(3, &["has no documents"]);
    assert_eq!(tool.run(&["list", "docs", "--tenant", "umbrella"]).ok().stdout, "a\nc\n");
}
