//! Filtered searches against all documents, from which the model takes those that match.

use crate::{
    Answer, Batch, Collection, DocKey, Document, ErrorKind, FilterDepth, HybridQuery, HybridWeights,
    MultiVector, PlanOrigin, PlanSource, Predicate, Query, Schema, SearchParams, Snapshot, Terms,
    TokenEncoding, UnderFilter, WordsQuery, WordsSchema,
};
use pleiad_filter::Record;
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::{Generator, Seed};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

const DIM: usize = 8;

/// Dimension, tokens and topics of the larger collection, whose documents are so long that looking for candidates pays.
const LONG_DIM: usize = 32;
const LONG_TOKENS: usize = 160;
const NUM_TOPICS: u64 = 40;

fn rows(generator: &mut Generator, num_rows: u64) -> MultiVector {
    MultiVector::new((0..num_rows * DIM as u64).map(|_| generator.gaussian()).collect(), DIM).unwrap()
}

/// Attributes that are often missing, null, or of another kind.
fn attributes(generator: &mut Generator) -> Value {
    let mut attributes = json!({});
    match generator.below(5) {
        0 => {}
        1 => attributes["year"] = Value::Null,
        2 => attributes["year"] = json!([generator.below(10), generator.below(10)]),
        _ => attributes["year"] = json!(generator.below(10)),
    }
    if generator.below(3) > 0 {
        attributes["tag"] = json!(["a", "b", "c"][generator.below(3) as usize]);
    }
    if generator.below(4) == 0 {
        attributes["items"] = json!([{"p": generator.below(4), "q": generator.below(4)}, {"p": 1, "q": 2}]);
    }
    attributes
}

fn document(at: u64, version: u64) -> Document {
    let mut generator = Seed(at).derive(version).generator();
    let num_tokens = 1 + generator.below(6);
    let mut terms = Terms::default();
    for position in 0..1 + generator.below(4) as u32 {
        terms.push(0, &format!("w{}", generator.below(6)), position);
    }
    let document = Document::new(format!("d{at:04}"), rows(&mut generator, num_tokens)).unwrap();
    let document = document.with_attributes(attributes(&mut generator).as_object().unwrap()).unwrap();
    let text = format!("text of number {}", at % 7);
    (if at.is_multiple_of(3) { document } else { document.with_text(text).unwrap() }).with_terms(terms)
}

const FILTERS: [&str; 14] = [
    "year >= 5",
    "year = 3 OR tag = \"a\"",
    "NOT (year < 7 AND tag IN (\"a\", \"b\"))",
    "tag != \"c\" AND year NOT EXISTS",
    "year IS NULL",
    "ANY items (p = 1 AND q = 3)",
    "_key STARTS WITH \"d00\"",
    "_text MATCHES \"number 4\"",
    "_text IS EMPTY AND year BETWEEN 2 AND 4",
    "AT LEAST 2 OF (year > 3, tag = \"b\", items EXISTS)",
    "TRUE",
    "FALSE",
    "nothing = 1",
    "_key IN (\"d0003\", \"d0007\", \"nobody\")",
];

fn filters() -> impl Strategy<Value = Predicate> {
    let one = prop::sample::select(FILTERS.to_vec()).prop_map(|filter| Predicate::parse(filter).unwrap());
    (one.clone(), one, 0..3).prop_map(|(a, b, kind)| match kind {
        0 => a,
        1 => Predicate::And(vec![a, Predicate::Not(Box::new(b))]),
        _ => Predicate::Or(vec![a, b]),
    })
}

fn collection() -> Collection {
    let schema = Schema { words: Some(WordsSchema::new("words")), ..Schema::new(DIM) };
    Collection::create_on(Arc::new(MemoryBackend::new()), &schema).unwrap()
}

/// Keys of the documents that match, read one by one.
fn model(snapshot: &Snapshot, filter: &Predicate) -> Vec<String> {
    let all = snapshot.keys(&Predicate::Constant(true), None, usize::MAX).unwrap();
    assert_eq!(all.len() as u64, snapshot.num_documents());
    let matches = |key: &&DocKey| {
        let fields = snapshot.get_fields(key.as_str()).unwrap().unwrap();
        let text = fields.text.as_deref();
        filter.matches(&Record { key: key.as_str(), text, attributes: &fields.attributes })
    };
    all.iter().filter(matches).map(|key| key.as_str().to_owned()).collect()
}

/// Hits of a search among all documents that match, in its order.
fn expected(unfiltered: &Answer, matched: &[String], k: usize) -> Vec<(String, f32)> {
    let matched: HashSet<&str> = matched.iter().map(String::as_str).collect();
    let hits = unfiltered.hits.iter().filter(|hit| matched.contains(hit.key.as_str()));
    hits.take(k).map(|hit| (hit.key.as_str().to_owned(), hit.score.get())).collect()
}

