//! Pages against one exact ranking of everything.

use super::{GroupBy, PageParams};
use crate::{
    Answer, AttributePath, AttributeValue, Batch, Collection, Document, ErrorKind, ListedKey, MultiVector,
    OrderBy, Predicate, Query, Schema, SearchParams, Snapshot,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::Seed;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const DIM: usize = 6;

fn vectors(seed: u64) -> MultiVector {
    let mut generator = Seed(seed).generator();
    let num_tokens = 1 + generator.below(4) as usize;
    MultiVector::new((0..num_tokens * DIM).map(|_| generator.gaussian()).collect(), DIM).unwrap()
}

/// Attributes by the number of a document: one, several or no parents, and values of several kinds.
fn attributes(at: u64) -> Value {
    let mut attributes = json!({ "even": at.is_multiple_of(2) });
    match at % 7 {
        0 => {}
        1 => attributes["parent"] = json!([format!("p{}", at % 5), format!("p{}", at % 3)]),
        _ => attributes["parent"] = json!(format!("p{}", at % 23)),
    }
    match at % 5 {
        0 => {}
        1 => attributes["rank"] = json!((at % 13) as f64 / 2.0),
        2 => attributes["rank"] = json!([at % 11, (at + 3) % 11]),
        3 => attributes["rank"] = json!(format!("r{}", at % 4)),
        _ => attributes["rank"] = json!(at % 11),
    }
    attributes
}

fn filled(num_documents: u64) -> Collection {
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    for begin in (0..num_documents).step_by(64) {
        let mut batch = Batch::new();
        for at in begin..num_documents.min(begin + 64) {
            let document = Document::new(format!("d{at:04}"), vectors(at)).unwrap();
            batch.upsert(document.with_attributes(attributes(at).as_object().unwrap()).unwrap());
        }
        writer.apply(batch).unwrap();
        if begin.is_multiple_of(128) {
            writer.flush().unwrap();
        }
    }
    writer.close().unwrap();
    collection
}

fn search<'a>(
    snapshot: &'a Snapshot,
    query: &'a Query,
) -> impl Fn(&SearchParams) -> crate::error::Result<Answer> + 'a {
    |params| snapshot.search(query, params)
}

fn path(text: &str) -> AttributePath {
    AttributePath::parse(text).unwrap()
}

