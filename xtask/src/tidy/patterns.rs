use super::finding::Finding;
use super::table;
use super::tokens::Token;
use super::tree::{TextFile, Tree};
use std::collections::HashMap;

/// Code that has no place here, as tokens.
const TABLE: &str = "xtask/tidy/patterns.txt";

/// A row of the table.
struct Pattern<'a> {
    place: &'a str,
    tokens: Vec<String>,
    message: String,
}

/// No source holds a pattern of the table where the table bars it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 3) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    if let Some(row) =
        rows.iter().find(|row| !row.cells[0].split_whitespace().all(|place| is_place(tree, place)))
    {
        return vec![Finding::new(
            TABLE,
            row.line,
            "the first cell is everywhere, libraries, or names of crates",
        )];
    }
    let patterns: Vec<Pattern<'_>> = rows
        .iter()
        .map(|row| Pattern {
            place: row.cells[0],
            tokens: pattern_tokens(row.cells[1]),
            message: format!("`{}`: {}", row.cells[1], row.cells[2]),
        })
        .collect();
    tree.rust().flat_map(|file| found_in(file, &patterns)).collect()
}

fn is_place(tree: &Tree, place: &str) -> bool {
    ["everywhere", "libraries"].contains(&place) || tree.paths.contains(&format!("crates/{place}"))
}

fn found_in(file: &TextFile, patterns: &[Pattern<'_>]) -> Vec<Finding> {
    // Few tokens begin a pattern: one look at each suffices for all patterns.
    let mut by_first: HashMap<&str, Vec<(&Pattern<'_>, Scope)>> = HashMap::new();
    for pattern in patterns {
        if let (Some(first), scope) = (pattern.tokens.first(), scope(pattern.place, &file.path)) {
            by_first.entry(first).or_default().push((pattern, scope));
        }
    }
    let row = file.source().map_or(&[][..], |source| &source.row);
    let is_test_file = is_test_file(file);
    let mut findings = Vec::new();
    for (at, token) in row.iter().enumerate() {
        for (pattern, scope) in by_first.get(token.text.as_str()).into_iter().flatten() {
            let holds = match scope {
                Scope::Everything => true,
                Scope::WithoutTests => !token.in_test && !is_test_file,
                Scope::Nothing => false,
            };
            if holds && begins_with(&row[at..], &pattern.tokens) {
                findings.push(Finding::new(&file.path, token.line, pattern.message.clone()));
            }
        }
    }
    findings
}

fn begins_with(row: &[Token], pattern: &[String]) -> bool {
    row.len() >= pattern.len() && pattern.iter().zip(row).all(|(wanted, token)| *wanted == token.text)
}

enum Scope {
    Everything,
    WithoutTests,
    Nothing,
}

/// `everywhere` means tests too; `libraries` and names of crates mean the library sources without their tests.
fn scope(place: &str, path: &str) -> Scope {
    if place == "everywhere" {
        return Scope::Everything;
    }
    let Some((folder, rest)) = path.strip_prefix("crates/").and_then(|path| path.split_once('/')) else {
        return Scope::Nothing;
    };
    let is_program =
        rest == "src/main.rs" || rest.starts_with("src/bin/") || folder == "cli" || folder == "crash";
    if !rest.starts_with("src/") || is_program {
        return Scope::Nothing;
    }
    if place == "libraries" || place.split_whitespace().any(|name| name == folder) {
        Scope::WithoutTests
    } else {
        Scope::Nothing
    }
}

/// `tests.rs` and what stands below a folder `tests` is compiled under `#[cfg(test)]` alone.
fn is_test_file(file: &TextFile) -> bool {
    file.path.ends_with("/tests.rs") || file.path.contains("/tests/")
}

/// Words and single characters, as the lexer gives them.
fn pattern_tokens(pattern: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in pattern.chars() {
        let of_word = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some(last) if of_word && in_word => last.push(c),
            _ if !c.is_whitespace() => tokens.push(c.to_string()),
            _ => {}
        }
        in_word = of_word;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(table: &str, path: &str, source: &str) -> Vec<String> {
        check(&Tree::of(&[(TABLE, table), (path, source)])).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn patterns_are_found_in_code_alone() {
        for (pattern, source) in [
            ("todo!", "fn f() {\n todo!() }"),
            ("dbg!", "m! {\n dbg!(x) }"),
            ("#[ignore", "\n#[ignore = \"slow\"] fn f() {}"),
            ("allow(dead_code", "\n#[allow(dead_code)] fn f() {}"),
            ("let _ =", "fn f() {\n let _ = x(); }"),
            ("std::fs", "\nuse std::fs::File;"),
        ] {
            let table = format!("everywhere | {pattern} | do better");
            let found = messages(&table, "bench/src/main.rs", source);
            assert_eq!(found, [format!("bench/src/main.rs:2: `{pattern}`: do better")], "{source}");
            let quoted = format!("fn f() {{ g({source:?}) }} // {pattern}");
            assert!(messages(&table, "bench/src/main.rs", &quoted).is_empty(), "{quoted}");
        }
        assert!(messages("everywhere | let _ = | no", "a.rs", "fn f() { let _x = 1; }").is_empty());
    }

    #[test]
    fn places_are_libraries_without_their_tests() {
        let source = "fn f() { println!() }";
        for (place, path, num_findings) in [
            ("libraries", "crates/index/src/lib.rs", 1),
            ("index", "crates/index/src/flat/mod.rs", 1),
            ("compress index", "crates/index/src/lib.rs", 1),
            ("index", "crates/indexes/src/lib.rs", 0),
            ("libraries", "crates/cli/src/main.rs", 0),
            ("libraries", "crates/index/src/flat/tests.rs", 0),
            ("libraries", "crates/index/tests/index.rs", 0),
            ("libraries", "crates/index/examples/speed.rs", 0),
            ("libraries", "xtask/src/main.rs", 0),
        ] {
            let table = format!("{place} | println! | no");
            let files =
                [(TABLE, table.as_str()), (path, source), ("crates/index/a", ""), ("crates/compress/a", "")];
            assert_eq!(check(&Tree::of(&files)).len(), num_findings, "{place} {path}");
        }
        let test_only = "#[cfg(test)]\nmod tests { fn f() { println!() } }";
        assert!(messages("libraries | println! | no", "crates/index/src/lib.rs", test_only).is_empty());
    }

    #[test]
    fn a_place_that_is_none_is_found() {
        assert!(messages("indexes | println! | no", "crates/index/src/lib.rs", "")[0].contains("first cell"));
    }
}
