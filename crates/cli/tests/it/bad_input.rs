use crate::tool::{DOCS, Tool};
use std::fs;

/// Adds one bad line after a good one and expects it to be named.
#[track_caller]
fn refused(line: impl AsRef<[u8]>, messages: &[&str]) {
    let tool = Tool::new();
    tool.write("docs.jsonl", [DOCS.as_bytes(), line.as_ref(), b"\n"].concat());
    let ran = tool.run(&["add", "docs", "docs.jsonl"]);
    let ran = ran.fails(2, &["docs.jsonl:5", "nothing of this input was stored"]);
    for message in messages {
        assert!(ran.stderr.contains(message), "no {message:?} in {ran:#?}");
    }
    // The good lines came in the same batch: it is stored whole or not at all, and no empty collection stays.
    assert!(!tool.path("docs").exists());
    // Nor is one touched that was there before.
    tool.run(&["create", "docs"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).fails(2, &["docs.jsonl:5", "nothing of this input was stored"]);
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], 0);
}

#[test]
fn a_bad_line_is_named() {
    refused("{\"_id\": \"x\", \"text\": \"cut", &["docs.jsonl:5:", "EOF"]);
    refused("{\"_id\": \"x\", \"text\": NaN}", &["docs.jsonl:5:22"]);
    refused("[1, 2]", &["docs.jsonl:5:"]);
    refused("{\"text\": \"x\"}", &["no `_id`"]);
    refused("{\"_id\": \"x\"}", &["no `text`"]);
    refused("{\"_id\": \"\", \"text\": \"x\"}", &["it is empty"]);
    refused("{\"_id\": \"a\\u0007b\", \"text\": \"x\"}", &["control character"]);
    refused("{\"_id\": [1], \"text\": \"x\"}", &["`_id` is an array"]);
    refused(b"{\"_id\": \"x\", \"text\": \"\xff\"}", &["not UTF-8"]);
    refused("{\"_id\": \"x\", \"vectors\": [[1, 2]]}", &["brings its own vectors"]);
}

#[test]
fn vectors_that_do_not_fit_are_named() {
    let tool = Tool::new();
    tool.run(&["create", "v", "--dim", "2"]).ok();
    for (line, messages) in [
        ("{\"_id\": \"a\", \"vectors\": [[1, 2, 3]]}", ["dimension 3", "holds 2"]),
        ("{\"_id\": \"a\", \"vectors\": [[1, NaN]]}", ["v.jsonl:1:", "expected"]),
        ("{\"_id\": \"a\", \"vectors\": [[1, 1e39]]}", ["row 0, dimension 1", "finite"]),
        ("{\"_id\": \"a\", \"vectors\": [[1, 2], [3]]}", ["row 1 has 1", "row 0 has 2"]),
        ("{\"_id\": \"a\", \"text\": \"words\"}", ["document \"a\" is text", "dimension 2"]),
    ] {
        tool.write("v.jsonl", line);
        tool.run(&["add", "v", "v.jsonl"]).fails(2, &messages).fails(2, &["v.jsonl:1"]);
    }
    tool.run(&["search", "v", "words"]).fails(2, &["no encoder", "--query-vectors"]);
    tool.run(&["explain", "v", "words", "a"]).fails(2, &["no encoder"]);
}

#[test]
fn what_was_stored_before_a_bad_line_stays() {
    let tool = Tool::new();
    let mut lines: String =
        (0..1100).map(|number| format!("{{\"_id\": \"{number}\", \"text\": \"word {number}\"}}\n")).collect();
    lines += "{broken\n";
    tool.write("docs.jsonl", &lines);
    let messages = ["docs.jsonl:1101:2", "1,024 documents of this input were stored", "again is safe"];
    tool.run(&["add", "docs", "docs.jsonl", "--encoder", "words"]).fails(2, &messages);
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], 1024);
    tool.write("docs.jsonl", lines.replace("{broken\n", ""));
    let summary = tool.run(&["add", "docs", "docs.jsonl", "--json"]).ok().json();
    assert_eq!(summary["num_stored"], 1100);
}

#[test]
fn a_bad_input_leaves_no_collection_behind() {
    let tool = Tool::new();
    tool.write("bad.jsonl", "{\n");
    tool.write("empty.jsonl", "\n\n");
    tool.run(&["add", "docs", "bad.jsonl"]).fails(2, &["bad.jsonl:1"]);
    tool.run(&["add", "docs", "empty.jsonl"]).fails(2, &["holds no document"]);
    tool.run(&["add", "docs", "missing.jsonl"]).fails(3, &["missing.jsonl"]);
    tool.write("empty/x.rs", "");
    tool.run(&["add", "docs", "empty"]).fails(2, &["no .txt or .md"]);
    tool.write("latin.txt", b"caf\xe9");
    tool.run(&["add", "docs", "latin.txt"]).fails(2, &["latin.txt:1:4: not UTF-8"]);
    assert!(!tool.path("docs").exists());
}

