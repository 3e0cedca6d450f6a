//! Places as they are typed: folders and files of this machine, and buckets for backups.

use crate::exit::{Failure, Result};
use clap::builder::{PathBufValueParser, TypedValueParser};
use pleiad_backup::{Destination, FolderDestination};
use std::path::PathBuf;

/// Schemes of buckets.
const BUCKETS: [&str; 3] = ["s3", "gs", "az"];

/// The scheme of an address: `s3` of `s3://bucket/folder`; nothing for a path.
fn scheme(typed: &str) -> Option<&str> {
    let (scheme, _) = typed.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some(scheme)
}

/// Parses a path of this machine. An address would be taken for a path with strange folders: it is refused.
pub(crate) fn local() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.to_str().and_then(scheme) {
        None => Ok(path),
        Some(scheme) => Err(format!(
            "nothing is known here of {scheme}:// addresses: give a path of this machine (./{} if it is one); \
             only `pleiad backup` and `pleiad restore` take a bucket",
            path.display()
        )),
    })
}

/// Opens the place of backups: a bucket for an address, a folder for a path.
///
/// # Errors
/// When the scheme of the address is not known.
pub(crate) fn destination(typed: &str) -> Result<Box<dyn Destination>> {
    match scheme(typed) {
        None => Ok(Box::new(FolderDestination::new(typed))),
        Some(scheme) if BUCKETS.contains(&scheme) => bucket(typed),
        Some(scheme) => Err(Failure::invalid(format!(
            "{typed}: nothing is known of {scheme}:// addresses; backups are kept in a folder, or in a bucket of s3://, gs:// or az://"
        ))),
    }
}

/// Keys and endpoints come from the usual environment variables, such as AWS_ACCESS_KEY_ID.
#[cfg(feature = "objects")]
fn bucket(url: &str) -> Result<Box<dyn Destination>> {
    Ok(Box::new(pleiad_backup::ObjectDestination::open(url, std::env::vars())?))
}

#[cfg(not(feature = "objects"))]
fn bucket(url: &str) -> Result<Box<dyn Destination>> {
    use crate::exit::Exit;
    let message =
        format!("{url}: this program was built without object stores: build it with `--features objects`");
    Err(Failure::new(Exit::Unsupported, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_path_has_none() {
        for (typed, expected) in [
            ("s3://bucket/x", Some("s3")),
            ("HTTPS://host", Some("HTTPS")),
            ("a+b-c.d://x", Some("a+b-c.d")),
            ("./s3://bucket", None),
            ("C:\\folder", None),
            ("notes", None),
            ("://x", None),
            ("3s://x", None),
        ] {
            assert_eq!(scheme(typed), expected, "{typed}");
        }
        let message = destination("ftp://host/x").err().unwrap().to_string();
        assert!(message.contains("ftp://") && message.contains("s3://"), "{message}");
    }
}
