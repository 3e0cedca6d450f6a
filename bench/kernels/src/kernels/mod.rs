//! MaxSim in every format of documents.

mod limits;
mod rivals;

use crate::data::{self, DIM, DOC_TOKENS, DOC_VALUES, Documents, QUERY_TOKENS};
use crate::peak;
use crate::report::{Report, grouped};
use crate::rival::GemmPlusMax;
use crate::rounds::{Contender, Rates, measure_beside};
use limits::Peaks;
use pleiad_kernels::{Isa, Levels, PackedPanel, QuantizedPanel, QueryPanel, Rows};
use std::hint::black_box;

/// Memory per format: far more than a cache holds.
const MEMORY_BYTES: usize = 1 << 30;
const ROUNDS: usize = 31;
const DOCS_PER_ROUND: usize = 1024;
/// Documents of bfloat16 against a query of f32.
const BF16: &str = "bf16";
const CONTENDERS: [&str; 8] = ["gemm + max, f32", "f16", "int8", "4 bits", "f32", BF16, "2 bits", "1 bit"];
/// The portable loops are slow: they score fewer documents a round.
const PORTABLE_SHARE: usize = 8;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "MaxSim by format of documents",
        &format!(
            "Documents per CPU second on one core: {QUERY_TOKENS} query tokens, {DOC_TOKENS} document tokens, \
             {DIM} dimensions, from {} MiB of memory per format. f16 and bf16 meet a query of f32, codes one of i8, \
             with a scale per document token. Medians of {ROUNDS} interleaved rounds; a ratio is the median of \
             the ratios within a round. Shares are of what loops did that only multiply, in the same rounds, or \
             only copy: the larger one is the nearer limit.",
            MEMORY_BYTES >> 20
        ),
    );
    let pattern: Vec<f32> = data::values(2).take(64 * DOC_VALUES).collect();
    let floats = Documents::new(&pattern, DOC_VALUES, MEMORY_BYTES / (4 * DOC_VALUES));
    // The upper halves of floats: as halves of either kind plain numbers, as codes any bytes.
    let halves: Vec<u8> =
        pattern.iter().flat_map(|value| value.to_bits().to_le_bytes()[2..].to_vec()).collect();
    let bytes = Documents::new(&halves, 2 * DOC_VALUES, MEMORY_BYTES / (2 * DOC_VALUES));
    let copied = peak::copied_bytes_per_second(floats.values());
    let mut all_peaks = Peaks::default();
    for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Reference) {
        let mut contenders = vec![gemm(&floats), single(isa, &floats)];
        contenders.push(half(isa, "f16", |bytes| Rows::F16(bytes), &bytes));
        contenders.push(half(isa, BF16, |bytes| Rows::Bf16(bytes), &bytes));
        contenders.push(byte(isa, &bytes));
        contenders.extend(all_levels().map(|(name, levels)| packed(isa, name, levels, &bytes)));
        if isa == Isa::Portable {
            contenders.iter_mut().for_each(|contender| contender.per_round /= PORTABLE_SHARE);
        }
        let mut peaks = Peaks::default();
        let rates = measure_beside(contenders, ROUNDS, || peaks.measure_round());
        let int8 = rates.iter().position(|rates| rates.name == "int8").expect("int8 is a contender");
        let rows: Vec<_> = rates
            .iter()
            .map(|own| {
                let of_peak = peaks.share(isa, &own.name, &own.rates);
                row(own, &rates[0], &rates[int8], of_peak, own.gigabytes() * 1e9 / copied)
            })
            .collect();
        all_peaks.append(peaks);
        let columns = [
            "format",
            "documents/s",
            "ratio to gemm",
            "ratio to int8",
            "KiB/document",
            "GB/s read",
            "of peak",
            "of copying",
            "nearer limit",
        ];
        report.table(&format!("On {isa}"), &columns, &rows);
    }
    rivals::section(&mut report, &floats, &bytes);
    report.paragraph(&format!("{all_peaks} One core copies {:.1} GB/s.", copied / 1e9));
    report.paragraph(
        "Goals, from memory: int8 400,000 documents/s, 4 and 2 bits 90 % of int8, f32 1.7 times `gemm`.",
    );
    report
}

