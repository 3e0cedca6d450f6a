use crate::Snapshot;
use crate::columns::{self, ATTRIBUTES};
use crate::error::Result;
use pleiad_filter::{Path, Predicate, Value};
use pleiad_store::PartView;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Rows that one core looks at before it asks for more.
const UNIT_ROWS: usize = 1024;

/// The values that documents have at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeValues {
    /// Documents looked at: those that pass the filter, or all.
    pub num_documents: u64,
    /// Documents of those that have a value there.
    pub num_with: u64,
    /// Distinct values.
    pub num_distinct: u64,
    /// The least number; where there are no numbers, the least text.
    pub min: Option<Value>,
    /// The greatest number; where there are no numbers, the greatest text.
    pub max: Option<Value>,
    /// Values and the number of documents that have each, the most common first; of equal numbers the least value first.
    pub counts: Vec<(Value, u64)>,
}

/// Documents by value, and the number of documents that have one.
#[derive(Default)]
struct Counted {
    by_value: BTreeMap<Value, u64>,
    num_with: u64,
}

impl Snapshot {
    /// Counts the documents by the values that they have at a path, among those that pass a filter where one is given; at
    /// most `limit` values are listed. Of an array every element counts, each once a document; nulls and objects are no
    /// values.
    ///
    /// Cost: that of [`Snapshot::count`], and the attributes of each document that passes are read, on all cores. Memory for
    /// every distinct value.
    ///
    /// # Errors
    /// As [`Snapshot::count`].
    pub fn values(&self, path: &Path, filter: Option<&Predicate>, limit: usize) -> Result<AttributeValues> {
        values(self, path, filter, limit)
    }
}

fn values(
    snapshot: &Snapshot,
    path: &Path,
    filter: Option<&Predicate>,
    limit: usize,
) -> Result<AttributeValues> {
    let matched = snapshot.matched(filter.unwrap_or(&Predicate::Constant(true)))?;
    let mut all = Counted::default();
    for (part, rows) in snapshot.view.parts().iter().zip(&matched.parts) {
        let rows: Vec<u32> = rows.iter().filter(|&row| !part.is_deleted(row)).collect();
        let of_unit = |rows: &[u32]| {
            snapshot.check_cancelled()?;
            counted(part, path, rows)
        };
        let joined = |a: Counted, b: Counted| Ok(a.joined(b));
        let found = rows.par_chunks(UNIT_ROWS).map(of_unit).try_reduce(Counted::default, joined)?;
        all = all.joined(found);
    }
    let Counted { by_value, num_with } = all;
    let is_number = |value: &&Value| matches!(value, Value::Integer(_) | Value::Float(_));
    let is_text = |value: &&Value| matches!(value, Value::Text(_));
    let min = by_value.keys().find(is_number).or_else(|| by_value.keys().find(is_text)).cloned();
    let max = by_value.keys().rfind(is_number).or_else(|| by_value.keys().rfind(is_text)).cloned();
    let num_distinct = by_value.len() as u64;
    let mut counts: Vec<(Value, u64)> = by_value.into_iter().collect();
    // Stable: values ascend.
    counts.sort_by_key(|(_, num)| std::cmp::Reverse(*num));
    counts.truncate(limit);
    Ok(AttributeValues { num_documents: matched.num_documents, num_with, num_distinct, min, max, counts })
}

fn counted(part: &PartView, path: &Path, rows: &[u32]) -> Result<Counted> {
    let mut found = Counted::default();
    for &row in rows {
        let place = || format!("{}, row {row}", part.name());
        let values = path.values(&columns::decode_attributes(part.column(ATTRIBUTES, row)?, place)?);
        found.num_with += u64::from(!values.is_empty());
        for value in values {
            *found.by_value.entry(value).or_default() += 1;
        }
    }
    Ok(found)
}

impl Counted {
    fn joined(mut self, mut other: Self) -> Self {
        if self.by_value.len() < other.by_value.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for (value, num) in other.by_value {
            *self.by_value.entry(value).or_default() += num;
        }
        self.num_with += other.num_with;
        self
    }
}
