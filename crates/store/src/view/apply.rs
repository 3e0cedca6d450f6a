use super::{PartId, PartView, State};
use crate::log::{Batch, Kill};
use crate::manifest::MAX_COUNTER;
use crate::{Result, StoreError};
use std::sync::Arc;

impl State {
    /// Adds one batch. Cost: O(parts) for the copy that the caller made, O(log parts) per kill.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the batch kills what is not live, or takes back document ids.
    pub(crate) fn apply(&mut self, batch: Batch, frame_bytes: u64) -> Result<()> {
        for kill in &batch.kills {
            self.kill(*kill, &batch)?;
        }
        if batch.next_id < self.next_id || batch.next_id > MAX_COUNTER {
            let what = format!(
                "batch {} says that id {} is free, {} is",
                batch.sequence, batch.next_id, self.next_id
            );
            return Err(batch.rows.corrupt(0, what));
        }
        self.sequence = batch.sequence;
        self.next_id = batch.next_id;
        self.num_batches += 1;
        self.log_bytes += frame_bytes;
        self.num_documents += u64::from(batch.rows.num_rows());
        if batch.rows.num_rows() > 0 {
            let id = PartId::Batch(batch.sequence);
            let rows = batch.rows;
            self.parts.push(PartView::new(id, rows, Arc::default(), &self.layout, frame_bytes));
        }
        Ok(())
    }

    fn kill(&mut self, kill: Kill, batch: &Batch) -> Result<()> {
        let corrupt = |what: &str| -> Result<()> {
            Err(batch.rows.corrupt(
                0,
                format!("batch {} kills row {} of {:?}, {what}", batch.sequence, kill.row, kill.part),
            ))
        };
        // Segments stand first, in ascending number; then batches, in ascending sequence.
        let Ok(at) = self.parts.binary_search_by(|part| part.part_id().cmp(&kill.part)) else {
            return corrupt("which is no part");
        };
        let part = &mut self.parts[at];
        if kill.row >= part.num_rows() {
            return corrupt("which has fewer rows");
        }
        if !part.delete(kill.row) {
            return corrupt("which is dead already");
        }
        self.num_documents -= 1;
        Ok(())
    }
}

impl State {
    /// An error unless parts stand in the order that [`State::apply`] searches.
    pub(crate) fn check_order(&self, file: &str) -> Result<()> {
        if self.parts.is_sorted_by(|a, b| a.part_id() < b.part_id()) {
            return Ok(());
        }
        Err(StoreError::corrupt(file, 0, "its segments are not in ascending order"))
    }
}
