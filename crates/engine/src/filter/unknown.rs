use super::Matched;
use crate::Snapshot;
use crate::columns::{self, ATTRIBUTES};
use crate::error::Result;
use pleiad_filter::{Path, Predicate, Test};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// Documents whose attributes are looked at for a name that may have been meant.
const NUM_LOOKED_AT: usize = 256;

/// Names that are kept of those.
const MAX_NAMES: usize = 1024;

/// An attribute that a filter asks about and no document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAttribute {
    /// Its path, as the string form writes it.
    pub path: String,
    /// The path that some document has and that is written most alike, if one is alike at all.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no document has attribute {:?}", self.path)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; nearest: {nearest}"),
            None => Ok(()),
        }
    }
}

impl Snapshot {
    /// The attributes that a predicate asks about and no document has: often names that were mistyped.
    ///
    /// Cost: that of [`Snapshot::count`] for each of its paths.
    ///
    /// # Errors
    /// As [`Snapshot::count`].
    pub fn unknown_attributes(&self, filter: &Predicate) -> Result<Vec<UnknownAttribute>> {
        let mut unknown = Vec::new();
        for path in filter.paths() {
            let exists = Predicate::Attribute { path: path.clone(), test: Test::Exists };
            if !path.is_text() && self.count(&exists)? == 0 {
                unknown.push(path.to_string());
            }
        }
        if unknown.is_empty() {
            return Ok(Vec::new());
        }
        let names = names(self)?;
        let known = |path: String| UnknownAttribute { nearest: nearest(&path, &names), path };
        Ok(unknown.into_iter().map(known).collect())
    }
}

/// Paths of the attributes of some documents.
fn names(snapshot: &Snapshot) -> Result<BTreeSet<String>> {
    let all = Predicate::Constant(true);
    let Matched { parts, .. } = snapshot.matched(&all)?;
    let mut names = BTreeSet::new();
    let rows = snapshot.view.parts().iter().zip(&parts);
    let rows = rows.flat_map(|(part, rows)| rows.iter().map(move |row| (part, row)));
    for (part, row) in rows.filter(|(part, row)| !part.is_deleted(*row)).take(NUM_LOOKED_AT) {
        let place = || format!("{}, row {row}", part.name());
        collect(&columns::decode_attributes(part.column(ATTRIBUTES, row)?, place)?, &[], &mut names);
    }
    Ok(names)
}

fn collect(object: &Map<String, Value>, above: &[&str], names: &mut BTreeSet<String>) {
    for (name, value) in object {
        let path: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
        let Ok(printed) = Path::new(path.iter().copied()).map(|path| path.to_string()) else { continue };
        if names.len() < MAX_NAMES {
            names.insert(printed);
        }
        let below = match value {
            Value::Array(elements) => elements,
            one => std::slice::from_ref(one),
        };
        below.iter().filter_map(Value::as_object).for_each(|object| collect(object, &path, names));
    }
}

/// The name that takes the fewest changes of a letter, up to a third of its letters and two at least.
fn nearest(wanted: &str, names: &BTreeSet<String>) -> Option<String> {
    let most = usize::max(2, wanted.chars().count() / 3);
    let distances = names.iter().map(|name| (distance(wanted, name), name));
    let (distance, name) = distances.min()?;
    // A name of as few letters as there are changes is another one.
    (distance <= most && distance < name.chars().count()).then(|| name.clone())
}

/// Levenshtein distance, in characters of any case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_alike_are_found() {
        let names: BTreeSet<String> =
            ["year", "tag", "author.name", "x"].into_iter().map(str::to_owned).collect();
        for (wanted, expected) in [
            ("yaer", Some("year")),
            ("Year", Some("year")),
            ("tags", Some("tag")),
            ("autor.nme", Some("author.name")),
            ("publisher", None),
            ("b", None),
        ] {
            assert_eq!(nearest(wanted, &names).as_deref(), expected, "{wanted}");
        }
        assert_eq!(nearest("year", &BTreeSet::new()), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
