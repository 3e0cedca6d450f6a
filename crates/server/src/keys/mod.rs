//! Keys: secrets that requests come with, of which the server keeps hashes alone.

mod file;
mod keyring;
mod secret;

pub use file::{KeyFile, KeyInfo, NewKey};
pub(crate) use keyring::Keyring;
pub(crate) use secret::{from_base64url, hex, random_name, to_base64url};
