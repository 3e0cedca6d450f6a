//! Measures encoding of sets into single vectors and scoring of their codes, on one core.
//!
//! `cargo run --release -p pleiad-compress --example fde_speed`

use pleiad_compress::fde::{FdeEncoder, FdeGenerator, FdeParams, FdeScratch};
use pleiad_compress::{FdeCode, FdeCodec, FdeScorer};
use pleiad_kernels::Isa;
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
    for (repetitions, k, projection) in
        [(20, 3, 8), (20, 4, 8), (20, 5, 8), (20, 4, 16), (20, 5, 16), (40, 4, 16)]
    {
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
    println!("\n| code of 10,240 values | bytes | rows/s in cache |\n|---|---|---|");
    for code in [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign] {
        scan(code);
    }
}

/// Scores a few rows again and again.
fn scan(code: FdeCode) {
    const FDE_DIM: usize = 10_240;
    const ROWS: usize = 16;
    let codec = FdeCodec::new(code, FDE_DIM).expect("a valid length");
    let mut g = Seed(3).generator();
    let mut values = || (0..FDE_DIM).map(|_| g.gaussian()).collect::<Vec<f32>>();
    let mut rows = Vec::new();
    (0..ROWS).for_each(|_| codec.encode(&values(), 1.0, &mut rows).expect("finite"));
    let scorer = FdeScorer::new(&codec, &values(), Isa::best()).expect("finite");
    let mut scores = [0.0; ROWS];
    let ms = least_ms(|| scorer.score_rows(&rows, &mut scores));
    println!("| {code:?} | {} | {:.0} |", codec.bytes(), ROWS as f64 * 1e3 / ms);
}
