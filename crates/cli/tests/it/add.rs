use crate::tool::{Tool, arg, shared};
use serde_json::json;
use std::path::Path;

#[test]
fn text_files_become_documents() {
    let tool = Tool::new();
    tool.write("notes/trips/alps.md", "We walked from hut to hut in the mountains.");
    tool.write("notes/bread.txt", "Flour, water, salt.");
    tool.write("notes/.git/ignored.txt", "hidden");
    tool.write("notes/picture.png", [0x89, b'P', 0xff]);
    let ran = tool.run(&["add", "all", "notes", "notes/bread.txt"]).ok();
    assert!(ran.stdout.contains("1 repeated in the input"), "{ran:?}");
    assert_eq!(tool.run(&["info", "all", "--json"]).ok().json()["num_documents"], 2);
    let answer = tool.run(&["search", "all", "hiking in the mountains", "--json"]).ok().json();
    let key = answer["hits"][0]["key"].as_str().unwrap();
    assert!(Path::new(key).is_absolute() && key.ends_with("notes/trips/alps.md"), "{key}");
}

#[test]
fn an_empty_folder_becomes_a_collection() {
    let tool = Tool::new();
    tool.write("notes.txt", "some words");
    std::fs::create_dir(tool.path("new")).unwrap();
    tool.run(&["add", "new", "notes.txt"]).ok();
    assert_eq!(tool.run(&["info", "new", "--json"]).ok().json()["num_documents"], 1);
    tool.write("other/thing.png", "not ours");
    tool.run(&["add", "other", "notes.txt"]).fails(3, &["other is not a collection"]);
}

#[test]
fn standard_input_and_compressed_files_are_read() {
    let tool = Tool::new();
    let line = |key: &str| format!("{{\"key\": \"{key}\", \"text\": \"some words\"}}\n");
    let ran = tool.run_with(&["add", "all", "-", "--json"], (line("a") + "\n" + &line("b")).as_bytes()).ok();
    assert_eq!(ran.json()["num_stored"], 2);
    assert_eq!(ran.stderr, "");
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tldr-en/corpus.jsonl.zst");
    let head = tool.command(&["add", "many", corpus, "--encoder", "words", "--json"]).output().unwrap();
    assert!(head.status.success(), "{head:?}");
    let info = tool.run(&["info", "many", "--json"]).ok().json();
    assert!(info["num_documents"].as_u64().unwrap() > 6000, "{info}");
    assert!(info["num_segments"].as_u64().unwrap() >= 1, "{info}");
}

#[test]
fn the_later_of_two_equal_keys_wins_wherever_it_stands() {
    let tool = Tool::new();
    let mut lines = String::new();
    for number in 0..1500 {
        // Key 7 comes three times: twice in the first batch and once in the second.
        let key = if [100, 1400].contains(&number) { 7 } else { number };
        lines += &format!("{{\"_id\": \"{key}\", \"text\": \"text of line {number}\"}}\n");
    }
    tool.write("docs.jsonl", lines);
    let add = ["add", "all", "docs.jsonl", "--encoder", "words", "--json"];
    let summary = tool.run(&add).ok().json();
    assert_eq!(summary["num_duplicates"], 2);
    assert_eq!(summary["num_stored"], 1498);
    let document = tool.run(&["get", "all", "7", "--json"]).ok().json();
    assert_eq!(document["text"], "text of line 1400");
    // Once more: everything is replaced, nothing is added.
    let again = tool.run(&add).ok().json();
    assert_eq!(again["num_stored"], 1498);
}

#[test]
fn documents_without_searchable_text_are_skipped_or_refused() {
    let tool = Tool::new();
    tool.write(
        "docs.jsonl",
        "{\"_id\": \"a\", \"text\": \"words\"}\n{\"_id\": \"b\", \"text\": \" ... \"}\n",
    );
    tool.run(&["add", "strict", "docs.jsonl", "--strict"])
        .fails(2, &["docs.jsonl:2", "document \"b\"", "--strict"]);
    let ran = tool.run(&["add", "all", "docs.jsonl"]).ok();
    assert!(ran.stderr.contains("docs.jsonl:2: document \"b\""), "{ran:?}");
    assert!(ran.stdout.contains("1 skipped without searchable text"), "{ran:?}");
    assert_eq!(tool.run(&["info", "all", "--json"]).ok().json()["num_documents"], 1);
}

