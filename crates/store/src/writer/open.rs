use super::checkpoint::{Checkpoint, checkpoint};
use super::claims::Claims;
use super::recent::Recent;
use super::store_writer::{Options, StoreWriter};
use super::{files, plan};
use crate::backend::Backend;
use crate::blob::Damage;
use crate::header::{FORMAT_VERSION, Header};
use crate::held::{Held, hold};
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
        let Held { backend, lock } = hold(backend, options.lock_wait)?;
        let (header, manifest) = manifest::read(&*backend)?;
        check_current(&*backend, &header)?;
        let (state, log) = load(&*backend, &manifest, header.file_bytes()).map_err(missing_file)?;
        let was_closed = log.as_ref().zip(manifest.log).filter(|(log, record)| {
            log.file_bytes == log.reader.offset() && log.file_bytes == record.durable_bytes
        });
        let next = match was_closed {
            Some((log, _)) => resume(&*backend, (&header, &manifest), state, log)?,
            None => {
                let view = View(Arc::new(state));
                let from = (&header, &manifest);
                checkpoint(
                    &*backend,
                    from,
                    &view,
                    &plan::log(&plan::units(&view)),
                    None,
                    options.has_key_order,
                )?
            }
        };
        let claims = Claims::default();
        files::remove_orphans(&*backend, &next.manifest, &claims)?;
        let Checkpoint { header, manifest, log, view } = next;
        let recent = Recent::of(&view)?;
        Ok(Self { backend, options, manifest, header, log, view, recent, claims, poisoned: None, lock })
    }
}

/// An error for an older format: it is never changed in passing.
pub(crate) fn check_current(backend: &dyn Backend, header: &Header) -> Result<()> {
    if header.version == FORMAT_VERSION {
        return Ok(());
    }
    Err(StoreError::Outdated { folder: backend.describe(), found: header.version, current: FORMAT_VERSION })
}

/// The state of a collection in which nothing is missing.
pub(crate) fn load_sound(backend: &dyn Backend, manifest: &Manifest, manifest_bytes: u64) -> Result<State> {
    load(backend, manifest, manifest_bytes).map(|(state, _)| state).map_err(missing_file)
}

fn load(
    backend: &dyn Backend,
    manifest: &Manifest,
    manifest_bytes: u64,
) -> Result<(State, Option<OpenedLog>)> {
    let mut state = open_files(backend, manifest, manifest_bytes, None, Damage::LossIsError)?;
    let log = read_log(backend, manifest, &mut state)?;
    Ok((state, log))
}

/// Goes on with the log of a writer that was closed.
fn resume(
    backend: &dyn Backend,
    (replaced, manifest): (&Header, &Manifest),
    mut state: State,
    log: &OpenedLog,
) -> Result<Checkpoint> {
    let manifest = Manifest { generation: manifest.generation + 1, ..manifest.clone() };
    let log = LogWriter::resume(backend, log.reader.number(), log.file_bytes)?;
    let header = manifest::write(backend, &manifest, Some(replaced))?;
    state.manifest_bytes = header.file_bytes();
    Ok(Checkpoint { header, manifest, log, view: View(Arc::new(state)) })
}
