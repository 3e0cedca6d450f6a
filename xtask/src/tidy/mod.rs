//! The rules of the house, checked on the sources: one file per check, its tables under `xtask/tidy/`.
//!
//! A check takes a [`Tree`] and returns [`Finding`]s: each names a place and the way out.

mod build_flags;
mod circles;
mod definitions;
mod file_length;
mod finding;
mod function_length;
mod gaps;
mod imports;
mod links;
mod lints;
mod list;
mod machine_paths;
mod manifest;
mod markdown;
mod orphans;
mod patterns;
mod prose;
mod ratchet;
mod road;
mod short_files;
mod spaces;
mod swallowed;
mod table;
mod tokens;
mod tree;
mod unsafe_code;
mod words;

use finding::Finding;
use std::path::Path;
use std::time::Instant;
use tree::Tree;

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: [Check; 21] = [
    tokens::check,
    file_length::check,
    file_length::check_median,
    short_files::check,
    function_length::check,
    imports::check,
    circles::check,
    orphans::check,
    lints::check,
    words::check,
    unsafe_code::check,
    patterns::check,
    swallowed::check,
    prose::check_openings,
    prose::check_spelling,
    links::check,
    road::check,
    gaps::check,
    machine_paths::check,
    build_flags::check,
    spaces::check,
];

/// Runs every check and prints a line of summary.
///
/// # Errors
/// All findings, one a line, `path:line: what and the way out`.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let start = Instant::now();
    let tree = Tree::read(root).map_err(|error| format!("tidy: {error}"))?;
    let findings = findings(&tree);
    if findings.is_empty() {
        println!("{}", imports::map(&tree));
        println!("tidy: {}, {} ms", file_length::summary(&tree), start.elapsed().as_millis());
        return Ok(());
    }
    let mut lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    lines.push(format!("tidy: {} to mend", findings.len()));
    Err(lines.join("\n"))
}

fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(tree)).collect();
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        if let Err(findings) = run(&crate::repository_root()) {
            panic!("{findings}");
        }
    }
}