/// Groups of a ranking, the obvious way: value, and its best documents.
fn groups_of(ranking: &Answer, size: usize) -> Vec<(Option<AttributeValue>, Vec<u64>)> {
    let mut groups: Vec<(Option<AttributeValue>, Vec<u64>)> = Vec::new();
    for hit in &ranking.hits {
        let at: u64 = hit.key.as_str()[1..].parse().unwrap();
        let mut values = path("parent")
            .values(attributes(at).as_object().unwrap())
            .into_iter()
            .map(Some)
            .collect::<Vec<_>>();
        if values.is_empty() {
            groups.push((None, vec![at]));
        }
        for value in values.drain(..) {
            match groups.iter_mut().find(|(known, _)| *known == value) {
                Some((_, members)) if members.len() < size => members.push(at),
                Some(_) => {}
                None => groups.push((value, vec![at])),
            }
        }
    }
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pages_are_cut_from_the_ranking(
        num_documents in 1u64..300,
        asked in any::<u16>(),
        k in 1usize..12,
        offset in prop::option::of(0usize..40),
        size in 1usize..5,
        rank in prop::option::of(0usize..60),
        is_filtered in any::<bool>(),
    ) {
        let snapshot = filled(num_documents).snapshot().unwrap();
        let query = Query::new(vectors(u64::from(asked) + 10_000));
        let filter = is_filtered.then(|| Predicate::parse("even = true").unwrap());
        let params = SearchParams { k, exact: true, filter, ..SearchParams::default() };
        let all = snapshot.search(&query, &SearchParams { k: 1000, ..params.clone() }).unwrap();
        let min_score = rank.and_then(|rank| all.hits.get(rank)).map(|hit| hit.score.get());
        let mut ranking = all.clone();
        ranking.hits.retain(|hit| min_score.is_none_or(|least| hit.score.get() >= least));
        let page = PageParams { offset, min_score, group_by: None };
        let found = snapshot.page(&page, &params, search(&snapshot, &query)).unwrap();
        let begin = offset.unwrap_or(0).min(ranking.hits.len());
        let end = (begin + k).min(ranking.hits.len());
        prop_assert_eq!(&found.answer.hits[..], &ranking.hits[begin..end]);
        prop_assert_eq!(found.groups, None);

        let page = PageParams { group_by: Some(GroupBy { path: path("parent"), size }), ..page };
        let found = snapshot.page(&page, &params, search(&snapshot, &query)).unwrap();
        let groups = groups_of(&ranking, size);
        let begin = offset.unwrap_or(0).min(groups.len());
        let end = (begin + k).min(groups.len());
        let mut hits = found.answer.hits.iter().map(|hit| hit.key.as_str()[1..].parse::<u64>().unwrap());
        let found: Vec<_> = found.groups.unwrap().into_iter()
            .map(|group| (group.value, hits.by_ref().take(group.num_hits).collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(&found[..], &groups[begin..end]);
    }

    #[test]
    fn listings_by_an_attribute_hold_every_document_once(
        num_documents in 1u64..200,
        limit in 1usize..30,
        is_descending in any::<bool>(),
        is_filtered in any::<bool>(),
    ) {
        let snapshot = filled(num_documents).snapshot().unwrap();
        let filter = if is_filtered { Predicate::parse("even = true").unwrap() } else { Predicate::Constant(true) };
        let order = OrderBy { path: path("rank"), is_descending };
        let mut expected: Vec<(bool, Option<AttributeValue>, String)> = (0..num_documents)
            .filter(|at| !is_filtered || at.is_multiple_of(2))
            .map(|at| {
                let values = path("rank").values(attributes(at).as_object().unwrap()).into_iter();
                let value = if is_descending { values.max() } else { values.min() };
                (value.is_none(), value, format!("d{at:04}"))
            })
            .collect();
        expected.sort();
        if is_descending {
            expected.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
        }
        let (mut found, mut after): (Vec<ListedKey>, Option<ListedKey>) = (Vec::new(), None);
        loop {
            let page = snapshot.keys_by(&filter, &order, after.as_ref(), limit).unwrap();
            prop_assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            found.extend(page);
        }
        let found: Vec<_> = found.into_iter().map(|place| (place.value.is_none(), place.value, place.key.to_string())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn values_are_counted_once_a_document(num_documents in 1u64..300, is_filtered in any::<bool>(), limit in 0usize..40) {
        let snapshot = filled(num_documents).snapshot().unwrap();
        let filter = is_filtered.then(|| Predicate::parse("even = true").unwrap());
        let (mut counts, mut num_with, mut all) = (BTreeMap::new(), 0, 0);
        for at in (0..num_documents).filter(|at| !is_filtered || at.is_multiple_of(2)) {
            let values = path("rank").values(attributes(at).as_object().unwrap());
            all += 1;
            num_with += u64::from(!values.is_empty());
            values.into_iter().for_each(|value| *counts.entry(value).or_insert(0u64) += 1);
        }
        let found = snapshot.values(&path("rank"), filter.as_ref(), limit).unwrap();
        prop_assert_eq!((found.num_documents, found.num_with, found.num_distinct), (all, num_with, counts.len() as u64));
        let numbers = || counts.keys().filter(|value| !matches!(value, AttributeValue::Text(_)));
        let texts = || counts.keys().filter(|value| matches!(value, AttributeValue::Text(_)));
        prop_assert_eq!(found.min.as_ref(), numbers().min().or_else(|| texts().min()));
        prop_assert_eq!(found.max.as_ref(), numbers().max().or_else(|| texts().max()));
        let mut expected: Vec<_> = counts.into_iter().collect();
        expected.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        expected.truncate(limit);
        prop_assert_eq!(found.counts, expected);
    }
}

#[test]
fn pages_of_a_collection_that_is_not_searched_exactly_do_not_overlap() {
    let snapshot = filled(3000).snapshot().unwrap();
    let query = Query::new(vectors(77));
    let mut keys = Vec::new();
    let page_of = |at: usize| {
        let page = PageParams { offset: Some(at), ..PageParams::default() };
        snapshot
            .page(&page, &SearchParams { k: 20, ..SearchParams::default() }, search(&snapshot, &query))
            .unwrap()
    };
    let plan = page_of(0).answer.plan;
    for at in (0..400).step_by(20) {
        let page = page_of(at);
        assert_eq!(page.answer.plan, plan, "one plan for all pages");
        keys.extend(page.answer.hits.into_iter().map(|hit| hit.key.to_string()));
    }
    assert_eq!(keys.len(), 400);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 400, "no document stands on two pages");
    for wrong in [
        PageParams { offset: Some(1 << 20), ..PageParams::default() },
        PageParams { min_score: Some(f32::NAN), ..PageParams::default() },
        PageParams { group_by: Some(GroupBy { path: path("parent"), size: 0 }), ..PageParams::default() },
    ] {
        let error = snapshot.page(&wrong, &SearchParams::default(), search(&snapshot, &query)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
}
