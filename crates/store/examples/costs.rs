//! The cost of the store on this disk: loading, opening, small writes, groups of threads, overwriting.
//!
//! ```sh
//! cargo run --release -p pleiad-store --example costs -- FOLDER [DOCUMENTS]
//! ```
//! FOLDER must not exist; it is removed at the end. Documents look like those of the built-in encoder: an FDE of signs,
//! some ten tokens of a byte a value, a short text. CPU time is that of the thread, from `/proc` (Linux).

use pleiad_store::{
    Column, Durability, FolderBackend, Layout, Operation, Options, SharedWriter, Store, StoreWriter, View,
};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs, thread};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FDE_BYTES: usize = 1282;
const TOKEN_BYTES: usize = 660;
const TEXT_BYTES: usize = 80;
const DOCUMENT_BYTES: u64 = (FDE_BYTES + TOKEN_BYTES + TEXT_BYTES) as u64;

/// Documents in one batch of a load.
const BATCH: u64 = 512;
/// Small writes that are timed.
const NUM_TIMED: u64 = 200;

fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("which folder?")?);
    let num_documents = args.next().map_or(Ok(100_000), |number| number.parse())?;
    let outcome = run(&folder, num_documents);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn run(folder: &Path, num_documents: u64) -> Result<()> {
    let large = folder.join("large");
    create(&large)?;
    load(&large, num_documents)?;
    open(&large)?;
    small_writes(&large, num_documents)?;
    groups(&folder.join("groups"))?;
    overwrite(&folder.join("overwritten"))
}

fn create(folder: &Path) -> Result<()> {
    let column = |name: &str, width| Column { name: name.into(), width };
    let columns = vec![column("fde", Some(FDE_BYTES as u32)), column("tokens", None), column("text", None)];
    Ok(Store::create(&FolderBackend::new(folder), Layout::new(columns, vec![])?)?)
}

fn writer(folder: &Path) -> Result<StoreWriter> {
    Ok(StoreWriter::open(Arc::new(FolderBackend::new(folder)), Options::default())?)
}

fn upsert(number: u64, version: u64) -> Operation {
    let byte = (number ^ version) as u8;
    let columns = vec![vec![byte; FDE_BYTES], vec![byte ^ 0x55; TOKEN_BYTES], vec![b'x'; TEXT_BYTES]];
    Operation::Upsert { key: key(number), columns }
}

/// Keys in no order, as those of most collections.
fn key(number: u64) -> String {
    format!("document-{:016x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Nanoseconds that this thread has computed.
fn cpu_ns() -> Result<u64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split(' ').next().ok_or("schedstat is empty")?.parse()?)
}

/// A field of a file of `/proc/self` that has one a line.
fn field(file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/self/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such field")?;
    Ok(line.split_whitespace().next().ok_or("no value")?.parse()?)
}

fn written_bytes() -> Result<u64> {
    field("io", "wchar:")
}

fn load(folder: &Path, num_documents: u64) -> Result<()> {
    let (started, cpu, written) = (Instant::now(), cpu_ns()?, written_bytes()?);
    let mut writer = writer(folder)?;
    for first in (0..num_documents).step_by(BATCH as usize) {
        let batch: Vec<_> =
            (first..num_documents.min(first + BATCH)).map(|number| upsert(number, 0)).collect();
        let segments = writer.view().stats().num_segments;
        writer.commit(&batch)?;
        if writer.view().stats().num_segments > segments {
            writer.merge_due()?;
        }
    }
    writer.flush()?;
    writer.merge_due()?;
    let view = writer.view();
    writer.close()?;
    let seconds = started.elapsed().as_secs_f64();
    println!("load: {num_documents} documents of {DOCUMENT_BYTES} B in {seconds:.1} s");
    println!("  CPU a document         {:.1} us", (cpu_ns()? - cpu) as f64 / 1e3 / num_documents as f64);
    println!(
        "  written over payload   {:.2}",
        (written_bytes()? - written) as f64 / (num_documents * DOCUMENT_BYTES) as f64
    );
    println!("  segments               {}", view.stats().num_segments);
    println!("  peak memory            {} MiB", field("status", "VmHWM:")? >> 10);
    Ok(())
}

fn open(folder: &Path) -> Result<()> {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let view = Store::open(Arc::new(FolderBackend::new(folder)))?.view()?;
        best = best.min(started.elapsed().as_secs_f64() * 1e3);
        assert!(view.num_documents() > 0);
    }
    println!("open: {best:.2} ms (best of 5)");
    Ok(())
}