#[test]
fn damaged_compression_is_named() {
    let corpus = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tldr-en/corpus.jsonl.zst")).unwrap();
    let tool = Tool::new();
    tool.write("cut.jsonl.zst", &corpus[..corpus.len() / 2]);
    tool.run(&["add", "docs", "cut.jsonl.zst", "--encoder", "words"])
        .fails(2, &["cut.jsonl.zst:", "cannot read on"]);
    tool.write("cut.jsonl.zst", &corpus[..3]);
    tool.run(&["add", "docs", "cut.jsonl.zst"]).fails(2, &["cut.jsonl.zst"]);
}

#[test]
fn a_query_must_hold_a_word() {
    let tool = Tool::with_docs();
    for query in ["", "   ", "?!"] {
        tool.run(&["search", "docs", query]).fails(2, &["no word that can be searched for"]);
        tool.run(&["explain", "docs", query, "tar"]).fails(2, &["no word"]);
    }
    tool.write("none.txt", "\n");
    tool.run(&["search", "docs", "--queries", "none.txt"]).fails(2, &["holds no query"]);
    tool.run(&["search", "docs", "--queries", "missing.txt"]).fails(3, &["missing.txt"]);
    tool.write("bad.jsonl", "{\"_id\": \"q\", \"text\": 5}\n");
    tool.run(&["search", "docs", "--queries", "bad.jsonl"])
        .fails(2, &["bad.jsonl:1", "`text` must be a string"]);
    tool.run(&["search", "docs", "--query-vectors", "q.npy"]).fails(2, &["in words, not in vectors"]);
}

#[test]
fn hits_that_have_nothing_to_do_with_the_query_are_said_to_be_far() {
    let tool = Tool::with_docs();
    for query in ["…", "quantum chromodynamics"] {
        let ran = tool.run(&["search", "docs", query]).ok();
        assert!(ran.stderr.contains("warning: no word") && ran.stdout.lines().count() > 3, "{ran:#?}");
    }
    assert_eq!(tool.run(&["search", "docs", "archive"]).ok().stderr, "");
    tool.write("queries.txt", "archive\n…\n");
    let ran = tool.run(&["search", "docs", "--queries", "queries.txt"]).ok();
    assert!(ran.stderr.contains("query 2: no word") && !ran.stderr.contains("query 1"), "{ran:#?}");
}

#[test]
fn what_is_not_there_is_said_to_be_missing() {
    let tool = Tool::with_docs();
    for args in [
        &["info", "nowhere"][..],
        &["search", "nowhere", "x"],
        &["verify", "nowhere"],
        &["get", "nowhere", "x"],
        &["delete", "nowhere", "x"],
        &["eval", "nowhere", "x"],
    ] {
        tool.run(args).fails(3, &["nowhere"]);
    }
    tool.run(&["get", "docs", "unknown"]).fails(3, &["\"unknown\""]);
    tool.run(&["explain", "docs", "archive", "unknown"]).fails(3, &["\"unknown\""]);
    tool.run(&["eval", "docs", "nowhere"]).fails(3, &["there is no nowhere"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let tool = Tool::with_docs();
    tool.write("file", "not a folder");
    let ran = tool.run(&["create", "file/inside"]);
    assert!([4, 6].contains(&ran.code), "{ran:#?}");
    assert!(ran.stderr.contains("file/inside") || ran.stderr.contains("file"), "{ran:#?}");
    let ran = tool.run(&["add", "file", "docs.jsonl"]);
    ran.fails(3, &["file is a file", "a collection is a folder"]);
    let ran = tool.run(&["search", "docs", "archive", "--run", "file/out.trec"]);
    ran.fails(6, &["file/out.trec"]);
    // Somebody's folder with other things in it is never taken for a collection.
    let ran = tool.run(&["create", "."]);
    ran.fails(4, &[]);
}

#[test]
fn wrong_use_is_explained() {
    let tool = Tool::with_docs();
    for args in [
        &["search", "docs"][..],
        &["search", "docs", "x", "--queries", "y"],
        &["search", "docs", "x", "--exact", "--candidates", "9"],
        &["add", "docs"],
        &["delete", "docs"],
        &["nonsense"],
    ] {
        tool.run(args).fails(2, &["Usage"]);
    }
    tool.run(&["search", "docs", "x", "-k", "-1"]).fails(2, &["'-1' for '-k <N>'"]);
    tool.run(&["completions", "basic"]).fails(2, &["possible values: bash"]);
    tool.run(&["delete", "docs", ""]).fails(2, &["it is empty"]);
}