fn all_levels() -> [(&'static str, Levels); 3] {
    let evenly = std::array::from_fn::<i8, 16, _>(|code| 2 * code as i8 - 15);
    [
        ("4 bits", Levels::from(evenly)),
        ("2 bits", Levels::from([-3, -1, 1, 3])),
        ("1 bit", Levels::from([-1, 1])),
    ]
}

fn contender<T: Copy + 'static>(
    name: &str,
    documents: Documents<T>,
    score: impl FnMut(&[T]) -> f32 + 'static,
) -> Contender {
    // No two contenders walk where the other just was.
    let part = CONTENDERS.iter().position(|known| *known == name).expect("every contender is known");
    walking(name, documents.starting_at(part as f64 / CONTENDERS.len() as f64), score)
}

/// Scores documents from where they stand on.
fn walking<T: Copy + 'static, S>(
    name: &str,
    mut documents: Documents<T>,
    mut score: impl FnMut(&[T]) -> S + 'static,
) -> Contender {
    Contender {
        name: name.to_owned(),
        per_round: DOCS_PER_ROUND,
        bytes: size_of::<T>() * documents.doc_len(),
        work: Box::new(move |num_docs| {
            documents.walk(num_docs, |document| {
                black_box(score(document));
            });
        }),
    }
}

fn gemm(documents: &Documents<f32>) -> Contender {
    let mut rival = GemmPlusMax::transposed(&data::query());
    contender("gemm + max, f32", documents.clone(), move |document| rival.maxsim(document))
}

fn single(isa: Isa, documents: &Documents<f32>) -> Contender {
    let panel = QueryPanel::new(isa, &data::query(), DIM);
    contender("f32", documents.clone(), move |document| panel.maxsim(document))
}

fn half(isa: Isa, name: &str, rows: fn(&[u8]) -> Rows<'_>, documents: &Documents<u8>) -> Contender {
    let panel = QueryPanel::new(isa, &data::query(), DIM);
    contender(name, documents.of_len(2 * DOC_VALUES), move |document| panel.maxsim_of(rows(document)))
}

fn byte(isa: Isa, documents: &Documents<u8>) -> Contender {
    let panel = QuantizedPanel::new(isa, &data::query(), DIM);
    let score = with_scales(move |codes, scales| panel.maxsim(codes, scales));
    contender("int8", documents.of_len(DOC_VALUES), score)
}

fn packed(isa: Isa, name: &str, levels: Levels, documents: &Documents<u8>) -> Contender {
    let panel = PackedPanel::new(isa, &data::query(), DIM, levels);
    let score = with_scales(move |codes, scales| panel.maxsim(codes, scales));
    contender(name, documents.of_len(DOC_TOKENS * levels.row_bytes(DIM)), score)
}

/// Gives every document scales of its own, from memory as the codes are.
fn with_scales(score: impl Fn(&[u8], &[f32]) -> f32) -> impl FnMut(&[u8]) -> f32 {
    let mut all = scales();
    move |codes| {
        let mut sum = 0.0;
        all.walk(1, |scales| sum = score(codes, scales));
        sum
    }
}

/// A scale per token, from memory like the codes.
fn scales() -> Documents<f32> {
    let pattern: Vec<f32> = data::values(3).take(64 * DOC_TOKENS).map(f32::abs).collect();
    Documents::new(&pattern, DOC_TOKENS, MEMORY_BYTES / DOC_VALUES)
}

fn row(own: &Rates, gemm: &Rates, int8: &Rates, of_peak: Option<f64>, of_copying: f64) -> Vec<String> {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    vec![
        own.name.clone(),
        grouped(own.median()),
        format!("{:.2}", own.ratio_to(gemm)),
        format!("{:.2}", own.ratio_to(int8)),
        format!("{}", own.bytes >> 10),
        format!("{:.1}", own.gigabytes()),
        of_peak.map_or("unknown".to_owned(), percent),
        percent(of_copying),
        of_peak.map_or("", |share| if share > of_copying { "arithmetic" } else { "memory" }).to_owned(),
    ]
}
