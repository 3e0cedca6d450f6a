use super::WordsSchema;
use super::attachment::{build_all, bytes_of};
use crate::columns::TERMS;
use crate::error::Result;
use pleiad_index::words::{StoredTerms, Words};
use pleiad_store::{PartId, PartView};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows from which on lists of a part without an attachment are made in memory.
const MIN_BUILT_ROWS: u32 = 16;

/// Parts that are remembered beyond twice those of the view at hand.
const NUM_SPARE: usize = 64;

/// Sums of the lengths of fields.
type Totals = Arc<[u64]>;

/// Cache of statistics and lists that searches by words derive from parts.
#[derive(Default)]
pub(crate) struct WordsCache {
    /// Lists of parts that have no attachment, such as large batches of the log.
    built: Mutex<HashMap<PartId, Arc<[u8]>>>,
    /// Sums of the lengths of live rows, by the number of these: rows of a part only ever become deleted.
    totals: Mutex<HashMap<(PartId, u32), Totals>>,
}

impl WordsCache {
    /// Lists of a part without an attachment, if it is large enough for some. Cost: they are made the first time.
    pub(super) fn lists(
        &self,
        part: &PartView,
        schema: &WordsSchema,
        num_parts: usize,
    ) -> Result<Option<Arc<[u8]>>> {
        if part.num_rows() < MIN_BUILT_ROWS || bytes_of(part, schema)?.is_some() {
            return Ok(None);
        }
        remembered(&self.built, part.part_id(), num_parts, || Ok(build_all(part, schema)?.into())).map(Some)
    }

    /// The sum of the lengths of each field, over live rows. Cost: the first time O(deleted rows), without lists
    /// O(rows).
    pub(super) fn totals(
        &self,
        part: &PartView,
        words: Option<&Words<'_>>,
        num_fields: usize,
        num_parts: usize,
    ) -> Result<Totals> {
        let key = (part.part_id(), part.num_live_rows());
        remembered(&self.totals, key, num_parts, || match words {
            Some(words) => Ok(less_deleted(part, words)),
            None => {
                let mut totals = vec![0; num_fields];
                for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)) {
                    let terms = StoredTerms::read(part.column(TERMS, row)?, num_fields)
                        .map_err(|error| super::damaged(&format!("{}, row {row}", part.name()), error))?;
                    totals
                        .iter_mut()
                        .zip(terms.lengths())
                        .for_each(|(sum, &length)| *sum += u64::from(length));
                }
                Ok(totals.into())
            }
        })
    }
}

fn less_deleted(part: &PartView, words: &Words<'_>) -> Totals {
    let mut totals = words.totals().to_vec();
    for lengths in part.deleted().iter().filter_map(|row| words.row_lengths(row)) {
        totals.iter_mut().zip(lengths).for_each(|(sum, length)| *sum = sum.saturating_sub(u64::from(length)));
    }
    totals.into()
}

/// A value that is made the first time it is asked for. Two threads may make it at once; both make the same.
fn remembered<K: Eq + Hash, V: Clone>(
    map: &Mutex<HashMap<K, V>>,
    key: K,
    num_parts: usize,
    make: impl FnOnce() -> Result<V>,
) -> Result<V> {
    let held = || map.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = held().get(&key) {
        return Ok(value.clone());
    }
    let value = make()?;
    let mut map = held();
    if map.len() >= 2 * num_parts + NUM_SPARE {
        map.clear();
    }
    map.insert(key, value.clone());
    Ok(value)
}
