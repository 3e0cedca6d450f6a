//! One query vector against many: the scan of single-vector encodings (FDEs) before anything is reranked.

use crate::data::{self, Documents};
use crate::report::{Report, grouped};
use crate::rounds::{Contender, Rates, measure};
use pleiad_kernels::{Isa, dot, dot_bits_i8, dot_u8_i8};
use std::hint::black_box;

/// Dimensions of an encoding: 20 repetitions of 32 partitions of 16 dimensions.
const FDE_DIM: usize = 10_240;
/// Memory per format: far more than a cache holds.
const MEMORY_BYTES: usize = 1 << 30;
const ROUNDS: usize = 21;
/// Bytes read per contender and round.
const ROUND_BYTES: usize = 32 << 20;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Scans of single vectors",
        &format!(
            "Vectors per CPU second on one core: {FDE_DIM} dimensions, from {} MiB of memory. Bytes meet a query \
             of i8, bits one of i8 or of bits. Medians of {ROUNDS} interleaved rounds.",
            MEMORY_BYTES >> 20
        ),
    );
    let pattern: Vec<f32> = data::values(4).take(64 * FDE_DIM).collect();
    let floats = Documents::new(&pattern, FDE_DIM, MEMORY_BYTES / (4 * FDE_DIM));
    let bytes: Vec<u8> = pattern.iter().map(|value| (value * 127.0 + 128.0) as u8).collect();
    let bytes = Documents::new(&bytes, FDE_DIM, MEMORY_BYTES / FDE_DIM);
    for isa in Isa::available() {
        let contenders = contenders(isa, &floats, &bytes, &pattern[..FDE_DIM]);
        let (rates, _) = measure(contenders, ROUNDS);
        let rows: Vec<_> = rates.iter().map(row).collect();
        report.table(&format!("On {isa}"), &["format", "vectors/s", "bytes/vector", "GB/s read"], &rows);
    }
    report
}

fn contenders(isa: Isa, floats: &Documents<f32>, bytes: &Documents<u8>, query: &[f32]) -> Vec<Contender> {
    let (single, signs) = (query.to_vec(), bytes.of_len(FDE_DIM / 8));
    let codes: Vec<i8> = query.iter().map(|value| (value * 127.0) as i8).collect();
    let byte_codes = codes.clone();
    vec![
        contender("f32", floats.clone(), move |row| dot(isa, row, &single)),
        contender("int8", bytes.clone(), move |row| dot_u8_i8(isa, row, &byte_codes) as f32),
        contender("1 bit, query int8", signs, move |row| dot_bits_i8(isa, row, &codes) as f32),
    ]
}

fn contender<T: Copy + 'static>(
    name: &str,
    mut documents: Documents<T>,
    mut score: impl FnMut(&[T]) -> f32 + 'static,
) -> Contender {
    let bytes = size_of::<T>() * documents.doc_len();
    Contender {
        name: name.to_owned(),
        per_round: ROUND_BYTES / bytes,
        bytes,
        work: Box::new(move |num_rows| {
            documents.walk(num_rows, |row| {
                black_box(score(row));
            });
        }),
    }
}

fn row(own: &Rates) -> Vec<String> {
    vec![
        own.name.clone(),
        grouped(own.median()),
        grouped(own.bytes as f64),
        format!("{:.1}", own.gigabytes()),
    ]
}
