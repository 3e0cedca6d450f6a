//! f32 MaxSim against a matrix product followed by a maximum.

use crate::clock::median;
use crate::data::{self, DIM, DOC_OPERATIONS, DOC_TOKENS, DOC_VALUES, Documents, QUERY_TOKENS};
use crate::peak;
use crate::report::{Report, grouped};
use crate::rival::GemmPlusMax;
use crate::rounds::{Contender, Rates, measure};
use pleiad_kernels::{Isa, QueryPanel};
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

/// Documents that stay in a second-level cache: 1 MiB.
const CACHED_DOCS: usize = 16;
/// Documents that no cache holds: 1.5 GiB.
const STREAMED_DOCS: usize = 24 << 10;
const ROUNDS: usize = 31;
/// Documents per contender and round.
const DOCS_PER_ROUND: usize = 512;

type Score = Box<dyn FnMut(&[f32]) -> f32>;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "MaxSim in f32",
        &format!(
            "Documents per CPU second on one core: {QUERY_TOKENS} query tokens, {DOC_TOKENS} document tokens, \
             {DIM} dimensions. The rival is the product of the `gemm` crate, version 0.19 with its AVX-512 \
             kernels, and a vectorized maximum over it: once as matrices come, row-major, and once in the layout \
             that is fastest for it, the query transposed beforehand; ratios are to the latter. Medians of \
             {ROUNDS} interleaved rounds; a ratio is the median of the ratios within a round."
        ),
    );
    let pattern: Vec<f32> = data::values(2).take(64 * DOC_VALUES).collect();
    check_agreement(&pattern);
    let streamed = Documents::new(&pattern, DOC_VALUES, STREAMED_DOCS);
    let cached = Documents::new(&pattern, DOC_VALUES, CACHED_DOCS);
    section(&mut report, "In cache (1 MiB of documents)", 1.4, cached);
    let copied = peak::copied_bytes_per_second(streamed.values());
    section(&mut report, "From memory (1.5 GiB of documents)", 1.7, streamed);
    report.paragraph(&format!(
        "One core copies {:.1} GB/s from memory to memory; a document is {} KiB.",
        copied / 1e9,
        (size_of::<f32>() * DOC_VALUES) >> 10
    ));
    report
}

fn scores() -> Vec<(String, Score)> {
    let query = data::query();
    let (mut fastest, mut plain) = (GemmPlusMax::transposed(&query), GemmPlusMax::row_major(&query));
    let mut all: Vec<(String, Score)> = vec![
        ("gemm + max, query transposed".into(), Box::new(move |document| fastest.maxsim(document))),
        ("gemm + max, row-major".into(), Box::new(move |document| plain.maxsim(document))),
    ];
    for isa in Isa::available() {
        let panel = QueryPanel::new(isa, &query, DIM);
        all.push((format!("pleiad {isa}"), Box::new(move |document| panel.maxsim(document))));
    }
    all
}

/// All contenders must compute the same thing before their speed means anything.
fn check_agreement(pattern: &[f32]) {
    let scores: Vec<f32> = scores().iter_mut().map(|(_, score)| score(&pattern[..DOC_VALUES])).collect();
    assert!(scores.iter().all(|score| (score - scores[0]).abs() < 1e-3 * scores[0].abs()), "{scores:?}");
}

fn section(report: &mut Report, heading: &str, goal: f64, documents: Documents<f32>) {
    let documents = Rc::new(RefCell::new(documents));
    let contenders = scores().into_iter().map(|(name, mut score)| {
        let documents = Rc::clone(&documents);
        Contender {
            per_round: if name.ends_with("reference") { DOCS_PER_ROUND / 16 } else { DOCS_PER_ROUND },
            name,
            bytes: size_of::<f32>() * DOC_VALUES,
            work: Box::new(move |num_docs| {
                documents.borrow_mut().walk(num_docs, |document| {
                    black_box(score(document));
                });
            }),
        }
    });
    let (rates, peaks) = measure(contenders.collect(), ROUNDS);
    let rows: Vec<_> = rates.iter().map(|own| row(own, &rates[0], &peaks)).collect();
    report.table(
        heading,
        &["contender", "documents/s", "ratio to gemm", "share of peak", "GB/s read"],
        &rows,
    );
    if !peaks.is_empty() {
        let limits = peaks.iter().zip(&rates[0].rates).map(|(peak, rate)| peak / DOC_OPERATIONS / rate);
        report.paragraph(&format!(
            "Goal: {goal} times `gemm`. Peak of multiply-adds measured in the same rounds: {:.0} GFLOP/s, so \
             that no f32 kernel could do more than {:.2} times as much.",
            median(peaks.clone()) / 1e9,
            median(limits.collect())
        ));
    }
}

fn row(own: &Rates, rival: &Rates, peaks: &[f64]) -> Vec<String> {
    let share = if peaks.is_empty() {
        "unknown".to_owned()
    } else {
        let shares = own.rates.iter().zip(peaks).map(|(rate, peak)| rate * DOC_OPERATIONS / peak);
        format!("{:.0} %", 100.0 * median(shares.collect()))
    };
    vec![
        own.name.clone(),
        grouped(own.median()),
        format!("{:.2}", own.ratio_to(rival)),
        share,
        format!("{:.1}", own.gigabytes()),
    ]
}
