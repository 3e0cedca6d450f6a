//! A named set is what it would be as the only one of a collection.

use super::{SETS, Spec, Stored, document, schema, schema_of, vectors_of, write};
use crate::support::{query, scratch};
use pleiad::{
    Amendment, Batch, Collection, DocKey, Document, Predicate, Query, SearchParams, Snapshot, Writer,
};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// One change: a document, or nothing for a deletion.
type Change = (u8, Option<(u16, [bool; 3])>);

/// The document that a collection of one set has of this key, if it has one.
fn alone(key: &str, (number, has): Spec, set: usize) -> Option<Document> {
    let attributes = json!({ "number": number % 4 });
    let document = has[set].then(|| Document::new(key, vectors_of(number, set)).unwrap())?;
    Some(document.with_attributes(attributes.as_object().unwrap()).unwrap())
}

fn scores(snapshot: &Snapshot, query: &Query, params: &SearchParams) -> BTreeMap<String, u32> {
    let hits = snapshot.search(query, params).unwrap().hits.into_iter();
    hits.map(|hit| (hit.key.to_string(), hit.score.get().to_bits())).collect()
}

/// Searches, explanations and stored vectors of each set are those of its own collection, to the bit.
fn check(writer: &Writer, plain: &[Writer], stored: &Stored, seed: u64) {
    let all = SearchParams { k: 1000, ..Default::default() };
    let filter = Some(Predicate::parse("number >= 2").unwrap());
    let of_params = [
        all.clone(),
        SearchParams { exact: true, ..all.clone() },
        SearchParams { filter, ..all.clone() },
        SearchParams { num_candidates: Some(1000), num_reranked: Some(1000), ..all.clone() },
    ];
    let whole = writer.snapshot();
    for (set, (name, dim)) in SETS.into_iter().enumerate() {
        let (snapshot, plain) = (whole.of_set(name).unwrap(), plain[set].snapshot());
        let query = query(seed, 3, dim);
        for params in &of_params {
            assert_eq!(scores(&snapshot, &query, params), scores(&plain, &query, params), "{name}");
            let passes = |number: u64| params.filter.is_none() || number % 4 >= 2;
            let num_matched = stored.values().filter(|(number, has)| has[set] && passes(*number)).count();
            let answer = snapshot.search(&query, &SearchParams { k: 3, ..params.clone() }).unwrap();
            assert_eq!((answer.num_matched, answer.hits.len()), (num_matched as u64, num_matched.min(3)));
        }
        for (key, (_, has)) in stored {
            let found = whole.get(key).unwrap().unwrap();
            let vectors = if set == 0 { Some(&found.vectors) } else { found.sets.get(name) };
            let vectors = vectors.filter(|vectors| !vectors.is_empty());
            assert_eq!(vectors, plain.get(key).unwrap().map(|plain| plain.vectors).as_ref(), "{key}");
            assert_eq!(vectors.is_some(), has[set]);
            let parts = snapshot.explain(&query, key).unwrap().parts;
            assert_eq!(parts, plain.explain(&query, key).map_or(Vec::new(), |plain| plain.parts), "{key}");
        }
    }
    assert_eq!(whole.num_documents(), stored.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_named_set_is_what_it_would_be_as_the_only_one(
        batches in prop::collection::vec(prop::collection::vec(any::<Change>(), 1..30), 1..6),
        flushes in any::<u8>(),
        seed in any::<u16>(),
    ) {
        let (folder, path) = scratch();
        let schema = schema();
        let collection = Collection::create(&path, &schema).unwrap();
        let mut writer = collection.writer().unwrap();
        let create = |set: usize| {
            let path = folder.path().join(format!("plain {set}"));
            Collection::create(path, &schema_of(&schema, set)).unwrap().writer().unwrap()
        };
        let plain: Vec<Writer> = (0..SETS.len()).map(create).collect();
        let mut stored = Stored::new();
        for (at, changes) in batches.iter().enumerate() {
            let (mut batch, mut of_sets) = (Batch::new(), vec![Batch::new(); SETS.len()]);
            for (key, change) in changes {
                let key = format!("k{}", key % 40);
                let doc_key = DocKey::new(key.as_str()).unwrap();
                let spec = change.map(|(number, has)| (u64::from(number), has));
                match spec {
                    Some(spec) => batch.upsert(document(&key, spec)),
                    None => batch.delete(doc_key.clone()),
                };
                for (set, batch) in of_sets.iter_mut().enumerate() {
                    match spec.and_then(|spec| alone(&key, spec, set)) {
                        Some(document) => batch.upsert(document),
                        None => batch.delete(doc_key.clone()),
                    };
                }
                match spec {
                    Some(spec) => stored.insert(key, spec),
                    None => stored.remove(&key),
                };
            }
            writer.apply(batch).unwrap();
            plain.iter().zip(of_sets).for_each(|(writer, batch)| _ = writer.apply(batch).unwrap());
            if flushes >> at & 1 == 1 {
                writer.flush().unwrap();
            }
            if flushes >> at & 3 == 3 {
                writer.close().unwrap();
                writer = Collection::open(&path).unwrap().writer().unwrap();
            }
        }
        check(&writer, &plain, &stored, u64::from(seed));
        writer.compact().unwrap();
        check(&writer, &plain, &stored, u64::from(seed));
        writer.close().unwrap();
        let found = Collection::open(&path).unwrap().verify_deep(&mut |_, _| {}).unwrap();
        prop_assert!(found.is_clean(), "{found:?}");
        prop_assert_eq!(found.num_documents, stored.len() as u64);
    }
}

#[test]
fn an_amendment_copies_the_codes_of_all_sets() {
    let (_folder, path) = scratch();
    let writer = Collection::create(&path, &schema()).unwrap().writer().unwrap();
    let specs = [(7, [true, true, true]), (8, [false, true, false]), (9, [true, false, true])];
    write(&writer, specs.into_iter().map(|spec| document(&format!("d{}", spec.0), spec)));
    let before = writer.snapshot();
    let mut batch = Batch::new();
    for (number, _) in specs {
        let amendment = Amendment::merge(json!({ "seen": number }).as_object().unwrap().clone());
        batch.amend(DocKey::new(format!("d{number}")).unwrap(), amendment);
    }
    assert_eq!(writer.apply(batch).unwrap().num_amended, 3);
    let after = writer.snapshot();
    for (number, has) in specs {
        let key = format!("d{number}");
        let (old, new) = (before.get(&key).unwrap().unwrap(), after.get(&key).unwrap().unwrap());
        assert_eq!((&new.vectors, &new.sets, new.id), (&old.vectors, &old.sets, old.id));
        assert_eq!(
            (new.sets.len(), new.attributes["seen"].as_u64()),
            (has[1..].iter().filter(|has| **has).count(), Some(number))
        );
        for (name, dim) in SETS {
            let (old, new) = (before.of_set(name).unwrap(), after.of_set(name).unwrap());
            let (query, params) = (query(3, 2, dim), SearchParams::default());
            assert_eq!(scores(&old, &query, &params), scores(&new, &query, &params));
        }
    }
}
