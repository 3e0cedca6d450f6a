use crate::tool::Tool;
use std::io::Read;
use std::process::Stdio;

const ESCAPE: char = '\u{1b}';

#[test]
fn a_pipe_gets_no_escape_codes_and_a_terminal_gets_marked_words() {
    let tool = Tool::with_docs();
    for args in [
        &["search", "docs", "archive"][..],
        &["explain", "docs", "archive", "tar"],
        &["get", "docs", "tar"],
        &["info", "docs"],
        &["verify", "docs"],
        &["add", "docs", "docs.jsonl"],
    ] {
        let ran = tool.run(args).ok();
        assert!(!ran.stdout.contains(ESCAPE) && !ran.stdout.is_empty(), "{ran:?}");
        assert_eq!(ran.stderr, "", "{args:?}");
    }
    let marked = tool.run(&["search", "docs", "archive", "--color", "always"]).ok().stdout;
    assert!(marked.contains("\u{1b}[1m\u{1b}[4marchive\u{1b}[0m"), "{marked:?}");
    let plain = tool.run(&["search", "docs", "archive", "--color", "never"]).ok().stdout;
    assert_eq!(plain, tool.run(&["search", "docs", "archive"]).ok().stdout);
    let error = tool.run(&["get", "docs", "unknown"]).stderr;
    assert!(!error.contains(ESCAPE), "{error:?}");
}

#[test]
fn words_of_the_same_meaning_are_marked_too() {
    let tool = Tool::new();
    tool.write("docs.jsonl", "{\"_id\": \"a\", \"text\": \"Display several photographs.\"}\n");
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let answer = tool.run(&["search", "docs", "show pictures", "--json"]).ok().json();
    let matches = answer["hits"][0]["matches"].as_array().unwrap();
    assert!(matches.iter().any(|m| m["query"] == "pictures" && m["document"] == "photographs"), "{answer}");
}

#[test]
fn a_text_from_outside_cannot_steer_the_terminal() {
    let tool = Tool::new();
    tool.write(
        "docs.jsonl",
        r#"{"_id": "a", "text": "evil \u001b[2J\u0007 words", "note": "\u001b]0;x\u0007"}"#,
    );
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let shown = tool.run(&["search", "docs", "words", "--color", "always"]).ok().stdout;
    assert!(shown.contains("evil \u{fffd}[2J\u{fffd} "), "{shown:?}");
    let document = tool.run(&["get", "docs", "a", "--color", "always"]).ok().stdout;
    for text in [&shown, &document] {
        assert!(
            !text.contains("\u{1b}[2J") && !text.contains("\u{1b}]") && !text.contains('\u{7}'),
            "{text:?}"
        );
    }
    // JSON gives it back as it is, escaped.
    assert_eq!(tool.run(&["get", "docs", "a", "--json"]).ok().json()["text"], "evil \u{1b}[2J\u{7} words");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let tool = Tool::new();
    let text = "word ".repeat(400_000);
    tool.write("docs.jsonl", format!("{{\"_id\": \"a\", \"text\": \"{text}\"}}\n"));
    tool.run(&["add", "docs", "docs.jsonl", "--encoder", "words"]).ok();
    for args in
        [&["get", "docs", "a"][..], &["get", "docs", "a", "--json"], &["search", "docs", "word", "--json"]]
    {
        let mut child = tool.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut start = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_output_is_told() {
    let tool = Tool::with_docs();
    for args in [&["get", "docs", "tar"][..], &["info", "docs", "--json"], &["man"], &["completions", "bash"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = tool.command(args).stdout(full).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(6), "{args:?}: {message}");
        assert!(message.contains("cannot write the output"), "{args:?}: {message}");
    }
}
