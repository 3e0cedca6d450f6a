use crate::Result;
use crate::view::{PartId, View};
use std::collections::HashMap;

/// The place of each key that the log's batches wrote: without it every lookup would search every batch.
#[derive(Debug, Default)]
pub(super) struct Recent {
    places: HashMap<Box<str>, (PartId, u32)>,
}

impl Recent {
    /// Reads the keys of the batches of a view. Cost: one pass over them.
    pub(super) fn of(view: &View) -> Result<Self> {
        let mut recent = Self::default();
        for part in view.parts().iter().filter(|part| matches!(part.part_id(), PartId::Batch(_))) {
            for row in 0..part.num_rows() {
                recent.insert(part.key(row)?, part.part_id(), row);
            }
        }
        Ok(recent)
    }

    pub(super) fn insert(&mut self, key: &str, part: PartId, row: u32) {
        self.places.insert(key.into(), (part, row));
    }

    /// The part and row of the live document with this key, as [`View::find`] finds it. Cost: O(log rows) reads in
    /// each segment unless the log has the key.
    pub(super) fn find(&self, view: &View, key: &str) -> Result<Option<(usize, u32)>> {
        let Some((id, row)) = self.places.get(key) else { return view.find_in_segments(key) };
        let at = view.parts().binary_search_by(|part| part.part_id().cmp(id));
        // Of a key that the log wrote nothing older is live: the log replaced it.
        Ok(at.ok().filter(|&at| !view.parts()[at].is_deleted(*row)).map(|at| (at, *row)))
    }
}
