//! Documents without token vectors: found by filters, words and keys, passed over by vectors.

use crate::support::{query, scratch, vectors};
use pleiad::{
    Batch, Collection, DocKey, Document, ErrorKind, HybridQuery, HybridWeights, LemurParams, Predicate,
    Query, Reduction, Schema, SearchParams, SentenceSchema, SetEncoding, Snapshot, Terms, TokenEncoding,
    WordsQuery, WordsSchema,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

const DIM: usize = 8;

fn schema(kind: u8) -> Schema {
    let words = Some(WordsSchema::new("english-1"));
    let plain = Schema { words, ..Schema::new(DIM) };
    match kind {
        0 => plain,
        1 => Schema {
            reduction: Reduction::Ward { factor: 2 },
            tokens: TokenEncoding::Int4 { centroids: None },
            ..plain
        },
        2 => Schema { sentence: Some(SentenceSchema { dim: 24 }), tokens: TokenEncoding::F16, ..plain },
        _ => Schema {
            encoding: SetEncoding::Lemur { params: LemurParams::new(32, 7), code: pleiad::LemurCode::Int8 },
            ..plain
        },
    }
}

/// A document with vectors where `has_vectors` says so.
fn document(schema: &Schema, key: &str, seed: u64, has_vectors: bool) -> Document {
    let num_tokens = 2 + (seed % 5) as usize;
    let document = match has_vectors {
        true => Document::new(key, vectors(seed, num_tokens, DIM)).unwrap(),
        false => Document::without_vectors(key).unwrap(),
    };
    let mut terms = Terms::default();
    terms.push(0, if seed.is_multiple_of(3) { "stork" } else { "heron" }, 0);
    let attributes = json!({ "number": seed % 4 });
    let document = document.with_attributes(attributes.as_object().unwrap()).unwrap().with_terms(terms);
    match (schema.sentence, has_vectors) {
        (Some(_), true) => document.with_sentence(vectors(seed + 1, 3, DIM).data().to_vec()).unwrap(),
        _ => document,
    }
}

/// The number of a document, and whether it has vectors, by its key.
type Stored = BTreeMap<String, (u64, bool)>;

/// Searches by vectors are those of a collection of the documents with vectors alone.
fn check_vectors(snapshot: &Snapshot, plain: &Snapshot, stored: &Stored, query: &Query) {
    let all = SearchParams { k: 1000, ..Default::default() };
    let exact = SearchParams { exact: true, ..all.clone() };
    let filtered = SearchParams { filter: Some(Predicate::parse("number >= 2").unwrap()), ..all.clone() };
    let (num_candidates, num_reranked) = (Some(1000), Some(1000));
    let budgets = SearchParams { k: 3, num_candidates, num_reranked, ..Default::default() };
    for params in [&all, &exact, &filtered, &budgets] {
        let (found, expected) =
            (snapshot.search(query, params).unwrap(), plain.search(query, params).unwrap());
        let scores = |answer: &pleiad::Answer| -> BTreeMap<String, u32> {
            answer.hits.iter().map(|hit| (hit.key.to_string(), hit.score.get().to_bits())).collect()
        };
        assert_eq!(scores(&found), scores(&expected));
        let passes = |seed: u64| params.filter.is_none() || seed % 4 >= 2;
        let num_with =
            stored.values().filter(|(seed, has_vectors)| *has_vectors && passes(*seed)).count() as u64;
        assert_eq!(found.num_matched, num_with);
        assert_eq!(found.hits.len() as u64, found.num_matched.min(params.k as u64));
    }
}

/// Words, filters and keys find every document, and a fused score has no part of vectors where there are none.
fn check_everything_else(snapshot: &Snapshot, stored: &Stored, fused: &HybridQuery) {
    assert_eq!(snapshot.num_documents(), stored.len() as u64);
    let all = SearchParams { k: 1000, ..Default::default() };
    let storks = stored.iter().filter(|(_, (seed, _))| seed.is_multiple_of(3)).map(|(key, _)| key.clone());
    let hits = snapshot.search_words(&fused.words, &all).unwrap().hits;
    let mut found: Vec<String> = hits.iter().map(|hit| hit.key.to_string()).collect();
    found.sort();
    assert_eq!(found, storks.collect::<Vec<_>>());
    let found = snapshot.search_hybrid(fused, &all).unwrap();
    assert_eq!(found.hits.len(), stored.len());
    for hit in &found.hits {
        let parts = hit.parts.unwrap();
        let why = snapshot.explain_hybrid(fused, hit.key.as_str()).unwrap();
        assert_eq!((why.score, why.parts), (hit.score, parts));
        if !stored[hit.key.as_str()].1 {
            assert_eq!((parts.vectors, parts.sentence), (0.0, 0.0));
        }
    }
    let number = stored.values().filter(|(seed, _)| seed % 4 == 3).count() as u64;
    assert_eq!(snapshot.count(&Predicate::parse("number = 3").unwrap()).unwrap(), number);
    for (key, (_, has_vectors)) in stored {
        assert_eq!(!snapshot.get(key).unwrap().unwrap().vectors.is_empty(), *has_vectors);
    }
    snapshot.info().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Searches by vectors are those of a collection of the documents with vectors alone, to the bit; words, filters and keys
    /// find all.
    #[test]
    fn vectors_pass_them_over_and_everything_else_finds_them(
        kind in 0u8..4,
        batches in prop::collection::vec(prop::collection::vec((0u8..60, any::<bool>(), any::<u16>()), 1..40), 1..5),
        flushes in any::<u8>(),
        asked in any::<u16>(),
    ) {
        let schema = schema(kind);
        let ((_a, path), (_b, other)) = (scratch(), scratch());
        let (mixed, plain) = (Collection::create(&path, &schema).unwrap(), Collection::create(&other, &schema).unwrap());
        let (writer, plain_writer) = (mixed.writer().unwrap(), plain.writer().unwrap());
        // What is learned comes from a first batch that is large enough.
        let mut first = Batch::new();
        (0..400).for_each(|at| _ = first.upsert(document(&schema, &format!("first {at}"), at, true)));
        for writer in [&writer, &plain_writer] {
            writer.apply(first.clone()).unwrap();
        }
        let mut stored = Stored::new();
        (0..400).for_each(|at| _ = stored.insert(format!("first {at}"), (at, true)));
        for (at, changes) in batches.iter().enumerate() {
            let (mut batch, mut plain_batch) = (Batch::new(), Batch::new());
            for (key, has_vectors, seed) in changes {
                let (key, seed) = (format!("k{key}"), u64::from(*seed));
                batch.upsert(document(&schema, &key, seed, *has_vectors));
                match has_vectors {
                    true => plain_batch.upsert(document(&schema, &key, seed, true)),
                    false => plain_batch.delete(DocKey::new(key.as_str()).unwrap()),
                };
                stored.insert(key, (seed, *has_vectors));
            }
            writer.apply(batch).unwrap();
            plain_writer.apply(plain_batch).unwrap();
            if flushes >> at & 1 == 1 {
                writer.flush().unwrap();
            }
        }
        let by_vectors = query(u64::from(asked), 4, DIM);
        let fused = HybridQuery {
            vectors: by_vectors.clone(),
            sentence: schema.sentence.map(|_| vectors(u64::from(asked), 3, DIM).data().to_vec()),
            words: WordsQuery::new(["stork"]).unwrap(),
            weights: HybridWeights::mean_of_tokens(0.5),
        };
        for _ in 0..2 {
            let snapshot = writer.snapshot();
            check_vectors(&snapshot, &plain_writer.snapshot(), &stored, &by_vectors);
            check_everything_else(&snapshot, &stored, &fused);
            writer.compact().unwrap();
        }
        if asked.is_multiple_of(4) {
            writer.tune(&[]).unwrap();
        }
        writer.close().unwrap();
        let found = Collection::open(&path).unwrap().verify_deep(&mut |_, _| {}).unwrap();
        prop_assert!(found.is_clean(), "{found:?}");
    }
}

fn version(path: &std::path::Path) -> u64 {
    let manifest = fs::read(path.join("MANIFEST")).unwrap();
    let text = String::from_utf8_lossy(&manifest).into_owned();
    let begin = text.find("{\"version\":").unwrap();
    let stored: Value =
        serde_json::Deserializer::from_str(&text[begin..]).into_iter().next().unwrap().unwrap();
    stored["version"].as_u64().unwrap()
}

#[test]
fn older_releases_open_a_collection_until_the_first_document_without_vectors() {
    let (_folder, path) = scratch();
    let schema = Schema::new(DIM);
    let collection = Collection::create(&path, &schema).unwrap();
    let earlier = Collection::open(&path).unwrap();
    let writer = collection.writer().unwrap();
    let one = |document| {
        let mut batch = Batch::new();
        batch.upsert(document);
        writer.apply(batch)
    };
    one(Document::new("a", vectors(1, 3, DIM)).unwrap()).unwrap();
    assert_eq!(version(&path), 1);
    let error = one(Document::without_vectors("b").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(
        error.to_string().contains("document \"b\" has neither vectors nor text nor attributes"),
        "{error}"
    );
    assert_eq!(version(&path), 1, "what was refused changes nothing");
    one(Document::without_vectors("b").unwrap().with_text("text").unwrap()).unwrap();
    assert_eq!(version(&path), 7);
    // Handles that were opened before see them for what they are.
    for collection in [&collection, &earlier, &Collection::open(&path).unwrap()] {
        let snapshot = collection.snapshot().unwrap();
        let answer = snapshot.search(&Query::new(vectors(1, 3, DIM)), &SearchParams::default()).unwrap();
        assert_eq!((answer.hits.len(), answer.num_matched, snapshot.num_documents()), (1, 1, 2));
        assert_eq!(snapshot.schema(), &schema);
    }
    writer.flush().unwrap();
    writer.close().unwrap();
    assert_eq!(version(&path), 7);
    assert_eq!(Collection::create_or_open(&path, &schema).unwrap().snapshot().unwrap().num_documents(), 2);
}

#[test]
fn a_collection_of_nothing_else_is_closed_without_a_calibration() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &schema(0)).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for number in 0..3 {
        batch.upsert(document(&schema(0), &format!("k{number}"), number, false));
    }
    writer.apply(batch).unwrap();
    writer.flush().unwrap();
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    assert_eq!((snapshot.num_documents(), snapshot.calibration().unwrap().is_none()), (3, true));
}
