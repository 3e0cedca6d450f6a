use crate::backend::Backend;
use crate::manifest::{self, Manifest};
use crate::{Result, StoreError, log, segment};

/// The file that the one writer holds locked; it stays empty.
pub(crate) const LOCK_FILE: &str = "LOCK";

/// Whether a file has one of our names and the manifest does not name it: a crash left it, or it was replaced.
pub(crate) fn is_orphan(file: &str, manifest: &Manifest) -> bool {
    if file == manifest::NEW_FILE {
        return true;
    }
    let Some((_, number)) = file.rsplit_once('-') else { return false };
    let Ok(number) = number.parse() else { return false };
    if file == segment::file_name(number) {
        return manifest.segments.iter().all(|segment| segment.number != number);
    }
    file == log::file_name(number) && manifest.log.is_none_or(|log| log.number != number)
}

/// Removes what no manifest will ever name again; files of others are left alone.
pub(super) fn remove_orphans(backend: &dyn Backend, manifest: &Manifest) -> Result<()> {
    let files = backend.list().map_err(|error| StoreError::io("list", &backend.describe())(error))?;
    for file in files.iter().filter(|file| is_orphan(file, manifest)) {
        backend.remove(file).map_err(StoreError::io("remove", file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;
    use crate::manifest::{LogRecord, SegmentRecord};

    #[test]
    fn only_our_own_unnamed_files_are_orphans() {
        let mut manifest = Manifest::empty(Layout::new(vec![], vec![]).unwrap());
        manifest.log = Some(LogRecord { number: 3, durable_bytes: 64 });
        let deleted = std::sync::Arc::default();
        manifest.segments.push(SegmentRecord {
            number: 2,
            file_bytes: 0,
            footer_crc: 0,
            num_rows: 0,
            deleted,
        });
        for file in ["segment-1", "segment-3", "log-2", "MANIFEST.new"] {
            assert!(is_orphan(file, &manifest), "{file}");
        }
        for file in
            ["segment-2", "log-3", "MANIFEST", "LOCK", "notes", "segment-x", "segment-01", "my-log-7", "-"]
        {
            assert!(!is_orphan(file, &manifest), "{file}");
        }
    }
}
