//! Random histories against a map: what was acknowledged is there, whole, and nothing else.

use crate::support::{document, query, scratch, vectors, vectors_of};
use pleiad::{Batch, Collection, DocKey, Reduction, Schema, SearchParams, SentenceSchema, Snapshot, Writer};
use proptest::prelude::*;
use std::collections::BTreeMap;

const DIM: usize = 12;
const SENTENCE_DIM: usize = 32;

#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<(u8, Option<u8>)>),
    Flush,
    Reopen,
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (0u8..25, prop::option::weighted(0.7, any::<u8>()));
    let step = prop_oneof![
        6 => prop::collection::vec(change, 0..8).prop_map(Step::Apply),
        1 => Just(Step::Flush),
        1 => Just(Step::Reopen),
        1 => Just(Step::Look),
    ];
    prop::collection::vec(step, 1..25)
}

fn reductions() -> impl Strategy<Value = Reduction> {
    prop_oneof![
        Just(Reduction::Keep),
        (2u32..7).prop_map(|factor| Reduction::Ward { factor }),
        (2u32..7).prop_map(|factor| Reduction::Neighbors { factor }),
    ]
}

type Model = BTreeMap<String, u8>;

fn apply(writer: &Writer, model: &mut Model, changes: &[(u8, Option<u8>)]) {
    let mut batch = Batch::new();
    for (key, version) in changes {
        let key = format!("k{key}");
        match version {
            Some(version) => {
                let document = document(&key, u64::from(*version), DIM);
                let sentence = vectors(u64::from(*version), 1, SENTENCE_DIM).data().to_vec();
                batch.upsert(document.with_sentence(sentence).unwrap());
                model.insert(key, *version);
            }
            None => {
                batch.delete(DocKey::new(key.as_str()).unwrap());
                model.remove(&key);
            }
        }
    }
    writer.apply(batch).unwrap();
}

fn check(snapshot: &Snapshot, model: &Model) {
    assert_eq!(snapshot.num_documents(), model.len() as u64);
    for (key, version) in model {
        let stored = snapshot.get(key).unwrap().unwrap_or_else(|| panic!("{key} is lost"));
        assert_eq!(stored.text, Some(format!("text of {key} at {version}")));
        assert_eq!(stored.attributes["version"], *version);
        assert_eq!(stored.attributes["key"], key.as_str());
        let expected = vectors(u64::from(*version), 1, SENTENCE_DIM);
        let found = stored.sentence.unwrap();
        let product: f32 = expected.data().iter().zip(&found).map(|(a, b)| a * b).sum();
        // A code has the vector's own inner product with it, but for the eight bits of its scale.
        assert!((product - 1.0).abs() < 0.005, "{key}: {product}");
        let tokens = vectors_of(key, u64::from(*version), DIM);
        assert_eq!(snapshot.row_labels(key).unwrap(), Some(snapshot.schema().reduced_rows(&tokens).unwrap()));
    }
    let params = SearchParams { k: 100, exact: true, ..Default::default() };
    let mut found: Vec<_> = snapshot
        .search(&query(3, 4, DIM), &params)
        .unwrap()
        .hits
        .into_iter()
        .map(|hit| hit.key.as_str().to_owned())
        .collect();
    found.sort();
    assert_eq!(found, model.keys().cloned().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_collection_is_a_map(steps in steps(), reduction in reductions()) {
        let (_folder, path) = scratch();
        let sentence = Some(SentenceSchema { dim: SENTENCE_DIM });
        let mut collection = Collection::create(&path, &Schema { reduction, sentence, ..Schema::new(DIM) }).unwrap();
        let mut writer = collection.writer().unwrap();
        let (mut model, mut looks) = (Model::new(), Vec::new());
        for step in &steps {
            match step {
                Step::Apply(changes) => apply(&writer, &mut model, changes),
                Step::Flush => writer.flush().unwrap(),
                Step::Reopen => {
                    writer.close().unwrap();
                    collection = Collection::open(&path).unwrap();
                    writer = collection.writer().unwrap();
                }
                Step::Look => looks.push((collection.snapshot().unwrap(), model.clone())),
            }
            check(&writer.snapshot(), &model);
        }
        check(&collection.snapshot().unwrap(), &model);
        for (snapshot, model) in &looks {
            check(snapshot, model);
        }
        writer.close().unwrap();
        let verification = collection.verify(&mut |_, _| {}).unwrap();
        prop_assert!(verification.is_clean(), "{:?}", verification.findings);
        prop_assert_eq!(verification.num_documents, model.len() as u64);
    }
}

#[test]
fn ids_stay_through_upserts_and_are_never_reused() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    let put = |key: &str, version| {
        let mut batch = Batch::new();
        batch.upsert(document(key, version, DIM));
        writer.apply(batch).unwrap();
        writer.flush().unwrap();
        writer.snapshot().get(key).unwrap().unwrap().id
    };
    let (a, b) = (put("a", 0), put("b", 0));
    assert_eq!(put("a", 1), a);
    let mut batch = Batch::new();
    batch.delete(DocKey::new("a").unwrap());
    writer.apply(batch).unwrap();
    assert_eq!(writer.snapshot().get("b").unwrap().unwrap().id, b);
    let mut batch = Batch::new();
    batch.upsert(document("a", 2, DIM));
    writer.apply(batch).unwrap();
    let again = writer.snapshot().get("a").unwrap().unwrap().id;
    assert!(again != a && again != b);
}
