use super::resolve::{Resolved, resolve};
use super::store_writer::StoreWriter;
use crate::log::{Batch, encode_frame};
use crate::rows::{Encoder, Rows};
use crate::view::{PartId, State, View};
use crate::{Commit, Operation, Result, StoreError, log};
use std::sync::Arc;

impl StoreWriter {
    /// Commits one batch: all of it or nothing. When this returns, it is durable and in [`StoreWriter::view`].
    ///
    /// Only the last of several operations on one key counts, as if the others had not been given. A new key
    /// gets the next document id; an upsert of a live key keeps its id; ids are never given again. A delete of an
    /// unknown key is counted.
    ///
    /// Cost: a key lookup per operation, one append, one sync; and a [`flush`](StoreWriter::flush) before, when
    /// the log has grown to the limits.
    ///
    /// # Errors
    /// [`StoreError::Limit`](crate::StoreError::Limit), `ColumnCount` and `ColumnWidth` for operations that
    /// cannot be stored, `Corrupt` when a block that must be read is damaged: the batch is not written, the
    /// writer is as before. `Io` when a write fails and `Poisoned` afterwards: the batch is not acknowledged;
    /// after reopening it is there as a whole or not at all.
    pub fn commit(&mut self, operations: &[Operation]) -> Result<Commit> {
        let done = self.write(&[operations], true)?;
        Ok(done[0])
    }

    /// Commits several batches with one append and at most one sync: together they are there after any crash, or
    /// none is. What each did is as if it had been committed alone, one after the other, but for the sequence: they
    /// share one.
    ///
    /// Without `is_synced` a power cut may take the group, and groups before and after it that were not synced
    /// either; the end of the process takes nothing. [`StoreWriter::sync`] makes them durable, as does a flush.
    ///
    /// # Errors
    /// As [`StoreWriter::commit`], for each batch on its own; a batch that cannot be stored is left out.
    pub fn commit_group(&mut self, batches: &[&[Operation]], is_synced: bool) -> Vec<Result<Commit>> {
        let layout = self.view.layout();
        let checked: Vec<Result<()>> = batches
            .iter()
            .map(|batch| batch.iter().try_for_each(|operation| operation.check(layout)))
            .collect();
        let good: Vec<&[Operation]> = batches
            .iter()
            .zip(&checked)
            .filter(|(_, check)| check.is_ok())
            .map(|(batch, _)| *batch)
            .collect();
        let mut outcomes = self.write_all(&good, is_synced).into_iter();
        let lost = || StoreError::Poisoned { cause: "a batch of the group has no outcome".into() };
        checked
            .into_iter()
            .map(|check| check.and_then(|()| outcomes.next().unwrap_or_else(|| Err(lost()))))
            .collect()
    }

    /// Makes everything durable that was committed. Cost: one sync, or none when it is already.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the sync fails and [`StoreError::Poisoned`] afterwards: of what was not durable a power
    /// cut may then take anything.
    pub fn sync(&mut self) -> Result<()> {
        self.durably(|writer| writer.log.sync())
    }

    /// One outcome for each batch. What is wrong with one of them must not fail the others: then each goes alone.
    fn write_all(&mut self, batches: &[&[Operation]], is_synced: bool) -> Vec<Result<Commit>> {
        match self.write(batches, is_synced) {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(error) if batches.len() == 1 => vec![Err(error)],
            Err(_) => {
                let alone = |batch: &&[Operation]| self.write(&[*batch], is_synced).map(|done| done[0]);
                batches.iter().map(alone).collect()
            }
        }
    }

    /// Writes batches as one frame; what each did comes back in their order.
    fn write(&mut self, batches: &[&[Operation]], is_synced: bool) -> Result<Vec<Commit>> {
        self.check_usable()?;
        let layout = self.view.layout();
        batches.iter().copied().flatten().try_for_each(|operation| operation.check(layout))?;
        if self.log_is_full() {
            self.flush()?;
        }
        let mut group = resolve(&self.view, &self.recent, batches)?;
        let changes = !(group.kills.is_empty() && group.rows.keys.is_empty());
        let sequence = self.view.sequence() + u64::from(changes);
        group.done.iter_mut().for_each(|done| done.sequence = sequence);
        let next = if changes { Some(self.frame(&group, sequence, is_synced)?) } else { None };
        self.durably(|writer| {
            if let Some((_, frame)) = &next {
                writer.log.append(frame.whole())?;
            }
            // Also of a batch that changes nothing: what it found must stay so.
            if is_synced {
                writer.log.sync()?;
            }
            // It counts only in the collection that is at the path now.
            writer.check_in_place()
        })?;
        if let Some((view, _)) = next {
            self.view = view;
            for (row, key) in group.rows.keys.iter().enumerate() {
                self.recent.insert(key, PartId::Batch(sequence), row as u32);
            }
        }
        Ok(group.done)
    }

    /// The frame of a group, and the state after it, which is not to be shown before it is acknowledged.
    fn frame(&self, group: &Resolved<'_>, sequence: u64, is_synced: bool) -> Result<(View, Arc<Rows>)> {
        let widths = self.view.layout().widths();
        let encoder = Encoder::new(&group.rows, &widths)?;
        let place = self.log.place(is_synced);
        let frame = encode_frame(sequence, group.next_id, &group.kills, &encoder, place)?;
        let frame_bytes = frame.len() as u64;
        // Read back before it is written: what cannot be read must not be acknowledged.
        let read_back = Batch::reopen(frame, &log::file_name(self.log.number()), place.at, &widths)?;
        let rows = Arc::clone(&read_back.rows);
        let mut state = State::clone(&self.view.0);
        state.apply(read_back, frame_bytes)?;
        Ok((View(Arc::new(state)), rows))
    }

    fn log_is_full(&self) -> bool {
        let state = &self.view.0;
        state.num_batches >= self.options.flush_batches.max(1)
            || state.num_batches > 0 && state.log_bytes >= self.options.flush_bytes
    }
}
