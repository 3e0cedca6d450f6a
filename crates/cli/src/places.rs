//! Where backups are kept, as it is typed.

use crate::exit::Result;
use pleiad_backup::{Destination, FolderDestination};

/// A bucket for what has a scheme, a folder for everything else.
pub(crate) fn open(typed: &str) -> Result<Box<dyn Destination>> {
    if typed.contains("://") { bucket(typed) } else { Ok(Box::new(FolderDestination::new(typed))) }
}

/// Keys and endpoints come from the usual environment variables, such as AWS_ACCESS_KEY_ID.
#[cfg(feature = "objects")]
fn bucket(url: &str) -> Result<Box<dyn Destination>> {
    Ok(Box::new(pleiad_backup::ObjectDestination::open(url, std::env::vars())?))
}

#[cfg(not(feature = "objects"))]
fn bucket(url: &str) -> Result<Box<dyn Destination>> {
    use crate::exit::{Exit, Failure};
    let message =
        format!("{url}: this program was built without object stores: build it with `--features objects`");
    Err(Failure::new(Exit::Unsupported, message))
}
