use super::finding::Finding;
use super::ratchet::{self, Measured};
use super::tree::Tree;

const FILE_CEILING: usize = 1000;
const MEDIAN_CEILING: usize = 150;
/// Kinds of files whose length is limited: those that people write and read.
const MEASURED_EXTENSIONS: [&str; 5] = ["rs", "md", "toml", "sh", "py"];

/// No file above the ceiling, but for the ratchet.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let measured: Vec<Measured<'_>> = tree
        .files
        .iter()
        .filter(|file| MEASURED_EXTENSIONS.contains(&file.extension()))
        .map(|file| Measured {
            path: &file.path,
            name: String::new(),
            line: 0,
            num_lines: file.text.lines().count(),
        })
        .collect();
    ratchet::hold(tree, &measured, FILE_CEILING, "file", "one file is one verb, split it")
}

/// Half of the Rust files are short.
pub(super) fn check_median(tree: &Tree) -> Vec<Finding> {
    let median = median(tree);
    if median <= MEDIAN_CEILING {
        return Vec::new();
    }
    let message = format!("the median Rust file has {median} lines, at most {MEDIAN_CEILING}: split by verb");
    vec![Finding::new(".", 0, message)]
}

/// The line that tidy prints when all is well.
pub(super) fn summary(tree: &Tree) -> String {
    format!(
        "{} files, {} of them Rust with a median of {} lines",
        tree.paths.len(),
        tree.rust().count(),
        median(tree)
    )
}

fn median(tree: &Tree) -> usize {
    let mut lengths: Vec<usize> = tree.rust().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_long_data_is_not() {
        let long = "//\n".repeat(FILE_CEILING + 1);
        let files = [("a.rs", long.as_str()), ("a.txt", long.as_str()), (ratchet::TABLE, "")];
        let findings = check(&Tree::of(&files));
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].to_string().starts_with("a.rs: file of 1001 lines, at most 1000"),
            "{}",
            findings[0]
        );
        let fits = "//\n".repeat(FILE_CEILING);
        assert!(check(&Tree::of(&[("a.rs", &fits), (ratchet::TABLE, "")])).is_empty());
    }

    #[test]
    fn the_median_is_held() {
        let long = "//\n".repeat(MEDIAN_CEILING + 1);
        assert_eq!(check_median(&Tree::of(&[("a.rs", ""), ("b.rs", &long), ("c.rs", &long)])).len(), 1);
        assert!(check_median(&Tree::of(&[("a.rs", ""), ("b.rs", ""), ("c.rs", &long)])).is_empty());
        assert!(check_median(&Tree::of(&[])).is_empty());
    }
}
