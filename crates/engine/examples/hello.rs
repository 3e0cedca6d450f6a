//! The smallest whole program: three documents of ready-made token vectors, one query, one hit.
//!
//! `cargo run -p pleiad --example hello`

use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema, SearchParams};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::create(folder.path().join("compass"), &Schema::new(2))?;

    // A document is a set of token vectors: here one or two of two values each.
    let mut batch = Batch::new();
    batch.upsert(Document::new("east", MultiVector::new(vec![1.0, 0.0], 2)?)?);
    batch.upsert(Document::new("north", MultiVector::new(vec![0.0, 1.0], 2)?)?);
    batch.upsert(Document::new("north-east", MultiVector::new(vec![0.6, 0.8, 0.8, 0.6], 2)?)?);

    let writer = collection.writer()?;
    let receipt = writer.apply(batch)?; // durable and visible when this returns
    assert_eq!(receipt.num_upserted, 3);
    writer.close()?;

    let query = Query::new(MultiVector::new(vec![0.1, 0.9], 2)?);
    let answer = collection.snapshot()?.search(&query, &SearchParams { k: 2, ..Default::default() })?;
    for hit in &answer.hits {
        println!("{:.4}  {}", hit.score.get(), hit.key);
    }
    println!("{}", answer.plan);
    assert_eq!(answer.hits[0].key.as_str(), "north");
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}
