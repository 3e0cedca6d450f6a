//! Batches whose changes depend on what is stored, against a map and from many threads.

use crate::support::{scratch, vectors};
use pleiad::{
    Amendment, Batch, Collection, DocKey, Document, ErrorKind, MultiVector, Precondition, Predicate, Query,
    Receipt, Reduction, Schema, SearchParams, Terms, WordsQuery, WordsSchema, Writer,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DIM: usize = 12;

#[derive(Debug, Clone)]
enum Change {
    Upsert(u8, u8),
    UpsertIf(u8, u8, Condition),
    Delete(u8),
    DeleteWhere(u8),
    Amend(u8, Value),
    AmendWhere(u8, Value),
    Expect(u8, Condition),
}

#[derive(Debug, Clone)]
enum Condition {
    Absent,
    Present,
    IsColor(u8),
    AbsentOrColor(u8),
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let condition = || {
        prop_oneof![
            Just(Condition::Absent),
            Just(Condition::Present),
            (0u8..4).prop_map(Condition::IsColor),
            (0u8..4).prop_map(Condition::AbsentOrColor),
        ]
    };
    let patch = prop_oneof![
        (0u8..4).prop_map(|color| json!({ "color": color })),
        (0u8..4).prop_map(|size| json!({ "size": { "width": size } })),
        Just(json!({ "color": null })),
        Just(json!({ "size": { "width": null, "height": 1 } })),
        Just(json!({ "size": "none" })),
        Just(json!({})),
    ];
    let change = prop_oneof![
        6 => (0u8..12, any::<u8>()).prop_map(|(key, version)| Change::Upsert(key, version)),
        3 => (0u8..12, any::<u8>(), condition()).prop_map(|(key, version, condition)| Change::UpsertIf(key, version, condition)),
        2 => (0u8..12).prop_map(Change::Delete),
        1 => (0u8..4).prop_map(Change::DeleteWhere),
        5 => (0u8..12, patch.clone()).prop_map(|(key, patch)| Change::Amend(key, patch)),
        2 => (0u8..4, patch).prop_map(|(color, patch)| Change::AmendWhere(color, patch)),
        1 => (0u8..12, condition()).prop_map(|(key, condition)| Change::Expect(key, condition)),
    ];
    prop::collection::vec(prop::collection::vec(change, 0..7), 1..16)
}

/// The version that a document was written at, and its attributes.
type Model = BTreeMap<String, (u8, Map<String, Value>)>;

fn name(key: u8) -> String {
    format!("k{key:02}")
}

fn is_color(attributes: &Map<String, Value>, color: u8) -> bool {
    attributes.get("color") == Some(&json!(color))
}

fn color(color: u8) -> Predicate {
    Predicate::parse(&format!("color = {color}")).unwrap()
}

fn attributes(version: u8) -> Map<String, Value> {
    json!({ "version": version, "color": version % 4 }).as_object().unwrap().clone()
}

fn document(key: u8, version: u8) -> Document {
    let vectors = vectors(u64::from(version), 3 + usize::from(version % 5), DIM);
    let document = Document::new(name(key), vectors).unwrap().with_text(format!("text {version}")).unwrap();
    document.with_attributes(&attributes(version)).unwrap()
}

impl Condition {
    fn precondition(&self) -> Precondition {
        match self {
            Self::Absent => Precondition::Absent,
            Self::Present => Precondition::Present,
            Self::IsColor(of) => Precondition::Holds(color(*of)),
            Self::AbsentOrColor(of) => Precondition::AbsentOr(color(*of)),
        }
    }

    fn is_met(&self, model: &Model, key: u8) -> bool {
        match (self, model.get(&name(key))) {
            (Self::Absent, found) => found.is_none(),
            (Self::Present, found) => found.is_some(),
            (Self::IsColor(color), found) => {
                found.is_some_and(|(_, attributes)| is_color(attributes, *color))
            }
            (Self::AbsentOrColor(color), found) => {
                found.is_none_or(|(_, attributes)| is_color(attributes, *color))
            }
        }
    }
}

/// RFC 7396 in its own words.
fn merge_patch(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut target = if let Value::Object(target) = target { target } else { Map::new() };
    for (name, value) in patch {
        let before = target.remove(name);
        if !value.is_null() {
            target.insert(name.clone(), merge_patch(before.unwrap_or(Value::Null), value));
        }
    }
    Value::Object(target)
}

fn amend(attributes: &mut Map<String, Value>, patch: &Value) {
    let merged = merge_patch(Value::Object(attributes.clone()), patch);
    *attributes = merged.as_object().unwrap().clone();
}

/// The state that a batch leaves, or nothing where it has to fail; and its counts.
fn expected(before: &Model, changes: &[Change]) -> Option<(Model, Receipt)> {
    let mut model = before.clone();
    let mut receipt = Receipt {
        sequence: 0,
        num_upserted: 0,
        num_replaced: 0,
        num_deleted: 0,
        num_amended: 0,
        num_skipped: 0,
        num_missing: 0,
    };
    for change in changes {
        match change {
            Change::Upsert(key, version) => drop(model.insert(name(*key), (*version, attributes(*version)))),
            Change::UpsertIf(key, version, condition) => match condition.is_met(&model, *key) {
                true => drop(model.insert(name(*key), (*version, attributes(*version)))),
                false => receipt.num_skipped += 1,
            },
            Change::Delete(key) => drop(model.remove(&name(*key))),
            Change::DeleteWhere(color) => model.retain(|_, (_, attributes)| !is_color(attributes, *color)),
            Change::Amend(key, patch) => match model.get_mut(&name(*key)) {
                Some((_, attributes)) => {
                    amend(attributes, patch);
                    receipt.num_amended += 1;
                }
                None => receipt.num_missing += 1,
            },
            Change::AmendWhere(color, patch) => {
                let matching = model.values_mut().filter(|(_, attributes)| is_color(attributes, *color));
                matching.for_each(|(_, attributes)| {
                    amend(attributes, patch);
                    receipt.num_amended += 1;
                });
            }
            Change::Expect(key, condition) if !condition.is_met(&model, *key) => return None,
            Change::Expect(..) => {}
        }
    }
    Some((model, receipt))
}

fn batch(changes: &[Change]) -> Batch {
    let mut batch = Batch::new();
    let key = |key: &u8| DocKey::new(name(*key)).unwrap();
    let amendment = |patch: &Value| Amendment::merge(patch.as_object().unwrap().clone());
    for change in changes {
        match change {
            Change::Upsert(key, version) => batch.upsert(document(*key, *version)),
            Change::UpsertIf(key, version, condition) => {
                batch.upsert_if(document(*key, *version), condition.precondition())
            }
            Change::Delete(of) => batch.delete(key(of)),
            Change::DeleteWhere(of) => batch.delete_where(color(*of)),
            Change::Amend(of, patch) => batch.amend(key(of), amendment(patch)),
            Change::AmendWhere(of, patch) => batch.amend_where(color(*of), amendment(patch)),
            Change::Expect(of, condition) => batch.expect(key(of), condition.precondition()),
        };
    }
    batch
}

fn check(collection: &Collection, model: &Model) {
    let snapshot = collection.snapshot().unwrap();
    assert_eq!(snapshot.num_documents(), model.len() as u64);
    // To the bit what documents give that nobody amended.
    let (_folder, path) = scratch();
    let fresh = Collection::create(&path, collection.schema()).unwrap();
    let writer = fresh.writer().unwrap();
    let mut batch = Batch::new();
    for (key, (version, _)) in model {
        batch.upsert(document(key[1..].parse().unwrap(), *version));
    }
    writer.apply(batch).unwrap();
    let fresh = writer.snapshot();
    for (key, (version, attributes)) in model {
        let stored = snapshot.get(key).unwrap().unwrap_or_else(|| panic!("{key} is lost"));
        let text = format!("text {version}");
        assert_eq!((&stored.attributes, stored.text.as_deref()), (attributes, Some(text.as_str())));
        assert_eq!(stored.vectors, fresh.get(key).unwrap().unwrap().vectors, "{key}");
        assert_eq!(snapshot.row_labels(key).unwrap(), fresh.row_labels(key).unwrap(), "{key}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever changes a batch mixes, it does what they do one after the other, or nothing.
    #[test]
    fn changes_that_depend_on_what_is_stored_are_those_of_a_map(batches in changes(), flushes in any::<u32>()) {
        let (_folder, path) = scratch();
        let schema = Schema { reduction: Reduction::Ward { factor: 2 }, ..Schema::new(DIM) };
        let collection = Collection::create(&path, &schema).unwrap();
        let writer = collection.writer().unwrap();
        let mut model = Model::new();
        for (at, changes) in batches.iter().enumerate() {
            match (writer.apply(batch(changes)), expected(&model, changes)) {
                (Ok(found), Some((after, counts))) => {
                    let Receipt { num_amended, num_skipped, num_missing, .. } = found;
                    prop_assert_eq!(
                        (num_amended, num_skipped, num_missing),
                        (counts.num_amended, counts.num_skipped, counts.num_missing)
                    );
                    model = after;
                }
                (Err(error), None) => prop_assert_eq!(error.kind(), ErrorKind::Conflict, "{}", error),
                (found, expected) => prop_assert!(false, "{found:?} {expected:?}"),
            }
            if flushes >> (at % 32) & 1 == 1 {
                writer.flush().unwrap();
            }
        }
        check(&collection, &model);
        writer.compact().unwrap();
        check(&collection, &model);
        writer.close().unwrap();
        let found = collection.verify_deep(&mut |_, _| {}).unwrap();
        prop_assert!(found.is_clean(), "{found:?}");
    }
}

fn one(key: &str) -> Document {
    Document::new(key, MultiVector::new(vec![1.0; DIM], DIM).unwrap()).unwrap()
}

fn number_of(writer: &Writer) -> u64 {
    writer.snapshot().get("counter").unwrap().unwrap().attributes["number"].as_u64().unwrap()
}

#[test]
fn threads_that_expect_what_they_read_lose_no_change() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    batch.upsert(one("counter").with_attributes(json!({ "number": 0 }).as_object().unwrap()).unwrap());
    writer.apply(batch).unwrap();
    let id = writer.snapshot().get("counter").unwrap().unwrap().id;
    let key = || DocKey::new("counter").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut num_done = 0;
                while num_done < 12 {
                    let number = number_of(&writer);
                    let read = Predicate::parse(&format!("number = {number}")).unwrap();
                    let next = json!({ "number": number + 1 }).as_object().unwrap().clone();
                    let mut batch = Batch::new();
                    batch.expect(key(), Precondition::Holds(read)).amend(key(), Amendment::merge(next));
                    match writer.apply(batch) {
                        Ok(_) => num_done += 1,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                }
            });
        }
        scope.spawn(|| {
            for at in 0..24 {
                let mut batch = Batch::new();
                batch.upsert(one(&format!("other {at}")));
                writer.apply(batch).unwrap();
            }
        });
    });
    assert_eq!(number_of(&writer), 48);
    assert_eq!(writer.snapshot().get("counter").unwrap().unwrap().id, id, "an amended document keeps its id");
    assert_eq!(writer.snapshot().num_documents(), 25);
}

