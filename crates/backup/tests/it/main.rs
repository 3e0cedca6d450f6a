//! Backups to a folder, and back.

mod folder;
#[cfg(feature = "objects")]
mod objects;
mod support;
