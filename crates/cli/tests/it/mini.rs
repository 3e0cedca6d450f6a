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
    assert_eq!(found["weights"], json!({"vectors": 0.45, "sentence": 0.25, "words": 0.3}));
    let parts = &found["hits"][0]["parts"];
    assert!(parts["sentence"].as_f64().unwrap() > 0.05 && parts["words"] == json!(0.0), "{parts}");
    let tree = tool.run(&["explain", "docs", asked, "tar"]).ok().stdout;
    assert!(tree.contains("= vectors + sentence + words") && tree.contains("both texts as wholes"), "{tree}");
    let explanation = tool.run(&["explain", "docs", asked, "tar", "--json"]).ok().json();
    let parts = explanation["tokens"].as_array().unwrap();
    let sum: f64 =
        explanation["parts"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
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
fn only_where_no_word_comes_close_it_is_said_that_none_does() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    tool.run(&["create", "docs", "--encoder", "mini"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let told = "comes close";
    // What a word means here may be far from what it means alone; it answers all the same.
    let (mut lowest, mut num_unmatched) = (f64::MAX, 0);
    for word in ["and", "or", "to", "The", "another", "yeast"] {
        let hits = tool.run(&["search", "docs", word, "--json"]).ok().json()["hits"].clone();
        let hits = hits.as_array().unwrap().clone();
        let matches = hits.iter().flat_map(|hit| hit["matches"].as_array().cloned().unwrap_or_default());
        let cosines: Vec<f64> = matches.filter_map(|found| found["cosine"].as_f64()).collect();
        num_unmatched += u32::from(cosines.is_empty());
        lowest = cosines.into_iter().fold(lowest, f64::min);
        let ran = tool.run(&["search", "docs", word]).ok();
        assert!(!ran.stderr.contains(told), "{word}: {ran:?}");
    }
    assert!(
        lowest < 0.5 && num_unmatched > 0,
        "none of these words is drawn away: {lowest}, {num_unmatched}"
    );
    let far = tool.run(&["search", "docs", "zeppelin", "-k", "1"]).ok();
    assert!(far.stderr.contains(told), "{far:?}");
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
    assert!(told.contains("1 so long that they were encoded in windows"), "{told}");
    tool.run(&["create", "wrong", "--encoder", "mini", "--dim", "64"]).fails(2, &["gives dimension 128"]);
}
