use crate::catalogue::{self, Backup, CataloguedFile, OBJECTS, at};
use crate::object::read_object;
use crate::{BackupError, Destination, Result};
use pleiad_store::{FolderBackend, PinnedFile};
use std::collections::HashMap;
use std::path::Path;

/// One object in so many of those that are reused is compared at each backup: so many backups compare all.
const CHECKED_SHARE: u64 = 8;

/// The objects of earlier backups that are read back and compared before a new backup relies on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// One in eight, others each time.
    #[default]
    Share,
    /// All of them.
    All,
}

/// The outcome of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The backup.
    pub backup: Backup,
    /// Files that were not there yet.
    pub num_new_files: u64,
    /// Their bytes: what was copied.
    pub new_bytes: u64,
    /// Objects of earlier backups that were read back and compared.
    pub num_checked: u64,
    /// Damaged ones among these and among those with another length: they were copied anew.
    pub replaced: Vec<String>,
    /// Files that are damaged in the collection and whole in the backup: another one holds the same.
    pub made_again: Vec<String>,
}

/// Copies the present state of the collection in a folder. Writers and readers are not disturbed, and what is written
/// meanwhile is not in it. `progress` hears bytes done and in all.
///
/// Cost: every byte is read and compared with its checksums; only files that the destination does not have are written.
/// Some or all of those that it has are read back.
///
/// # Errors
/// [`BackupError::Store`] when the collection cannot be read, damage included: it does not reach a copy. Where one of the
/// two files of an asset is sound, both are copied as they were written.
/// [`BackupError::Io`] when the destination refuses: what was there stays usable.
pub fn backup(
    collection: &Path,
    destination: &dyn Destination,
    check: Check,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Done> {
    let state = pleiad_store::pin(&FolderBackend::new(collection))?;
    let number = catalogue::list(destination)?.last().map_or(1, |(number, _)| number + 1);
    let present = destination.list(OBJECTS).map_err(BackupError::io("list", at(destination, OBJECTS)))?;
    let present: HashMap<String, u64> = present.into_iter().collect();
    let total = state.files.iter().map(|file| file.bytes.len() as u64).sum();
    let (mut done_bytes, mut num_new_files, mut new_bytes) = (0, 0, 0);
    let (mut num_checked, mut replaced) = (0, Vec::new());
    let mut files = Vec::with_capacity(state.files.len());
    for file in &state.files {
        progress(done_bytes, total);
        let entry = entry(file);
        let found = present.get(&entry.object);
        let is_checked = found == Some(&entry.num_bytes) && is_due(check, &entry.object, number);
        num_checked += u64::from(is_checked);
        if found != Some(&entry.num_bytes) || is_checked && !is_sound(destination, &entry)? {
            let name = format!("{OBJECTS}/{}", entry.object);
            destination.put(&name, &file.bytes).map_err(BackupError::io("write", at(destination, &name)))?;
            match found {
                Some(_) => replaced.push(entry.object.clone()),
                None => num_new_files += 1,
            }
            new_bytes += entry.num_bytes;
        }
        done_bytes += entry.num_bytes;
        files.push(entry);
    }
    let backup = Backup::new(number, state.sequence, state.num_documents, files);
    backup.write_to(destination)?;
    progress(total, total);
    Ok(Done { backup, num_new_files, new_bytes, num_checked, replaced, made_again: state.made_again })
}

/// True if an object is compared at the backup of this number.
fn is_due(check: Check, object: &str, number: u64) -> bool {
    let turn = u64::from(crc32fast::hash(object.as_bytes())) % CHECKED_SHARE;
    check == Check::All || turn == number % CHECKED_SHARE
}

/// True if an object is what its entry says.
fn is_sound(destination: &dyn Destination, entry: &CataloguedFile) -> Result<bool> {
    match read_object(destination, entry, &mut |_| Ok(())) {
        Ok(()) => Ok(true),
        Err(BackupError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn entry(file: &PinnedFile) -> CataloguedFile {
    let (num_bytes, crc32) = (file.bytes.len() as u64, crc32fast::hash(&file.bytes));
    let of_content = || format!("{}-{num_bytes}-{crc32:08x}", file.name);
    let object = file.object.clone().unwrap_or_else(of_content);
    CataloguedFile { name: file.name.clone(), object, num_bytes, crc32 }
}
