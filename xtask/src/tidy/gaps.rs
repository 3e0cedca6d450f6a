use super::finding::Finding;
use super::tree::Tree;
use crate::gaps;

/// The page of gaps must follow from the records: whoever records a benchmark makes the page anew.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.text(gaps::PAGE) else { return Vec::new() };
    let read = |path: &str| tree.text(path).map(str::to_owned).ok_or(format!("gaps: {path} is missing"));
    match gaps::page(&read) {
        Ok(expected) if expected == page => Vec::new(),
        Ok(_) => vec![Finding::new(gaps::PAGE, 0, "differs from the records: run cargo xtask gaps")],
        Err(message) => vec![Finding::new(gaps::PAGE, 0, message)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_is_found() {
        let comparison = "t.md | built | rows ours | CPU-s | less | build, CPU-s\n";
        let record = "# T\n| built | CPU-s |\n|---|--:|\n| ours | 2 |\n| a | 1 |\n";
        let files = |page| {
            [
                ("xtask/gaps/comparisons.txt", comparison),
                ("xtask/gaps/withdrawn.txt", ""),
                ("benchmarks/t.md", record),
                ("docs/gaps.md", page),
            ]
        };
        let tree = Tree::of(&files("old"));
        assert_eq!(check(&tree).len(), 1);
        let read = |path: &str| tree.text(path).map(str::to_owned).ok_or(String::new());
        let text = gaps::page(&read).unwrap();
        assert!(check(&Tree::of(&files(&text))).is_empty());
    }
}
