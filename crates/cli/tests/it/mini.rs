//! Collections of the built-in model.

use crate::tool::{DOCS, Tool};
use serde_json::json;

#[test]
fn a_collection_of_the_built_in_model_finds_and_explains() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let created = tool.run(&["create", "docs", "--encoder", "mini"]).ok().stdout;
    assert!(created.contains("dimension 128, encoder mini-v1, keeps one row for 2"), "{created}");
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let schema = tool.run(&["info", "docs", "--json"]).ok().json()["schema"].clone();
    assert_eq!((&schema["encoder"], &schema["dim"]), (&json!("mini-v1"), &json!(128)));
    assert!(tool.run(&["info", "docs"]).ok().stdout.contains("int4"));
    // No word of the question stands in the text.
    let asked = "decompress a bundle";
    let found = tool.run(&["search", "docs", asked, "--json"]).ok().json();
    assert_eq!(found["hits"][0]["key"], "tar", "{found}");
    let explanation = tool.run(&["explain", "docs", asked, "tar", "--json"]).ok().json();
    let parts = explanation["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| part["similarity"].as_f64().unwrap()).sum();
    assert!((sum - found["hits"][0]["score"].as_f64().unwrap()).abs() < 1e-3, "{explanation}");
    assert!(
        parts.iter().any(|part| part["query_text"] == "bundle" || part["query_text"] == "decompress"),
        "{explanation}"
    );
    // A text that is there as it comes is not encoded again.
    let again = tool.run(&["add", "docs", "docs.jsonl", "--json"]).ok().json();
    assert_eq!((&again["num_documents"], &again["num_unchanged"]), (&json!(0), &json!(4)));
}

#[test]
fn its_rows_may_be_kept_otherwise_and_long_texts_are_told() {
    let tool = Tool::new();
    let text = "Show listening sockets, ports and the processes that own them. ";
    let once = json!({"_id": "once", "text": text}).to_string();
    let long = json!({"_id": "long", "text": text.repeat(60)}).to_string();
    tool.write("long.jsonl", format!("{once}\n{long}\n"));
    tool.run(&["create", "all", "--encoder", "mini", "--pool", "1", "--tokens", "int8"]).ok();
    let summary = tool.run(&["add", "all", "long.jsonl", "--json"]).ok().json();
    assert_eq!((&summary["num_in_windows"], &summary["num_truncated"]), (&json!(1), &json!(0)));
    let num_tokens = |key: &str| {
        let document = tool.run(&["get", "all", key, "--json"]).ok().json();
        document["num_tokens"].as_u64().unwrap()
    };
    assert_eq!(num_tokens("long"), 60 * num_tokens("once"));
    let told = tool.run(&["add", "other", "long.jsonl"]).ok().stdout;
    assert!(!told.contains("windows"), "{told}");
    tool.run(&["create", "wrong", "--encoder", "mini", "--dim", "64"]).fails(2, &["gives dimension 128"]);
}
