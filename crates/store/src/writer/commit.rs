use super::StoreWriter;
use crate::log::{Batch, Kill, encode_frame};
use crate::rows::{Encoder, OwnedRows};
use crate::view::{State, View};
use crate::{Commit, Operation, Result, log};
use std::collections::HashMap;
use std::sync::Arc;

/// A batch of which every effect is known.
struct Resolved<'a> {
    rows: OwnedRows<'a>,
    kills: Vec<Kill>,
    next_id: u64,
    done: Commit,
}

impl StoreWriter {
    /// Commits one batch: all of it or nothing. When this returns, it is durable and in [`StoreWriter::view`].
    ///
    /// Of several operations on one key only the last counts, as if the others had not been given. A new key
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
        self.check_usable()?;
        for operation in operations {
            operation.check(self.view.layout())?;
        }
        if self.log_is_full() {
            self.flush()?;
        }
        let batch = self.resolve(operations)?;
        if batch.kills.is_empty() && batch.rows.keys.is_empty() {
            return Ok(batch.done);
        }
        let widths = self.view.layout().widths();
        let encoder = Encoder::new(&batch.rows, &widths)?;
        let at = self.log.length();
        let frame = encode_frame(batch.done.sequence, batch.next_id, &batch.kills, &encoder, at)?;
        let frame_bytes = frame.len() as u64;
        // Read back before it is written: what cannot be read must not be acknowledged.
        let read_back = Batch::reopen(frame, &log::file_name(self.log.number()), at, &widths)?;
        let rows = Arc::clone(&read_back.rows);
        let mut state = State::clone(&self.view.0);
        state.apply(read_back, frame_bytes)?;
        self.durably(|writer| writer.log.append(rows.whole()))?;
        self.view = View(Arc::new(state));
        Ok(batch.done)
    }

    fn log_is_full(&self) -> bool {
        let state = &self.view.0;
        state.num_batches >= self.options.flush_batches.max(1)
            || state.num_batches > 0 && state.log_bytes >= self.options.flush_bytes
    }

    /// Finds the effect of each key's last operation.
    fn resolve<'a>(&self, operations: &'a [Operation]) -> Result<Resolved<'a>> {
        let last: HashMap<&str, usize> =
            operations.iter().enumerate().map(|(at, op)| (op.key(), at)).collect();
        let mut batch = Resolved {
            rows: OwnedRows { ids: Vec::new(), keys: Vec::new(), columns: Vec::new() },
            kills: Vec::new(),
            next_id: self.view.0.next_id,
            done: Commit { sequence: self.view.sequence(), ..Commit::default() },
        };
        for (at, operation) in operations.iter().enumerate() {
            if last.get(operation.key()) == Some(&at) {
                self.resolve_one(operation, &mut batch)?;
            }
        }
        if !(batch.kills.is_empty() && batch.rows.keys.is_empty()) {
            batch.done.sequence += 1;
        }
        Ok(batch)
    }

    fn resolve_one<'a>(&self, operation: &'a Operation, batch: &mut Resolved<'a>) -> Result<()> {
        let found = self.view.find(operation.key())?;
        if let Some((part, row)) = found {
            batch.kills.push(Kill { part: self.view.parts()[part].part_id(), row });
        }
        match (operation, found) {
            (Operation::Delete { .. }, Some(_)) => batch.done.num_deleted += 1,
            (Operation::Delete { .. }, None) => batch.done.num_unknown += 1,
            (Operation::Upsert { key, columns }, found) => {
                let id = match found {
                    Some((part, row)) => self.view.parts()[part].id(row)?,
                    None => batch.next_id,
                };
                batch.next_id += u64::from(found.is_none());
                batch.done.num_upserted += 1;
                batch.done.num_replaced += u64::from(found.is_some());
                batch.rows.ids.push(id.to_le_bytes());
                batch.rows.keys.push(key);
                batch.rows.columns.push(columns);
            }
        }
        Ok(())
    }
}