#[test]
fn of_documents_added_once_by_many_threads_one_is_there() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    let num_added: u64 = std::thread::scope(|scope| {
        let add = |thread: u64| {
            let document = one("once").with_text(format!("by {thread}")).unwrap();
            let mut batch = Batch::new();
            batch.upsert_if(document, Precondition::Absent);
            writer.apply(batch).unwrap().num_upserted
        };
        let threads: Vec<_> = (0..6).map(|thread| scope.spawn(move || add(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(num_added, 1);
}

#[test]
fn what_a_failed_expectation_says_and_does() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    batch.upsert(one("a")).expect(DocKey::new("b").unwrap(), Precondition::Present);
    let error = writer.apply(batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.to_string(), "document \"b\" was expected to be there: nothing was done");
    assert_eq!(writer.snapshot().num_documents(), 0);
    let mut batch = Batch::new();
    batch
        .upsert(one("a"))
        .expect(DocKey::new("a").unwrap(), Precondition::Holds(Predicate::parse("x = 1").unwrap()));
    let message = writer.apply(batch).unwrap_err().to_string();
    assert_eq!(message, "document \"a\" was expected to be there with x = 1: nothing was done");
}

fn words_of(text: Option<&str>, attributes: &Map<String, Value>) -> Terms {
    let mut terms = Terms::default();
    let title = attributes.get("title").and_then(Value::as_str).unwrap_or_default();
    (0..)
        .zip(title.split(' ').chain(text.unwrap_or_default().split(' ')))
        .for_each(|(at, word)| terms.push(0, word, at));
    terms
}

#[test]
fn words_of_amended_attributes_are_made_anew_or_the_amendment_is_refused() {
    let (_folder, path) = scratch();
    let field = |source: &str| pleiad::TextField { source: source.to_owned(), weight: 1.0 };
    let words = WordsSchema { fields: vec![field("title")], ..WordsSchema::new("english-1") };
    let collection = Collection::create(&path, &Schema { words: Some(words), ..Schema::new(DIM) }).unwrap();
    let writer = collection.writer().unwrap();
    let first = json!({ "title": "stork" }).as_object().unwrap().clone();
    let mut batch = Batch::new();
    let document = one("a").with_text("nest").unwrap().with_attributes(&first).unwrap();
    batch.upsert(document.with_terms(words_of(Some("nest"), &first)));
    writer.apply(batch).unwrap();
    let amendment = Amendment::merge(json!({ "title": "heron" }).as_object().unwrap().clone());
    let mut batch = Batch::new();
    batch.amend(DocKey::new("a").unwrap(), amendment.clone());
    let error = writer.apply(batch).unwrap_err();
    assert!(error.to_string().contains("\"title\" is a source of this collection's words"), "{error}");
    let mut batch = Batch::new();
    batch.amend(DocKey::new("a").unwrap(), amendment.with_terms(words_of));
    assert_eq!(writer.apply(batch).unwrap().num_amended, 1);
    let snapshot = writer.snapshot();
    for (word, num_expected) in [("stork", 0), ("heron", 1), ("nest", 1)] {
        let found =
            snapshot.search_words(&WordsQuery::new([word]).unwrap(), &SearchParams::default()).unwrap();
        assert_eq!(found.hits.len(), num_expected, "{word}");
    }
    let by_vectors = snapshot
        .search(&Query::new(MultiVector::new(vec![1.0; DIM], DIM).unwrap()), &SearchParams::default());
    assert_eq!(by_vectors.unwrap().hits.len(), 1);
}
