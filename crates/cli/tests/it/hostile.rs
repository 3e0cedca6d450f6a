//! Texts, names and messages from outside that try to steer the terminal.

use crate::tool::{Ran, Tool};

/// Escape sequences in 7 and 8 bits, in every place that a document has; bidirectional overrides.
const DOCUMENTS: &str = r#"{"_id":"plain","text":"mountain \u001b[31mred\u001b]0;pwned\u0007 \u009b31m \u0090q\u009c river","title":"T \u001b[32m \u009b33m","\u001b[35mname":"v","c1":["\u009b41m \u007f","\u001b[7m"],"s":"\u009b42m \u001b[43m","nested":{"\u009bkey\u001b":"\u009dval"}}
{"_id":"bidi\u202eexe.txt\u200b","text":"mountain \u202e abc \u2028 \u2066"}
"#;

/// Styles that the program itself prints.
const OWN: [&str; 4] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[4m"];

#[track_caller]
fn steers_nothing(ran: &Ran, is_colored: bool) {
    for stream in [&ran.stdout, &ran.stderr] {
        let mut rest = stream.clone();
        if is_colored {
            // The style of an error ends behind its word, so that none of a text can hide among these.
            for own in ["\u{1b}[1m\u{1b}[31merror:\u{1b}[0m", "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m"]
                .iter()
                .chain(&OWN)
            {
                rest = rest.replace(own, "");
            }
        }
        let found = rest.chars().find(|&character| {
            let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
            turns || character.is_control() && !"\n\t".contains(character)
        });
        assert_eq!(found, None, "{ran:#?}");
    }
}

#[test]
fn no_text_steers_the_terminal() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCUMENTS);
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let escape = "\u{1b}[31m\u{9b}31m\u{202e}";
    let wrong_query = format!("{escape} ...");
    for color in ["always", "never"] {
        for args in [
            &["search", "docs", "mountain"][..],
            &["search", "docs", "mountain", "--json"],
            &["search", "docs", &wrong_query],
            &["search", "docs", "mountain", "--explain-plan"],
            &["find", "mountain", "docs.jsonl"],
            &["get", "docs", "plain"],
            &["get", "docs", "plain", "--json"],
            &["get", "docs", "bidi\u{202e}exe.txt\u{200b}"],
            &["get", "docs", escape],
            &["explain", "docs", "mountain", "plain"],
            &["explain", "docs", "mountain", "bidi\u{202e}exe.txt\u{200b}"],
            &["delete", "docs", escape],
            &["info", escape],
            &["add", "docs", escape],
            &["search", "docs", "mountain", "--model", escape],
            &["snapshot", "create", "docs", escape],
            &["backup", "docs", "x://\u{1b}[31m"],
            &["search", "docs", "mountain", "--\u{1b}[31m"],
            &[escape],
        ] {
            steers_nothing(&tool.run(&[args, &["--color", color]].concat()), color == "always");
        }
    }
}

#[test]
#[cfg(unix)]
fn no_name_of_a_file_steers_the_terminal() {
    let tool = Tool::new();
    for (name, text) in [
        ("in/good\u{202e}.txt", "mountain".as_bytes()),
        ("in/\u{1b}[31m\u{9b}2J\u{202e}.txt", "mountain".as_bytes()),
        ("in/bad\u{1b}[32m\r.txt", b"caf\xe9"),
        ("list\u{1b}[31m.csv", b"a,b\n1,2\n"),
        ("broken\u{1b}[31m.jsonl", b"{\"_id\": 1"),
    ] {
        tool.write(name, text);
    }
    let added = tool.run(&["add", "docs", "in"]).ok();
    assert!(added.stderr.contains("bad\u{fffd}[32m\u{fffd}.txt"), "{added:?}");
    for args in [
        &["add", "docs", "in"][..],
        &["search", "docs", "mountain"],
        &["add", "docs", "list\u{1b}[31m.csv"],
        &["add", "docs", "broken\u{1b}[31m.jsonl"],
        &["create", "new\u{1b}[31m"],
    ] {
        steers_nothing(&tool.run(args), false);
    }
}
