use super::finding::Finding;
use super::table;
use super::tree::{TextFile, Tree};

/// Files, and folders ending in `/`, that may hold unsafe code.
const TABLE: &str = "xtask/tidy/unsafe.txt";

/// `unsafe` appears only where the table allows it, and the table allows no more than is used.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 2) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let uses: Vec<(&str, usize)> =
        tree.rust().filter_map(|file| Some((file.path.as_str(), first_unsafe(file)?))).collect();
    let mut findings = Vec::new();
    for (path, line) in &uses {
        if !rows.iter().any(|row| covers(row.cells[0], path)) {
            let message = format!("unsafe code is for the places in {TABLE}: find a safe way");
            findings.push(Finding::new(path, *line, message));
        }
    }
    for row in &rows {
        if !uses.iter().any(|(path, _)| covers(row.cells[0], path)) {
            findings.push(Finding::new(TABLE, row.line, "no unsafe code there: remove this row"));
        }
    }
    findings
}

fn covers(allowed: &str, path: &str) -> bool {
    path == allowed || (allowed.ends_with('/') && path.starts_with(allowed))
}

/// Line of the first `unsafe` in a file.
fn first_unsafe(file: &TextFile) -> Option<usize> {
    file.source()?.row.iter().find(|token| token.text == "unsafe").map(|token| token.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, source: &str) -> Vec<String> {
        let table = "crates/kernels/ | arithmetic";
        let used = ("crates/kernels/src/arch.rs", "unsafe fn f() {}");
        check(&Tree::of(&[(TABLE, table), used, (path, source)])).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn unsafe_outside_its_places_is_found() {
        for source in
            ["fn f() {\n unsafe { g() }\n}", "\nunsafe impl Send for S {}", "m! {\nunsafe fn f() {} }"]
        {
            let found = messages("crates/store/src/lib.rs", source);
            assert_eq!(found.len(), 1, "{source}");
            assert!(found[0].starts_with("crates/store/src/lib.rs:2: unsafe code is for"), "{}", found[0]);
        }
        assert!(messages("crates/kernels/src/dot.rs", "unsafe fn f() {}").is_empty());
        assert!(messages("crates/store/src/lib.rs", "#![deny(unsafe_code)] // unsafe\nfn f() {}").is_empty());
    }

    #[test]
    fn a_row_without_use_is_found() {
        let tree =
            Tree::of(&[(TABLE, "crates/a/src/map.rs | maps files"), ("crates/a/src/map.rs", "fn f() {}")]);
        assert!(check(&tree)[0].to_string().contains("remove this row"));
    }
}
