//! The same against an S3 server, where one is named by `PLEIAD_S3`: `cargo xtask s3` starts one.

use crate::support::there_and_back;
use pleiad_backup::{BackupError, ObjectDestination};

fn options(endpoint: &str) -> [(String, String); 5] {
    [
        ("aws_endpoint", endpoint),
        ("aws_allow_http", "true"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
        ("aws_region", "us-east-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[test]
fn a_bucket_is_a_place() {
    let Ok(endpoint) = std::env::var("PLEIAD_S3") else {
        panic!("PLEIAD_S3 names no server: run this with `cargo xtask s3`, which starts one")
    };
    let folder = tempfile::tempdir().unwrap();
    let place = ObjectDestination::open("s3://backups/notes/daily", options(&endpoint)).unwrap();
    there_and_back(&place, folder.path());
}

#[test]
fn addresses_of_other_kinds_are_refused() {
    for url in ["ftp://host/x", "not a url", "file:///tmp"] {
        let error = ObjectDestination::open(url, []).err().unwrap();
        assert!(matches!(error, BackupError::Destination { .. }), "{error}");
    }
}
