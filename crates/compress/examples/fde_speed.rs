//! How fast sets become single vectors: documents per CPU-second for the published settings.
//!
//! `cargo run --release -p pleiad-compress --example fde_speed`

use pleiad_compress::fde::{FdeEncoder, FdeGenerator, FdeParams, FdeScratch};
use pleiad_vectors::{MultiVectorRef, Seed};
use std::time::Instant;

const DIM: usize = 128;
const REPEATS: usize = 200;

fn params(repetitions: u32, simhash_projections: u32, projection_dim: u32) -> FdeParams {
    FdeParams {
        repetitions,
        simhash_projections,
        projection_dim: Some(projection_dim),
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed: 1,
        generator: FdeGenerator::Portable,
    }
}

/// Milliseconds of one call in the fastest of many short runs: other work on the machine slows some runs down, and
/// nothing speeds one up.
fn least_ms(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 5;
    (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e3 / f64::from(CALLS)
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    println!("tokens x {DIM} dims, one thread, fastest of {REPEATS} runs\n");
    println!("| R, k, proj | tokens | query ms | document ms | documents/s |\n|---|---|---|---|---|");
    for (repetitions, k, projection) in [(20, 3, 8), (20, 4, 8), (20, 5, 8), (20, 4, 16), (20, 5, 16)] {
        let encoder = FdeEncoder::new(DIM, params(repetitions, k, projection)).expect("published settings");
        let (mut scratch, mut out) = (FdeScratch::default(), vec![0.0; encoder.fde_dim()]);
        for num_tokens in [32, 64, 128] {
            let mut g = Seed(7).generator();
            let data: Vec<f32> = (0..num_tokens * DIM).map(|_| g.gaussian() / (DIM as f32).sqrt()).collect();
            let tokens = MultiVectorRef::new(&data, DIM).expect("finite");
            let query =
                least_ms(|| encoder.encode_query_into(tokens, &mut scratch, &mut out).expect("finite"));
            let document =
                least_ms(|| encoder.encode_document_into(tokens, &mut scratch, &mut out).expect("finite"));
            println!(
                "| {repetitions}, {k}, {projection} | {num_tokens} | {query:.4} | {document:.4} | {:.0} |",
                1e3 / document
            );
        }
    }
}
