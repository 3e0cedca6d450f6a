use super::cache::Found;
use crate::columns::{self, ATTRIBUTES, TEXT};
use crate::error::Result;
use pleiad_filter::{Fields, Predicate, Record};
use pleiad_store::PartView;
use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde_json::Map;
use std::ops::Range;

/// Rows that one core looks at before it asks for more: about a millisecond of attributes.
const UNIT_ROWS: u32 = 1024;

/// The rows of a part for which a predicate holds, deleted ones too. Cost: the fields that the predicate asks about are
/// read of every row, on all cores.
///
/// # Errors
/// `Corrupt` when a row that is not deleted cannot be read.
pub(super) fn matching_rows(part: &PartView, predicate: &Predicate) -> Result<Found> {
    let num_rows = part.num_rows();
    let units: Vec<Range<u32>> = (0..num_rows)
        .step_by(UNIT_ROWS as usize)
        .map(|start| start..num_rows.min(start.saturating_add(UNIT_ROWS)))
        .collect();
    let fields = predicate.fields();
    let found: Vec<(Vec<u32>, bool)> = match &units[..] {
        // Nobody can help.
        [only] => vec![of_rows(part, predicate, fields, only.clone())?],
        _ => {
            let units = units.par_iter();
            units.map(|rows| of_rows(part, predicate, fields, rows.clone())).collect::<Result<_>>()?
        }
    };
    let is_complete = found.iter().all(|(_, is_complete)| *is_complete);
    let mut rows = RoaringBitmap::new();
    // Rows of units and units of a part are ascending.
    found.iter().flat_map(|(rows, _)| rows).for_each(|&row| drop(rows.try_push(row)));
    rows.optimize();
    Ok(Found { rows, is_complete })
}

fn of_rows(
    part: &PartView,
    predicate: &Predicate,
    fields: Fields,
    rows: Range<u32>,
) -> Result<(Vec<u32>, bool)> {
    let (mut found, mut is_complete) = (Vec::new(), true);
    for row in rows {
        match holds(part, predicate, fields, row) {
            Ok(true) => found.push(row),
            Ok(false) => {}
            // Nobody asks for a deleted document, and nothing depends on what it was.
            Err(_) if part.is_deleted(row) => is_complete = false,
            Err(error) => return Err(error),
        }
    }
    Ok((found, is_complete))
}

fn holds(part: &PartView, predicate: &Predicate, fields: Fields, row: u32) -> Result<bool> {
    let place = || format!("{}, row {row}", part.name());
    let key = if fields.key { part.key(row)? } else { "" };
    let text = if fields.text { columns::decode_text(part.column(TEXT, row)?, place)? } else { None };
    let attributes = match fields.attributes {
        true => columns::decode_attributes(part.column(ATTRIBUTES, row)?, place)?,
        false => Map::new(),
    };
    Ok(predicate.matches(&Record { key, text, attributes: &attributes }))
}
