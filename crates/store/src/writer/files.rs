use super::claims::Claims;
use crate::backend::Backend;
use crate::manifest::{self, Manifest};
use crate::named::kept_files;
use crate::names::number_of;
use crate::{Result, StoreError};

/// True if a file has one of our names and the manifest does not name it: a crash left it, or it was replaced.
pub(crate) fn is_orphan(file: &str, manifest: &Manifest) -> bool {
    file == manifest::NEW_FILE
        || number_of(file).is_some() && manifest.files().all(|(named, _)| named != file)
}

/// Removes what no manifest and no named snapshot will ever name again; files of others and of work under way are left
/// alone, and everything while a snapshot cannot be read.
pub(crate) fn remove_orphans(backend: &dyn Backend, manifest: &Manifest, claims: &Claims) -> Result<()> {
    let files = backend.list().map_err(|error| StoreError::io("list", &backend.describe())(error))?;
    let Some(kept) = kept_files(backend, &files)? else { return Ok(()) };
    // A claim that ends from here on leaves its files for the next time.
    let claims = claims.held();
    let is_claimed = |file: &str| match number_of(file) {
        Some(number) => claims.iter().any(|claim| claim.numbers.contains(&number)),
        None => false,
    };
    let goes = |file: &&String| is_orphan(file, manifest) && !kept.contains(*file) && !is_claimed(file);
    for file in files.iter().filter(goes) {
        backend.remove(file).map_err(StoreError::io("remove", file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;
    use crate::blob::BlobRecord;
    use crate::checksummed::ChecksummedFile;
    use crate::manifest::{LogRecord, SegmentRecord};

    #[test]
    fn only_our_own_unnamed_files_are_orphans() {
        let mut manifest = Manifest::empty(Layout::new(vec![], vec![]).unwrap());
        manifest.log = Some(LogRecord { number: 3, durable_bytes: 64 });
        let file = |number| ChecksummedFile { number, file_bytes: 0, footer_crc: 0 };
        let blob = |number| BlobRecord { name: "name".into(), file: file(number), copy: None };
        let deleted = std::sync::Arc::default();
        let attachments = vec![blob(4)];
        manifest.segments.push(SegmentRecord { file: file(2), num_rows: 0, deleted, attachments });
        manifest.assets.push(blob(5));
        let orphans =
            ["segment-1", "segment-3", "log-2", "MANIFEST.new", "asset-4", "attachment-5", "attachment-2"];
        for file in orphans {
            assert!(is_orphan(file, &manifest), "{file}");
        }
        let others = ["notes", "segment-x", "segment-01", "my-log-7", "-", "asset-", "my-asset-9"];
        let named = ["segment-2", "log-3", "attachment-4", "asset-5", "MANIFEST", "LOCK"];
        for file in named.into_iter().chain(others) {
            assert!(!is_orphan(file, &manifest), "{file}");
        }
    }
}