fn found(answer: &Answer) -> Vec<(String, f32)> {
    answer.hits.iter().map(|hit| (hit.key.as_str().to_owned(), hit.score.get())).collect()
}

fn check(snapshot: &Snapshot, filter: &Predicate, k: usize, seed: u64) -> Result<(), TestCaseError> {
    let matched = model(snapshot, filter);
    prop_assert_eq!(snapshot.count(filter).unwrap(), matched.len() as u64);
    let mut generator = Seed(seed).generator();
    let query = Query::new(rows(&mut generator, 3));
    let words = WordsQuery::new(["w1", "w3"]).unwrap();
    let hybrid = HybridQuery {
        vectors: query.clone(),
        sentence: None,
        words: words.clone(),
        weights: HybridWeights::WITHOUT_SENTENCE,
    };
    let params = |k, exact, filter| SearchParams { k, exact, filter, observe: false, ..Default::default() };
    let (all, of_filter) = (1 << 12, Some(filter.clone()));
    let by_vectors = snapshot.search(&query, &params(all, true, None)).unwrap();
    let by_both = snapshot.search_hybrid(&hybrid, &params(all, true, None)).unwrap();
    for exact in [true, false] {
        let answer = snapshot.search(&query, &params(k, exact, of_filter.clone())).unwrap();
        prop_assert_eq!(found(&answer), expected(&by_vectors, &matched, k), "{}", answer.plan);
        prop_assert_eq!(answer.num_matched, matched.len() as u64);
        prop_assert_eq!(answer.plan.num_matched, Some(matched.len() as u64));
        let answer = snapshot.search_hybrid(&hybrid, &params(k, exact, of_filter.clone())).unwrap();
        prop_assert_eq!(found(&answer), expected(&by_both, &matched, k), "{}", answer.plan);
    }
    let by_words = snapshot.search_words(&words, &params(all, false, None)).unwrap();
    let answer = snapshot.search_words(&words, &params(k, false, of_filter.clone())).unwrap();
    prop_assert_eq!(found(&answer), expected(&by_words, &matched, k));
    // Budgets choose among the documents that match: never fewer hits than there are.
    let budgets =
        SearchParams { num_candidates: Some(k), num_reranked: Some(k), ..params(k, false, of_filter) };
    let answer = snapshot.search(&query, &budgets).unwrap();
    prop_assert_eq!(answer.hits.len(), k.min(matched.len()), "{}", answer.plan);
    prop_assert!(answer.hits.iter().all(|hit| matched.contains(&hit.key.as_str().to_owned())));
    Ok(())
}

/// Pages of keys put together.
fn paged(snapshot: &Snapshot, filter: &Predicate, limit: usize) -> Vec<String> {
    let mut keys: Vec<DocKey> = Vec::new();
    loop {
        let page = snapshot.keys(filter, keys.last(), limit).unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return keys.iter().map(|key| key.as_str().to_owned()).collect();
        }
        keys.extend(page);
    }
}

