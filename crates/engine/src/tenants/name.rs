use crate::error::{Error, Result};
use pleiad_vectors::MAX_KEY_BYTES;
use std::fmt;

/// Longest name of a tenant, in bytes.
const MAX_BYTES: usize = 128;

/// Between tenant and key in a stored key.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The name of all tenants, which is none.
const ALL: &str = "*";

/// The name of a tenant: 1 to 128 bytes without control characters, and not `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(Box<str>);

impl Tenant {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// `InvalidArgument` when it is empty, too long, `*`, or holds a control character.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self> {
        let name = name.into();
        let reason = match &*name {
            "" => "it is empty",
            ALL => "it stands for all tenants, which can only be read",
            name if name.len() > MAX_BYTES => "it is longer than 128 bytes",
            name if name.chars().any(char::is_control) => "it holds a control character",
            _ => return Ok(Self(name)),
        };
        let shown: String = name.chars().take(40).collect();
        Err(Error::invalid(format!("{shown:?} names no tenant: {reason}")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of the stored keys of its documents.
    pub(super) fn prefix(&self) -> String {
        format!("{}{SEPARATOR}", self.0)
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stored key of a document, of a tenant if it has one.
///
/// # Errors
/// `InvalidArgument` when both together are too long.
pub(crate) fn stored_key(tenant: Option<&Tenant>, key: String) -> Result<String> {
    let Some(tenant) = tenant else { return Ok(key) };
    let stored = tenant.prefix() + &key;
    if stored.len() > MAX_KEY_BYTES {
        let shown: String = key.chars().take(40).collect();
        return Err(Error::invalid(format!(
            "tenant and key {shown:?} have {} bytes together; at most {MAX_KEY_BYTES}",
            stored.len()
        )));
    }
    Ok(stored)
}

/// The user's key of a stored one. Keys without a tenant hold no separator.
pub(crate) fn after_tenant(stored: &str) -> &str {
    stored.split_once(SEPARATOR).map_or(stored, |(_, key)| key)
}

/// The tenant of a stored key, if it has one.
pub(super) fn tenant_of(stored: &str) -> Option<Tenant> {
    stored.split_once(SEPARATOR).map(|(tenant, _)| Tenant(tenant.into()))
}
