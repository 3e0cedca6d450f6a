//! Promises for queries of every length, and how real queries take margins away.

use crate::support::scratch;
use pleiad::{
    Batch, Collection, DocId, Document, MultiVector, PlanOrigin, Query, QueryOrigin, Schema, SearchParams,
    Snapshot,
};
use pleiad_vectors::{Generator, Seed};
use std::collections::HashSet;
use std::path::Path;
use std::thread;

const DIM: usize = 32;
const NUM_DOCUMENTS: u64 = 2000;
const DOCUMENT_TOKENS: usize = 40;
const QUERY_TOKENS: usize = 32;

/// Documents about topics: each topic has a few directions, and a token is one of them under noise.
struct Clustered {
    directions: Vec<Vec<f32>>,
}

impl Clustered {
    const NUM_DIRECTIONS: u64 = 512;
    const NUM_TOPICS: u64 = 100;
    const PER_TOPIC: u64 = 24;

    fn new() -> Self {
        let direction = |at| {
            unit((0..DIM).map({
                let mut generator = Seed(1).derive(at).generator();
                move |_| generator.gaussian()
            }))
        };
        Self { directions: (0..Self::NUM_DIRECTIONS).map(direction).collect() }
    }

    fn document(&self, number: u64) -> MultiVector {
        let mut generator = Seed(2).derive(number).generator();
        let topic = Seed(3).derive(generator.below(Self::NUM_TOPICS));
        let rows = (0..DOCUMENT_TOKENS).flat_map(|_| {
            let which = topic.derive(generator.below(Self::PER_TOPIC)).0 % Self::NUM_DIRECTIONS;
            noisy(&self.directions[which as usize], 0.7, &mut generator)
        });
        MultiVector::new(rows.collect(), DIM).unwrap()
    }

    /// Tokens of a document under noise.
    fn query(&self, number: u64) -> Query {
        let mut generator = Seed(4).derive(number).generator();
        let document = self.document(generator.below(NUM_DOCUMENTS));
        let mut rows: Vec<&[f32]> = document.rows().collect();
        generator.shuffle(&mut rows);
        let rows = rows[..QUERY_TOKENS].iter().flat_map(|row| noisy(row, 0.9, &mut generator));
        Query::new(MultiVector::new(rows.collect(), DIM).unwrap())
    }

    fn queries(&self, numbers: std::ops::Range<u64>) -> Vec<Query> {
        numbers.map(|number| self.query(number)).collect()
    }

    fn collection(&self, path: &Path) -> Collection {
        let collection = Collection::create(path, &Schema::new(DIM)).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        for number in 0..NUM_DOCUMENTS {
            batch.upsert(Document::new(format!("d{number}"), self.document(number)).unwrap());
        }
        writer.apply(batch).unwrap();
        writer.flush().unwrap();
        writer.close().unwrap();
        collection
    }
}

fn unit(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let values: Vec<f32> = values.collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(|value| value / norm).collect()
}

fn noisy(row: &[f32], noise: f32, generator: &mut Generator) -> Vec<f32> {
    let scale = noise / (DIM as f32).sqrt();
    unit(row.iter().map(|value| value + scale * generator.gaussian()))
}

/// The first tokens of each query.
fn prefixes(queries: &[Query], num_tokens: usize) -> Vec<Query> {
    let cut = |query: &Query| {
        Query::new(MultiVector::new(query.vectors().data()[..num_tokens * DIM].to_vec(), DIM).unwrap())
    };
    queries.iter().map(cut).collect()
}

const UNOBSERVED: SearchParams = SearchParams { observe: false, ..SearchParams::DEFAULT };

