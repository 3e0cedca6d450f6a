use super::cache::Found;
use crate::Snapshot;
use crate::attributes::{Known, index_of, rows_known};
use crate::columns::{self, ATTRIBUTES, TEXT};
use crate::error::{Error, Result};
use crate::tenants::after_tenant;
use pleiad_filter::{Fields, Predicate, Record};
use pleiad_store::PartView;
use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde_json::Map;

/// Rows that one core looks at before it asks for more: about a millisecond of attributes.
const UNIT_ROWS: usize = 1024;

/// The rows of a part for which a predicate holds, deleted ones too. Cost: what the index of attributes tells is read of it;
/// of the rows that it leaves undecided, of all where there is none, the fields that the predicate asks about are read, on
/// all cores.
///
/// # Errors
/// `Corrupt` when a row that is not deleted, or the index, cannot be read.
pub(super) fn matching_rows(snapshot: &Snapshot, part: &PartView, predicate: &Predicate) -> Result<Found> {
    let fields = predicate.fields();
    let index = if fields.attributes { index_of(part)? } else { None };
    let Some(index) = index else {
        let all: Vec<u32> = (0..part.num_rows()).collect();
        return among(snapshot, part, (predicate, fields), &all);
    };
    let known = rows_known(&index, predicate).map_err(|error| {
        let message = format!("the attributes of {}: {error}: `pleiad repair` leaves them out", part.name());
        Error::corrupt(message).caused_by(error)
    })?;
    let undecided: Vec<u32> = known.undecided().iter().collect();
    let Known { certain, .. } = known;
    let Found { rows, is_complete } = among(snapshot, part, (predicate, fields), &undecided)?;
    Ok(Found { rows: rows | certain, is_complete })
}

/// The same of some rows, decided on what is stored.
fn among(
    snapshot: &Snapshot,
    part: &PartView,
    (predicate, fields): (&Predicate, Fields),
    looked_at: &[u32],
) -> Result<Found> {
    let of_unit = |rows: &[u32]| {
        snapshot.check_cancelled()?;
        of_rows(part, predicate, fields, rows)
    };
    let found: Vec<(Vec<u32>, bool)> = if looked_at.len() <= UNIT_ROWS {
        // Nobody can help.
        vec![of_unit(looked_at)?]
    } else {
        let units = looked_at.par_chunks(UNIT_ROWS);
        units.map(of_unit).collect::<Result<_>>()?
    };
    let is_complete = found.iter().all(|(_, is_complete)| *is_complete);
    let mut rows = RoaringBitmap::new();
    // Rows of units and units of a part are ascending.
    found.iter().flat_map(|(rows, _)| rows).for_each(|&row| drop(rows.try_push(row)));
    rows.optimize();
    Ok(Found { rows, is_complete })
}

/// The same of some rows of a part that are not deleted, on the calling thread.
///
/// # Errors
/// `Corrupt` when one of them cannot be read.
pub(super) fn matching_among(
    part: &PartView,
    predicate: &Predicate,
    rows: &RoaringBitmap,
) -> Result<RoaringBitmap> {
    let (fields, mut found) = (predicate.fields(), RoaringBitmap::new());
    for row in rows.iter().filter(|&row| !part.is_deleted(row)) {
        if holds(part, predicate, fields, row)? {
            drop(found.try_push(row));
        }
    }
    Ok(found)
}

fn of_rows(part: &PartView, predicate: &Predicate, fields: Fields, rows: &[u32]) -> Result<(Vec<u32>, bool)> {
    let (mut found, mut is_complete) = (Vec::new(), true);
    for &row in rows {
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
    let key = if fields.key { after_tenant(part.key(row)?) } else { "" };
    let text = if fields.text { columns::decode_text(part.column(TEXT, row)?, place)? } else { None };
    let attributes = match fields.attributes {
        true => columns::decode_attributes(part.column(ATTRIBUTES, row)?, place)?,
        false => Map::new(),
    };
    Ok(predicate.matches(&Record { key, text, attributes: &attributes }))
}
