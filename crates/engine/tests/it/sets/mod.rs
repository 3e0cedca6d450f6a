//! Collections with several vector sets.

mod alone;
mod kept;
mod learning;
mod stored;
mod together;

use crate::support::vectors;
use pleiad::{Batch, Document, FdeParams, MultiVector, Reduction, Schema, SetSchema, TokenEncoding, Writer};
use serde_json::json;
use std::collections::BTreeMap;

/// The sets, with the dimension of each.
pub(crate) const SETS: [(&str, usize); 3] = [("body", 8), ("title", 16), ("tags_2", 12)];

/// A document: its number, and which sets it has.
pub(crate) type Spec = (u64, [bool; 3]);

/// Documents by key.
pub(crate) type Stored = BTreeMap<String, Spec>;

/// A schema whose sets differ in everything.
pub(crate) fn schema() -> Schema {
    let title = SetSchema {
        tokens: TokenEncoding::F16,
        encoder: Some("letters".into()),
        source: Some("title".into()),
        ..SetSchema::new("title", 16)
    };
    let tags = SetSchema {
        reduction: Reduction::Ward { factor: 2 },
        tokens: TokenEncoding::Int4 { centroids: None },
        encoding: Schema::new(12).with_fde(FdeParams { repetitions: 30, ..Schema::fde_params(12) }).encoding,
        ..SetSchema::new("tags_2", 12)
    };
    Schema { sets: vec![title, tags], ..Schema::new(8) }
}

/// The schema of a collection that has one of the sets alone.
pub(crate) fn schema_of(schema: &Schema, set: usize) -> Schema {
    let Some(set) = set.checked_sub(1).map(|at| schema.sets[at].clone()) else {
        return Schema { sets: Vec::new(), ..schema.clone() };
    };
    let SetSchema { dim, reduction, tokens, encoding, .. } = set;
    Schema { dim, reduction, tokens, encoding, row_labels: false, sets: Vec::new(), ..Schema::new(dim) }
}

/// The vectors of a document's set.
pub(crate) fn vectors_of(number: u64, set: usize) -> MultiVector {
    vectors(number * 3 + set as u64, 1 + ((number + set as u64) % 5) as usize, SETS[set].1)
}

/// A document with these sets, and attributes by which it is found where it has none.
pub(crate) fn document(key: &str, (number, has): Spec) -> Document {
    let attributes = json!({ "number": number % 4 });
    let document = Document::without_vectors(key).unwrap();
    let document = document.with_attributes(attributes.as_object().unwrap()).unwrap();
    let sets = (0..SETS.len()).filter(|&set| has[set]);
    sets.fold(document, |document, set| document.with_set(SETS[set].0, vectors_of(number, set)).unwrap())
}

/// Writes documents in one batch.
pub(crate) fn write(writer: &Writer, documents: impl IntoIterator<Item = Document>) {
    let mut batch = Batch::new();
    documents.into_iter().for_each(|document| _ = batch.upsert(document));
    writer.apply(batch).unwrap();
}
