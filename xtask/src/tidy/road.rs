use super::finding::Finding;
use super::tree::Tree;

/// The page that lists the files of a search.
const PAGE: &str = "ARCHITECTURE.md";

/// The heading above the list.
const HEADING: &str = "## A search, file by file";

/// Files that a reader of a search opens, at most.
const MAX_FILES: usize = 28;

/// The list of files that a search passes through is short, counts from 1, and names each file that it says once.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(PAGE) else { return Vec::new() };
    let mut lines = (1..).zip(text.lines());
    let Some((heading, _)) = lines.by_ref().find(|(_, line)| *line == HEADING) else {
        return vec![Finding::new(
            PAGE,
            0,
            format!("the section {HEADING:?} is missing: it lists what a search reads"),
        )];
    };
    let section = lines.take_while(|(_, line)| !line.starts_with("## "));
    let (mut findings, mut files) = (Vec::new(), Vec::new());
    for (line, (number, path)) in section.filter_map(|(line, text)| Some((line, entry(text)?))) {
        if !(path.ends_with(".rs") && tree.paths.contains(path)) {
            findings.push(Finding::new(
                PAGE,
                line,
                format!("{path} is no source file: say where its code went"),
            ));
        }
        if files.contains(&path) || number != files.len() + 1 {
            let message =
                format!("{path} is entry {}: a file stands once, and numbers follow", files.len() + 1);
            findings.push(Finding::new(PAGE, line, message));
        }
        files.push(path);
    }
    if files.is_empty() || files.len() > MAX_FILES {
        let message =
            format!("a search takes {} files, at most {MAX_FILES}: fold what is splintered", files.len());
        findings.push(Finding::new(PAGE, heading, message));
    }
    findings
}

/// The number and the file of a line such as ``3. `path`: what it does``.
fn entry(line: &str) -> Option<(usize, &str)> {
    let (number, rest) = line.split_once(". `")?;
    Some((number.parse().ok()?, rest.split_once('`')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str) -> Vec<String> {
        let page = format!("# A\n\n{HEADING}\n\nEvery file.\n\n{list}\n## Next\n\n1. `gone.rs`\n");
        let files = [(PAGE, page.as_str()), ("a/b.rs", ""), ("a/c.rs", "")];
        check(&Tree::of(&files)).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_list_of_files_that_exist_is_accepted() {
        assert_eq!(found("1. `a/b.rs`: one\n   and more\n2. `a/c.rs`\n"), [""; 0]);
    }

    #[test]
    fn files_that_are_gone_repeated_or_too_many_are_found() {
        assert!(found("1. `a/b.rs`\n2. `a/gone.rs`\n")[0].contains("a/gone.rs is no source file"));
        assert!(found("1. `a/b.rs`\n2. `a`\n")[0].contains("a is no source file"));
        assert!(found("1. `a/b.rs`\n2. `a/b.rs`\n")[0].contains("a file stands once"));
        assert!(found("1. `a/b.rs`\n3. `a/c.rs`\n")[0].contains("numbers follow"));
        assert!(found("none")[0].contains("0 files"));
        let many: String = (1..=MAX_FILES + 1).map(|number| format!("{number}. `a/b.rs`\n")).collect();
        assert!(found(&many).iter().any(|finding| finding.contains("29 files, at most 28")));
        assert!(check(&Tree::of(&[(PAGE, "# A\n")]))[0].to_string().contains("is missing"));
    }
}
