//! The system refuses threads, memory or room for a file: an exit code and a message, never a panic.
#![cfg(unix)]

use crate::tool::Tool;
use std::fs;
use std::process::Command;

/// Runs the program under a limit of the shell.
fn limited(tool: &Tool, limit: &str, args: &str) -> (i32, String) {
    let line = format!("ulimit {limit}; exec {} {args}", env!("CARGO_BIN_EXE_pleiad"));
    let output = Command::new("sh").arg("-c").arg(line).current_dir(tool.path("")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), message)
}

#[test]
fn too_little_memory_for_threads_and_maps_is_no_panic_and_no_damage() {
    let tool = Tool::with_docs();
    tool.run(&["compact", "docs"]).ok();
    let files = || -> Vec<_> {
        let entries = fs::read_dir(tool.path("docs")).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries.filter(|path| !path.ends_with("LOCK")).collect();
        files.sort();
        files.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect()
    };
    let before = files();
    let mut num_refused = 0;
    for kilobytes in (8_000..160_000).step_by(4_000) {
        for args in ["repair docs", "info docs", "search docs bread"] {
            let (code, message) = limited(&tool, &format!("-v {kilobytes}"), args);
            assert!(
                code != 101 && !message.contains("panicked"),
                "{args} with {kilobytes} KB: {code} {message}"
            );
            assert!(!message.contains("lost"), "{args} with {kilobytes} KB: {code} {message}");
            num_refused += u32::from(code == 6);
        }
        assert_eq!(files(), before, "{kilobytes} KB");
    }
    assert!(num_refused > 0);
}

#[test]
fn a_limit_of_file_sizes_is_an_error_like_a_full_disk() {
    let tool = Tool::with_docs();
    let text = "many words in a long text ".repeat(2_000);
    tool.write("long.jsonl", format!("{{\"_id\": \"long\", \"text\": \"{text}\"}}\n"));
    let (code, message) = limited(&tool, "-f 16", "add docs long.jsonl");
    assert_eq!(code, 6, "{message}");
    assert!(message.contains("File too large"), "{message}");
    assert_eq!(tool.run(&["verify", "docs", "--json"]).ok().json()["num_documents"], 4);
    tool.run(&["add", "docs", "long.jsonl"]).ok();
}

#[test]
fn few_open_files_are_no_damage() {
    let tool = Tool::with_docs();
    for number in 3..24 {
        let (code, message) = limited(&tool, &format!("-n {number}"), "repair docs");
        assert!([0, 6, 127].contains(&code), "{number} files: {code} {message}");
        assert!(!message.contains("panicked") && !message.contains("lost"), "{number} files: {message}");
    }
    tool.run(&["verify", "docs"]).ok();
}
