//! The cost of comparing checksums to a reader: the first touch of each block of a segment, and every later one.
//!
//! `cargo run --release -p pleiad-store --example checksums -- [MiB]`

use pleiad_store::{Column, FolderBackend, Layout, Operation, Options, Store, StoreWriter};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// Openings; the fastest counts.
const NUM_OPENINGS: usize = 9;

/// Bytes of one row: those of a document's encoding.
const WIDTH: usize = 1 << 16;

fn main() -> Result<(), Box<dyn Error>> {
    let num_rows = std::env::args().nth(1).map_or(Ok(512), |text| text.parse::<usize>())? << 20 >> 16;
    let folder = tempfile::tempdir()?;
    let backend = Arc::new(FolderBackend::new(folder.path().join("collection")));
    let column = Column { name: "codes".into(), width: Some(WIDTH as u32) };
    Store::create(&*backend, Layout::new(vec![column], vec![])?)?;
    let mut writer = StoreWriter::open(backend.clone(), Options::default())?;
    for first in (0..num_rows).step_by(256) {
        let rows = first..num_rows.min(first + 256);
        let upsert =
            |row: usize| Operation::Upsert { key: row.to_string(), columns: vec![vec![row as u8; WIDTH]] };
        writer.commit(&rows.map(upsert).collect::<Vec<_>>())?;
    }
    writer.merge()?;
    let mut best = [f64::INFINITY; 2];
    for _ in 0..NUM_OPENINGS {
        // Each opening forgets which blocks were compared; the pages stay in memory.
        let view = Store::open(backend.clone())?.view()?;
        let part = &view.parts()[0];
        for best in &mut best {
            let start = Instant::now();
            let bytes = part.fixed_rows(0, 0..part.num_rows())?;
            let sum = bytes.chunks(64).fold(0u64, |sum, line| sum.wrapping_add(u64::from(line[0])));
            assert!(sum > 0);
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    for (what, seconds) in
        [("first touch, checksums compared", best[0]), ("later, nothing compared", best[1])]
    {
        let rate = (num_rows * WIDTH) as f64 / seconds / 1e9;
        println!("{what:<36}{:>8.1} ms {rate:>8.2} GB/s", seconds * 1e3);
    }
    Ok(())
}
