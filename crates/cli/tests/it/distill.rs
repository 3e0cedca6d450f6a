//! `pleiad distill`: a static encoder of the tiny checkpoints that `pleiad-encode` is tested with.

use crate::tool::{DOCS, Tool, arg};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/fixtures/checkpoints/plain-bert")
}

#[test]
fn a_table_is_made_and_used_like_a_model() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    tool.write("words.txt", "tarball\nsockets\n");
    let model = tiny();
    let distill =
        ["distill", "--model", arg(&model), "--dim", "4", "--corpus", "docs.jsonl", "--vocab", "words.txt"];
    let said = tool.run(&[&distill[..], &["--out", "mine"]].concat()).ok().stdout;
    assert!(said.starts_with("made mine of ") && said.contains("4 texts of "), "{said}");
    tool.run(&[&distill[..], &["--out", "again/mine"]].concat()).ok();
    for name in ["table.safetensors", "static.json"] {
        let read = |folder: &str| fs::read(tool.path(folder).join(name)).unwrap();
        assert_eq!(read("mine"), read("again/mine"), "{name}");
    }
    tool.run(&[&distill[..], &["--out", "mine"]].concat()).fails(4, &["mine is there and not empty"]);

    tool.run(&["add", "docs", "docs.jsonl", "--model", "mine"]).ok();
    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(info["schema"]["dim"], 4);
    assert!(info["schema"]["encoder"].as_str().unwrap().starts_with("mine@"), "{info}");
    let found = tool.run(&["search", "docs", "extract an archive", "--model", "mine", "--json"]).ok().json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 4);
    let remembered = tool.run(&["search", "docs", "extract an archive", "--json"]).ok().json();
    assert_eq!(remembered["hits"], found["hits"]);
    let with_precision = ["search", "docs", "archive", "--model", "mine", "--precision", "int8"];
    tool.run(&with_precision).fails(2, &["mine is a static encoder"]);
    fs::remove_file(tool.path("mine/table.safetensors")).unwrap();
    tool.run(&["search", "docs", "archive", "--model", "mine"]).fails(3, &["table.safetensors is missing"]);
}

#[test]
fn a_table_is_compared_with_its_model_and_with_bm25() {
    let tool = Tool::new();
    tool.write("judged/corpus.jsonl", DOCS);
    tool.write("judged/queries.jsonl", "{\"_id\": \"q\", \"text\": \"extract an archive\"}\n");
    tool.write("judged/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\ttar\t1\n");
    let model = tiny();
    let args = ["distill", "--model", arg(&model), "--dim", "4", "--out", "mine", "--eval", "judged"];
    let said = tool.run(&args).ok().stdout;
    let figures = said.lines().last().unwrap();
    assert!(said.contains("BM25") && figures.contains("judged") && figures.contains("1.0000"), "{said}");
}

#[test]
fn what_cannot_be_made_is_refused_and_nothing_is_left() {
    let tool = Tool::with_defaults();
    let model = tiny();
    tool.run(&["distill", "--out", "mine"]).fails(2, &["--model MODEL"]);
    tool.run(&["distill", "--model", arg(&model), "--dim", "0", "--out", "mine"])
        .fails(2, &["0 values in a row"]);
    let missing =
        ["distill", "--model", arg(&model), "--dim", "4", "--corpus", "nowhere.jsonl", "--out", "mine"];
    tool.run(&missing).fails(3, &["nowhere.jsonl"]);
    assert!(!tool.path("mine").exists());
}

#[test]
fn collections_of_every_built_in_encoders_work() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    for (id, dim) in [("static-v1", 64), ("static-v3", 96)] {
        tool.run(&["create", id, "--encoder", id]).ok();
        tool.run(&["add", id, "docs.jsonl"]).ok();
        let schema = tool.run(&["info", id, "--json"]).ok().json()["schema"].clone();
        assert_eq!((&schema["encoder"], &schema["dim"]), (&json!(id), &json!(dim)));
        let found = tool.run(&["search", id, "unpack an archive", "--json"]).ok().json();
        assert_eq!(found["hits"][0]["key"], "tar", "{id}: {found}");
        tool.run(&["explain", id, "unpack an archive", "tar"]).ok();
    }
}
