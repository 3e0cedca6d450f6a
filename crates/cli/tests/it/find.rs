use crate::tool::{DOCS, Tool};
use serde_json::json;
use std::fs;

#[test]
fn files_are_searched_without_a_collection() {
    let tool = Tool::new();
    tool.write("notes/trips/alps.md", "We walked from hut to hut in the mountains.");
    tool.write("notes/bread.txt", "Flour, water, salt.");
    let before = fs::read_dir(tool.path("")).unwrap().count();
    let ran = tool.run(&["find", "hiking in the mountains", "notes", "-k", "1"]).ok();
    assert!(ran.stdout.contains("notes/trips/alps.md") && !ran.stdout.contains("bread"), "{ran:?}");
    assert_eq!(ran.stderr, "");
    assert_eq!(fs::read_dir(tool.path("")).unwrap().count(), before);
}

#[test]
fn what_is_found_is_what_an_exact_search_of_a_collection_finds() {
    let tool = Tool::with_docs();
    let question = "which process listens on a port";
    let found = tool.run_with(&["find", question, "-", "--json"], DOCS.as_bytes()).ok().json();
    let searched = tool.run(&["search", "docs", question, "--exact", "--json"]).ok().json();
    assert_eq!(found["hits"], searched["hits"]);
    assert_eq!(found["hits"][0]["key"], "ss");
    assert_eq!(found["promised_recall"], 1.0);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let tool = Tool::new();
    tool.write("empty.txt", " ... ");
    tool.write("bad.txt", b"abc\xff");
    tool.write("v.jsonl", "{\"_id\": 1, \"vectors\": [[1, 0]]}\n");
    let long = "words ".repeat(3);
    tool.write("good.txt", long);
    tool.run(&["find", "words", "empty.txt"]).fails(2, &["no document with a word"]);
    tool.run(&["find", "words", "bad.txt"]).fails(2, &["bad.txt", "bad.txt:1:4"]);
    tool.run(&["find", "words", "v.jsonl"]).fails(2, &["v.jsonl:1", "its own vectors"]);
    tool.run(&["find", "words", "missing"]).fails(3, &["missing"]);
    tool.run(&["find", "words", "good.txt", "-k", "0"]).fails(2, &["k is 0"]);
    tool.run(&["find", "...", "good.txt"]).fails(2, &["no word"]);
    assert_eq!(tool.run(&["find", "words"]).code, 2);
}

#[test]
fn of_many_files_the_model_reads_those_that_words_choose() {
    let tool = Tool::new();
    let about = |at: usize| match at {
        70 => "The stork rests in a warm land when snow falls at home.".to_owned(),
        _ => format!("Minutes of meeting {at}: the budget of the town was discussed."),
    };
    let lines = (0..80)
        .map(|at| format!("{{\"_id\": \"{at}\", \"text\": \"{}\", \"even\": {}}}\n", about(at), at % 2 == 0));
    tool.write("docs.jsonl", lines.collect::<String>());
    let found = |args: &[&str]| tool.run(&[&["find"], args, &["docs.jsonl", "--json"]].concat()).ok().json();
    let answer = found(&["where do storks winter"]);
    assert_eq!((&answer["hits"][0]["key"], &answer["num_matched"]), (&json!("70"), &json!(80)));
    assert_eq!((&answer["mode"], &answer["promised_recall"]), (&json!("hybrid"), &json!(null)), "{answer}");
    assert_eq!(answer["hits"].as_array().map(Vec::len), Some(1), "no other has a word of it");
    // Scores are those that a collection gives.
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let question = "budget meeting 33";
    let searched = tool.run(&["search", "docs", question, "--exact", "-k", "1", "--json"]).ok().json();
    assert_eq!(found(&[question, "-k", "1"])["hits"], searched["hits"]);
    let filtered = found(&[question, "--filter", "even = true", "-k", "30"]);
    let hits = filtered["hits"].as_array().unwrap();
    assert!(hits.len() == 30 && hits.iter().all(|hit| hit["attributes"]["even"] == true), "{filtered}");
    assert_eq!(filtered["num_matched"], json!(40));
}
