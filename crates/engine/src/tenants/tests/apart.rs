use super::{NAMES, open, schema, tenant, vectors};
use crate::{
    Amendment, AttributePath, Batch, Collection, DocKey, Document, Hit, HybridQuery, HybridWeights, OrderBy,
    Predicate, Query, SearchParams, Snapshot, Terms, WordsQuery, Writer,
};
use pleiad_filter::Value;
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::{Generator, Seed};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes in all.
const NUM_CHANGES: u64 = 100_000;

/// Changes of a batch, at most.
const MAX_CHANGES: u64 = 64;

/// Keys that a tenant may have.
const NUM_KEYS: u64 = 60;

/// One batch in so many is followed by a look at every document.
const CHECK_EVERY: u64 = 50;

/// The number of the write of each key of a tenant.
type Documents = BTreeMap<String, u64>;

fn key(number: u64) -> String {
    format!("k{number}")
}

/// A document that says whose it is in all its parts.
fn document(owner: usize, key: String, number: u64) -> Document {
    let mut generator = Seed(number).generator();
    let mut terms = Terms::default();
    terms.push(0, "common", 0);
    terms.push(0, &format!("of{owner}"), 1);
    let document = match generator.below(5) {
        0 => Document::without_vectors(key).unwrap(),
        _ => Document::new(key, vectors(&mut generator)).unwrap(),
    };
    let attributes = json!({ "owner": owner, "number": number });
    let document = document.with_text(format!("{owner} {number}")).unwrap().with_terms(terms);
    document.with_attributes(attributes.as_object().unwrap()).unwrap()
}

/// The filter that holds for the documents of one tenant, if filters are right.
fn owned_by(owner: usize) -> Predicate {
    Predicate::parse(&format!("owner = {owner}")).unwrap()
}

/// The documents that a snapshot of a tenant has, each checked to be its own.
fn read(own: &Snapshot, owner: usize) -> Documents {
    let mut found = Documents::new();
    for document in own.documents() {
        let document = document.unwrap();
        let number = document.attributes["number"].as_u64().unwrap();
        assert_eq!(document.attributes["owner"], json!(owner));
        assert_eq!(document.text.as_deref(), Some(format!("{owner} {number}").as_str()));
        assert_eq!(found.insert(document.key.to_string(), number), None);
    }
    assert_eq!(own.num_documents(), found.len() as u64);
    found
}

/// Asks everything that takes a filter, under one that holds for the documents of somebody else.
fn ask(own: &Snapshot, owner: usize, expected: &Documents, generator: &mut Generator) {
    let filter = owned_by((owner + 1) % NAMES.len());
    let params = SearchParams { k: 99, filter: Some(filter.clone()), ..SearchParams::default() };
    let query = Query::new(vectors(generator));
    let words = WordsQuery::new(["common".to_owned(), format!("of{}", generator.below(5))]).unwrap();
    let weights = HybridWeights::mean_of_tokens(0.5);
    let fused = HybridQuery { vectors: query.clone(), sentence: None, words: words.clone(), weights };
    let answers = [
        own.search(&query, &params).unwrap(),
        own.search_words(&words, &params).unwrap(),
        own.search_hybrid(&fused, &params).unwrap(),
    ];
    for answer in answers {
        assert!(answer.num_matched <= expected.len() as u64);
        for Hit { key, tenant, .. } in answer.hits {
            assert!(expected.contains_key(key.as_str()) && tenant.is_none(), "{key} of {}", NAMES[owner]);
        }
    }
    let order = OrderBy { path: AttributePath::parse("number").unwrap(), is_descending: false };
    for listed in own.keys_by(&filter, &order, None, 99).unwrap() {
        let Some(Value::Integer(number)) = listed.value else { panic!("{listed:?}") };
        assert_eq!(expected.get(listed.key.as_str()), Some(&(number as u64)));
    }
    let keys = own.keys(&filter, None, 99).unwrap();
    assert!(keys.iter().all(|key| expected.contains_key(key.as_str())));
    assert_eq!(own.count(&filter).unwrap(), keys.len() as u64);
    let values = own.values(&AttributePath::parse("owner").unwrap(), Some(&filter), 9).unwrap();
    assert!(values.counts.iter().all(|(value, _)| *value == Value::Integer(owner as i64)), "{values:?}");
    let any = key(generator.below(NUM_KEYS));
    let stored = own.get(&any).unwrap().map(|document| document.attributes["number"].as_u64().unwrap());
    assert_eq!(stored.as_ref(), expected.get(&any));
}

