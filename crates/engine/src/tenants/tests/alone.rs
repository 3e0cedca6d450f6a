use super::{NAMES, document, open, schema, tenant, vectors};
use crate::{
    Amendment, Answer, AttributePath, Batch, Collection, DocKey, Hit, HybridQuery, HybridWeights, OrderBy,
    Precondition, Predicate, Query, SearchParams, Snapshot, Tenant, WordsQuery, Writer,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::Seed;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone)]
enum Change {
    Upsert(u8, u16),
    Delete(u8),
    Amend(u8, u8),
    AmendWhere(u8),
    DeleteWhere(u8),
    UpsertAbsent(u8, u16),
}

#[derive(Debug, Clone)]
enum Step {
    Apply(usize, Vec<Change>),
    Drop(usize),
    Flush,
    Compact,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = prop_oneof![
        8 => (0u8..20, any::<u16>()).prop_map(|(key, version)| Change::Upsert(key, version)),
        2 => (0u8..20).prop_map(Change::Delete),
        1 => (0u8..20, 0u8..3).prop_map(|(key, color)| Change::Amend(key, color)),
        1 => (0u8..3).prop_map(Change::AmendWhere),
        1 => (0u8..3).prop_map(Change::DeleteWhere),
        1 => (0u8..20, any::<u16>()).prop_map(|(key, version)| Change::UpsertAbsent(key, version)),
    ];
    let step = prop_oneof![
        10 => (0..NAMES.len(), prop::collection::vec(change, 1..16)).prop_map(|(at, changes)| Step::Apply(at, changes)),
        1 => (0..NAMES.len()).prop_map(Step::Drop),
        2 => Just(Step::Flush),
        1 => Just(Step::Compact),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..24)
}

fn fill(batch: &mut Batch, changes: &[Change]) {
    let key = |key: &u8| DocKey::new(format!("k{key}")).unwrap();
    let color = |color: &u8| Predicate::parse(&format!("color = {color}")).unwrap();
    let amendment = |color: u8| Amendment::merge(json!({ "color": color }).as_object().unwrap().clone());
    for change in changes {
        match change {
            Change::Upsert(key, version) => batch.upsert(document(*key, *version)),
            Change::Delete(of) => batch.delete(key(of)),
            Change::Amend(of, color) => batch.amend(key(of), amendment(*color)),
            Change::AmendWhere(of) => batch.amend_where(color(of), amendment((of + 1) % 3)),
            Change::DeleteWhere(of) => batch.delete_where(color(of)),
            Change::UpsertAbsent(key, version) => {
                batch.upsert_if(document(*key, *version), Precondition::Absent)
            }
        };
    }
}