fn ids(snapshot: &Snapshot, query: &Query, params: &SearchParams) -> HashSet<DocId> {
    snapshot.search(query, params).unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

/// Queries with the exact top ten of each.
fn answered(snapshot: &Snapshot, queries: Vec<Query>) -> Vec<(Query, HashSet<DocId>)> {
    let params = SearchParams { exact: true, ..UNOBSERVED };
    let answer = |query: Query| {
        let exact = ids(snapshot, &query, &params);
        (query, exact)
    };
    queries.into_iter().map(answer).collect()
}

/// The share of the exact answers that each query finds.
fn shares(snapshot: &Snapshot, queries: &[(Query, HashSet<DocId>)], recall: f64) -> Vec<f64> {
    let params = SearchParams { recall: Some(recall), ..UNOBSERVED };
    let found = |(query, exact): &(Query, HashSet<DocId>)| {
        exact.intersection(&ids(snapshot, query, &params)).count() as f64 / exact.len() as f64
    };
    queries.iter().map(found).collect()
}

/// The mean, and two standard errors of it.
fn mean(values: &[f64]) -> (f64, f64) {
    let num = values.len() as f64;
    let mean = values.iter().sum::<f64>() / num;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (num - 1.0);
    (mean, 2.0 * (variance / num).sqrt())
}

/// Checks that queries find what they are promised, less a hundredth and two standard errors of their own mean.
fn check_promise(snapshot: &Snapshot, queries: &[(Query, HashSet<DocId>)], recall: f64) {
    let (mean, uncertainty) = mean(&shares(snapshot, queries, recall));
    let plan = snapshot.plan(&queries[0].0, &SearchParams { recall: Some(recall), ..UNOBSERVED }).unwrap();
    let promised = plan.promised_recall().unwrap();
    assert!(promised >= recall);
    let num_tokens = queries[0].0.vectors().num_tokens();
    assert!(
        mean >= promised - 0.01 - uncertainty,
        "{mean} of {promised} by queries of {num_tokens} tokens: {plan}, {}",
        plan.basis
    );
}

fn candidates(snapshot: &Snapshot, query: &Query, recall: f64) -> usize {
    let plan = snapshot.plan(query, &SearchParams { recall: Some(recall), ..UNOBSERVED }).unwrap();
    let budgets = plan.sources.iter().map(|source| source.budget().unwrap_or(NUM_DOCUMENTS as usize));
    budgets.sum()
}

fn origin(snapshot: &Snapshot, num_tokens: usize) -> Option<QueryOrigin> {
    match snapshot.plan_for(num_tokens, &SearchParams { recall: Some(0.9), ..UNOBSERVED }).unwrap().basis {
        PlanOrigin::Calibration { origin, .. } => Some(origin),
        _ => None,
    }
}

#[test]
fn promises_hold_for_every_length_whatever_the_queries_given() {
    let (_folder, path) = scratch();
    let clustered = Clustered::new();
    let collection = clustered.collection(&path);
    let snapshot = collection.snapshot().unwrap();
    let held_out = clustered.queries(1000..1060);
    let given = snapshot.clone().with_calibration(snapshot.calibrate(&clustered.queries(0..96)).unwrap());
    // Nothing but documents is known of short ones.
    assert_eq!(origin(&given, 32), Some(QueryOrigin::Given));
    assert_eq!(origin(&given, 8), Some(QueryOrigin::Documents));
    for num_tokens in [2, 4, 8, 16, 32] {
        let queries = answered(&snapshot, prefixes(&held_out, num_tokens));
        for recall in [0.9, 0.95, 0.99] {
            check_promise(&given, &queries, recall);
            check_promise(&snapshot, &queries, recall);
        }
    }
    // Longer queries are served by the class below theirs.
    let params = SearchParams { recall: Some(0.9), ..UNOBSERVED };
    assert_eq!(given.plan_for(100, &params).unwrap(), given.plan_for(32, &params).unwrap());
}

/// As many real queries as a process keeps bring the bound that is promised near the mean that is found. Of queries of 2
/// tokens no more is asked: here a scan of all codes is cheaper for them than any candidates.
#[test]
fn promises_from_many_queries_are_not_kept_by_far() {
    let (_folder, path) = scratch();
    let clustered = Clustered::new();
    let collection = clustered.collection(&path);
    let writer = collection.writer().unwrap();
    let (given, held_out) = (clustered.queries(0..192), clustered.queries(1000..1200));
    let mut cells = Vec::new();
    for num_tokens in [4, 16, 32] {
        writer.tune(&prefixes(&given, num_tokens)).unwrap();
        let tuned = writer.snapshot();
        assert_eq!(origin(&tuned, num_tokens), Some(QueryOrigin::Given));
        let queries = answered(&tuned, prefixes(&held_out, num_tokens));
        for (recall, excess) in [(0.9, 0.03), (0.95, 0.025)] {
            check_promise(&tuned, &queries, recall);
            let (found, uncertainty) = mean(&shares(&tuned, &queries, recall));
            cells.push((num_tokens, recall, found, found <= recall + excess + uncertainty));
        }
    }
    let num_near = cells.iter().filter(|(.., is_near)| *is_near).count();
    assert!(10 * num_near >= 9 * cells.len(), "{cells:?}");
}

#[test]
fn observed_queries_take_the_margin_away() {
    let (_folder, path) = scratch();
    let clustered = Clustered::new();
    let collection = clustered.collection(&path);
    let writer = collection.writer().unwrap();
    let query = clustered.query(0);
    let before = candidates(&writer.snapshot(), &query, 0.95);
    let settle = || {
        while writer.maintenance().is_at_work {
            thread::yield_now();
        }
    };
    for query in clustered.queries(0..64) {
        writer.snapshot().search(&query, &UNOBSERVED).unwrap();
    }
    settle();
    assert_eq!(origin(&writer.snapshot(), 32), Some(QueryOrigin::Documents), "nobody is to be observed");
    for query in clustered.queries(0..64) {
        writer.snapshot().search(&query, &SearchParams::default()).unwrap();
    }
    settle();
    let snapshot = writer.snapshot();
    assert_eq!(origin(&snapshot, 32), Some(QueryOrigin::Observed));
    assert_eq!(origin(&snapshot, 4), Some(QueryOrigin::Documents));
    let after = candidates(&snapshot, &query, 0.95);
    assert!(2 * after < before && after <= 40, "{after} candidates, {before} before");
    let queries = answered(&snapshot, clustered.queries(1000..1200));
    check_promise(&snapshot, &queries, 0.95);
    let (found, _) = mean(&shares(&snapshot, &queries, 0.95));
    assert!(found >= 0.94, "{found}");
    let class = snapshot.calibration().unwrap().unwrap().class_for(32).unwrap().clone();
    assert!(class.query_tokens == Some((32, 32)) && (48..=64).contains(&class.num_queries), "{class:?}");
    let told = &snapshot.info().unwrap().promises;
    let told = told.iter().find(|promise| promise.min_tokens == 17).unwrap().basis.to_string();
    assert!(told.contains(" observed queries of 32 tokens") && told.contains(" to "), "{told}");
}

#[test]
fn queries_that_are_given_are_not_replaced_by_observed_ones() {
    let (_folder, path) = scratch();
    let clustered = Clustered::new();
    let collection = clustered.collection(&path);
    let writer = collection.writer().unwrap();
    writer.tune(&clustered.queries(2000..2050)).unwrap();
    for query in clustered.queries(0..60) {
        writer.snapshot().search(&query, &SearchParams::default()).unwrap();
    }
    writer.close().unwrap();
    assert_eq!(origin(&collection.snapshot().unwrap(), 32), Some(QueryOrigin::Given));
}
