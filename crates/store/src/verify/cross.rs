use crate::Result;
use crate::view::{PartView, State};
use roaring::RoaringTreemap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No two live documents have the same id, and no row has one that was never given.
pub(super) fn check_ids(state: &State) -> Result<()> {
    let mut live = RoaringTreemap::new();
    for part in &state.parts {
        for row in 0..part.num_rows() {
            let id = part.id(row)?;
            if id >= state.next_id {
                let what = format!("row {row} has id {id}, the next free one is {}", state.next_id);
                return Err(part.rows().corrupt(0, what));
            }
            if !part.is_deleted(row) && !live.insert(id) {
                return Err(part
                    .rows()
                    .corrupt(0, format!("row {row} has id {id}, as another live document has")));
            }
        }
    }
    Ok(())
}

/// No two live documents have the same key: a merge of all parts in key order, of which only neighbors are held.
pub(super) fn check_keys(state: &State) -> Result<()> {
    let mut heads = BinaryHeap::new();
    for part in 0..state.parts.len() {
        advance(&state.parts, part, 0, &mut heads)?;
    }
    let mut before: Option<&str> = None;
    while let Some(Reverse((key, part, place))) = heads.pop() {
        let row = state.parts[part].rows().ordered(place)?;
        if !state.parts[part].is_deleted(row) {
            if before == Some(key) {
                let what = format!("row {row} has key {key:?}, as another live document has");
                return Err(state.parts[part].rows().corrupt(0, what));
            }
            before = Some(key);
        }
        advance(&state.parts, part, place + 1, &mut heads)?;
    }
    Ok(())
}

type Heads<'a> = BinaryHeap<Reverse<(&'a str, usize, u32)>>;

fn advance<'a>(parts: &'a [PartView], part: usize, place: u32, heads: &mut Heads<'a>) -> Result<()> {
    let rows = parts[part].rows();
    if place < rows.num_rows() {
        heads.push(Reverse((rows.key(rows.ordered(place)?)?, part, place)));
    }
    Ok(())
}
