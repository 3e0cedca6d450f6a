use super::definitions::{Definition, Kind, definitions};
use super::finding::Finding;
use super::table::{self, Row};
use super::tree::Tree;

/// The words that mean the same thing as a word of ours.
const TABLE: &str = "xtask/tidy/words.txt";

/// A row of the table: who must not be called how, and where.
struct Rule<'a> {
    kinds: &'a str,
    pattern: Pattern<'a>,
    instead: &'a str,
    scope: Vec<&'a str>,
}

/// Every thing has one word: names that the sources give hold none of the others.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match table::rows(tree, TABLE, 4) {
        Ok(rows) => rows,
        Err(findings) => return findings,
    };
    if let Some(finding) = rows.iter().find_map(|row| malformed(row, tree)) {
        return vec![finding];
    }
    let rules: Vec<Rule<'_>> = rows
        .iter()
        .map(|row| Rule {
            kinds: row.cells[0],
            pattern: Pattern::new(row.cells[1]),
            instead: row.cells[2],
            scope: row.cells[3].split_whitespace().collect(),
        })
        .collect();
    let mut findings = Vec::new();
    for file in tree.rust() {
        match file.source().map(|source| definitions(&source.stream)) {
            Some(Ok(names)) => {
                findings.extend(names.iter().filter_map(|name| judge(name, &file.path, &rules)));
            }
            Some(Err((line, error))) => {
                findings.push(Finding::new(&file.path, line, format!("not Rust: {error}")));
            }
            None => {}
        }
    }
    findings
}

/// A row that would never match anything.
fn malformed(row: &Row<'_>, tree: &Tree) -> Option<Finding> {
    let message = if !["any", "lasting", "type", "function"].contains(&row.cells[0]) {
        "the first cell is any, lasting, type or function".to_owned()
    } else {
        let mut folders = row.cells[3].split_whitespace().map(|folder| folder.trim_start_matches('!'));
        format!("there is no folder {}", folders.find(|folder| !tree.paths.contains(*folder))?)
    };
    Some(Finding::new(TABLE, row.line, message))
}

fn judge(definition: &Definition, path: &str, rules: &[Rule<'_>]) -> Option<Finding> {
    let words = split(&definition.name);
    let rule = rules
        .iter()
        .find(|rule| rule.pattern.matches(&words) && rule.covers(definition.kind) && rule.holds_in(path))?;
    let message = format!("`{}`: the word is {} ({TABLE})", definition.name, rule.instead);
    Some(Finding::new(path, definition.line, message))
}

impl Rule<'_> {
    fn covers(&self, kind: Kind) -> bool {
        match self.kinds {
            "lasting" => kind != Kind::Binding,
            "type" => kind == Kind::Type,
            "function" => kind == Kind::Function,
            _ => true,
        }
    }

    /// In one of the folders that are named, if any, and in none of those behind a `!`.
    fn holds_in(&self, path: &str) -> bool {
        let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let (barred, named): (Vec<&str>, Vec<&str>) =
            self.scope.iter().partition(|folder| folder.starts_with('!'));
        let inside = named.is_empty() || named.iter().any(|folder| below(folder));
        inside && !barred.iter().any(|folder| below(folder.trim_start_matches('!')))
    }
}

/// Position in a name at which a word is refused.
enum Pattern<'a> {
    /// `=word`
    Whole(&'a str),
    /// `word_`: the first of several.
    First(&'a str),
    /// `word` or `two_words`, side by side.
    Anywhere(Vec<&'a str>),
}

impl<'a> Pattern<'a> {
    fn new(cell: &'a str) -> Self {
        match (cell.strip_prefix('='), cell.strip_suffix('_')) {
            (Some(whole), _) => Self::Whole(whole),
            (None, Some(first)) => Self::First(first),
            (None, None) => Self::Anywhere(cell.split('_').collect()),
        }
    }

    fn matches(&self, words: &[String]) -> bool {
        match self {
            Self::Whole(whole) => words.len() == 1 && words[0] == *whole,
            Self::First(first) => words.len() > 1 && words[0] == *first,
            Self::Anywhere(wanted) => words.windows(wanted.len()).any(|window| window == wanted.as_slice()),
        }
    }
}

/// The words of `snake_case`, `SHOUTING_CASE` and `CamelCase`, in lower case.
fn split(name: &str) -> Vec<String> {
    let is_constant = !name.contains(char::is_lowercase);
    let mut words: Vec<String> = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && !is_constant && !before.is_uppercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c != '_', words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
