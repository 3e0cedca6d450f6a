use crate::tool::Tool;
use std::fs;
use std::path::Path;

#[test]
fn an_older_collection_is_searched_as_it_is_and_written_after_an_upgrade() {
    let tool = Tool::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fixtures/version-1");
    fs::create_dir(tool.path("docs")).unwrap();
    for entry in fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), tool.path("docs").join(entry.file_name())).unwrap();
    }
    // Its encoder is no longer part of the program: its texts are.
    let searched = tool.run(&["search", "docs", "lines that match"]);
    searched.fails(7, &["static-v1", "pleiad export"]);
    tool.write("docs.jsonl", tool.run(&["export", "docs"]).ok().stdout);
    tool.run(&["add", "new", "docs.jsonl"]).ok();
    let found = tool.run(&["search", "new", "lines that match", "--json"]).ok().json();
    assert_eq!(found["hits"][0]["key"], "grep", "{found}");
    tool.run(&["delete", "docs", "tar"]).fails(7, &["pleiad upgrade"]);
    assert!(tool.run(&["upgrade", "docs"]).ok().stdout.contains("from format version 1 to 3"));
    assert!(tool.run(&["upgrade", "docs"]).ok().stdout.contains("nothing to do"));
    tool.run(&["delete", "docs", "tar"]).ok();
    tool.run(&["upgrade", "nowhere"]).fails(3, &["nowhere"]);
}
