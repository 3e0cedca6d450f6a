//! Where backups are kept, as it is typed.

use crate::exit::Result;
use pleiad_backup::{FolderPlace, Place};

/// A bucket for what has a scheme, a folder for everything else.
pub(crate) fn open(typed: &str) -> Result<Box<dyn Place>> {
    if typed.contains("://") { bucket(typed) } else { Ok(Box::new(FolderPlace::new(typed))) }
}

/// Keys and endpoints come from the usual environment variables, such as AWS_ACCESS_KEY_ID.
#[cfg(feature = "objects")]
fn bucket(url: &str) -> Result<Box<dyn Place>> {
    Ok(Box::new(pleiad_backup::ObjectPlace::open(url, std::env::vars())?))
}

#[cfg(not(feature = "objects"))]
fn bucket(url: &str) -> Result<Box<dyn Place>> {
    use crate::exit::{Exit, Failure};
    let message =
        format!("{url}: this program was built without object stores: build it with `--features objects`");
    Err(Failure::new(Exit::Unsupported, message))
}
