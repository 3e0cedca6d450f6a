use super::finding::Finding;
use super::table;
use super::tree::{TextFile, Tree};

/// Short files of the product, and why each of them stands alone.
const TABLE: &str = "xtask/tidy/short.txt";

/// Lines below which a file needs a reason.
const FLOOR: usize = 40;

/// Names of files whose reason is their kind: they say what a folder or a program is made of.
const KINDS: [&str; 4] = ["mod.rs", "lib.rs", "main.rs", "error.rs"];

/// Folders whose files are one thing each, however short: the arguments and the work of a command, a fuzzed reader.
const FOLDERS: [&str; 3] =
    ["crates/cli/src/args/", "crates/cli/src/commands/", "crates/hostile/src/targets/"];

/// A product file of a few lines has a reason of its own; others are folded into the file that a reader has open.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 2) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    let short: Vec<&TextFile> = tree.rust().filter(|file| is_product(&file.path) && is_short(file)).collect();
    for file in short.iter().filter(|file| !rows.iter().any(|row| row.cells[0] == file.path)) {
        let message = format!(
            "file of {} lines, at least {FLOOR}: fold it into its neighbor, or say in {TABLE} why it stands alone",
            file.text.lines().count()
        );
        findings.push(Finding::new(&file.path, 0, message));
    }
    for row in &rows {
        if !short.iter().any(|file| file.path == row.cells[0]) {
            let message = format!("{} is no short file of the product: remove this row", row.cells[0]);
            findings.push(Finding::new(TABLE, row.line, message));
        }
        if row.cells[1].is_empty() {
            findings.push(Finding::new(TABLE, row.line, "a row says why its file stands alone"));
        }
    }
    findings
}

/// Returns whether a file belongs to the product, and is none of the kinds that may be short.
fn is_product(path: &str) -> bool {
    let Some((_, file)) = path.strip_prefix("crates/").and_then(|path| path.split_once("/src/")) else {
        return false;
    };
    let is_test = file.split('/').any(|part| part == "tests" || part == "tests.rs");
    let name = file.rsplit('/').next().unwrap_or(file);
    !is_test && !KINDS.contains(&name) && !FOLDERS.iter().any(|folder| path.starts_with(folder))
}

fn is_short(file: &TextFile) -> bool {
    file.text.lines().count() < FLOOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &str, files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = [(TABLE, table)].iter().chain(files).copied().collect();
        check(&Tree::of(&files)).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_short_file_needs_a_reason_or_a_kind() {
        let short = [("crates/a/src/b/c.rs", "//\n")];
        assert!(found("", &short)[0].contains("file of 1 lines, at least 40"));
        assert_eq!(found("crates/a/src/b/c.rs | it holds the one unsafe block", &short), [""; 0]);
        assert!(found("crates/a/src/b/c.rs |", &short)[0].contains("says why"));
        let others = [
            "crates/a/src/b/mod.rs",
            "crates/a/src/lib.rs",
            "crates/a/src/error.rs",
            "crates/a/src/b/tests/c.rs",
            "crates/a/src/b/tests.rs",
            "crates/a/tests/it/c.rs",
            "crates/cli/src/commands/count.rs",
            "bench/src/c.rs",
        ];
        assert_eq!(found("", &others.map(|path| (path, "//\n"))), [""; 0]);
    }

    #[test]
    fn a_row_of_a_file_that_grew_or_went_is_removed() {
        let long = "//\n".repeat(FLOOR);
        let found =
            found("crates/a/src/b.rs | so\ncrates/a/src/gone.rs | so\n", &[("crates/a/src/b.rs", &long)]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|finding| finding.contains("remove this row")), "{found:?}");
    }
}
