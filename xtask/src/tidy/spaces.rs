use super::finding::Finding;
use super::tree::Tree;

/// Rust sources hold no tabs and no blanks at the end of a line: the formatter leaves those in comments and macros.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (number, line) in file.lines() {
            if line.ends_with([' ', '\t', '\r']) {
                findings.push(Finding::new(&file.path, number, "blanks at the end of the line: remove them"));
            } else if line.contains('\t') {
                findings.push(Finding::new(
                    &file.path,
                    number,
                    r"a tab: indent with spaces, write \t in a string",
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_tabs_are_found() {
        let found = check(&Tree::of(&[("a.rs", "fn a() {} \n\tfn b() {}\nfn c() {}\n")]));
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 2]);
        assert!(check(&Tree::of(&[("a.md", "a \n")])).is_empty());
    }
}
