use crate::VectorError;
use std::fmt;

/// Longest [`DocKey`] in bytes.
pub const MAX_KEY_BYTES: usize = 1024;

/// Stable internal id of a document: given at its first upsert, kept by later ones, never reused.
///
/// Ties between equal scores break by it, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub u64);

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The user's own id of a document: 1 to [`MAX_KEY_BYTES`] bytes of UTF-8 without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocKey(Box<str>);

impl DocKey {
    /// Checks and takes a key.
    ///
    /// # Errors
    /// [`VectorError::Key`] when it is empty, too long or holds a control character.
    pub fn new(key: impl Into<Box<str>>) -> Result<Self, VectorError> {
        let key = key.into();
        let reason = if key.is_empty() {
            "it is empty"
        } else if key.len() > MAX_KEY_BYTES {
            "it is too long"
        } else if key.chars().any(char::is_control) {
            "it holds a control character"
        } else {
            return Ok(Self(key));
        };
        Err(VectorError::Key { key: key.chars().take(40).collect(), reason })
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for DocKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked() {
        assert_eq!(DocKey::new("en/tar").unwrap().as_str(), "en/tar");
        assert!(DocKey::new("x".repeat(MAX_KEY_BYTES)).is_ok());
        for (bad, reason) in [
            (String::new(), "empty"),
            ("x".repeat(MAX_KEY_BYTES + 1), "long"),
            ("a\nb".into(), "control"),
            ("\0".into(), "control"),
        ] {
            let message = DocKey::new(bad).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