fn key_of(at: u64) -> DocKey {
    DocKey::new(format!("d{at:04}")).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Upsert(Vec<u64>),
    Delete(Vec<u64>),
    Flush,
    Compact,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keys = || prop::collection::vec(0..120_u64, 1..60);
    let step = prop_oneof![
        4 => keys().prop_map(Step::Upsert),
        2 => keys().prop_map(Step::Delete),
        2 => Just(Step::Flush),
        1 => Just(Step::Compact),
    ];
    prop::collection::vec(step, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_filtered_search_is_the_search_among_documents_that_match(
        steps in steps(), filters in prop::collection::vec(filters(), 3), k in 1_usize..20, seed: u64,
    ) {
        let collection = collection();
        let writer = collection.writer().unwrap();
        let mut snapshots = Vec::new();
        for (version, step) in (0..).zip(&steps) {
            let mut batch = Batch::new();
            match step {
                Step::Upsert(keys) => keys.iter().for_each(|&at| _ = batch.upsert(document(at, version))),
                Step::Delete(keys) => keys.iter().for_each(|at| _ = batch.delete(key_of(*at))),
                Step::Flush => writer.flush().unwrap(),
                Step::Compact => writer.compact().unwrap(),
            }
            writer.apply(batch).unwrap();
            snapshots.push(collection.snapshot().unwrap());
        }
        // Old snapshots are asked again after newer ones have filled the cache.
        for snapshot in snapshots.iter().chain(snapshots.iter().rev()) {
            for filter in &filters {
                check(snapshot, filter, k, seed)?;
                prop_assert_eq!(paged(snapshot, filter, k), model(snapshot, filter));
            }
        }
    }
}

/// The same collection with plans as if documents were so long that candidates have to be sought.
fn of_long_documents(snapshot: Snapshot) -> Snapshot {
    let mut calibration = (*snapshot.calibration().unwrap().unwrap()).clone();
    for costs in calibration.classes.iter_mut().filter_map(|class| class.costs.as_mut()) {
        costs.rescore_ns = 1e6;
    }
    snapshot.with_calibration(calibration)
}

/// Token vectors about one of some topics.
fn about_a_topic(seed: Seed, num_rows: usize) -> MultiVector {
    let mut generator = seed.generator();
    let mut topic = Seed(1000).derive(generator.below(NUM_TOPICS)).generator();
    let topic: Vec<f32> = (0..LONG_DIM).map(|_| topic.gaussian()).collect();
    let values = (0..num_rows)
        .flat_map(|_| topic.iter().map(|value| value + generator.gaussian()).collect::<Vec<_>>());
    MultiVector::new(values.collect(), LONG_DIM).unwrap()
}

/// A calibrated collection that is larger than a search scores exactly.
fn calibrated() -> Snapshot {
    let schema = Schema { tokens: TokenEncoding::Int8, ..Schema::new(LONG_DIM) };
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &schema).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..2000 {
        let attributes = json!({"group": at % 4, "at": at});
        let vectors = about_a_topic(Seed(at), LONG_TOKENS);
        let document = Document::new(format!("d{at:04}"), vectors).unwrap();
        batch.upsert(document.with_attributes(attributes.as_object().unwrap()).unwrap());
    }
    writer.apply(batch).unwrap();
    writer.flush().unwrap();
    writer.tune(&(0..60).map(query).collect::<Vec<_>>()).unwrap();
    writer.close().unwrap();
    collection.snapshot().unwrap()
}

fn query(number: u64) -> Query {
    Query::new(about_a_topic(Seed(77).derive(number), 4))
}

#[test]
fn a_promise_holds_under_a_filter_that_leaves_out_the_best() {
    let snapshot = of_long_documents(calibrated());
    let (mut num_by_depth, mut num_others) = (0, 0);
    for recall in [None, Some(0.9), Some(0.95)] {
        let (mut num_found, mut plans) = ([0_u32; 4], vec![String::new(); 4]);
        for number in 100..130 {
            let query = query(number);
            let exact = SearchParams { k: 2000, exact: true, observe: false, ..Default::default() };
            let all = snapshot.search(&query, &exact).unwrap();
            // What stands before all others is filtered away, or a quarter, or nearly everything.
            let best: Vec<&str> = all.hits[..90].iter().map(|hit| hit.key.as_str()).collect();
            let hole = format!(
                "_key NOT IN ({})",
                best.iter().map(|key| format!("{key:?}")).collect::<Vec<_>>().join(",")
            );
            for (at, filter) in [hole.as_str(), "group != 1", "group = 1", "at < 25"].into_iter().enumerate()
            {
                let filter = Predicate::parse(filter).unwrap();
                let matched = model(&snapshot, &filter);
                let params =
                    SearchParams { recall, filter: Some(filter), observe: false, ..Default::default() };
                let answer = snapshot.search(&query, &params).unwrap();
                let wanted = expected(&all, &matched, 10);
                let promised = answer.plan.promised_recall().expect("a calibrated search promises a recall");
                assert!(promised >= recall.unwrap_or(0.95), "{}", answer.plan);
                assert_eq!(answer.hits.len(), 10);
                let is_by_depth = answer.plan.looks_behind_others();
                num_by_depth += u32::from(is_by_depth);
                num_others += answer.spent.num_others;
                assert_eq!(
                    answer.spent.num_others == 0,
                    !is_by_depth || matched.len() == 2000,
                    "{}",
                    answer.plan
                );
                let is_filtered = matches!(answer.plan.basis, PlanOrigin::Calibration { filtered: true, .. });
                assert_eq!(is_filtered, is_by_depth || answer.plan.sources[0].budget().is_some());
                let told = format!("matched {} of 2000 documents → ", matched.len());
                assert!(answer.plan.to_string().starts_with(&told), "{}", answer.plan);
                let is_wanted = |key: &DocKey| wanted.iter().any(|(wanted, _)| wanted == key.as_str());
                num_found[at] += answer.hits.iter().filter(|hit| is_wanted(&hit.key)).count() as u32;
                plans[at] = format!("{} ({:?})", answer.plan, answer.spent);
            }
        }
        for (num_found, plan) in num_found.into_iter().zip(plans) {
            let share = f64::from(num_found) / 300.0;
            assert!(share >= recall.unwrap_or(0.95), "{share} of what was promised for {recall:?}: {plan}");
        }
    }
    assert!(num_by_depth > 0 && num_others > 0, "no source looked behind what the filter leaves out");
}

