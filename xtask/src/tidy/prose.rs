use super::finding::Finding;
use super::table;
use super::tree::Tree;

/// Words that no doc comment may begin with, and folders that still hold some.
const OPENINGS: &str = "xtask/tidy/openings.txt";
/// Words with another spelling than ours, and folders or files that hold some.
const SPELLING: &str = "xtask/tidy/spelling.txt";

/// Kinds of files whose prose is read.
const PROSE_EXTENSIONS: [&str; 4] = ["rs", "md", "toml", "sh"];

/// A doc comment begins with a noun or a verb in the third person, so that its subject is its first word.
pub(super) fn check_openings(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, OPENINGS, 2) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (line, opening) in openings(&file.text) {
            let word = opening.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            if rows.iter().any(|row| row.cells[0] == word && !is_below(&file.path, row.cells[1])) {
                let message = format!("a doc comment begins with a noun or a verb, not \"{word}\"");
                findings.push(Finding::new(&file.path, line, message));
            }
        }
    }
    findings
}

/// One spelling, the American one, in code and prose.
pub(super) fn check_spelling(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, SPELLING, 3) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    let files = tree.files.iter().filter(|file| PROSE_EXTENSIONS.contains(&file.extension()));
    for file in files.filter(|file| !file.path.starts_with("benchmarks/")) {
        for (line, text) in file.lines() {
            let text = text.to_lowercase();
            let row =
                rows.iter().find(|row| text.contains(row.cells[0]) && !is_below(&file.path, row.cells[2]));
            if let Some(row) = row {
                let message = format!("\"{}\": the spelling is \"{}\"", row.cells[0], row.cells[1]);
                findings.push(Finding::new(&file.path, line, message));
            }
        }
    }
    findings
}

/// First line of each doc comment and of each of its sections, with its number.
fn openings(text: &str) -> Vec<(usize, &str)> {
    // A line of the same comment that is no heading, if that was the line before.
    let (mut found, mut before) = (Vec::new(), None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        before = ["///", "//!"].into_iter().find(|mark| line.starts_with(mark)).and_then(|mark| {
            let prose = line[mark.len()..].trim_start();
            if before != Some(mark) {
                found.push((index + 1, prose));
            }
            (!prose.starts_with("# ")).then_some(mark)
        });
    }
    found
}

/// True where the path lies in one of the folders, divided by blanks.
fn is_below(path: &str, folders: &str) -> bool {
    folders
        .split_whitespace()
        .any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_judged_by_its_first_word() {
        let source = "//! What it is.\n\n/// Number of rows.\n/// What follows is no beginning.\nfn f() {}\n/// Whatever.\nfn g() {}\n/// What.\nfn h() {}\n";
        let tree = Tree::of(&[(OPENINGS, "What | old\n"), ("a/b.rs", source), ("old/b.rs", source)]);
        let found: Vec<(String, usize)> =
            check_openings(&tree).into_iter().map(|f| (f.path, f.line)).collect();
        assert_eq!(found, [("a/b.rs".to_owned(), 1), ("a/b.rs".to_owned(), 8)]);
    }

    #[test]
    fn a_section_of_a_comment_is_judged_by_its_first_word() {
        let source = "/// Number.\n///\n/// # Errors\n/// What it says.\n/// What more it says.\nfn f() {}\n";
        let tree = Tree::of(&[(OPENINGS, "What |\n"), ("b.rs", source)]);
        let found: Vec<usize> = check_openings(&tree).iter().map(|finding| finding.line).collect();
        assert_eq!(found, [4]);
    }

    #[test]
    fn another_spelling_is_found_in_code_and_prose() {
        let rows = "normalis | normaliz |\n";
        let files = [
            (SPELLING, rows),
            ("a.md", "x\nNormalised\n"),
            ("b.rs", "fn normalise() {}"),
            ("c.rs", "fn f() {}"),
        ];
        let found: Vec<usize> =
            check_spelling(&Tree::of(&files)).iter().map(|finding| finding.line).collect();
        assert_eq!(found, [2, 1]);
        assert_eq!(check_spelling(&Tree::of(&[("a.md", "")])).len(), 1, "a missing table is said");
    }
}
