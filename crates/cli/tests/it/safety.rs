//! Repair, named snapshots and backups, as they are typed.

use crate::tool::Tool;
use std::fs;
use std::path::PathBuf;

fn keys(tool: &Tool, args: &[&str]) -> Vec<String> {
    let args = [&["search", "docs", "files bread ports", "--json"], args].concat();
    let answer = tool.run(&args).ok().json();
    let hits = answer["hits"].as_array().unwrap();
    let mut keys: Vec<String> = hits.iter().map(|hit| hit["key"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

fn segment(tool: &Tool) -> PathBuf {
    let paths = fs::read_dir(tool.path("docs")).unwrap().map(|entry| entry.unwrap().path());
    let is_log = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("log-");
    paths.into_iter().find(is_log).unwrap()
}

#[test]
fn a_flipped_bit_is_put_back() {
    let tool = Tool::with_docs();
    tool.run(&["repair", "docs"]).ok();
    let before = keys(&tool, &[]);
    let path = segment(&tool);
    let mut bytes = fs::read(&path).unwrap();
    bytes[700] ^= 8;
    fs::write(&path, bytes).unwrap();
    tool.run(&["verify", "docs"]).fails(5, &["pleiad repair"]);
    let ran = tool.run(&["repair", "docs", "--json"]).ok().json();
    assert_eq!((&ran["num_restored"], &ran["num_documents"]), (&1.into(), &4.into()), "{ran}");
    tool.run(&["verify", "docs", "--deep"]).ok();
    assert_eq!(keys(&tool, &[]), before);
    let ran = tool.run(&["repair", "docs", "--discard"]).ok();
    assert!(ran.stdout.contains("removed 1 damaged file"), "{ran:?}");
}

#[test]
fn what_was_set_aside_is_taken_back_once_it_is_sound() {
    let tool = Tool::with_docs();
    let before = keys(&tool, &[]);
    let path = segment(&tool);
    let good = fs::read(&path).unwrap();
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    let ran = tool.run(&["repair", "docs", "--json"]).fails(5, &["something was lost"]).json();
    let aside = ran["aside"][0].as_str().unwrap();
    assert!(keys(&tool, &[]).len() < before.len());
    let ran = tool.run(&["repair", "docs", "--take-back"]).ok();
    assert!(ran.stdout.contains("left: damaged-") && ran.stdout.contains("took back 0 files"), "{ran:?}");
    fs::write(tool.path("docs").join(aside), good).unwrap();
    let ran = tool.run(&["repair", "docs", "--take-back", "--json"]).ok().json();
    assert_eq!((&ran["num_taken"], &ran["num_documents"]), (&1.into(), &4.into()), "{ran}");
    assert_eq!(keys(&tool, &[]), before);
    tool.run(&["verify", "docs", "--deep"]).ok();
}

#[test]
fn what_is_lost_is_named_and_ends_with_a_code() {
    let tool = Tool::with_docs();
    let path = segment(&tool);
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end - 400..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let ran = tool.run(&["repair", "docs"]).fails(5, &["something was lost"]);
    assert!(ran.stdout.contains("lost: bytes 64..") && ran.stdout.contains("\"tar\""), "{ran:?}");
    tool.run(&["verify", "docs"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    assert_eq!(keys(&tool, &[]).len(), 4);
}

#[test]
fn a_snapshot_can_be_searched_until_it_is_dropped() {
    let tool = Tool::with_docs();
    tool.run(&["snapshot", "create", "docs", "first"]).ok();
    let before = keys(&tool, &[]);
    tool.run(&["delete", "docs", "tar", "ss"]).ok();
    assert_eq!(keys(&tool, &[]).len(), before.len() - 2);
    assert_eq!(keys(&tool, &["--snapshot", "first"]), before);
    let listed = tool.run(&["snapshot", "list", "docs"]).ok().stdout;
    assert!(listed.starts_with("first  4 documents"), "{listed}");
    tool.run(&["snapshot", "create", "docs", "first"]).fails(4, &["first"]);
    tool.run(&["snapshot", "create", "docs", "a/b"]).fails(2, &["a/b"]);
    tool.run(&["snapshot", "drop", "docs", "first"]).ok();
    tool.run(&["snapshot", "drop", "docs", "first"]).fails(3, &["first"]);
    tool.run(&["search", "docs", "bread", "--snapshot", "first"]).fails(3, &["first"]);
    assert_eq!(tool.run(&["snapshot", "list", "docs", "--json"]).ok().stdout, "");
}

#[test]
fn a_backup_brings_back_what_was_deleted() {
    let tool = Tool::with_docs();
    let before = keys(&tool, &[]);
    let ran = tool.run(&["backup", "docs", "kept"]).ok().stdout;
    assert!(ran.starts_with("backup 1: 4 documents"), "{ran}");
    tool.run(&["delete", "docs", "tar"]).ok();
    tool.run(&["backup", "docs", "kept"]).ok();
    tool.run(&["restore", "kept", "docs"]).fails(4, &["not empty"]);
    tool.run(&["restore", "kept", "docs", "--number", "7"]).fails(3, &["no backup 7", "1 to 2"]);
    let ran = tool.run(&["restore", "kept", "docs", "--number", "1", "--replace"]).ok().stdout;
    assert!(ran.contains("docs.replaced-1"), "{ran}");
    assert_eq!(keys(&tool, &[]), before);
    assert!(tool.path("docs.replaced-1").is_dir());
    tool.run(&["restore", "kept", "elsewhere"]).ok();
    tool.run(&["verify", "elsewhere", "--deep"]).ok();
    let ran = tool.run(&["backup", "docs", "kept", "--keep", "1"]).ok().stdout;
    assert!(ran.contains("gave up 2 older backups"), "{ran}");
    let listed = tool.run(&["restore", "kept", "--list"]).ok().stdout;
    assert!(listed.starts_with("3  4 documents"), "{listed}");
    tool.run(&["backup", "missing", "kept"]).fails(3, &["missing"]);
    // A rotten object: the restore says what to do, and that works.
    let objects = fs::read_dir(tool.path("kept/objects")).unwrap().map(|entry| entry.unwrap().path());
    let object = objects.into_iter().find(|path| !path.to_str().unwrap().contains("MANIFEST")).unwrap();
    let mut bytes = fs::read(&object).unwrap();
    bytes[70] ^= 1;
    fs::write(&object, bytes).unwrap();
    tool.run(&["restore", "kept", "again"]).fails(5, &["damaged", "pleiad backup DIR PLACE --verify"]);
    let ran = tool.run(&["backup", "docs", "kept", "--verify"]).ok();
    assert!(ran.stderr.contains("was damaged: it was copied anew"), "{ran:?}");
    tool.run(&["restore", "kept", "again"]).ok();
    tool.run(&["backup", "docs", "ftp://x/y"]).fails(2, &["ftp://x/y", "s3://"]);
}

/// A collection whose token codes start from centroids, and the two files that hold these.
fn with_centroids() -> (Tool, Vec<PathBuf>) {
    let tool = Tool::new();
    let lines: String = (0..40)
        .map(|at| format!("{{\"_id\": \"{at}\", \"text\": \"some words about bread and number {at}\"}}\n"))
        .collect();
    tool.write("docs.jsonl", lines);
    tool.run(&["create", "docs", "--tokens", "int4", "--centroids", "8"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let files = fs::read_dir(tool.path("docs")).unwrap().map(|entry| entry.unwrap().path());
    let holds_centroids = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(8).any(|window| window == b"PLCENTR1")
    };
    let mut copies: Vec<_> = files.filter(holds_centroids).collect();
    copies.sort();
    (tool, copies)
}

#[test]
fn one_of_two_damaged_copies_of_the_centroids_loses_nothing() {
    for damaged in [0, 1] {
        let (tool, copies) = with_centroids();
        assert_eq!(copies.len(), 2, "{copies:?}");
        fs::write(&copies[damaged], b"other bytes").unwrap();
        let before = tool.run(&["search", "docs", "bread", "--json"]).ok().json();
        tool.run(&["verify", "docs"]).fails(5, &["pleiad repair"]);
        let ran = tool.run(&["repair", "docs"]).ok();
        assert!(ran.stdout.contains("made again from the other file"), "{ran:?}");
        tool.run(&["verify", "docs", "--deep"]).ok();
        assert_eq!(tool.run(&["search", "docs", "bread", "--json"]).ok().json()["hits"], before["hits"]);
    }
}

#[test]
fn without_centroids_texts_stay_readable_and_the_messages_say_what_is_lost() {
    let (tool, copies) = with_centroids();
    for copy in &copies {
        let mut bytes = fs::read(copy).unwrap();
        bytes[70..].fill(0x77);
        fs::write(copy, bytes).unwrap();
    }
    let reads = |tool: &Tool| {
        tool.run(&["search", "docs", "bread"]).fails(5, &["vectors of all documents cannot be read"]);
        let ran = tool.run(&["get", "docs", "7", "--json"]).ok();
        assert_eq!(ran.json()["text"], "some words about bread and number 7");
        assert!(ran.stderr.contains("Texts and attributes can still be read"), "{ran:?}");
        tool.run(&["get", "docs", "7", "--vectors"]).fails(5, &["vectors of all documents cannot be read"]);
    };
    reads(&tool);
    let ran = tool.run(&["repair", "docs"]).fails(5, &["the vectors of all documents cannot be read"]);
    assert!(ran.stdout.contains("lost: asset \"centroids\""), "{ran:?}");
    reads(&tool);
}