#[test]
fn there_are_as_many_hits_as_match() {
    let snapshot = of_long_documents(calibrated());
    proptest!(ProptestConfig::with_cases(60), |(
        limit in prop_oneof![0..30_usize, 0..2000_usize], group in 0..5_usize, k in 1..120_usize, seed: u64,
    )| {
        let filter = Predicate::parse(&format!("at < {limit} AND group != {group}")).unwrap();
        let num_matched = (0..limit).filter(|at| at % 4 != group).count();
        let params = SearchParams {
            k, recall: Some(0.9), filter: Some(filter), observe: false, ..Default::default()
        };
        let answer = snapshot.search(&query(seed), &params).unwrap();
        prop_assert_eq!((answer.hits.len(), answer.num_matched), (k.min(num_matched), num_matched as u64));
        let at = |key: &DocKey| key.as_str()[1..].parse::<usize>().unwrap();
        prop_assert!(answer.hits.iter().all(|hit| at(&hit.key) < limit && at(&hit.key) % 4 != group));
    });
}

#[test]
fn filtered_searches_that_find_too_little_score_all_matches() {
    let snapshot = calibrated();
    let mut calibration = (*of_long_documents(snapshot.clone()).calibration().unwrap().unwrap()).clone();
    for level in calibration.classes.iter_mut().flat_map(|class| &mut class.levels) {
        // The promise of budgets that cannot keep it.
        let num_candidates = level.k;
        (level.sources, level.num_reranked) =
            (vec![PlanSource::FdeScan { num_candidates, coarse_factor: None }], level.k);
        let depths = vec![FilterDepth { left_out: 90, factor: 1.0 }];
        level.under_filter = Some(UnderFilter { reranked_factor: 1.0, depths, fixed_ns: 0.0 });
    }
    let snapshot = snapshot.with_calibration(calibration);
    let filter = Some(Predicate::parse("group != 1").unwrap());
    let params = SearchParams {
        recall: Some(0.95),
        filter,
        audit_every: Some(1),
        observe: false,
        ..Default::default()
    };
    let plan = |params: &SearchParams| snapshot.plan(&query(1), params).unwrap();
    assert!(plan(&params).looks_behind_others());
    (0..40).for_each(|number| _ = snapshot.search(&query(number), &params).unwrap());
    let audit = &snapshot.field().audit;
    assert_eq!((audit.summary().num_audited, audit.summary().has_drifted), (0, false));
    assert!(audit.filtered_summary().has_drifted, "{:?}", audit.filtered_summary());
    assert_eq!(plan(&params).sources, [PlanSource::CodeScan]);
    let without = plan(&SearchParams { filter: None, ..params.clone() });
    assert!(matches!(without.sources[..], [PlanSource::FdeScan { .. }]), "{without}");
    audit.forget();
    assert!(plan(&params).looks_behind_others());
}

#[test]
fn filters_that_are_wrong_or_too_large_are_refused() {
    let snapshot = collection().snapshot().unwrap();
    let filter = Predicate::And(vec![Predicate::Constant(true); 2000]);
    assert_eq!(snapshot.count(&filter).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let params = SearchParams { filter: Some(filter), ..SearchParams::default() };
    let error = collection()
        .snapshot()
        .unwrap()
        .search(&Query::new(rows(&mut Seed(1).generator(), 2)), &params)
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidArgument && error.to_string().contains("2,000 conditions"),
        "{error}"
    );
}

#[test]
fn parameters_keep_their_filter() {
    let params =
        SearchParams { filter: Some(Predicate::parse("a = 1 AND b > 2").unwrap()), ..Default::default() };
    let stored = serde_json::to_string(&params).unwrap();
    assert!(stored.contains("\"filter\":\"a = 1 AND b > 2\""), "{stored}");
    assert_eq!(serde_json::from_str::<SearchParams>(&stored).unwrap(), params);
    let of_json: SearchParams =
        serde_json::from_value(json!({"filter": {"key": "a", "is_null": true}})).unwrap();
    assert_eq!(of_json.filter, Some(Predicate::parse("a IS NULL").unwrap()));
    assert_eq!(serde_json::from_str::<SearchParams>("{}").unwrap(), SearchParams::default());
}
