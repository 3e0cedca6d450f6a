//! f32 MaxSim against a matrix product followed by a maximum.

use crate::clock::{median, seconds_of};
use crate::data::{self, DIM, DOC_OPERATIONS, DOC_TOKENS, DOC_VALUES, Documents, QUERY_TOKENS};
use crate::peak;
use crate::report::{Report, grouped};
use crate::rival::GemmPlusMax;
use pleiad_kernels::{Isa, QueryPanel};
use std::hint::black_box;

/// Documents that stay in a second-level cache: 1 MiB.
const CACHED_DOCS: usize = 16;
/// Documents that no cache holds: 1.5 GiB.
const STREAMED_DOCS: usize = 24 << 10;
const ROUNDS: usize = 21;
/// Documents per contender and round.
const DOCS_PER_ROUND: usize = 512;

/// One way to score, and how many documents it gets per round.
struct Contender {
    name: String,
    docs_per_round: usize,
    score: Box<dyn FnMut(&[f32]) -> f32>,
}

/// What a contender did, per round.
struct Rounds {
    name: String,
    docs_per_second: Vec<f64>,
}

pub fn run() -> Report {
    let mut report = Report::new(
        "MaxSim in f32",
        &format!(
            "Documents per CPU second on one core: {QUERY_TOKENS} query tokens, {DOC_TOKENS} document tokens, \
             {DIM} dimensions. `gemm` is the crate of that name, version 0.19 with its AVX-512 kernels, and a \
             vectorised maximum over its product. Medians of {ROUNDS} interleaved rounds; a ratio is the median \
             of the ratios within a round."
        ),
    );
    let pattern: Vec<f32> = data::values(2).take(64 * DOC_VALUES).collect();
    check_agreement(&pattern);
    let mut streamed = Documents::new(&pattern, DOC_VALUES, STREAMED_DOCS);
    let mut cached = Documents::new(&pattern, DOC_VALUES, CACHED_DOCS);
    section(&mut report, "In cache (1 MiB of documents)", &mut cached);
    section(&mut report, "From memory (1.5 GiB of documents)", &mut streamed);
    let copied = peak::copied_bytes_per_second(streamed.values());
    report.paragraph(&format!(
        "One core copies {:.1} GB/s from memory to memory; a document is {} KiB.",
        copied / 1e9,
        size_of::<f32>() * DOC_VALUES >> 10
    ));
    report
}

fn contenders() -> Vec<Contender> {
    let query = data::query();
    let mut rival = GemmPlusMax::new(&query);
    let mut all = vec![Contender {
        name: "gemm + max".into(),
        docs_per_round: DOCS_PER_ROUND,
        score: Box::new(move |document| rival.maxsim(document)),
    }];
    for isa in Isa::available() {
        let panel = QueryPanel::new(isa, &query, DIM);
        let docs_per_round = if isa == Isa::Reference { DOCS_PER_ROUND / 16 } else { DOCS_PER_ROUND };
        let score = Box::new(move |document: &[f32]| panel.maxsim(document));
        all.push(Contender { name: format!("pleiad {isa}"), docs_per_round, score });
    }
    all
}

/// All contenders must compute the same thing before their speed means anything.
fn check_agreement(pattern: &[f32]) {
    let scores: Vec<f32> = contenders().iter_mut().map(|c| (c.score)(&pattern[..DOC_VALUES])).collect();
    assert!(scores.iter().all(|score| (score - scores[0]).abs() < 1e-3 * scores[0].abs()), "{scores:?}");
}

fn section(report: &mut Report, heading: &str, documents: &mut Documents<f32>) {
    let mut contenders = contenders();
    let mut rounds: Vec<Rounds> =
        contenders.iter().map(|c| Rounds { name: c.name.clone(), docs_per_second: Vec::new() }).collect();
    let mut peaks = Vec::new();
    for _ in 0..ROUNDS {
        peaks.extend(peak::fma_per_second());
        for (contender, rounds) in contenders.iter_mut().zip(&mut rounds) {
            let seconds = seconds_of(|| {
                documents.walk(contender.docs_per_round, |document| {
                    black_box((contender.score)(document));
                });
            });
            rounds.docs_per_second.push(contender.docs_per_round as f64 / seconds);
        }
    }
    let rows: Vec<_> = rounds.iter().map(|contender| row(contender, &rounds[0], &peaks)).collect();
    report.table(
        heading,
        &["contender", "documents/s", "ratio to gemm", "share of peak", "GB/s read"],
        &rows,
    );
    if !peaks.is_empty() {
        let gflops = median(peaks) / 1e9;
        report.paragraph(&format!("Peak measured in the same rounds: {gflops:.0} GFLOP/s."));
    }
}

fn row(contender: &Rounds, rival: &Rounds, peaks: &[f64]) -> Vec<String> {
    let rates = &contender.docs_per_second;
    let ratio = median(rates.iter().zip(&rival.docs_per_second).map(|(own, other)| own / other).collect());
    let share = if peaks.is_empty() {
        "unknown".to_owned()
    } else {
        let shares = rates.iter().zip(peaks).map(|(rate, peak)| rate * DOC_OPERATIONS / peak);
        format!("{:.0} %", 100.0 * median(shares.collect()))
    };
    let documents = median(rates.clone());
    let read = documents * (size_of::<f32>() * DOC_VALUES) as f64 / 1e9;
    vec![contender.name.clone(), grouped(documents), format!("{ratio:.2}"), share, format!("{read:.1}")]
}
