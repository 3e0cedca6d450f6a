//! Centroids of token vectors: how fast they are trained and found, and what rounds and rows are worth.

use crate::clock::{cpu_seconds, median};
use crate::report::{Report, grouped};
use crate::rounds::{Contender, Rates, measure};
use crate::token_sets::TokenSet;
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};
use std::hint::black_box;
use std::rc::Rc;

const SET: &str = "colbertv2-lotte500";
const ROUNDS: usize = 7;
/// Rows assigned per round.
const ROWS: usize = 4096;
const NUM_CENTROIDS: [usize; 3] = [256, 1024, 4096];

/// Runs the benchmark.
pub fn run() -> Report {
    let set = TokenSet::read(SET);
    let tokens: Rc<[f32]> = set.documents.iter().flat_map(MultiVector::data).copied().collect();
    let mut report = Report::new(
        "k-means",
        &format!("Token vectors of {}, {} dims, on one core.", set.summary(), set.dim()),
    );
    speed(&mut report, &tokens, set.dim());
    quality(&mut report, &tokens, set.dim());
    report
}

fn train(rows: &[f32], dim: usize, params: &KMeansParams) -> Centroids {
    Centroids::train(rows, dim, params, Isa::best(), &in_order).expect("tokens")
}

/// Measures the rows that find their centroid per second.
fn speed(report: &mut Report, tokens: &Rc<[f32]>, dim: usize) {
    let contender = |num_centroids| {
        let params =
            KMeansParams { num_rounds: 1, rows_per_centroid: 4, ..KMeansParams::new(num_centroids, Seed(1)) };
        let (centroids, tokens) = (train(tokens, dim, &params), tokens.clone());
        let work = move |num_rows: usize| {
            black_box(centroids.assign(&tokens[..num_rows * dim], Isa::best(), &in_order).expect("tokens"));
        };
        Contender { name: num_centroids.to_string(), per_round: ROWS, bytes: 4 * dim, work: Box::new(work) }
    };
    let (rates, peaks) = measure(NUM_CENTROIDS.map(contender).into_iter().collect(), ROUNDS);
    let peak = if peaks.is_empty() { f64::INFINITY } else { median(peaks) };
    let row = |(rates, num_centroids): (&Rates, usize)| {
        let operations = rates.median() * (2 * num_centroids * dim) as f64;
        let share = format!("{:.0} %", 100.0 * operations / peak);
        vec![rates.name.clone(), grouped(rates.median()), format!("{:.1}", 1e-9 * operations), share]
    };
    let rows: Vec<_> = rates.iter().zip(NUM_CENTROIDS).map(row).collect();
    let columns = ["centroids", "tokens/s", "GFLOP/s", "of the peak of f32 multiply-adds"];
    report.table("Nearest centroids", &columns, &rows);
}

/// Measures the residual of tokens less their centroids.
fn quality(report: &mut Report, tokens: &[f32], dim: usize) {
    let square: f64 = tokens.iter().map(|v| f64::from(v * v)).sum();
    let mut rows = Vec::new();
    let usual = KMeansParams::new(256, Seed(1));
    for (num_rounds, rows_per_centroid) in
        [(2, 64), (4, 64), (8, 16), (8, 32), (8, 64), (8, 128), (16, 64), (16, 128)]
    {
        let params = KMeansParams { num_rounds, rows_per_centroid, ..usual };
        let begin = cpu_seconds();
        let centroids = train(tokens, dim, &params);
        let seconds = cpu_seconds() - begin;
        let nearest = centroids.assign(tokens, Isa::best(), &in_order).expect("tokens");
        let error: f64 = nearest.iter().map(|nearest| f64::from(nearest.square)).sum();
        let cells = [
            format!("{num_rounds}"),
            format!("{rows_per_centroid}"),
            format!("{:.4}", error / square),
            format!("{seconds:.2}"),
        ];
        rows.push(cells.to_vec());
    }
    let columns = ["rounds", "rows a centroid", "squared error left", "seconds"];
    report.table("256 centroids, all tokens held against them", &columns, &rows);
}
