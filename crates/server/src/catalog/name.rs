use crate::failure::{Result, invalid};
use std::fmt;
use std::sync::Arc;

/// Longest name, in bytes.
const MAX_BYTES: usize = 64;

/// The name of a collection, which is that of its folder: 1 to 64 letters, digits, `-` and `_` of ASCII, the first one a
/// letter or a digit. Nothing else is a name, so that none leads out of the folder, is hidden in it, or means something to a
/// file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CollectionName(Arc<str>);

impl CollectionName {
    /// # Errors
    /// `InvalidArgument` for what is no name.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric();
        let is_name = text.len() <= MAX_BYTES
            && text.bytes().next().is_some_and(is_letter)
            && text.bytes().all(|byte| is_letter(byte) || byte == b'-' || byte == b'_');
        if is_name {
            return Ok(Self(text.into()));
        }
        let shown: String = text.chars().take(MAX_BYTES).collect();
        Err(invalid(format!(
            "{shown:?} names no collection: a name has 1 to {MAX_BYTES} letters, digits, - and _ of ASCII, and begins with a letter or digit"
        )))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a pattern of a key means it: a name, or the beginning of some before a `*`.
    pub(crate) fn fits(&self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(beginning) => self.0.starts_with(beginning),
            None => *self.0 == *pattern,
        }
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for text in ["notes", "a", "A-b_9", &"x".repeat(64)] {
            assert_eq!(CollectionName::parse(text).unwrap().as_str(), text);
        }
        let long = "x".repeat(65);
        let wrong = [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc",
            "a\\b",
            "a.b",
            ".hidden",
            "-x",
            "_x",
            "a b",
            "a\0",
            "ä",
            "a%2e",
            "keys.json",
            "C:",
            "a\n",
            long.as_str(),
        ];
        for text in wrong {
            assert!(CollectionName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_a_beginning() {
        let name = CollectionName::parse("notes-2").unwrap();
        for (pattern, fits) in [
            ("notes-2", true),
            ("notes*", true),
            ("*", true),
            ("notes", false),
            ("otes*", false),
            ("", false),
        ] {
            assert_eq!(name.fits(pattern), fits, "{pattern}");
        }
    }
}
