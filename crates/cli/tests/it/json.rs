//! Output of commands with `--json`, compared with the tables of `docs/json.md`.

use crate::tool::Tool;
use serde_json::Value;
use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../../docs/json.md");

/// A row of a table: the types that are allowed, and whether the field may be absent.
struct Field<'a> {
    types: Vec<&'a str>,
    is_optional: bool,
}

/// The heading of a command, or of a command in one mode.
fn heading(command: &str) -> String {
    if command.contains('`') { format!("## `{command}\n") } else { format!("## `{command}`\n") }
}

/// The table of one command, by paths such as `hits[].key`.
fn fields(command: &str) -> BTreeMap<&'static str, Field<'static>> {
    let begin = PAGE.find(&heading(command)).unwrap_or_else(|| panic!("no section for {command}"));
    let section = &PAGE[begin + 3..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (path, rest) = cells.get(1)?.strip_prefix('`')?.split_once('`')?;
        let types = cells.get(2)?.split(" or ").collect();
        Some((path, Field { types, is_optional: rest == "?" }))
    };
    section.lines().filter_map(row).collect()
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        "any" => true,
        other => panic!("the page names an unknown type {other:?}"),
    }
}

/// Holds a value against all rows whose paths begin with `path`.
fn check(fields: &BTreeMap<&str, Field<'_>>, path: &str, value: &Value) {
    let is_inner = |name: &&&str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
    let has_rows = path.is_empty() || fields.keys().any(|name| is_inner(&name));
    match value {
        Value::Object(object) if has_rows => {
            let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
            for (name, value) in object {
                let path = format!("{prefix}{name}");
                let field =
                    fields.get(path.as_str()).unwrap_or_else(|| panic!("`{path}` is not on the page"));
                assert!(field.types.iter().any(|kind| is_of(kind, value)), "`{path}` is {value}");
                check(fields, &path, value);
            }
            for (name, field) in fields {
                let own = name.strip_prefix(prefix.as_str()).filter(|own| !own.contains(['.', '[']));
                let is_missing = own.is_some_and(|own| !object.contains_key(own));
                assert!(field.is_optional || !is_missing, "`{name}` is missing in {value}");
            }
        }
        Value::Array(items) if has_rows => {
            items.iter().for_each(|item| check(fields, &format!("{path}[]"), item));
        }
        _ => {}
    }
}

#[test]
fn every_command_prints_what_the_page_says() {
    let tool = Tool::with_docs();
    tool.write(
        "queries.jsonl",
        "{\"_id\": \"q\", \"text\": \"archive\"}\n{\"_id\": \"r\", \"text\": \"files\"}\n",
    );
    tool.write("judged/corpus.jsonl", crate::tool::DOCS);
    tool.write("judged/queries.jsonl", "{\"_id\": \"1\", \"text\": \"archive\"}\n");
    tool.write("judged/qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ttar\t1\n");
    tool.run(&["snapshot", "create", "docs", "kept"]).ok();
    tool.run(&["add", "apart", "docs.jsonl", "--tenant", "acme"]).ok();
    for (command, args) in [
        ("pleiad add", &["add", "docs", "docs.jsonl"][..]),
        ("pleiad search", &["search", "docs", "extract an archive"]),
        ("pleiad search", &["search", "docs", "--queries", "queries.jsonl"]),
        ("pleiad search", &["find", "archive", "docs.jsonl"]),
        ("pleiad explain", &["explain", "docs", "extract an archive", "tar", "--mode", "vectors"]),
        ("pleiad search", &["search", "docs", "extract an archive"]),
        ("pleiad explain` in hybrid mode", &["explain", "docs", "extract an archive", "tar"]),
        (
            "pleiad explain` in hybrid mode",
            &["explain", "docs", "archive", "tar", "--filter", "title EXISTS"],
        ),
        ("pleiad eval", &["eval", "docs", "judged"]),
        ("pleiad eval", &["eval", "docs", "judged", "--filter", "TRUE"]),
        ("pleiad search", &["search", "docs", "archive", "--filter", "TRUE"]),
        ("pleiad list", &["list", "docs"]),
        ("pleiad list", &["list", "docs", "--order-by", "stars"]),
        ("pleiad values", &["values", "docs", "platform"]),
        ("pleiad search", &["search", "docs", "archive", "--group-by", "platform"]),
        ("pleiad tenants", &["tenants", "apart"]),
        ("pleiad search", &["search", "apart", "archive", "--tenant", "*"]),
        ("pleiad count", &["count", "docs", "--filter", "title EXISTS"]),
        ("pleiad patch", &["patch", "docs", "tar", "{\"seen\": true}"]),
        ("pleiad get", &["get", "docs", "tar"]),
        ("pleiad get", &["get", "docs", "cp", "--vectors"]),
        ("pleiad info", &["info", "docs"]),
        ("pleiad snapshot list", &["snapshot", "list", "docs"]),
        ("pleiad tune", &["tune", "docs"]),
        ("pleiad eval", &["eval", "docs", "judged", "--bm25"]),
        ("pleiad verify", &["verify", "docs", "--deep"]),
        ("pleiad repair", &["repair", "docs"]),
    ] {
        let ran = tool.run(&[args, &["--json"]].concat()).ok();
        let fields = fields(command);
        assert!(!fields.is_empty() && !ran.stdout.is_empty(), "{command}: {ran:?}");
        for line in ran.stdout.lines() {
            check(&fields, "", &serde_json::from_str(line).expect("one JSON value a line"));
        }
    }
}

#[test]
fn every_command_with_json_is_on_the_page() {
    let tool = Tool::new();
    let help = tool.run(&["help"]).ok().stdout;
    let commands = help.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let mut num_checked = 0;
    for command in commands.filter(|command| command.chars().all(|c| c.is_ascii_lowercase())) {
        let ran = tool.run(&[command, "--help"]);
        if ran.code == 0 && ran.stdout.contains("--json") && command != "find" && command != "pleiad" {
            let name = if command == "snapshot" { "snapshot list" } else { command };
            assert!(PAGE.contains(&format!("## `pleiad {name}`")), "{command}");
            num_checked += 1;
        }
    }
    assert!(num_checked >= 9, "{num_checked}: {help}");
}
