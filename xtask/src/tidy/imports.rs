use super::finding::Finding;
use super::manifest;
use super::table;
use super::tree::Tree;

/// Table of the crates that each crate may depend on.
const TABLE: &str = "xtask/tidy/imports.txt";

/// A row of the table.
struct Grant<'a> {
    folder: &'a str,
    always: Vec<&'a str>,
    in_tests: Vec<&'a str>,
}

/// Every crate depends only on crates that the table grants it, and the table names every crate there is.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 3) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    let mut grants = Vec::new();
    for row in &rows {
        let [always, in_tests] = [1, 2].map(|cell| row.cells[cell].split_whitespace().collect());
        grants.push(Grant { folder: row.cells[0], always, in_tests });
        if tree.text(&manifest_path(row.cells[0])).is_none() {
            findings.push(Finding::new(
                TABLE,
                row.line,
                format!("there is no crate {}: remove the row", row.cells[0]),
            ));
        }
    }
    for file in &tree.files {
        let Some(folder) = crate_folder(&file.path) else { continue };
        match grants.iter().find(|grant| grant.folder == folder) {
            Some(grant) => findings.extend(excess(grant, &file.path, &file.text)),
            None => findings.push(Finding::new(&file.path, 0, format!("add a row for {folder} to {TABLE}"))),
        }
    }
    findings
}

/// The crate map as the manifests have it, a line a crate: its name, and the crates of ours that it depends on. Rows stand
/// in the order of the table.
pub(super) fn map(tree: &Tree) -> String {
    let mut lines = Vec::new();
    for row in table::rows(tree, TABLE, 3).unwrap_or_default() {
        let text = tree.text(&manifest_path(row.cells[0])).unwrap_or_default();
        let dependencies =
            manifest::dependencies(text).into_iter().filter(|dependency| !dependency.is_for_tests);
        let mut known: Vec<String> =
            dependencies.filter_map(|of| folder_of_package(&of.package).map(str::to_owned)).collect();
        known.sort_unstable();
        known.dedup();
        lines.push(format!("  {:<9} → {}", row.cells[0], known.join(" ")).trim_end().to_owned());
    }
    lines.join("\n")
}

/// The dependencies of one crate that it was not granted.
fn excess(grant: &Grant<'_>, path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in manifest::dependencies(text) {
        let Some(other) = folder_of_package(&dependency.package) else { continue };
        let is_granted =
            grant.always.contains(&other) || (dependency.is_for_tests && grant.in_tests.contains(&other));
        if !is_granted {
            let folder = grant.folder;
            let message =
                format!("{folder} must not know {other}: move the code, or argue for a change of {TABLE}");
            findings.push(Finding::new(path, dependency.line, message));
        }
    }
    findings
}

fn manifest_path(folder: &str) -> String {
    if folder == "xtask" { "xtask/Cargo.toml".into() } else { format!("crates/{folder}/Cargo.toml") }
}

/// `crates/<folder>/Cargo.toml` and `xtask/Cargo.toml`.
fn crate_folder(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let folder = folder.strip_prefix("crates/").unwrap_or(if folder == "xtask" { folder } else { "/" });
    (!folder.contains('/')).then_some(folder)
}

/// The folder of a package of ours; `None` for one from outside.
fn folder_of_package(package: &str) -> Option<&str> {
    if package == "pleiad" { Some("engine") } else { package.strip_prefix("pleiad-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(table: &str, files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = [(TABLE, table)].into_iter().chain(files.iter().copied()).collect();
        check(&Tree::of(&files)).iter().map(Finding::to_string).collect()
    }

    const STORE: &str = "crates/store/Cargo.toml";

    #[test]
    fn a_crate_must_not_know_more_than_it_was_granted() {
        let manifest = "[dependencies]\nserde = \"1\"\npleiad-vectors.workspace = true\n[dev-dependencies]\npleiad.workspace = true\n";
        assert_eq!(
            messages("store | vectors |", &[(STORE, manifest)]),
            [
                "crates/store/Cargo.toml:5: store must not know engine: move the code, or argue for a change of \
              xtask/tidy/imports.txt"
            ]
        );
        assert!(messages("store | vectors engine |", &[(STORE, manifest)]).is_empty());
    }

    #[test]
    fn the_map_shows_edges_of_the_product_alone() {
        let manifest =
            "[dependencies]\npleiad-vectors.workspace = true\n[dev-dependencies]\npleiad.workspace = true\n";
        let tree = Tree::of(&[(TABLE, "store | vectors | engine\nvectors | |\n"), (STORE, manifest)]);
        assert_eq!(map(&tree), "  store     → vectors\n  vectors   →");
    }

    #[test]
    fn what_tests_may_know_is_not_for_the_crate() {
        let table = "store | | engine";
        assert!(messages(table, &[(STORE, "[dev-dependencies]\npleiad.workspace = true\n")]).is_empty());
        assert_eq!(messages(table, &[(STORE, "[dependencies]\npleiad.workspace = true\n")]).len(), 1);
        assert_eq!(messages(table, &[(STORE, "[build-dependencies]\npleiad.workspace = true\n")]).len(), 1);
    }

    #[test]
    fn the_table_and_the_crates_agree() {
        assert!(messages("", &[(STORE, "")])[0].contains("add a row for store"));
        assert!(messages("", &[("xtask/Cargo.toml", "")])[0].contains("add a row for xtask"));
        assert!(messages("gone | |", &[])[0].contains("no crate gone"));
        assert!(messages("", &[("bench/Cargo.toml", "[dependencies]\npleiad = \"1\"")]).is_empty());
    }
}
