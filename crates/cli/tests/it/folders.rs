//! Folders of texts as people have them.

use crate::tool::Tool;

#[test]
#[cfg(unix)]
fn a_folder_has_the_same_keys_however_it_is_spelled() {
    let tool = Tool::new();
    tool.write("notes/a.txt", "one text about mountains");
    tool.write("notes/b/c.md", "another text about rivers");
    std::os::unix::fs::symlink(tool.path("notes"), tool.path("link")).unwrap();
    let whole = tool.path("notes").canonicalize().unwrap();
    let whole = whole.to_str().unwrap();
    for spelled in ["notes", "./notes", "notes/", "notes/b/..", "link", whole] {
        tool.run(&["add", "docs", spelled]).ok();
        let info = tool.run(&["info", "docs", "--json"]).ok().json();
        assert_eq!(info["num_documents"], 2, "{spelled}");
    }
    tool.run(&["add", "docs", "notes/a.txt"]).ok();
    let found = tool.run(&["search", "docs", "mountains", "--json"]).ok().json();
    assert_eq!(found["hits"][0]["key"], format!("{whole}/a.txt"));
    // A file may be named as it is typed, whatever its key is.
    for typed in ["notes/a.txt", "./notes/a.txt", "link/a.txt", &format!("{whole}/a.txt")] {
        let document = tool.run(&["get", "docs", typed]).ok();
        assert!(document.stdout.contains("one text"), "{document:?}");
        tool.run(&["explain", "docs", "mountains", typed]).ok();
    }
    std::fs::remove_file(tool.path("notes/a.txt")).unwrap();
    let deleted = tool.run(&["delete", "docs", "./notes/a.txt"]).ok();
    assert!(deleted.stdout.contains("deleted 1 document"), "{deleted:?}");
}

#[test]
#[cfg(unix)]
fn files_that_cannot_be_read_do_not_end_a_folder() {
    let tool = Tool::new();
    tool.write("notes/good.txt", "one text about mountains");
    tool.write("notes/latin.txt", b"caf\xe9 au lait");
    tool.write("notes/table.txt", "{\"_id\": \"a\", \"text\": \"x\"}\n");
    std::os::unix::fs::symlink("nowhere.txt", tool.path("notes/dangling.txt")).unwrap();
    let ran = tool.run(&["add", "docs", "notes", "--json"]).ok();
    let summary = ran.json();
    assert_eq!((&summary["num_documents"], &summary["num_unread"]), (&1.into(), &3.into()));
    for name in ["latin.txt", "dangling.txt", "table.txt"] {
        assert!(ran.stderr.contains(name), "{ran:?}");
    }
    let told = tool.run(&["add", "docs", "notes"]).ok();
    assert!(told.stdout.contains("3 left out as files that cannot be read"), "{told:?}");
    tool.run(&["add", "strict", "notes", "--strict"]).fails(3, &["dangling.txt"]);
    // Who names a file wants it.
    tool.run(&["add", "docs", "notes/latin.txt"]).fails(2, &["latin.txt"]);
    tool.run(&["add", "docs", "notes/dangling.txt"]).fails(3, &["dangling.txt"]);
    let found = tool.run(&["find", "mountains", "notes"]).ok();
    assert!(found.stdout.contains("notes/good.txt") && found.stderr.contains("latin.txt"), "{found:?}");
    // A folder of which nothing can be read is no success.
    std::fs::remove_file(tool.path("notes/good.txt")).unwrap();
    let none = tool.run(&["add", "docs", "notes"]).fails(2, &["no document"]);
    assert!(none.stderr.contains("latin.txt"), "{none:?}");
}

#[test]
fn an_address_is_no_folder() {
    let tool = Tool::with_docs();
    for args in [
        &["add", "s3://bucket/docs", "docs.jsonl"][..],
        &["create", "gs://bucket/docs"],
        &["add", "docs", "https://host/docs.jsonl"],
        &["search", "s3://bucket/docs", "words"],
        &["restore", "backups", "s3://bucket/docs"],
        &["encode", "docs.jsonl", "s3://bucket/vectors"],
    ] {
        tool.run(args).fails(2, &["addresses", "path of this machine"]);
    }
    tool.run(&["backup", "docs", "ftp://host/docs"]).fails(2, &["ftp://", "s3://"]);
    assert!(!tool.path("s3:").exists() && !tool.path("gs:").exists());
}
