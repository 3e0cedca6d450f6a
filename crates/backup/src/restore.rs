use crate::catalogue::{self, Backup, CataloguedFile, OBJECTS, at};
use crate::{BackupError, Place, Result};
use pleiad_store::{Backend, Event, FolderBackend, verify};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup.
    pub backup: Backup,
    /// Where the collection that was replaced is now.
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
/// [`BackupError::Io`]; `folder` is as before then.
pub fn restore(
    place: &dyn Place,
    number: Option<u64>,
    folder: &Path,
    replace: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Restored> {
    let backup = find(place, number)?;
    let is_there = is_there(folder)?;
    if is_there && !replace {
        return Err(BackupError::NotEmpty { folder: folder.display().to_string() });
    }
    let fetched = beside(folder, "restoring", None);
    remove_folder(&fetched)?;
    if let Err(error) = fetch(place, &backup, &fetched, progress).and_then(|()| check(&fetched, &backup)) {
        remove_folder(&fetched)?;
        return Err(error);
    }
    let replaced = if is_there { Some(move_away(folder)?) } else { None };
    rename(&fetched, folder)?;
    Ok(Restored { backup, replaced })
}

fn find(place: &dyn Place, number: Option<u64>) -> Result<Backup> {
    let all = catalogue::list(place)?;
    let found = match number {
        Some(number) => all.iter().rfind(|(other, _)| *other == number),
        None => all.last(),
    };
    match found {
        Some((_, file)) => Backup::read_from(place, file),
        None => Err(BackupError::NoBackup {
            number: number.map_or("of any number".into(), |number| number.to_string()),
            place: place.describe(),
            have: match (all.first(), all.last()) {
                (Some((first, _)), Some((last, _))) => format!("{first} to {last}"),
                _ => "none".into(),
            },
        }),
    }
}

/// Whether anything is in the folder; an empty one is as good as none.
fn is_there(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(BackupError::io("read", folder.display().to_string())(error)),
    }
}

/// `NAME.what` or `NAME.what-number` in the same folder.
fn beside(folder: &Path, what: &str, number: Option<u32>) -> PathBuf {
    let mut name = folder.file_name().unwrap_or(folder.as_os_str()).to_os_string();
    name.push(number.map_or(format!(".{what}"), |number| format!(".{what}-{number}")));
    folder.with_file_name(name)
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::io("remove", folder.display().to_string())(error))
        }
        _ => Ok(()),
    }
}

fn fetch(
    place: &dyn Place,
    backup: &Backup,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    let to = FolderBackend::new(folder);
    to.create_folder().map_err(BackupError::io("make", to.describe()))?;
    let (mut done, total) = (0, backup.num_bytes());
    for file in &backup.files {
        progress(done, total);
        fetch_file(place, file, &to)?;
        done += file.num_bytes;
    }
    progress(total, total);
    to.sync_folder().map_err(BackupError::io("sync", to.describe()))
}

fn fetch_file(place: &dyn Place, file: &CataloguedFile, to: &FolderBackend) -> Result<()> {
    let object = at(place, &format!("{OBJECTS}/{}", file.object));
    let damaged = |why: String| BackupError::Damaged { what: object.clone(), why };
    if !is_plain(&file.name) || !is_plain(&file.object) {
        return Err(damaged(format!("{:?} is no name of a file", file.name)));
    }
    let mut writer = to.create(&file.name).map_err(BackupError::io("create", file.name.clone()))?;
    let (mut num_bytes, mut crc) = (0, crc32fast::Hasher::new());
    let fetched = place.get(&format!("{OBJECTS}/{}", file.object), &mut |piece| {
        num_bytes += piece.len() as u64;
        crc.update(piece);
        writer.write(piece)
    });
    match fetched {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged("it is missing".into())),
        fetched => fetched.map_err(BackupError::io("copy", object.clone()))?,
    }
    if num_bytes != file.num_bytes {
        return Err(damaged(format!("it has {num_bytes} bytes, not {}", file.num_bytes)));
    }
    if crc.finalize() != file.crc32 {
        return Err(damaged("its checksum does not match".into()));
    }
    writer.sync().map_err(BackupError::io("sync", file.name.clone()))
}

/// Whether it names a file in a folder and nothing else: a catalogue comes from outside.
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
    let _lock = lock.ok_or_else(|| BackupError::Locked { folder: describe() })?;
    let free = (1..=u32::MAX).map(|number| beside(folder, "replaced", Some(number)));
    let free =
        free.into_iter().find(|path| !path.exists()).unwrap_or_else(|| beside(folder, "replaced", None));
    rename(folder, &free)?;
    Ok(free)
}

/// Renames durably: the name lives in the folder above.
fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(BackupError::io("rename", from.display().to_string()))?;
    let above = to.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    FolderBackend::new(above).sync_folder().map_err(BackupError::io("sync", above.display().to_string()))
}
