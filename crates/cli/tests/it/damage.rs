use crate::tool::Tool;
use std::fs;
use std::path::{Path, PathBuf};

/// A collection with a segment, deletions and a log.
fn collection() -> Tool {
    let tool = Tool::new();
    let lines: String = (0..300)
        .map(|number| format!("{{\"_id\": \"{number}\", \"text\": \"some words and {number}\"}}\n"))
        .collect();
    tool.write("docs.jsonl", lines);
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool.run(&["delete", "docs", "17", "18"]).ok();
    tool
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0 && !path.ends_with("LOCK"));
    files.sort();
    files
}

/// Runs every command on a damaged collection, which must end with a code and a message, never panic.
#[track_caller]
fn never_panics(tool: &Tool) {
    for args in [
        &["search", "docs", "some words", "-k", "300", "--json"][..],
        &["get", "docs", "5"],
        &["info", "docs"],
        &["explain", "docs", "words", "5"],
    ] {
        let ran = tool.run(args);
        assert!(
            [0, 2, 3, 5, 6, 7].contains(&ran.code) && !ran.stderr.contains("panicked"),
            "{args:?}: {ran:#?}"
        );
        assert!(ran.code == 0 || ran.stderr.contains("error: "), "{args:?}: {ran:#?}");
    }
}

#[test]
fn a_flipped_byte_is_found_in_every_file() {
    let tool = collection();
    let all = files(&tool.path("docs"));
    assert!(all.len() >= 3, "{all:?}");
    for path in all {
        let good = fs::read(&path).unwrap();
        for at in [0, good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            let ran = tool.run(&["verify", "docs"]);
            assert_eq!(ran.code, 5, "byte {at} of {}: {ran:#?}", path.display());
            never_panics(&tool);
        }
        fs::write(&path, good).unwrap();
    }
    tool.run(&["verify", "docs"]).ok();
}

#[test]
fn a_file_cut_short_or_missing_is_found() {
    let tool = collection();
    for path in files(&tool.path("docs")) {
        let good = fs::read(&path).unwrap();
        for num_bytes in [0, 1, good.len() / 2, good.len() - 1] {
            fs::write(&path, &good[..num_bytes]).unwrap();
            let ran = tool.run(&["verify", "docs"]);
            assert_eq!(ran.code, 5, "{num_bytes} bytes of {}: {ran:#?}", path.display());
            never_panics(&tool);
        }
        fs::remove_file(&path).unwrap();
        let ran = tool.run(&["verify", "docs"]);
        assert_eq!(ran.code, 5, "without {}: {ran:#?}", path.display());
        never_panics(&tool);
        fs::write(&path, good).unwrap();
    }
    tool.run(&["verify", "docs"]).ok();
}

#[test]
fn a_message_names_the_folder_and_the_file() {
    let tool = collection();
    fs::rename(tool.path("docs"), tool.path("papers")).unwrap();
    let segment = files(&tool.path("papers"))
        .into_iter()
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("segment"))
        .unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    fs::write(&segment, b"other bytes").unwrap();
    tool.run(&["search", "papers", "words"]).fails(5, &[&format!("papers: {name} is corrupt")]);
    fs::remove_file(&segment).unwrap();
    tool.run(&["get", "papers", "5"]).fails(5, &["papers: ", name]);
    tool.run(&["snapshot", "drop", "papers", "none"]).fails(5, &["papers: ", name]);
    // Once is enough.
    let ran = tool.run(&["info", "missing"]).fails(3, &["missing is not a collection"]);
    assert!(!ran.stderr.contains("missing: missing"), "{ran:?}");
}

#[test]
fn findings_are_told_in_json_too() {
    let tool = collection();
    let largest =
        files(&tool.path("docs")).into_iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&largest, bytes).unwrap();
    let ran = tool.run(&["verify", "docs", "--json"]).fails(5, &["restore it from a copy"]);
    let found = ran.json();
    assert_eq!(found["is_clean"], false);
    let name = largest.file_name().unwrap().to_str().unwrap();
    assert!(found["findings"][0].as_str().unwrap().contains(name), "{found}");
}
