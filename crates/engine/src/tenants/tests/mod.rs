//! Tenants of one collection against collections of their own, and against each other.

mod alone;
mod apart;
mod named;

use super::Tenant;
use crate::{Collection, Document, MultiVector, Schema, Terms, WordsSchema, Writer};
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::{Generator, Seed};
use serde_json::json;
use std::sync::Arc;

/// Enough that a deep check tolerates several values whose signs the token code turns: with 6, two of them did not pass.
const DIM: usize = 16;

/// Names that begin with each other, and in an order that is not that of their first use.
const NAMES: [&str; 5] = ["acme", "acme corp", "b", "acme2", "ä"];

fn tenant(at: usize) -> Tenant {
    Tenant::new(NAMES[at]).unwrap()
}

fn vectors(generator: &mut Generator) -> MultiVector {
    let num_tokens = 1 + generator.below(4) as usize;
    MultiVector::new((0..num_tokens * DIM).map(|_| generator.gaussian()).collect(), DIM).unwrap()
}

fn document(key: u8, version: u16) -> Document {
    let mut generator = Seed(u64::from(key)).derive(u64::from(version)).generator();
    let mut terms = Terms::default();
    for position in 0..1 + generator.below(6) as u32 {
        terms.push(0, &format!("w{}", generator.below(5)), position);
    }
    let attributes = json!({ "color": generator.below(3), "number": version });
    let document = if generator.below(5) == 0 {
        Document::without_vectors(format!("k{key}")).unwrap()
    } else {
        Document::new(format!("k{key}"), vectors(&mut generator)).unwrap()
    };
    let document = document.with_text(format!("text {version}")).unwrap().with_terms(terms);
    document.with_attributes(attributes.as_object().unwrap()).unwrap()
}

fn schema(tenants: bool) -> Schema {
    Schema { tenants, words: Some(WordsSchema::new("english-1")), ..Schema::new(DIM) }
}

fn open(backend: &MemoryBackend) -> (Collection, Writer) {
    let collection = Collection::open_on(Arc::new(backend.clone())).unwrap();
    let writer = collection.writer().unwrap();
    (collection, writer)
}
