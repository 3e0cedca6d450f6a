use crate::Result;
use crate::engine::Engine;
use crate::model::{self, State};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

/// Least mean cosine of a document's vectors with those that it was given: some engines keep four bits a value. Vectors
/// of another document have about 0.
const MIN_COSINE: f64 = 0.7;

/// State after one kill.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Acknowledged changes that are not there.
    pub(crate) num_lost: u64,
    /// Documents with another one's parts, twice there, or without some of their parts.
    pub(crate) num_mixed: u64,
    /// True where the batch under way is there in part.
    pub(crate) is_torn: bool,
    /// True where the engine could not open or read its own files.
    pub(crate) is_unreadable: bool,
}

impl Found {
    pub(crate) fn is_clean(self) -> bool {
        self == Self::default()
    }
}

/// Lists what is there and compares; also whether the batch under way is there.
pub(crate) fn check(
    engine: &Engine,
    folder: &Path,
    acknowledged: &State,
    pending: &State,
) -> Result<(Found, bool)> {
    let output = engine.command("list", folder).stderr(Stdio::piped()).output()?;
    let mut found = Found::default();
    let text = String::from_utf8_lossy(&output.stdout);
    let is_whole = text.lines().last() == Some("end");
    if !output.status.success() || !is_whole {
        found.is_unreadable = true;
        return Ok((found, false));
    }
    let mut seen = State::new();
    for line in text.lines().take_while(|line| *line != "end") {
        let value: Value = serde_json::from_str(line)?;
        match (value["key"].as_u64(), value["version"].as_u64()) {
            (Some(key), Some(version)) if agrees(key, version, &value) => {
                // A key that is there twice: two documents answer for one.
                found.num_mixed += u64::from(seen.insert(key, version).is_some());
            }
            _ => found.num_mixed += 1,
        }
    }
    if seen == *pending || seen == *acknowledged {
        return Ok((found, seen == *pending));
    }
    compare(&seen, acknowledged, pending, &mut found);
    Ok((found, false))
}

fn compare(seen: &State, acknowledged: &State, pending: &State, found: &mut Found) {
    for key in 0..model::NUM_KEYS {
        let version = seen.get(&key);
        if version != acknowledged.get(&key) && version != pending.get(&key) {
            found.num_lost += 1;
        }
    }
    found.is_torn = found.num_lost == 0;
}

/// An engine that gives no vectors out says whether a search with those that it was given finds the document first.
fn agrees(key: u64, version: u64, document: &Value) -> bool {
    if let Some(is_first) = document["is_first"].as_bool() {
        return is_first;
    }
    let expected = model::vectors(key, version);
    let Some(rows) = document["vectors"].as_array().filter(|rows| rows.len() == expected.len()) else {
        return false;
    };
    let cosines = rows.iter().zip(&expected).map(|(row, expected)| cosine(row, expected));
    cosines.sum::<f64>() / expected.len() as f64 >= MIN_COSINE
}

fn cosine(row: &Value, expected: &[f32]) -> f64 {
    let row: Vec<f64> =
        row.as_array().map_or_else(Vec::new, |row| row.iter().filter_map(Value::as_f64).collect());
    if row.len() != expected.len() {
        return 0.0;
    }
    let dot: f64 = row.iter().zip(expected).map(|(a, &b)| a * f64::from(b)).sum();
    let norm = row.iter().map(|a| a * a).sum::<f64>().sqrt();
    if norm > 0.0 { dot / norm } else { 0.0 }
}

/// Counts by name, for the table.
pub(crate) fn add(total: &mut BTreeMap<&'static str, u64>, found: Found) {
    *total.entry("lost").or_default() += u64::from(found.num_lost > 0);
    *total.entry("mixed").or_default() += u64::from(found.num_mixed > 0);
    *total.entry("torn").or_default() += u64::from(found.is_torn);
    *total.entry("unreadable").or_default() += u64::from(found.is_unreadable);
    *total.entry("clean").or_default() += u64::from(found.is_clean());
}
