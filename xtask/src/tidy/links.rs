use super::finding::Finding;
use super::markdown::{self, ReferenceKind};
use super::tree::{TextFile, Tree};

/// Links in Markdown lead somewhere, and so do names of files set as code.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in tree.files.iter().filter(|file| file.extension() == "md") {
        for reference in markdown::references(&page.text) {
            let problem = match reference.kind {
                ReferenceKind::Link => link_problem(tree, page, &reference.target),
                ReferenceKind::Code => path_problem(tree, page, &reference.target),
            };
            if let Some(problem) = problem {
                findings.push(Finding::new(&page.path, reference.line, problem));
            }
        }
    }
    findings
}

fn link_problem(tree: &Tree, page: &TextFile, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { Some(page.path.clone()) } else { resolve(&page.path, path) };
    let Some(path) = path.filter(|path| path.is_empty() || tree.paths.contains(path)) else {
        return Some(format!("dead link {target}: mend it or name a page that exists"));
    };
    let headings =
        tree.text(&path).filter(|_| path.ends_with(".md")).map(markdown::anchors).unwrap_or_default();
    if anchor.is_empty() || headings.iter().any(|heading| heading == anchor) {
        return None;
    }
    Some(format!("dead link {target}: {path} has no heading #{anchor}"))
}

/// `target` seen from the folder of `page`; `None` when it leaves the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// A code span that can only be meant as a path of this repository must be one.
fn path_problem(tree: &Tree, page: &TextFile, span: &str) -> Option<String> {
    let target = span.trim_end_matches('/');
    let is_plain = target.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    if !is_plain || !looks_like_ours(tree, target) {
        return None;
    }
    let from_page = resolve(&page.path, target).is_some_and(|path| tree.paths.contains(&path));
    let suffix = format!("/{target}");
    let exists = tree.paths.contains(target) || from_page;
    // A page may speak of `src/lib.rs` of the crate that it is about.
    let exists =
        exists || (!starts_at_the_top(tree, target) && tree.paths.iter().any(|path| path.ends_with(&suffix)));
    (!exists).then(|| format!("`{span}` does not exist: name what does"))
}

/// It begins with a folder at the top, or it is a path to a source or a page, or a page IN_CAPITALS.
fn looks_like_ours(tree: &Tree, target: &str) -> bool {
    let Some((stem, extension)) = target.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return starts_at_the_top(tree, target);
    };
    if target.starts_with("..") || target.starts_with('/') {
        return false;
    }
    let is_page = extension == "md" && !stem.contains('/') && !stem.contains(char::is_lowercase);
    let is_source = ["rs", "md", "toml"].contains(&extension) && stem.contains('/');
    starts_at_the_top(tree, target) || is_page || is_source
}

fn starts_at_the_top(tree: &Tree, target: &str) -> bool {
    target.split_once('/').is_some_and(|(top, _)| tree.paths.contains(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(page: &str) -> Vec<String> {
        let files = [
            ("docs/page.md", page),
            ("docs/other.md", "# One\n## Two words\n"),
            ("README.md", ""),
            ("crates/a/src/lib.rs", ""),
        ];
        check(&Tree::of(&files)).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn dead_links_are_found() {
        for dead in [
            "[x](gone.md)",
            "[x](../../README.md)",
            "[x](other.md#three)",
            "[x](#nothing)",
            "![x](../gone.svg)",
            "[x]: gone.md",
            "`docs/gone.md`",
            "`crates/b`",
            "`crates/a/src/gone.rs`",
            "`GONE.md`",
            "`src/gone.rs`",
        ] {
            let found = messages(&format!("\n{dead}"));
            assert_eq!(found.len(), 1, "{dead}: {found:?}");
            assert!(found[0].starts_with("docs/page.md:2: "), "{}", found[0]);
        }
    }

    #[test]
    fn live_links_and_mere_code_are_not() {
        for live in [
            "# Here\n[x](#here)",
            "[x](other.md#two-words)",
            "[x](../README.md)",
            "[x](..)",
            "[x](https://example.org/gone.md#x)",
            "`docs/other.md` `crates/a/` `README.md` `src/lib.rs` `other.md`",
            "`target/debug/pleiad` `and/or` `docs/*.md` `notes.md` `../shared/x.md` `cargo xtask test`",
        ] {
            assert_eq!(messages(live), [""; 0], "{live}");
        }
    }
}
