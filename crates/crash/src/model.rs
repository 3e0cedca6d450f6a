use crate::Result;
use pleiad::{Batch, DocKey, Document, MultiVector, Schema, StoredDocument, TokenEncoding};
use pleiad_vectors::{Generator, Seed};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Documents that batches choose from: few, so that they are replaced and deleted often, but enough for merged segments to
/// have an index of attributes.
pub(crate) const NUM_KEYS: u64 = 480;

/// Changes in one batch, at most.
const MAX_CHANGES: u64 = 24;

/// Token vectors of one document, at most.
const MAX_TOKENS: u64 = 12;

pub(crate) const DIM: usize = 16;

/// 16-bit tokens: the vectors below come back as they went in, bit for bit.
pub(crate) fn schema() -> Schema {
    Schema { tokens: TokenEncoding::F16, ..Schema::new(DIM) }
}

/// The effect of one batch: the version that each key has afterwards, or nothing where it is deleted. The version is the
/// number of the batch, so every write of a document differs from every other.
pub(crate) fn changes(seed: u64, batch: u64) -> Vec<(u64, Option<u64>)> {
    let mut random = Seed(seed).derive(batch).generator();
    let num_changes = 1 + random.below(MAX_CHANGES);
    (0..num_changes).map(|_| (random.below(NUM_KEYS), (random.below(4) > 0).then_some(batch))).collect()
}

/// The same for the engine.
pub(crate) fn batch(changes: &[(u64, Option<u64>)]) -> Result<Batch> {
    let mut batch = Batch::new();
    for &(key, version) in changes {
        match version {
            Some(version) => batch.upsert(document(key, version)?),
            None => batch.delete(DocKey::new(name(key))?),
        };
    }
    Ok(batch)
}

/// The version of each key that is there.
pub(crate) type State = BTreeMap<u64, u64>;

/// Applies a batch to a state; within a batch the last change of a key counts.
pub(crate) fn apply(state: &mut State, changes: &[(u64, Option<u64>)]) {
    for &(key, version) in changes {
        match version {
            Some(version) => state.insert(key, version),
            None => state.remove(&key),
        };
    }
}

/// The key as a document carries it.
pub(crate) fn name(key: u64) -> String {
    format!("document-{key:04}")
}

/// Everything about a document follows from its key and version: any mix-up shows.
fn document(key: u64, version: u64) -> Result<Document> {
    let vectors = MultiVector::new(values(key, version), DIM)?;
    Ok(Document::new(name(key), vectors)?
        .with_text(text(key, version))?
        .with_attributes(&attributes(key, version))?)
}

fn random(key: u64, version: u64) -> Generator {
    Seed(key).derive(version).generator()
}

/// Multiples of 1/256 in [-1, 1): 16-bit floats hold them exactly.
fn values(key: u64, version: u64) -> Vec<f32> {
    let mut random = random(key, version);
    let num_tokens = 1 + random.below(MAX_TOKENS) as usize;
    (0..num_tokens * DIM).map(|_| (random.below(512) as f32 - 256.0) / 256.0).collect()
}

fn text(key: u64, version: u64) -> String {
    let filler = random(key, version).next_u64() % 400;
    format!("key {key} version {version} {}", "x".repeat(filler as usize))
}

fn attributes(key: u64, version: u64) -> Map<String, Value> {
    Map::from_iter([("key".to_owned(), json!(key)), ("version".to_owned(), json!(version))])
}

/// The version that a stored document has in all its parts, or nothing when they disagree.
pub(crate) fn version_of(key: u64, stored: &StoredDocument) -> Option<u64> {
    let version = stored.attributes.get("version").and_then(Value::as_u64)?;
    let agrees = stored.key.as_str() == name(key)
        && stored.attributes == attributes(key, version)
        && stored.text.as_deref() == Some(text(key, version).as_str())
        && stored.vectors.data() == values(key, version);
    agrees.then_some(version)
}
