use crate::catalogue::{self, Backup, CataloguedFile, OBJECTS, at};
use crate::object::read_object;
use crate::staging::{Staging, beside, is_reserved, rename};
use crate::{BackupError, Destination, Result};
use pleiad_store::{Backend, Event, FolderBackend, verify};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The outcome of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup.
    pub backup: Backup,
    /// The folder of the collection that was replaced.
    pub replaced: Option<PathBuf>,
}

/// Brings a collection back into `folder`: backup `number`, or the last. Everything is fetched into a folder beside it
/// and checked there, every byte; only then it takes its place. `progress` hears bytes done and in all.
///
/// With `replace`, what is there is not removed but renamed. Between the two renames there is a moment without a folder:
/// after a power cut in it, the checked one is still there as `NAME.restoring`.
///
/// # Errors
/// [`BackupError::NoBackup`], [`BackupError::Damaged`], [`BackupError::NotEmpty`], [`BackupError::Locked`],
/// [`BackupError::Restoring`], [`BackupError::InTheWay`], [`BackupError::Io`]; `folder` is as before then.
pub fn restore(
    destination: &dyn Destination,
    number: Option<u64>,
    folder: &Path,
    replace: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Restored> {
    let backup = find(destination, number)?;
    let is_there = is_there(folder)?;
    if is_there && !replace {
        return Err(BackupError::NotEmpty { folder: folder.display().to_string() });
    }
    let staging = Staging::make(folder)?;
    fetch(destination, &backup, &staging, progress)?;
    check(&staging.path, &backup)?;
    staging.finish()?;
    let replaced = if is_there { Some(move_away(folder)?) } else { None };
    if let Err(error) = rename(&staging.path, folder) {
        if let Some(replaced) = &replaced {
            rename(replaced, folder)?;
        }
        return Err(error);
    }
    staging.keep();
    Ok(Restored { backup, replaced })
}

fn find(destination: &dyn Destination, number: Option<u64>) -> Result<Backup> {
    let all = catalogue::list(destination)?;
    let found = match number {
        Some(number) => all.iter().rfind(|(other, _)| *other == number),
        None => all.last(),
    };
    match found {
        Some((_, file)) => Backup::read_from(destination, file),
        None => Err(BackupError::NoBackup {
            number: number.map_or("of any number".into(), |number| number.to_string()),
            destination: destination.describe(),
            have: match (all.first(), all.last()) {
                (Some((first, _)), Some((last, _))) => format!("{first} to {last}"),
                _ => "none".into(),
            },
        }),
    }
}

/// True if anything is in the folder; an empty one is as good as none.
fn is_there(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(BackupError::io("read", folder.display().to_string())(error)),
    }
}

fn fetch(
    destination: &dyn Destination,
    backup: &Backup,
    staging: &Staging,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    let to = FolderBackend::new(&staging.path);
    let (mut done, total) = (0, backup.num_bytes());
    for file in &backup.files {
        progress(done, total);
        fetch_file(destination, file, &to)?;
        done += file.num_bytes;
    }
    progress(total, total);
    to.sync_folder().map_err(BackupError::io("sync", to.describe()))
}

fn fetch_file(destination: &dyn Destination, file: &CataloguedFile, to: &FolderBackend) -> Result<()> {
    if !is_plain(&file.name) || !is_plain(&file.object) || is_reserved(&file.name) {
        let what = at(destination, &format!("{OBJECTS}/{}", file.object));
        return Err(BackupError::Damaged { what, why: format!("{:?} is no name of a file", file.name) });
    }
    let mut writer = to.create(&file.name).map_err(BackupError::io("create", file.name.clone()))?;
    read_object(destination, file, &mut |piece| writer.write(piece))?;
    writer.sync().map_err(BackupError::io("sync", file.name.clone()))
}

/// True if it names a file in a folder and nothing else: a catalogue comes from outside.
fn is_plain(name: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_safe)
}

/// Reads the copy as a collection, every byte.
fn check(folder: &Path, backup: &Backup) -> Result<()> {
    let mut found = None;
    let report = verify(&FolderBackend::new(folder), &mut |event| {
        if let Event::Found(error) = event {
            found.get_or_insert(error);
        }
    })?;
    match found {
        Some(error) => Err(error.into()),
        None if report.num_documents != backup.num_documents => Err(BackupError::Damaged {
            what: format!("backup {}", backup.number),
            why: format!("it has {} documents, not {}", report.num_documents, backup.num_documents),
        }),
        None => Ok(()),
    }
}

/// Renames what is to be replaced, unless somebody writes to it.
fn move_away(folder: &Path) -> Result<PathBuf> {
    let describe = || folder.display().to_string();
    let old = FolderBackend::new(folder);
    let lock = old.lock("LOCK").map_err(BackupError::io("lock", describe()))?;
    let locked = || BackupError::Locked { folder: describe(), holder: old.lock_holder("LOCK") };
    let _lock = lock.ok_or_else(locked)?;
    let free = (1..=u32::MAX).map(|number| beside(folder, "replaced", Some(number)));
    let free = free.into_iter().find(|path| path.symlink_metadata().is_err());
    let free = free.unwrap_or_else(|| beside(folder, "replaced", None));
    rename(folder, &free)?;
    Ok(free)
}
