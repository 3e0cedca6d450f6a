//! A recall asked for, promised and kept: the collection is calibrated with queries, a search takes the cheapest plan that
//! reaches a recall, and exact searches check it.
//!
//! `cargo run -p pleiad --example recall`

use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema, SearchParams};
use pleiad_vectors::Seed;
use std::collections::HashSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const DIM: usize = 32;
const NUM_DOCUMENTS: u64 = 3000;

/// Synthetic token vectors around one of a hundred topics.
fn vectors(number: u64, num_tokens: usize) -> Result<MultiVector> {
    let mut topic = Seed(number % 100).generator();
    let center: Vec<f32> = (0..num_tokens * DIM).map(|_| topic.gaussian()).collect();
    let mut own = Seed(1000 + number).generator();
    Ok(MultiVector::new(center.iter().map(|value| value + 0.7 * own.gaussian()).collect(), DIM)?)
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::create(folder.path().join("calibrated"), &Schema::new(DIM))?;
    let writer = collection.writer()?;
    let mut batch = Batch::new();
    for number in 0..NUM_DOCUMENTS {
        batch.upsert(Document::new(format!("d{number}"), vectors(number, 10)?)?);
    }
    writer.apply(batch)?;

    // Queries like those that will be asked decide what budgets a recall takes.
    let query = |number: u64| Ok(Query::new(vectors(10_000 + number, 6)?));
    let known = (0..200).map(query).collect::<Result<Vec<Query>>>()?;
    writer.tune(&known)?;
    writer.close()?;

    let snapshot = collection.snapshot()?;
    let params = SearchParams { recall: Some(0.9), ..Default::default() };
    let exact = SearchParams { exact: true, ..Default::default() };
    println!("{}", snapshot.plan(&known[0], &params)?);
    let (mut found, mut num_hits) = (0, 0);
    for number in 200..400 {
        let query = query(number)?;
        let answer = snapshot.search(&query, &params)?;
        let keys: HashSet<_> = answer.hits.iter().map(|hit| hit.key.as_str()).collect();
        let expected = snapshot.search(&query, &exact)?.hits;
        found += expected.iter().filter(|hit| keys.contains(hit.key.as_str())).count();
        num_hits += expected.len();
    }
    let measured = found as f64 / num_hits as f64;
    let plan = snapshot.plan(&known[0], &params)?;
    println!(
        "promised {:?}, expected {:?}, measured {measured:.4}",
        plan.promised_recall(),
        plan.expected_recall()
    );
    assert!(plan.promised_recall().is_some_and(|promised| promised >= 0.9));
    // The promise is a lower bound with 95 % confidence for queries of this kind; these are some of them.
    assert!(measured >= 0.87, "{measured}");
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}
