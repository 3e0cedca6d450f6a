//! The names of a collection's files, and of the parts that are in them.

use crate::{Result, StoreError};

/// The manifest.
pub(crate) const MANIFEST: &str = "MANIFEST";
/// A file that is being written before it takes its name.
pub(crate) const NEW: &str = "MANIFEST.new";
/// The file that the one writer holds locked; it tells the writer's process.
pub(crate) const LOCK: &str = "LOCK";
/// Longest name of a snapshot, in bytes.
pub const MAX_SNAPSHOT_NAME_BYTES: usize = 64;

/// The identity of a part of a collection: stable for as long as the part exists, and never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartId {
    /// The segment of this number.
    Segment(u64),
    /// The batch of this sequence, still in the log.
    Batch(u64),
}

const SNAPSHOT_PREFIX: &str = "snapshot-";
/// The beginning of the names of quarantined files.
const QUARANTINE_PREFIX: &str = "damaged-";

pub(crate) fn segment(number: u64) -> String {
    format!("segment-{number}")
}

pub(crate) fn log(number: u64) -> String {
    format!("log-{number}")
}

pub(crate) fn asset(number: u64) -> String {
    format!("asset-{number}")
}

pub(crate) fn attachment(number: u64) -> String {
    format!("attachment-{number}")
}

/// The number of a segment, a log, an asset or an attachment, if it is the name of one.
pub(crate) fn number_of(file: &str) -> Option<u64> {
    let (_, digits) = file.rsplit_once('-')?;
    let Ok(number) = digits.parse() else { return None };
    let names = [segment(number), log(number), asset(number), attachment(number)];
    names.iter().any(|name| name == file).then_some(number)
}

/// The file of a named snapshot.
///
/// # Errors
/// [`StoreError::SnapshotName`] for a name that is no safe part of a file name everywhere.
pub(crate) fn snapshot(name: &str) -> Result<String> {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=MAX_SNAPSHOT_NAME_BYTES).contains(&name.len())
        && name.bytes().all(is_safe)
        && !name.ends_with(".new")
    {
        return Ok(format!("{SNAPSHOT_PREFIX}{name}"));
    }
    Err(StoreError::SnapshotName { name: name.to_owned(), limit: MAX_SNAPSHOT_NAME_BYTES })
}

/// The name of the snapshot that a file holds, if it holds one.
pub(crate) fn snapshot_of(file: &str) -> Option<&str> {
    let name = file.strip_prefix(SNAPSHOT_PREFIX)?;
    snapshot(name).is_ok_and(|named| named == file).then_some(name)
}

/// The name of a damaged file that the repair which made this generation of the manifest set aside.
pub(crate) fn quarantined(generation: u64, file: &str) -> String {
    format!("{QUARANTINE_PREFIX}{generation}-{file}")
}

/// The generation and the former name of a file that a repair set aside.
pub(crate) fn quarantined_of(file: &str) -> Option<(u64, &str)> {
    let (generation, file) = file.strip_prefix(QUARANTINE_PREFIX)?.split_once('-')?;
    Some((generation.parse().ok()?, file))
}

/// True if a folder with these files holds a collection, whatever became of its manifest.
pub(crate) fn are_of_a_collection(files: &[String]) -> bool {
    files.iter().any(|file| number_of(file).is_some() || snapshot_of(file).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not_ours() {
        for (file, number) in [("segment-2", 2), ("log-30", 30), ("asset-1", 1), ("attachment-9", 9)] {
            assert_eq!(number_of(file), Some(number));
        }
        for file in ["notes", "segment-x", "segment-01", "my-log-7", "-", "asset-", "my-asset-9", "MANIFEST"]
        {
            assert_eq!(number_of(file), None, "{file}");
        }
        assert_eq!(quarantined_of(&quarantined(12, "segment-3")), Some((12, "segment-3")));
        assert_eq!(quarantined_of("damaged-x-log-3"), None);
        assert_eq!(snapshot_of("snapshot-a.b"), Some("a.b"));
        assert_eq!(snapshot_of("snapshot-a b"), None);
        assert!(!are_of_a_collection(&["LOCK".into(), "MANIFEST".into(), "damaged-1-log-2".into()]));
    }
}