fn small_writes(folder: &Path, num_documents: u64) -> Result<()> {
    let started = Instant::now();
    let mut writer = writer(folder)?;
    println!("open for writing: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let step = (num_documents / NUM_TIMED).max(1);
    let mut timed = |name: &str, operation: &dyn Fn(u64) -> Operation| -> Result<()> {
        let mut samples = Vec::new();
        for round in 0..NUM_TIMED {
            let operation = [operation(round)];
            let (started, cpu) = (Instant::now(), cpu_ns()?);
            writer.commit(&operation)?;
            samples.push(((cpu_ns()? - cpu) / 1000, started.elapsed().as_micros()));
        }
        let median = |mut values: Vec<u128>| {
            values.sort_unstable();
            (values[values.len() / 2], values[values.len() - 1])
        };
        let (cpu, cpu_max) = median(samples.iter().map(|sample| u128::from(sample.0)).collect());
        let (wall, _) = median(samples.iter().map(|sample| sample.1).collect());
        println!("{name}: CPU {cpu} us (slowest {cpu_max}), with sync {wall} us (medians of {NUM_TIMED})");
        Ok(())
    };
    timed("upsert of a new document", &|round| upsert(num_documents + round, 0))?;
    timed("upsert of a known document", &|round| upsert(round * step, 1))?;
    timed("delete", &|round| Operation::Delete { key: key(round * step) })?;
    let (started, cpu) = (Instant::now(), cpu_ns()?);
    let view: View = writer.view();
    for number in (0..num_documents).step_by(step as usize) {
        view.find(&key(number))?;
    }
    println!(
        "find a key: CPU {:.1} us, wall {:.1} us",
        (cpu_ns()? - cpu) as f64 / 1e3 / NUM_TIMED as f64,
        started.elapsed().as_secs_f64() * 1e6 / NUM_TIMED as f64
    );
    Ok(writer.close()?)
}

fn groups(folder: &Path) -> Result<()> {
    for durability in [Durability::Sync, Durability::Group(10), Durability::None] {
        for num_threads in [1u64, 2, 4, 8] {
            let folder = folder.join(format!("{durability:?}-{num_threads}"));
            create(&folder)?;
            let writer = SharedWriter::new(writer(&folder)?, durability)?;
            let num_batches = 800 / num_threads;
            let started = Instant::now();
            thread::scope(|scope| {
                for thread in 0..num_threads {
                    let writer = &writer;
                    scope.spawn(move || {
                        for round in 0..num_batches {
                            writer.commit(vec![upsert(thread << 32 | round, 0)]).map(drop)?;
                        }
                        Ok::<(), pleiad_store::StoreError>(())
                    });
                }
            });
            let seconds = started.elapsed().as_secs_f64();
            let (num_batches, num_frames) = (num_batches * num_threads, writer.view().sequence());
            println!(
                "{durability:?}, {num_threads} threads: {:.0} batches/s, {:.2} batches a frame",
                num_batches as f64 / seconds,
                num_batches as f64 / num_frames as f64
            );
            writer.close()?;
        }
    }
    Ok(())
}

fn overwrite(folder: &Path) -> Result<()> {
    const NUM_DOCUMENTS: u64 = 20_000;
    const ROUNDS: u64 = 10;
    create(folder)?;
    let mut writer = writer(folder)?;
    let written = written_bytes()?;
    let mut most = 0;
    for version in 0..=ROUNDS {
        for first in (0..NUM_DOCUMENTS).step_by(BATCH as usize) {
            let numbers = first..NUM_DOCUMENTS.min(first + BATCH);
            writer.commit(&numbers.map(|number| upsert(number, version)).collect::<Vec<_>>())?;
            writer.merge_due()?;
            most = most.max(writer.view().stats().total_bytes());
        }
    }
    let payload = NUM_DOCUMENTS * DOCUMENT_BYTES;
    let over = |bytes: u64| bytes as f64 / payload as f64;
    println!("overwrite: {NUM_DOCUMENTS} documents, {ROUNDS} times");
    println!("  written over payload   {:.2}", over(written_bytes()? - written) / (ROUNDS + 1) as f64);
    println!("  most space over live   {:.2}", over(most));
    println!("  space at the end       {:.2}", over(writer.view().stats().total_bytes()));
    writer.merge()?;
    println!("  after merging all      {:.2}", over(writer.view().stats().total_bytes()));
    Ok(writer.close()?)
}
