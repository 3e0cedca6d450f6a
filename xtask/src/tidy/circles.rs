use super::finding::Finding;
use super::table;
use super::tokens::Token;
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Crates whose files may form a larger circle, and why.
const TABLE: &str = "xtask/tidy/circles.txt";

/// Files of one crate that may need each other.
const MAX_CIRCLE: usize = 3;

/// The modules of one crate that are files, and what each takes from others. Tests and programs under `src/bin` are left
/// out.
#[derive(Default)]
struct Modules<'a> {
    /// The file of each module path.
    files: HashMap<Vec<String>, &'a str>,
    /// Names that a module passes on, with the path that each stands for.
    passed_on: HashMap<Vec<String>, Vec<(String, Vec<String>)>>,
    /// Paths that each module mentions.
    mentioned: Vec<(Vec<String>, Vec<String>)>,
}

/// No circle of files inside a crate is larger than [`MAX_CIRCLE`], so that they can be read in an order. A file needs
/// another one when it names something that is defined there; a module that only passes a name on is not in between.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 3) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    let mut crates: BTreeMap<&str, Modules<'_>> = BTreeMap::new();
    for file in tree.rust() {
        let Some((name, path)) = module_path(&file.path) else { continue };
        let modules = crates.entry(name).or_default();
        modules.files.insert(path.clone(), &file.path);
        modules.read(&path, file.source().map_or(&[][..], |source| &source.row));
    }
    let mut findings = Vec::new();
    for (name, modules) in &crates {
        let largest = largest_circle(&modules.needs());
        let row = rows.iter().find(|row| row.cells[0] == *name);
        let allowed = row.map_or(Some(MAX_CIRCLE), |row| row.cells[1].parse().ok());
        let (path, line) = row.map_or((format!("crates/{name}/src"), 0), |row| (TABLE.to_owned(), row.line));
        match allowed {
            None => findings.push(Finding::new(&path, line, "the second cell is a number of files")),
            Some(allowed) if largest.len() > allowed => {
                let files: Vec<&str> = largest.iter().map(|path| short(path)).collect();
                let message = format!(
                    "{} files need each other, {allowed} may: move what they share below them: {}",
                    files.len(),
                    files.join(", ")
                );
                findings.push(Finding::new(&format!("crates/{name}/src"), 0, message));
            }
            Some(_) if row.is_some() && largest.len() <= MAX_CIRCLE => {
                findings.push(Finding::new(
                    &path,
                    line,
                    "no circle is larger than any may be: remove this row",
                ));
            }
            Some(_) => {}
        }
    }
    let unknown = rows.iter().filter(|row| !crates.contains_key(row.cells[0]) || row.cells[2].is_empty());
    findings.extend(unknown.map(|row| Finding::new(TABLE, row.line, "a row names a crate and says why")));
    findings
}

/// The crate and the path of a module that is a file; nothing for tests and programs.
fn module_path(file: &str) -> Option<(&str, Vec<String>)> {
    let (name, rest) = file.strip_prefix("crates/")?.split_once("/src/")?;
    let rest = rest.strip_suffix(".rs")?;
    if rest.starts_with("bin/") || rest == "tests" || rest.ends_with("/tests") || rest.contains("tests/") {
        return None;
    }
    let rest = rest.strip_suffix("/mod").unwrap_or(rest);
    let is_root = rest == "lib" || rest == "main";
    let path = if is_root { Vec::new() } else { rest.split('/').map(str::to_owned).collect() };
    Some((name, path))
}

fn short(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(_, rest)| rest)
}

impl<'a> Modules<'a> {
    /// Notes what a module passes on and mentions.
    fn read(&mut self, module: &[String], row: &[Token]) {
        let mut at = 0;
        while at < row.len() {
            let is_path = ["crate", "super", "self"].contains(&row[at].text.as_str())
                && is_separator(&row[at + 1..])
                && !(at > 0 && row[at - 1].text == ":");
            if row[at].in_test || !(row[at].text == "use" || is_path) {
                at += 1;
                continue;
            }
            if is_path {
                let (path, next) = path_at(row, at);
                self.mentioned.push((module.to_vec(), path));
                at = next;
                continue;
            }
            let is_public = at > 0 && ["pub", ")"].contains(&row[at - 1].text.as_str());
            let end = row[at..].iter().position(|token| token.text == ";").map_or(row.len(), |end| at + end);
            let mut names = Vec::new();
            use_tree(&row[at + 1..end], &[], &mut names);
            for (name, path) in names {
                if is_public {
                    self.passed_on.entry(module.to_vec()).or_default().push((name, path));
                } else {
                    self.mentioned.push((module.to_vec(), path));
                }
            }
            at = end;
        }
    }

