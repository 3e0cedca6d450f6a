//! Many documents at once: threads share one writer, whose memory and durability are chosen, and the background merges.
//!
//! `cargo run -p pleiad --example bulk_load`

use pleiad::{Batch, BuildParams, Collection, Document, Durability, MultiVector, Schema, Writer};
use pleiad_vectors::Seed;
use std::thread;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const DIM: usize = 16;
const NUM_THREADS: u64 = 4;
const BATCHES_OF_A_THREAD: u64 = 8;
const BATCH_DOCUMENTS: u64 = 50;

/// Synthetic token vectors that depend on a number.
fn vectors(number: u64) -> Result<MultiVector> {
    let mut generator = Seed(number).generator();
    Ok(MultiVector::new((0..12 * DIM).map(|_| generator.gaussian()).collect(), DIM)?)
}

fn load(writer: &Writer, thread: u64) -> Result<()> {
    for at in 0..BATCHES_OF_A_THREAD {
        let first = (thread * BATCHES_OF_A_THREAD + at) * BATCH_DOCUMENTS;
        let mut batch = Batch::new();
        for number in first..first + BATCH_DOCUMENTS {
            batch.upsert(Document::new(format!("d{number}"), vectors(number)?)?);
        }
        // Batches that threads bring at the same time are synced to the disk together.
        writer.apply(batch)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::create(folder.path().join("bulk"), &Schema::new(DIM))?;
    // Within 256 MiB; a power cut may take the batches of the last 10 milliseconds.
    let params =
        BuildParams { memory_bytes: 256 << 20, durability: Durability::Group(10), ..Default::default() };
    let writer = collection.writer_with(params)?;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..NUM_THREADS)
            .map(|at| {
                scope.spawn({
                    let writer = &writer;
                    move || load(writer, at)
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    let status = writer.maintenance();
    println!("merges so far: {}, at work: {}", status.num_merged, status.is_at_work);
    writer.compact()?; // one segment; searches go on meanwhile
    writer.close()?;

    let info = collection.snapshot()?.info()?;
    println!("{} documents, {} bytes each", info.num_documents, info.bytes_per_document() as u64);
    assert_eq!(info.num_documents, NUM_THREADS * BATCHES_OF_A_THREAD * BATCH_DOCUMENTS);
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}