/// Writes a batch of a tenant; changes by filter are under one that holds for the documents of somebody else.
fn write(writer: &Writer, owner: usize, own: &mut Documents, first: u64, generator: &mut Generator) -> u64 {
    let mut batch = Batch::of_tenant(tenant(owner));
    let num_changes = 1 + generator.below(MAX_CHANGES);
    for number in first..first + num_changes {
        let key = key(generator.below(NUM_KEYS));
        if generator.below(4) > 0 {
            batch.upsert(document(owner, key.clone(), number));
            own.insert(key, number);
        } else {
            batch.delete(DocKey::new(key.clone()).unwrap());
            own.remove(&key);
        }
    }
    writer.apply(batch).unwrap();
    let mut batch = Batch::of_tenant(tenant(owner));
    let seen = Amendment::merge(json!({ "seen": first }).as_object().unwrap().clone());
    let other = owned_by((owner + 1) % NAMES.len());
    match generator.below(40) {
        0 => _ = batch.delete_where(Predicate::Constant(true)),
        1 => _ = batch.delete_where(other),
        2..6 => _ = batch.amend_where(other, seen),
        _ => return num_changes,
    }
    writer.apply(batch).unwrap();
    // What a wrong filter does to the tenant's own documents is not the question.
    *own = read(&writer.snapshot().of_tenant(&tenant(owner)).unwrap(), owner);
    num_changes + 1
}

/// Whatever is written, deleted, merged and opened again, with filters that hold for every row of every tenant: one is
/// told, and changes, nothing of another.
#[test]
fn tenants_are_apart_where_all_filters_are_wrong() {
    let backend = MemoryBackend::new();
    Collection::create_on(Arc::new(backend.clone()), &schema(true)).unwrap();
    let start = || {
        let (collection, writer) = open(&backend);
        writer.snapshot().shared.filters.match_all_rows();
        (collection, writer)
    };
    let (mut collection, mut writer) = start();
    let mut generator = Seed(24).generator();
    let mut all = vec![Documents::new(); NAMES.len()];
    let (mut num_changes, mut num_batches, mut num_segments) = (0, 0, 0);
    while num_changes < NUM_CHANGES {
        let owner = generator.below(NAMES.len() as u64) as usize;
        num_changes += write(&writer, owner, &mut all[owner], num_changes, &mut generator);
        match generator.below(80) {
            0..4 => writer.flush().unwrap(),
            4 => writer.compact().unwrap(),
            5 => {
                writer.close().unwrap();
                (collection, writer) = start();
            }
            _ => {}
        }
        num_batches += 1;
        let snapshot = writer.snapshot();
        num_segments = num_segments.max(snapshot.view.parts().len());
        let asked = generator.below(NAMES.len() as u64) as usize;
        let own = snapshot.of_tenant(&tenant(asked)).unwrap();
        ask(&own, asked, &all[asked], &mut generator);
        if num_batches % CHECK_EVERY == 0 {
            for (owner, expected) in all.iter().enumerate() {
                assert_eq!(&read(&snapshot.of_tenant(&tenant(owner)).unwrap(), owner), expected);
            }
        }
    }
    assert!(num_segments > 4, "never in several parts");
    writer.close().unwrap();
    assert!(collection.verify_deep(&mut |_, _| {}).unwrap().is_clean());
}
