use crate::backend::Backend;
use crate::blob::Damage;
use crate::header::Header;
use crate::held::{Held, hold_lent};
use crate::log::LogReader;
use crate::manifest::{self, Manifest};
use crate::names::{LOCK, NEW};
use crate::view::{State, View, follow, open_files, read_log};
use crate::{Layout, Result, StoreError, named};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Longest wait of a creation for another one that is under way: it takes some syncs.
const CREATION_WAIT: Duration = Duration::from_secs(10);

/// Most times that a reader starts over because a writer replaced the files that it was about to open.
const MAX_RETRIES: usize = 100;

/// A collection opened for reading. It takes no lock and writes nothing, so it works in a read-only folder and
/// beside a writer in another process, whose batches it sees as they are committed.
pub struct Store {
    backend: Arc<dyn Backend>,
    current: Mutex<Current>,
}

struct Current {
    header: Header,
    log: Option<LogReader>,
    view: View,
}

impl Store {
    /// Makes an empty collection in an empty folder, durably.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when one is there, [`StoreError::NotEmpty`] when anything else is (what an
    /// interrupted creation left does not count), [`StoreError::Locked`], or [`StoreError::Io`].
    pub fn create(backend: &dyn Backend, layout: Layout) -> Result<()> {
        let folder = backend.describe();
        backend.create_folder().map_err(StoreError::io("create the folder", &folder))?;
        let files = backend.list().map_err(StoreError::io("list", &folder))?;
        if files.iter().any(|file| file == manifest::FILE) {
            return Err(StoreError::Exists { folder });
        }
        if let Some(file) = files.into_iter().find(|file| file != LOCK && file != NEW) {
            return Err(StoreError::NotEmpty { folder, file });
        }
        let Held { backend, lock: _lock } = hold_lent(backend, CREATION_WAIT)?;
        // Another creation may have finished before this one had the lock.
        let files = backend.list().map_err(StoreError::io("list", &folder))?;
        if files.iter().any(|file| file == manifest::FILE) {
            return Err(StoreError::Exists { folder });
        }
        manifest::write(&*backend, &Manifest::empty(layout), None)?;
        Ok(())
    }

    /// Opens a collection for reading. Cost: the manifest, the log and a few blocks of each segment, whatever
    /// the number of documents in segments.
    ///
    /// # Errors
    /// [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Corrupt`] or [`StoreError::Io`].
    pub fn open(backend: Arc<dyn Backend>) -> Result<Self> {
        let current = load(&*backend, None)?;
        Ok(Self { backend, current: Mutex::new(current) })
    }

    /// The state that a named snapshot keeps. Cost: as [`Store::open`], without a log.
    ///
    /// # Errors
    /// [`StoreError::NoSnapshot`], [`StoreError::SnapshotName`]; otherwise as [`Store::open`].
    pub fn named_view(&self, name: &str) -> Result<View> {
        let manifest = named::read(&*self.backend, name)?;
        let state =
            open_files(&*self.backend, &manifest, 0, None, Damage::IsReadLater).map_err(missing_file)?;
        Ok(View(Arc::new(state)))
    }

    /// The state now. Cost: two small reads when nothing changed on disk since the last call.
    ///
    /// # Errors
    /// As [`Store::open`]; the views taken before stay good.
    pub fn view(&self) -> Result<View> {
        // A panic of another caller leaves `current` whole: it is replaced only at the end.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..MAX_RETRIES {
            if manifest::read_header(&*self.backend)? != current.header {
                *current = load(&*self.backend, Some(&current.view))?;
                return Ok(current.view.clone());
            }
            match current.follow(&*self.backend) {
                // The writer has moved on to another log, or somebody removed this one.
                Err(error) if error.is_missing_file() => {
                    if manifest::read_header(&*self.backend)? == current.header {
                        return Err(missing_file(error));
                    }
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(current.view.clone()),
            }
        }
        Err(restless(&*self.backend))
    }
}

impl Current {
    fn follow(&mut self, backend: &dyn Backend) -> Result<()> {
        let Some(reader) = &mut self.log else { return Ok(()) };
        if reader.file_bytes(backend)? == reader.offset() {
            return Ok(());
        }
        let (mut ahead, mut state) = (reader.clone(), State::clone(&self.view.0));
        follow(backend, &mut ahead, &mut state)?;
        if state.sequence != self.view.sequence() {
            self.view = View(Arc::new(state));
        }
        *reader = ahead;
        Ok(())
    }
}

fn restless(backend: &dyn Backend) -> StoreError {
    let source = std::io::Error::other("its files were replaced faster than they could be opened: try again");
    StoreError::Io { action: "open", file: backend.describe(), source }
}

/// Loads what the manifest names. A writer may replace the manifest and remove files meanwhile: a missing file
/// counts only if the manifest that names it is still the one in place.
fn load(backend: &dyn Backend, known: Option<&View>) -> Result<Current> {
    for _ in 0..MAX_RETRIES {
        let (header, manifest) = manifest::read(backend)?;
        match load_files(backend, header, &manifest, known, Damage::MissingIsError) {
            Err(error) if error.is_missing_file() => {
                if manifest::read_header(backend)? == header {
                    // Named bytes that are gone leave the documents readable.
                    let loaded = load_files(backend, header, &manifest, known, Damage::IsReadLater);
                    return loaded.map_err(missing_file);
                }
            }
            done => return done,
        }
    }
    Err(restless(backend))
}

fn load_files(
    backend: &dyn Backend,
    header: Header,
    manifest: &Manifest,
    known: Option<&View>,
    damage: Damage,
) -> Result<Current> {
    let mut state = open_files(backend, manifest, header.file_bytes(), known, damage)?;
    let log = read_log(backend, manifest, &mut state)?.map(|log| log.reader);
    Ok(Current { header, log, view: View(Arc::new(state)) })
}

/// A file that the manifest names is part of the collection: without it the collection is damaged. Any other error is
/// none of its bytes, and stays what it is.
pub(crate) fn missing_file(error: StoreError) -> StoreError {
    match error {
        StoreError::Io { ref source, file, .. }
            if source.kind() == std::io::ErrorKind::NotFound && file != manifest::FILE =>
        {
            StoreError::corrupt(&file, 0, "the manifest names this file, and it is not there")
        }
        other => other,
    }
}
