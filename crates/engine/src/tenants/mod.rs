//! Tenants: documents of one collection that see nothing of each other.
//!
//! The key of a document is stored as tenant, U+001F, key. Neither part holds a control character, so that a tenant is one
//! range of the order of keys: no index says which rows are its own. A snapshot of a collection with tenants answers once it
//! is narrowed to one of them, or to all by name; everything below asks its [`Scope`].

mod list;
mod name;
mod scope;
#[cfg(test)]
mod tests;

pub use list::TenantInfo;
pub use name::Tenant;
pub(crate) use name::{after_tenant, stored_key};
pub(crate) use scope::{Scope, check_write};
