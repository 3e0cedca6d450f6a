//! `docs/gaps.md`: every recorded case in which Pleiad loses or ties, made from the records under `benchmarks/`.
//!
//! `xtask/gaps/comparisons.txt` names the columns of which tables compare Pleiad with something else;
//! `xtask/gaps/withdrawn.txt` keeps claims that a later measurement took back. `tidy` fails while the page differs
//! from the records.

mod compare;
mod page;
mod record;

use std::fs;
use std::path::Path;

/// The page, relative to the root of the repository.
pub(crate) const PAGE: &str = "docs/gaps.md";
const COMPARISONS: &str = "xtask/gaps/comparisons.txt";
const WITHDRAWN: &str = "xtask/gaps/withdrawn.txt";

/// Writes the page.
///
/// # Errors
/// A record or table that cannot be read, or a comparison that matches no table, with its line.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).map_err(|error| format!("gaps: {path} cannot be read: {error}"))
    };
    let text = page(&read)?;
    fs::write(root.join(PAGE), &text).map_err(|error| format!("gaps: {PAGE} cannot be written: {error}"))?;
    println!("{PAGE}: {} rows", text.lines().filter(|line| line.starts_with("| ")).count());
    Ok(())
}

/// The text of the page from what `read` returns for a path.
///
/// # Errors
/// As [`run`].
pub(crate) fn page(read: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut groups = Vec::new();
    for comparison in compare::comparisons(&read(COMPARISONS)?)? {
        let record = record::Record::parse(&read(&format!("benchmarks/{}", comparison.record))?);
        groups.push((comparison.clone(), compare::gaps(&comparison, &record)?));
    }
    let withdrawn = page::withdrawn(&read(WITHDRAWN)?)?;
    Ok(page::render(&groups, &withdrawn))
}

#[cfg(test)]
mod tests {
    use super::page;

    fn read(path: &str) -> Result<String, String> {
        let text = match path {
            "xtask/gaps/comparisons.txt" => "t.md | built | rows ours, best | CPU-s | less | build, CPU-s\n",
            "xtask/gaps/withdrawn.txt" => "# none\n2026-01-02 | fast | t.md says slow\n",
            "benchmarks/t.md" => {
                "# T\n## set one\n| built | CPU-s |\n|---|--:|\n| ours, best | 1,000 |\n| ours, other | 1 |\n\
                 | a | 500 |\n| b | 1010 |\n| c | 2000 |\n| d | - |\n\n## Origin\n* Date: 2026-01-01\n"
            }
            _ => return Err(format!("no {path}")),
        };
        Ok(text.to_owned())
    }

    #[test]
    fn losses_and_ties_are_listed_and_wins_are_not() {
        let text = page(&read).unwrap();
        assert!(text.contains("| set one | a | 1,000 | 500 | 2.00 | 2026-01-01 |"), "{text}");
        assert!(text.contains("| set one | b | 1,000 | 1010 | tie | 2026-01-01 |"), "{text}");
        assert!(
            !text.contains("| c |") && !text.contains("| d |") && !text.contains("ours, other"),
            "{text}"
        );
        assert!(text.contains("| 2026-01-02 | fast | t.md says slow |"), "{text}");
    }

    #[test]
    fn a_comparison_that_matches_nothing_is_an_error() {
        let broken = |path: &str| {
            let text = read(path)?;
            Ok(if path.ends_with("comparisons.txt") { text.replace("CPU-s |", "CPU-h |") } else { text })
        };
        assert!(page(&broken).unwrap_err().contains("CPU-h"));
    }
}