    /// The files that each file needs.
    fn needs(&self) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, path) in &self.mentioned {
            let Some(own) = self.files.get(module) else { continue };
            let needed = self.absolute(module, path).and_then(|path| self.definition(&path, 8));
            if let Some(needed) = needed.filter(|needed| needed != own) {
                needs.entry(own).or_default().insert(needed);
            }
        }
        needs
    }

    /// A path from the root of the crate; nothing for one that leads into another crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            child => {
                let below = [&base[..], &[child.to_owned()]].concat();
                self.files.get(&below)?;
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file that defines what a path names. `depth` bounds how often it is passed on.
    fn definition(&self, path: &[String], depth: usize) -> Option<&'a str> {
        let at = (0..=path.len()).rev().find(|&at| self.files.contains_key(&path[..at]))?;
        let (module, rest) = path.split_at(at);
        let passed = rest.first().filter(|_| depth > 0).and_then(|name| {
            let names = self.passed_on.get(module)?;
            let (_, target) = names.iter().find(|(known, _)| known == name)?;
            self.definition(&self.absolute(module, target)?, depth - 1)
        });
        passed.or_else(|| self.files.get(module).copied())
    }
}

fn is_separator(row: &[Token]) -> bool {
    row.len() > 1 && row[0].text == ":" && row[1].text == ":"
}

/// A path in code, and where it ends.
fn path_at(row: &[Token], mut at: usize) -> (Vec<String>, usize) {
    let mut path = vec![row[at].text.clone()];
    while is_separator(&row[at + 1..]) && row.get(at + 3).is_some_and(|token| is_name(&token.text)) {
        path.push(row[at + 3].text.clone());
        at += 3;
    }
    (path, at + 1)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The names that a `use` brings, with the path of each.
fn use_tree(row: &[Token], prefix: &[String], out: &mut Vec<(String, Vec<String>)>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < row.len() {
        match row[at].text.as_str() {
            "{" => return groups(&row[at + 1..row.len() - 1], &path, out),
            "as" => {
                let name = row.get(at + 1).map_or_else(String::new, |token| token.text.clone());
                return out.push((name, path));
            }
            ":" => {}
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    if let Some(name) = path.last().cloned() {
        out.push((name, path));
    }
}

/// The parts of a group, which commas divide.
fn groups(row: &[Token], prefix: &[String], out: &mut Vec<(String, Vec<String>)>) {
    let (mut depth, mut start) = (0, 0);
    for (at, token) in row.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                use_tree(&row[start..at], prefix, out);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < row.len() {
        use_tree(&row[start..], prefix, out);
    }
}

/// The most files each of which needs each other one, directly or by others.
fn largest_circle<'a>(needs: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        needs.keys().map(|&file| (file, reachable(needs, file))).collect();
    let circle = |&file: &&'a str| -> Vec<&'a str> {
        let others = reached[file].iter().copied();
        others.filter(|other| reached.get(other).is_some_and(|back| back.contains(file))).collect()
    };
    needs.keys().map(circle).max_by_key(Vec::len).unwrap_or_default()
}

fn reachable<'a>(needs: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for &next in needs.get(file).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &str, files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = [(TABLE, table)].iter().chain(files).copied().collect();
        check(&Tree::of(&files)).iter().map(Finding::to_string).collect()
    }

    /// Four files in a circle, by every way of naming something.
    const CIRCLE: [(&str, &str); 5] = [
        ("crates/a/src/lib.rs", "mod one; mod two; pub use two::Two;"),
        ("crates/a/src/one.rs", "use crate::Two;"),
        (
            "crates/a/src/two/mod.rs",
            "pub(crate) mod three; mod four; use self::{four::{Four as F}}; pub struct Two;",
        ),
        ("crates/a/src/two/three.rs", "fn f() { super::super::one::g() }"),
        ("crates/a/src/two/four.rs", "use std::fs; use super::three::{self, H};"),
    ];

    #[test]
    fn a_circle_of_four_is_found_and_may_be_allowed() {
        let message = found("", &CIRCLE);
        assert_eq!(message.len(), 1, "{message:?}");
        for file in ["one.rs", "two/mod.rs", "two/three.rs", "two/four.rs", "4 files"] {
            assert!(message[0].contains(file), "{message:?}");
        }
        assert_eq!(found("a | 4 | they are one thing", &CIRCLE), [""; 0]);
        assert!(found("a | 4 | they are one thing", &CIRCLE[..2])[0].contains("remove this row"));
        assert!(found("a | 4 |", &CIRCLE)[0].contains("says why"));
        assert!(found("a | many | so", &CIRCLE)[0].contains("number"));
        assert!(found("b | 4 | so", &CIRCLE).iter().any(|finding| finding.contains("names a crate")));
    }

    #[test]
    fn what_passes_a_name_on_is_not_in_between() {
        let files = [
            ("crates/a/src/lib.rs", "mod b; pub use b::{X, Y, Z};"),
            ("crates/a/src/b/mod.rs", "mod x; mod y; mod z; pub use x::X; pub use y::Y; pub use z::Z;"),
            ("crates/a/src/b/x.rs", "use crate::Y; pub struct X;"),
            ("crates/a/src/b/y.rs", "use super::Z; pub struct Y;"),
            ("crates/a/src/b/z.rs", "pub struct Z; #[cfg(test)] mod tests { use crate::X; }"),
            ("crates/a/src/b/tests.rs", "use super::*;"),
        ];
        assert_eq!(found("", &files), [""; 0]);
    }
}
