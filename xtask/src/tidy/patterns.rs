use super::finding::Finding;
use super::table::{self, Row};
use super::tokens::{self, Token};
use super::tree::{TextFile, Tree};

/// Code that has no place here, as tokens.
const TABLE: &str = "xtask/tidy/patterns.txt";

/// No source holds a pattern of the table where the table bars it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 3) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let rows: Vec<(Row<'_>, Vec<String>)> =
        rows.into_iter().map(|row| (pattern_tokens(row.cells[1]), row)).map(|(p, row)| (row, p)).collect();
    let mut findings = Vec::new();
    for file in tree.rust() {
        let Some(stream) = file.token_stream() else { continue };
        let all = tokens::flat(stream, true);
        let without_tests = if is_test_file(file) { Vec::new() } else { tokens::flat(stream, false) };
        for (row, pattern) in &rows {
            let tokens = match scope(row.cells[0], &file.path) {
                Scope::Everything => &all,
                Scope::WithoutTests => &without_tests,
                Scope::Nothing => continue,
            };
            let message = format!("`{}`: {}", row.cells[1], row.cells[2]);
            let lines = occurrences(tokens, pattern);
            findings.extend(lines.map(|line| Finding::new(&file.path, line, message.clone())));
        }
    }
    findings
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
    let is_program = rest == "src/main.rs" || rest.starts_with("src/bin/") || folder == "cli";
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

fn occurrences<'a>(tokens: &'a [Token], pattern: &'a [String]) -> impl Iterator<Item = usize> + 'a {
    let windows = tokens.windows(pattern.len().max(1));
    windows
        .filter(move |window| !pattern.is_empty() && window.iter().map(|token| &token.text).eq(pattern))
        .map(|window| window[0].line)
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
            ("store", "crates/index/src/lib.rs", 0),
            ("libraries", "crates/cli/src/main.rs", 0),
            ("libraries", "crates/index/src/flat/tests.rs", 0),
            ("libraries", "crates/index/tests/index.rs", 0),
            ("libraries", "crates/index/examples/speed.rs", 0),
            ("libraries", "xtask/src/main.rs", 0),
        ] {
            let found = messages(&format!("{place} | println! | no"), path, source);
            assert_eq!(found.len(), num_findings, "{place} {path}");
        }
        let test_only = "#[cfg(test)]\nmod tests { fn f() { println!() } }";
        assert!(messages("libraries | println! | no", "crates/index/src/lib.rs", test_only).is_empty());
    }
}
