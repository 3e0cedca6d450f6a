//! The effect of the batches of a group, as one frame of the log.

use super::recent::Recent;
use crate::log::Kill;
use crate::rows::OwnedRows;
use crate::view::View;
use crate::{Commit, Operation, Result};
use std::collections::HashMap;

/// A group of which every effect is known.
#[derive(Debug, Default)]
pub(super) struct Resolved<'a> {
    pub(super) rows: OwnedRows<'a>,
    pub(super) kills: Vec<Kill>,
    pub(super) next_id: u64,
    /// The effect of each batch, as if it had been committed alone.
    pub(super) done: Vec<Commit>,
}

/// A key that a batch of the group named.
struct Touched<'a> {
    key: &'a str,
    /// Its id while it is live.
    id: Option<u64>,
    columns: Option<&'a [Vec<u8>]>,
}

/// Goes through batches in order, of each through the last operation on each key.
pub(super) fn resolve<'a>(view: &View, recent: &Recent, batches: &[&'a [Operation]]) -> Result<Resolved<'a>> {
    let mut group = Group { view, recent, touched: Vec::new(), places: HashMap::new() };
    let mut resolved = Resolved { next_id: view.0.next_id, ..Resolved::default() };
    for batch in batches {
        let mut done = Commit::default();
        for operation in last_of_each_key(batch) {
            group.resolve(operation, &mut resolved, &mut done)?;
        }
        resolved.done.push(done);
    }
    for touched in &group.touched {
        if let (Some(id), Some(columns)) = (touched.id, touched.columns) {
            resolved.rows.ids.push(id.to_le_bytes());
            resolved.rows.keys.push(touched.key);
            resolved.rows.columns.push(columns);
        }
    }
    Ok(resolved)
}

fn last_of_each_key(batch: &[Operation]) -> impl Iterator<Item = &Operation> {
    let last: HashMap<&str, usize> =
        batch.iter().enumerate().map(|(at, operation)| (operation.key(), at)).collect();
    batch
        .iter()
        .enumerate()
        .filter(move |(at, operation)| last.get(operation.key()) == Some(at))
        .map(|(_, operation)| operation)
}

struct Group<'a, 'v> {
    view: &'v View,
    recent: &'v Recent,
    touched: Vec<Touched<'a>>,
    /// Positions in `touched` by key.
    places: HashMap<&'a str, usize>,
}

impl<'a> Group<'a, '_> {
    fn resolve(
        &mut self,
        operation: &'a Operation,
        resolved: &mut Resolved<'a>,
        done: &mut Commit,
    ) -> Result<()> {
        let at = self.touch(operation.key(), resolved)?;
        let touched = &mut self.touched[at];
        match operation {
            Operation::Delete { .. } => {
                let known = touched.id.take().is_some();
                touched.columns = None;
                done.num_deleted += u64::from(known);
                done.num_unknown += u64::from(!known);
            }
            Operation::Upsert { columns, .. } => {
                done.num_upserted += 1;
                done.num_replaced += u64::from(touched.id.is_some());
                touched.columns = Some(columns);
                touched.id.get_or_insert_with(|| {
                    resolved.next_id += 1;
                    resolved.next_id - 1
                });
            }
        }
        Ok(())
    }

    /// Looks a key up at its first mention; a live document of it is killed, whatever comes in its place.
    fn touch(&mut self, key: &'a str, resolved: &mut Resolved<'a>) -> Result<usize> {
        if let Some(&at) = self.places.get(key) {
            return Ok(at);
        }
        let mut id = None;
        if let Some((part, row)) = self.recent.find(self.view, key)? {
            let part = &self.view.parts()[part];
            id = Some(part.id(row)?);
            resolved.kills.push(Kill { part: part.part_id(), row });
        }
        self.places.insert(key, self.touched.len());
        self.touched.push(Touched { key, id, columns: None });
        Ok(self.touched.len() - 1)
    }
}