#[test]
fn a_document_that_was_emptied_is_not_found_any_more() {
    for empty in ["\"\"", "null", "\"   \"", "\"...!?\"", "\"\\u0301\\u0300\"", "\"\\u200b\\n\""] {
        let tool = Tool::new();
        let old = "{\"_id\": \"a\", \"text\": \"the password is kettle\"}\n{\"_id\": \"b\", \"text\": \"bicycle\"}\n";
        let new = format!("{{\"_id\": \"a\", \"text\": {empty}}}\n");
        tool.write("old.jsonl", old);
        tool.write("new.jsonl", &new);
        tool.run(&["add", "c", "old.jsonl"]).ok();
        let ran = tool.run(&["add", "c", "new.jsonl"]).ok();
        assert!(
            ran.stdout.contains("1 removed") && ran.stderr.contains("removed if it was stored"),
            "{empty}: {ran:?}"
        );
        tool.run(&["get", "c", "a"]).fails(3, &["\"a\""]);
        let answer = tool.run(&["search", "c", "kettle", "--json"]).ok();
        assert!(!answer.stdout.contains("password"), "{empty}: {answer:?}");
        // In one input, in one batch and in two: the last one counts, whatever it is.
        for num_between in [0, 1100] {
            let between: String = (0..num_between)
                .map(|number| format!("{{\"_id\": {number}, \"text\": \"word\"}}\n"))
                .collect();
            tool.write("one.jsonl", format!("{old}{between}{new}"));
            let name = format!("one{num_between}");
            let summary = tool.run(&["add", &name, "one.jsonl", "--json"]).ok().json();
            assert_eq!(
                (&summary["num_stored"], &summary["num_duplicates"]),
                (&json!(1 + num_between), &json!(1))
            );
            tool.run(&["get", &name, "a"]).fails(3, &["\"a\""]);
            tool.write("one.jsonl", format!("{new}{between}{old}"));
            tool.run(&["add", &format!("{name}back"), "one.jsonl"]).ok();
            tool.run(&["get", &format!("{name}back"), "a"]).ok();
        }
        // Nothing was asked to go where --strict refuses.
        tool.run(&["add", "c", "old.jsonl"]).ok();
        tool.run(&["add", "c", "new.jsonl", "--strict"]).fails(2, &["new.jsonl:1"]);
        tool.run(&["get", "c", "a"]).ok();
    }
}

#[test]
fn a_judged_folder_is_added_by_its_corpus() {
    let tool = Tool::new();
    let summary = tool.run(&["add", "adi", arg(&shared("beir/adi")), "--json"]).ok().json();
    assert_eq!((&summary["num_documents"], &summary["num_stored"]), (&json!(82), &json!(82)));
    assert_eq!(summary["is_interrupted"], false);
}

#[test]
fn a_line_of_ten_megabytes_is_a_document() {
    let tool = Tool::new();
    let text = "several words ".repeat(750_000);
    tool.write("docs.jsonl", format!("{{\"_id\": \"big\", \"text\": \"{text}needle\"}}\n"));
    tool.run(&["add", "all", "docs.jsonl", "--encoder", "words"]).ok();
    let answer = tool.run(&["search", "all", "needle", "--json"]).ok().json();
    assert_eq!(answer["hits"][0]["matches"][0]["document"], "needle");
    let shown = tool.run(&["search", "all", "needle"]).ok().stdout;
    assert!(shown.len() < 400 && shown.contains("needle"), "{shown}");
}

#[test]
fn each_level_of_durability_ends_with_the_same_documents() {
    let tool = Tool::new();
    tool.write("notes.txt", "some words");
    for level in ["sync", "group", "group:2", "none"] {
        tool.run(&["add", level, "notes.txt", "--durability", level]).ok();
        assert_eq!(tool.run(&["info", level, "--json"]).ok().json()["num_documents"], 1);
    }
    for level in ["fast", "group:", "group:-1"] {
        tool.run(&["add", "other", "notes.txt", "--durability", level])
            .fails(2, &["is no level of durability", "group:50"]);
    }
    assert!(!tool.path("other").exists());
}
