use super::{Repair, RepairEvent};
use crate::rows::Rows;
use crate::view::State;
use crate::{MAX_KEY_BYTES, Result};
use roaring::RoaringTreemap;
use std::collections::HashSet;

impl Repair<'_> {
    /// Leaves one live row for each key, the newest that can be read, and counts anew.
    ///
    /// A row that cannot be read is a lost document. One that a later row replaces is none: it came back because the
    /// batch that replaced it first is lost.
    pub(super) fn settle(&mut self, state: &mut State) {
        let (mut keys, mut ids) = (HashSet::new(), RoaringTreemap::new());
        for part in state.parts.iter_mut().rev() {
            let rows = std::sync::Arc::clone(part.shared_rows());
            for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)).collect::<Vec<_>>() {
                let is_kept = match read(&rows, row) {
                    Ok((id, key)) if keys.contains(key) || ids.contains(id) => {
                        self.is_damaged(rows.file());
                        false
                    }
                    Ok((id, key)) => {
                        state.next_id = state.next_id.max(id.saturating_add(1));
                        keys.insert(key.to_owned());
                        ids.insert(id)
                    }
                    Err(_) => {
                        let key = rows.key(row).ok().filter(|key| !key.is_empty()).map(str::to_owned);
                        self.is_damaged(rows.file());
                        self.report(RepairEvent::LostDocument { file: rows.file().to_owned(), row, key });
                        false
                    }
                };
                if !is_kept {
                    part.delete(row);
                }
            }
        }
        state.num_documents = state.parts.iter().map(|part| u64::from(part.num_live_rows())).sum();
    }
}

/// Id and key of a row of which every section can be read.
fn read(rows: &Rows, row: u32) -> Result<(u64, &str)> {
    for section in 0..rows.sections().len() {
        // The order of keys is made anew.
        if section != crate::rows::KEY_ORDER {
            rows.cell(section, row)?;
        }
    }
    let (id, key) = (rows.id(row)?, rows.key(row)?);
    if key.is_empty() || key.len() > MAX_KEY_BYTES || id > crate::manifest::MAX_COUNTER {
        return Err(rows.corrupt(0, format!("row {row} has an impossible key or id")));
    }
    Ok((id, key))
}
