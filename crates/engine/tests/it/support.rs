//! Small collections with vectors that depend only on a seed.

use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema};
use pleiad_vectors::Seed;
use serde_json::json;

/// A scratch folder and a path in it where no collection is yet.
pub(crate) fn scratch() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    (folder, path)
}

/// `num_tokens` unit vectors.
pub(crate) fn vectors(seed: u64, num_tokens: usize, dim: usize) -> MultiVector {
    let mut generator = Seed(seed).generator();
    let mut data = Vec::with_capacity(num_tokens * dim);
    for _ in 0..num_tokens {
        let row: Vec<f32> = (0..dim).map(|_| generator.gaussian()).collect();
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        data.extend(row.iter().map(|v| v / norm));
    }
    MultiVector::new(data, dim).unwrap()
}

pub(crate) fn query(seed: u64, num_tokens: usize, dim: usize) -> Query {
    Query::new(vectors(seed, num_tokens, dim))
}

/// The vectors of [`document`].
pub(crate) fn vectors_of(key: &str, version: u64, dim: usize) -> MultiVector {
    let seed = key.bytes().fold(version, |seed, byte| Seed(seed).derive(u64::from(byte)).0);
    vectors(seed, 1 + (seed % 9) as usize, dim)
}

/// A document whose vectors, text and attributes all follow from its key and version.
pub(crate) fn document(key: &str, version: u64, dim: usize) -> Document {
    let attributes = json!({ "version": version, "key": key }).as_object().unwrap().clone();
    Document::new(key, vectors_of(key, version, dim))
        .unwrap()
        .with_text(format!("text of {key} at {version}"))
        .unwrap()
        .with_attributes(&attributes)
        .unwrap()
}

/// A collection of `num_documents` documents `d0`, `d1`, … in several batches and segments.
pub(crate) fn collection(path: &std::path::Path, num_documents: usize, schema: &Schema) -> Collection {
    let collection = Collection::create(path, schema).unwrap();
    let writer = collection.writer().unwrap();
    let keys: Vec<String> = (0..num_documents).map(|i| format!("d{i}")).collect();
    for (at, keys) in keys.chunks(97).enumerate() {
        let mut batch = Batch::new();
        for key in keys {
            batch.upsert(document(key, 0, schema.dim));
        }
        writer.apply(batch).unwrap();
        if at % 2 == 0 {
            writer.flush().unwrap();
        }
    }
    writer.close().unwrap();
    collection
}
