use super::recent::Recent;
use super::{LOCK_FILE, Options, StoreWriter, files, plan, switch};
use crate::backend::Backend;
use crate::header::{FORMAT_VERSION, Header};
use crate::log::LogWriter;
use crate::manifest::{self, Manifest};
use crate::store::missing_file;
use crate::view::{OpenedLog, State, View, open_files, read_log};
use crate::{Result, StoreError};
use std::sync::Arc;

impl StoreWriter {
    /// Opens a collection for writing, as the only writer in any process; readers are not disturbed.
    ///
    /// If the last writer was not closed, its log is turned into a segment, written anew: after a failed sync the
    /// system may show bytes that are not on the disk. What a crash left incomplete, which was never
    /// acknowledged, is dropped. A writer's first act is a manifest of its own, so that what it builds on is
    /// durable; only then are files removed that no manifest names.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Outdated`],
    /// [`StoreError::Corrupt`] or [`StoreError::Io`]. Nothing is lost by a failure.
    pub fn open(backend: Arc<dyn Backend>, options: Options) -> Result<Self> {
        // Before the lock, so that a folder that holds no collection gets no file.
        check_current(&*backend, &manifest::read_header(&*backend)?)?;
        let lock = backend
            .lock(LOCK_FILE)
            .map_err(StoreError::io("lock", LOCK_FILE))?
            .ok_or_else(|| StoreError::Locked { folder: backend.describe() })?;
        let (header, manifest) = manifest::read(&*backend)?;
        check_current(&*backend, &header)?;
        let (state, log) = load(&*backend, &manifest, header.file_bytes()).map_err(missing_file)?;
        let was_closed = log.as_ref().zip(manifest.log).filter(|(log, record)| {
            log.file_bytes == log.reader.offset() && log.file_bytes == record.durable_bytes
        });
        let next = match was_closed {
            Some((log, _)) => go_on(&*backend, &manifest, state, log)?,
            None => {
                let view = View(Arc::new(state));
                switch::switch(&*backend, &manifest, &view, &plan::log(&plan::units(&view)), None)?
            }
        };
        files::remove_orphans(&*backend, &next.manifest, &[])?;
        let switch::Switched { manifest, log, view } = next;
        let (recent, claims) = (Recent::of(&view)?, Vec::new());
        let lock = Arc::from(lock);
        Ok(Self { backend, options, manifest, log, view, recent, claims, poisoned: None, lock })
    }
}

/// An error for an older format: it is never changed in passing.
pub(crate) fn check_current(backend: &dyn Backend, header: &Header) -> Result<()> {
    if header.version == FORMAT_VERSION {
        return Ok(());
    }
    Err(StoreError::Outdated { folder: backend.describe(), found: header.version, current: FORMAT_VERSION })
}

pub(super) fn load(
    backend: &dyn Backend,
    manifest: &Manifest,
    manifest_bytes: u64,
) -> Result<(State, Option<OpenedLog>)> {
    let mut state = open_files(backend, manifest, manifest_bytes, None)?;
    let log = read_log(backend, manifest, &mut state)?;
    Ok((state, log))
}

/// Goes on with the log of a writer that was closed.
fn go_on(
    backend: &dyn Backend,
    manifest: &Manifest,
    mut state: State,
    log: &OpenedLog,
) -> Result<switch::Switched> {
    let manifest = Manifest { generation: manifest.generation + 1, ..manifest.clone() };
    let log = LogWriter::resume(backend, log.reader.number(), log.file_bytes)?;
    state.manifest_bytes = manifest::write(backend, &manifest)?;
    Ok(switch::Switched { manifest, log, view: View(Arc::new(state)) })
}
