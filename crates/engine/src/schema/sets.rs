use super::Schema;
use super::shape::{FieldSchema, SetSchema};
use crate::error::{Error, Result};
use std::collections::HashSet;

/// Sets of a collection, at most, the first one included.
const MAX_SETS: usize = 16;

/// Characters of a name, at most.
const MAX_NAME_LENGTH: usize = 32;

impl SetSchema {
    /// The defaults for token vectors of a dimension, as those of [`Schema::new`].
    pub fn new(name: impl Into<String>, dim: usize) -> Self {
        let Schema { reduction, tokens, encoding, .. } = Schema::new(dim);
        Self { name: name.into(), dim, reduction, tokens, encoding, encoder: None, source: None }
    }
}

impl Schema {
    /// The names of all vector sets, the first one's first.
    pub fn set_names(&self) -> impl Iterator<Item = &str> {
        self.field_schemas().map(|field| field.name)
    }

    /// The shapes of all vector sets, the first one's first.
    pub(crate) fn field_schemas(&self) -> impl Iterator<Item = FieldSchema<'_>> {
        let (body, further) = self.shapes();
        std::iter::once(body).chain(further.map(|(_, shape)| shape))
    }

    /// The shape of the first vector set, and the further ones with theirs.
    pub(super) fn shapes(&self) -> (FieldSchema<'_>, impl Iterator<Item = (&SetSchema, FieldSchema<'_>)>) {
        let Self { dim, reduction, tokens, ref encoding, .. } = *self;
        let body = FieldSchema { name: SetSchema::BODY, dim, reduction, tokens, encoding };
        (body, self.sets.iter().map(|set| (set, set.shape())))
    }

    /// Checks the names of the further sets.
    ///
    /// # Errors
    /// `InvalidArgument` for too many, and for a name that none can have or that comes twice.
    pub(crate) fn check_sets(&self) -> Result<()> {
        let num_sets = self.sets.len() + 1;
        if num_sets > MAX_SETS {
            return Err(Error::invalid(format!(
                "{num_sets} vector sets, {:?} among them; at most {MAX_SETS}",
                SetSchema::BODY
            )));
        }
        let mut seen = HashSet::new();
        for name in self.set_names() {
            if !is_name(name) {
                return Err(Error::invalid(format!(
                    "{name:?} is no name of a vector set: 1 to {MAX_NAME_LENGTH} of a-z, 0-9 and _, such as title"
                )));
            }
            if !seen.insert(name) {
                let note = if name == SetSchema::BODY { ", which every collection has" } else { "" };
                return Err(Error::invalid(format!("two vector sets are named {name:?}{note}")));
            }
        }
        Ok(())
    }

    /// The error of a name that no vector set has.
    pub(crate) fn no_set(&self, name: &str) -> Error {
        let names: Vec<&str> = self.set_names().collect();
        Error::invalid(format!(
            "this collection has no vector set {name:?}: its sets are {}",
            names.join(", ")
        ))
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(names: &[&str]) -> String {
        let sets = names.iter().map(|name| SetSchema::new(*name, 4)).collect();
        match (Schema { sets, ..Schema::new(4) }).check_sets() {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(checked(&["title", "a", "_0", &"x".repeat(32)]), "");
        for name in ["", "Title", "ti-tle", "tïtle", "a b", "a:b", &"x".repeat(33)] {
            let error = checked(&[name]);
            assert!(error.contains(&format!("{name:?} is no name of a vector set")), "{error}");
        }
        assert_eq!(checked(&["a", "b", "a"]), "two vector sets are named \"a\"");
        assert_eq!(checked(&["body"]), "two vector sets are named \"body\", which every collection has");
        let many: Vec<String> = (0..16).map(|at| format!("s{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(checked(&many[..15]), "");
        assert_eq!(checked(&many), "17 vector sets, \"body\" among them; at most 16");
    }
}