/// Everything that a snapshot tells, but for ids.
fn told(snapshot: &Snapshot, seed: u64) -> Vec<String> {
    let mut generator = Seed(seed).generator();
    let query = Query::new(vectors(&mut generator));
    let words =
        WordsQuery::new([format!("w{}", generator.below(5)), format!("w{}", generator.below(5))]).unwrap();
    let color = Predicate::parse(&format!("color = {}", generator.below(3))).unwrap();
    let by_key = Predicate::parse("_key STARTS WITH \"k1\" OR _key = \"k3\"").unwrap();
    let path = AttributePath::parse("number").unwrap();
    let weights = HybridWeights::mean_of_tokens(0.5);
    let fused = HybridQuery { vectors: query.clone(), sentence: None, words: words.clone(), weights };
    let hits = |answer: Answer| {
        let shown = |hit: &Hit| format!("{} {} {:?}", hit.key, hit.score.get().to_bits(), hit.parts);
        (answer.num_matched, answer.hits.iter().map(shown).collect::<Vec<_>>())
    };
    let mut told = vec![format!("{} documents", snapshot.num_documents())];
    for filter in [None, Some(color), Some(by_key)] {
        let params = SearchParams { k: 7, filter: filter.clone(), ..SearchParams::default() };
        told.push(format!("{:?}", hits(snapshot.search(&query, &params).unwrap())));
        told.push(format!("{:?}", hits(snapshot.search_words(&words, &params).unwrap())));
        told.push(format!("{:?}", hits(snapshot.search_hybrid(&fused, &params).unwrap())));
        let filter = filter.unwrap_or(Predicate::Constant(true));
        let keys = snapshot.keys(&filter, None, 100).unwrap();
        let order = OrderBy { path: path.clone(), is_descending: true };
        told.push(format!("{} {keys:?}", snapshot.count(&filter).unwrap()));
        told.push(format!("{:?}", snapshot.keys_by(&filter, &order, None, 9).unwrap()));
        told.push(format!("{:?}", snapshot.values(&path, Some(&filter), 9).unwrap()));
    }
    for key in 0..20 {
        let key = format!("k{key}");
        let document = snapshot.get(&key).unwrap();
        let shown = document.map(|d| (d.key, d.vectors, d.text, d.attributes));
        told.push(format!("{shown:?}"));
        if let Ok(why) = snapshot.explain_words(&words, &key) {
            told.push(format!("{:?}", (why.score, why.bound, why.parts)));
        }
    }
    let mut all: Vec<String> =
        snapshot.documents().map(|document| document.unwrap().key.to_string()).collect();
    all.sort();
    told.push(format!("{all:?}"));
    told.push(format!("{}", snapshot.sample(1000).unwrap().len()));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever is written, merged and opened again: a tenant is told what a collection of its own tells, to the bit, and
    /// nothing of another one.
    #[test]
    fn a_tenant_is_a_collection_of_its_own(steps in steps(), seed in any::<u64>()) {
        let backend = MemoryBackend::new();
        Collection::create_on(Arc::new(backend.clone()), &schema(true)).unwrap();
        let (mut collection, mut writer) = open(&backend);
        let own: Vec<Collection> = (0..NAMES.len())
            .map(|_| Collection::create_on(Arc::new(MemoryBackend::new()), &schema(false)).unwrap())
            .collect();
        let own_writers: Vec<Writer> = own.iter().map(|own| own.writer().unwrap()).collect();
        for step in &steps {
            match step {
                Step::Apply(at, changes) => {
                    let (mut batch, mut alone) = (Batch::of_tenant(tenant(*at)), Batch::new());
                    fill(&mut batch, changes);
                    fill(&mut alone, changes);
                    let (found, expected) = (writer.apply(batch).unwrap(), own_writers[*at].apply(alone).unwrap());
                    prop_assert_eq!(crate::Receipt { sequence: 0, ..found }, crate::Receipt { sequence: 0, ..expected });
                }
                Step::Drop(at) => {
                    let mut batch = Batch::of_tenant(tenant(*at));
                    batch.delete_where(Predicate::Constant(true));
                    let mut alone = Batch::new();
                    alone.delete_where(Predicate::Constant(true));
                    prop_assert_eq!(writer.apply(batch).unwrap().num_deleted, own_writers[*at].apply(alone).unwrap().num_deleted);
                }
                Step::Flush => writer.flush().unwrap(),
                Step::Compact => writer.compact().unwrap(),
                Step::Reopen => {
                    writer.close().unwrap();
                    (collection, writer) = open(&backend);
                }
            }
        }
        let mut expected_tenants = BTreeMap::new();
        for (at, own) in own.iter().enumerate() {
            let snapshot = collection.snapshot().unwrap().of_tenant(&tenant(at)).unwrap();
            let expected = own.snapshot().unwrap();
            prop_assert_eq!(told(&snapshot, seed), told(&expected, seed), "{}", NAMES[at]);
            if expected.num_documents() > 0 {
                expected_tenants.insert(tenant(at), expected.num_documents());
            }
        }
        let snapshot = collection.snapshot().unwrap();
        let found: BTreeMap<Tenant, u64> =
            snapshot.tenants(None, 99).unwrap().into_iter().map(|info| (info.tenant, info.num_documents)).collect();
        prop_assert_eq!(&found, &expected_tenants);
        let (mut paged, mut after) = (Vec::new(), None);
        while let Some(info) = snapshot.tenants(after.as_ref(), 1).unwrap().into_iter().next() {
            after = Some(info.tenant.clone());
            paged.push(info.tenant);
        }
        prop_assert_eq!(paged, found.into_keys().collect::<Vec<_>>());
        for at in [4, 0] {
            let mut batch = Batch::of_tenant(tenant(at));
            batch.upsert(document(30, 1));
            writer.apply(batch).unwrap();
            writer.flush().unwrap();
        }
        writer.compact().unwrap();
        let view = writer.snapshot().view;
        let keys = |part: &pleiad_store::PartView| -> Vec<String> {
            (0..part.num_rows()).map(|row| part.key(row).unwrap().to_owned()).collect()
        };
        prop_assert!(view.parts().iter().all(|part| keys(part).is_sorted()), "a tenant is one range of rows");
        writer.close().unwrap();
        let found = collection.verify_deep(&mut |_, _| {}).unwrap();
        prop_assert!(found.is_clean(), "{found:?}");
    }
}
