use super::checkpoint::{self, Checkpoint, Replaced};
use super::claims::Claims;
use super::recent::Recent;
use super::{files, plan};
use crate::backend::{Backend, LockGuard};
use crate::header::Header;
use crate::held::check_lock;
use crate::log::LogWriter;
use crate::manifest::{self, LogRecord, Manifest};
use crate::view::View;
use crate::{Result, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// Settings of a writer: its patience with the lock, and the moment when its log becomes a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Once the log has this many bytes. Batches in the log are held in memory.
    pub flush_bytes: u64,
    /// Once the log has this many batches, at least 1: each is searched on its own until then.
    pub flush_batches: u64,
    /// Longest wait for another writer that holds the collection.
    pub lock_wait: Duration,
    /// True where segments that are written have their rows in the order of their keys, so that keys with one beginning are
    /// one range of rows.
    pub has_key_order: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { flush_bytes: 64 << 20, flush_batches: 256, lock_wait: Duration::ZERO, has_key_order: false }
    }
}

/// The one writer of a collection: it holds the collection's lock until it is closed or dropped.
///
/// After any failed write it refuses further ones with [`StoreError::Poisoned`]; what was acknowledged is safe,
/// and opening a new writer goes on from there.
pub struct StoreWriter {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) options: Options,
    /// As it stands on disk, with the header there.
    pub(super) manifest: Manifest,
    pub(super) header: Header,
    pub(super) log: LogWriter,
    pub(super) view: View,
    pub(super) recent: Recent,
    /// Work under way that may write files.
    pub(super) claims: Claims,
    pub(super) poisoned: Option<String>,
    pub(super) lock: Arc<dyn LockGuard>,
}

impl StoreWriter {
    /// The state after the last acknowledged batch. Cost: O(1).
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// Turns the batches of the log into a segment and starts an empty log. It happens by itself when the log has
    /// grown to [`Options`]' limits. Documents, ids and the sequence stay; everything committed is durable then.
    /// Segments are not merged: see [`StoreWriter::merge_job`].
    ///
    /// Cost: the log is written once more.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`], [`StoreError::Corrupt`] when a row that must be copied is damaged, or
    /// [`StoreError::Io`]; the writer is poisoned then.
    pub fn flush(&mut self) -> Result<()> {
        self.switch_to(|view| plan::log(&plan::units(view)))
    }

    /// Puts all documents into one segment, without the deleted ones, here and now. Cost: everything is written once
    /// more.
    ///
    /// # Errors
    /// As [`StoreWriter::flush`].
    pub fn merge(&mut self) -> Result<()> {
        self.switch_to(|view| plan::all(&plan::units(view), u64::MAX))
    }

    /// Ends writing, and notes how long the log is, so that a later loss of its end is noticed. Without it, as
    /// after a crash, nothing acknowledged is lost either.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] or [`StoreError::Io`].
    pub fn close(mut self) -> Result<()> {
        self.durably(|writer| {
            writer.log.sync()?;
            let manifest = writer.next_manifest();
            if writer.manifest.log == manifest.log {
                return Ok(());
            }
            writer.header = manifest::write(&*writer.backend, &manifest, Some(&writer.header))?;
            writer.manifest = manifest;
            Ok(())
        })
    }

    fn switch_to(&mut self, groups: impl FnOnce(&View) -> Vec<Vec<usize>>) -> Result<()> {
        self.durably(|writer| {
            let groups = groups(&writer.view);
            if groups.is_empty() && writer.view.0.num_batches == 0 {
                return Ok(());
            }
            writer.move_on(&groups, None)?;
            files::remove_orphans(&*writer.backend, &writer.manifest, &writer.claims)
        })
    }

    /// The manifest of the next generation: the same segments and log, of which so much is durable.
    pub(super) fn next_manifest(&self) -> Manifest {
        let log = LogRecord { number: self.log.number(), durable_bytes: self.log.synced() };
        Manifest { generation: self.manifest.generation + 1, log: Some(log), ..self.manifest.clone() }
    }

    /// Moves to a new manifest and log; the files of the old ones are left.
    pub(super) fn move_on(&mut self, groups: &[Vec<usize>], replaced: Option<Replaced>) -> Result<()> {
        let from = (&self.header, &self.manifest);
        let next = checkpoint::checkpoint(
            &*self.backend,
            from,
            &self.view,
            groups,
            replaced,
            self.options.has_key_order,
        )?;
        let Checkpoint { header, manifest, log, view } = next;
        (self.header, self.manifest, self.log, self.view) = (header, manifest, log, view);
        self.recent = Recent::default();
        Ok(())
    }

    /// Runs a change of the disk, if the collection at the path is the one that this writer left; if either fails, the
    /// writer is poisoned.
    pub(super) fn durably<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_usable()?;
        let result = self.check_in_place().and_then(|()| change(self));
        if let Err(error) = &result {
            self.poisoned = Some(error.to_string());
        }
        result
    }

    /// An error unless the lock file at the path is the one that is held, and the manifest there the one that this writer
    /// wrote last: another program changed the folder otherwise, and what is there is not to be touched. Cost: two looks
    /// at small files.
    pub(super) fn check_in_place(&self) -> Result<()> {
        check_lock(&*self.backend, &*self.lock)?;
        manifest::check_in_place(&*self.backend, Some(&self.header))
    }

    pub(super) fn check_usable(&self) -> Result<()> {
        match &self.poisoned {
            Some(cause) => Err(StoreError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }
}
