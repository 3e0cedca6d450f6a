use crate::catalogue::{self, Backup, CataloguedFile, OBJECTS, at};
use crate::{BackupError, Place, Result};
use pleiad_store::{FolderBackend, PinnedFile};
use std::collections::HashMap;
use std::path::Path;

/// What a backup did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The backup.
    pub backup: Backup,
    /// Files that were not there yet.
    pub num_new_files: u64,
    /// Their bytes: what was copied.
    pub new_bytes: u64,
}

/// Copies the present state of the collection in a folder. Writers and readers are not disturbed, and what is written meanwhile is
/// not in it. `progress` hears bytes done and in all.
///
/// Cost: every byte is read and compared with its checksums; only files that the place does not have are written.
///
/// # Errors
/// [`BackupError::Store`] when the collection cannot be read, damage included: it does not reach a copy.
/// [`BackupError::Io`] when the place refuses: what was there stays usable.
pub fn backup(collection: &Path, place: &dyn Place, progress: &mut dyn FnMut(u64, u64)) -> Result<Done> {
    let state = pleiad_store::pin(&FolderBackend::new(collection))?;
    let number = catalogue::list(place)?.last().map_or(1, |(number, _)| number + 1);
    let present = place.list(OBJECTS).map_err(BackupError::io("list", at(place, OBJECTS)))?;
    let present: HashMap<String, u64> = present.into_iter().collect();
    let total = state.files.iter().map(|file| file.bytes.len() as u64).sum();
    let (mut done_bytes, mut num_new_files, mut new_bytes) = (0, 0, 0);
    let mut files = Vec::with_capacity(state.files.len());
    for file in &state.files {
        progress(done_bytes, total);
        let entry = entry(file);
        if present.get(&entry.object) != Some(&entry.num_bytes) {
            let name = format!("{OBJECTS}/{}", entry.object);
            place.put(&name, &file.bytes).map_err(BackupError::io("write", at(place, &name)))?;
            num_new_files += 1;
            new_bytes += entry.num_bytes;
        }
        done_bytes += entry.num_bytes;
        files.push(entry);
    }
    let backup = Backup::new(number, state.sequence, state.num_documents, files);
    backup.write_to(place)?;
    progress(total, total);
    Ok(Done { backup, num_new_files, new_bytes })
}

fn entry(file: &PinnedFile) -> CataloguedFile {
    let (num_bytes, crc32) = (file.bytes.len() as u64, crc32fast::hash(&file.bytes));
    let of_content = || format!("{}-{num_bytes}-{crc32:08x}", file.name);
    let object = file.object.clone().unwrap_or_else(of_content);
    CataloguedFile { name: file.name.clone(), object, num_bytes, crc32 }
}
