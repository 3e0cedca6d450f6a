use super::finding::Finding;
use super::tree::Tree;

/// Folders at the root of a machine, without the slash before them.
const ROOTS: [&str; 5] = ["work", "home", "tmp", "root", "Users"];

/// No text names a place on somebody's machine.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (number, line) in file.lines() {
            if let Some(root) = ROOTS.iter().find(|root| names(line, root)) {
                let message =
                    format!("/{root} is a place on one machine: use a relative path or a temporary folder");
                findings.push(Finding::new(&file.path, number, message));
            }
        }
    }
    findings
}

/// Returns whether the folder stands in the line as the beginning of a path.
fn names(line: &str, root: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let goes_on_before = |c: char| c.is_alphanumeric() || "_-.~/*})]>$".contains(c);
    line.match_indices(&format!("/{root}")).any(|(at, found)| {
        let begins = !line[..at].ends_with(goes_on_before);
        begins && !line[at + found.len()..].starts_with(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found() {
        for root in ROOTS {
            for line in [format!("cd /{root}/x"), format!("\"/{root}\""), format!("see (/{root}/a.md)")] {
                let text = format!("\n{line}\n");
                let found = check(&Tree::of(&[("a.md", &text)]));
                assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2], "{line}");
            }
        }
    }

    #[test]
    fn other_paths_are_not() {
        for line in [
            "../work/x",
            "a/tmp",
            "https://example.org/home/x",
            "/workspace",
            "$HOME/tmp",
            "{dir}/tmp",
            "~/work",
        ] {
            assert!(check(&Tree::of(&[("a.md", line)])).is_empty(), "{line}");
        }
        assert!(check(&Tree::of(&[("data.jsonl", &format!("/{}/x", ROOTS[0]))])).is_empty());
    }
}
