use super::attachment::index_of;
use crate::Snapshot;
use crate::error::Result;
use pleiad_filter::Path;
use pleiad_index::attributes::{AttributePath, RowSet};
use serde::Serialize;
use std::collections::BTreeMap;

/// An attribute that documents of segments have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeInfo {
    /// Its path, as the string form of filters writes it.
    pub path: String,
    /// Rows of segments that have it, deleted ones among them.
    pub num_rows: u64,
    /// Kinds of its values: `bool`, `number`, `text`, `time`, `null`.
    pub kinds: Vec<&'static str>,
    /// Distinct numbers and texts, of the segment that has most.
    pub num_distinct: u64,
    /// False where the index of a segment had no room for it: its rows are read there.
    pub is_indexed: bool,
}

/// Sets of rows, and the kinds that they have.
const KINDS: [(RowSet, &str); 6] = [
    (RowSet::True, "bool"),
    (RowSet::False, "bool"),
    (RowSet::Number, "number"),
    (RowSet::Text, "text"),
    (RowSet::Time, "time"),
    (RowSet::Null, "null"),
];

/// The attributes of all segments that have an index, by path.
pub(crate) fn attributes_of(snapshot: &Snapshot) -> Result<Vec<AttributeInfo>> {
    let mut known: BTreeMap<String, AttributeInfo> = BTreeMap::new();
    let mut incomplete = Vec::new();
    for part in snapshot.view.parts() {
        let Some(index) = index_of(part)? else { continue };
        if !index.is_complete() {
            incomplete.push(index.paths().iter().map(printed).collect::<Vec<_>>());
        }
        for path in index.paths() {
            let damaged = |error| super::damaged(&part.name(), error);
            let name = printed(path);
            let info = known.entry(name.clone()).or_insert_with(|| AttributeInfo {
                path: name,
                num_rows: 0,
                kinds: Vec::new(),
                num_distinct: 0,
                is_indexed: true,
            });
            info.num_rows += path.rows(RowSet::Existing).map_err(damaged)?.len();
            info.num_distinct = info.num_distinct.max(path.num_distinct() as u64);
            for (set, kind) in KINDS {
                if !info.kinds.contains(&kind) && !path.rows(set).map_err(damaged)?.is_empty() {
                    info.kinds.push(kind);
                }
            }
        }
    }
    for info in known.values_mut() {
        info.is_indexed = incomplete.iter().all(|paths| paths.contains(&info.path));
    }
    Ok(known.into_values().collect())
}

/// A path as the string form of filters writes it.
fn printed(path: &AttributePath<'_>) -> String {
    Path::new(path.names().iter().copied()).map_or_else(|_| path.names().join("."), |path| path.to_string())
}
