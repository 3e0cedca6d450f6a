//! The one writer of a collection.

mod blobs;
mod commit;
mod files;
mod merge;
mod named;
mod open;
mod plan;
mod recent;
mod resolve;
mod switch;
mod upgrade;

use crate::backend::{Backend, LockGuard};
use crate::log::LogWriter;
use crate::manifest::{self, Manifest};
use crate::view::View;
use crate::{Result, StoreError};
use std::sync::{Arc, Weak};

pub(crate) use files::{LOCK_FILE, is_orphan, remove_orphans};
use merge::Claim;
pub use merge::{MergeChoice, MergeJob, Merged};
pub(crate) use open::check_current;
use recent::Recent;
pub(crate) use switch::switch;
pub use upgrade::{Upgraded, upgrade};

/// When a writer turns its log into a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Once the log has this many bytes. Batches in the log are held in memory.
    pub flush_bytes: u64,
    /// Once the log has this many batches, at least 1: each is searched on its own until then.
    pub flush_batches: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { flush_bytes: 64 << 20, flush_batches: 256 }
    }
}

/// The one writer of a collection: it holds the collection's lock until it is closed or dropped.
///
/// After any failed write it refuses further ones with [`StoreError::Poisoned`]; what was acknowledged is safe,
/// and opening a new writer goes on from there.
pub struct StoreWriter {
    backend: Arc<dyn Backend>,
    options: Options,
    /// As it stands on disk.
    manifest: Manifest,
    log: LogWriter,
    view: View,
    recent: Recent,
    /// Work under way that may write files.
    claims: Vec<Weak<Claim>>,
    poisoned: Option<String>,
    lock: Arc<dyn LockGuard>,
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
            manifest::write(&*writer.backend, &manifest)?;
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

    /// Moves to a new manifest and log; the files of the old ones are left.
    fn move_on(&mut self, groups: &[Vec<usize>], replaced: Option<switch::Replaced>) -> Result<()> {
        let next = switch::switch(&*self.backend, &self.manifest, &self.view, groups, replaced)?;
        (self.manifest, self.log, self.view) = (next.manifest, next.log, next.view);
        self.recent = Recent::default();
        Ok(())
    }

    /// Runs a change of the disk; if it fails, the writer is poisoned.
    fn durably<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_usable()?;
        let result = change(self);
        if let Err(error) = &result {
            self.poisoned = Some(error.to_string());
        }
        result
    }

    fn check_usable(&self) -> Result<()> {
        match &self.poisoned {
            Some(cause) => Err(StoreError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }
}
