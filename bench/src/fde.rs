//! Sets as single vectors: how fast they are made, and how good their candidates are.

use crate::data;
use crate::fde_candidates::{self, Setting, params};
use crate::fde_rival::{self, Rival};
use crate::report::{Report, grouped};
use crate::rounds::{Contender, Rates, measure};
use crate::{fde_lemur, fde_seeds};
use pleiad_bench_measure::python::PYTHON;
use pleiad_compress::{FdeEncoder, FdeScratch};
use pleiad_kernels::Isa;
use pleiad_vectors::MultiVector;
use std::hint::black_box;

/// Tokens of a document and dimensions of a token.
const NUM_TOKENS: usize = 64;
const DIM: usize = 128;
/// Documents that are encoded in turn: 2 MiB, as they come from an encoder.
const NUM_DOCS: usize = 64;
const ROUNDS: usize = 15;
const DOCS_PER_ROUND: usize = 192;
const LEMUR_DOCS_PER_ROUND: usize = 32;
const SPEED_SETTINGS: [Setting; 2] = [(20, 4, 16), (40, 4, 16)];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Single vectors of sets (MUVERA)",
        &format!(
            "Documents of {NUM_TOKENS} tokens of {DIM} dims encoded per CPU second, on one core. Medians of \
             {ROUNDS} interleaved rounds. The rival is `muvera-python` (PyPI), whose inner loops are Rust, in \
             batches of 256 and one by one."
        ),
    );
    let documents = documents();
    for setting in SPEED_SETTINGS {
        let (repetitions, k, projection) = setting;
        let (rates, _) = measure(contenders(setting, &documents), ROUNDS);
        let rival = fde_rival::measure(setting, NUM_TOKENS, DIM);
        let rows = rows(&rates, rival.as_ref().ok());
        let columns = ["contender", "documents/s", "µs/document", "ratio to batches", "ratio to one by one"];
        report.table(&format!("R = {repetitions}, k = {k}, proj = {projection}"), &columns, &rows);
        match rival {
            Ok(_) => report.paragraph(
                "Goal: 20 times the documents per CPU second of `muvera-python`, which was measured at 1.2 ms a \
                 document for it: that is one by one.",
            ),
            Err(why) => report.paragraph(&format!(
                "No rival was measured ({why}): set {PYTHON} to a Python that has `muvera-python`."
            )),
        }
    }
    lemur_speed(&mut report, &documents);
    fde_candidates::report(&mut report);
    fde_seeds::report(&mut report);
    report
}

/// The other way from a set to a vector, beside ours.
fn lemur_speed(report: &mut Report, documents: &[MultiVector]) {
    let mut contenders = vec![contenders(SPEED_SETTINGS[1], documents).pop().expect("an instruction set")];
    contenders[0].name = "pleiad FDE (40, 4, 16)".to_owned();
    for form in fde_lemur::FORMS {
        let contender = |num| fde_lemur::contender(form, num, documents, LEMUR_DOCS_PER_ROUND);
        contenders.extend(fde_lemur::FEATURES.map(contender));
    }
    let (rates, _) = measure(contenders, ROUNDS);
    let row = |own: &Rates| {
        let ratio = format!("{:.2}", own.ratio_to(&rates[0]));
        vec![own.name.clone(), grouped(own.median()), format!("{:.1}", 1e6 / own.median()), ratio]
    };
    let rows: Vec<_> = rates.iter().map(row).collect();
    report.table("LEMUR", &["contender", "documents/s", "µs/document", "ratio to the FDE"], &rows);
}

/// Tokens of unit length.
fn documents() -> Vec<MultiVector> {
    let mut values = data::values(5);
    let token = |values: &mut dyn Iterator<Item = f32>| {
        let token: Vec<f32> = values.take(DIM).collect();
        let norm = token.iter().map(|v| v * v).sum::<f32>().sqrt();
        token.into_iter().map(move |v| v / norm)
    };
    let mut document = || (0..NUM_TOKENS).flat_map(|_| token(&mut values).collect::<Vec<_>>()).collect();
    (0..NUM_DOCS).map(|_| MultiVector::new(document(), DIM).expect("finite values")).collect()
}

fn contenders(setting: Setting, documents: &[MultiVector]) -> Vec<Contender> {
    let encoder = FdeEncoder::new(DIM, params(setting, 1)).expect("a published setting");
    Isa::available()
        .into_iter()
        .map(|isa| {
            let encoder = encoder.clone().with_isa(isa);
            let documents = documents.to_vec();
            let (mut scratch, mut out) = (FdeScratch::default(), vec![0.0; encoder.fde_dim()]);
            let work = move |num_docs| {
                for document in documents.iter().cycle().take(num_docs) {
                    encoder.encode_document_into(document.as_ref(), &mut scratch, &mut out).expect("finite");
                    black_box(&out);
                }
            };
            Contender {
                name: format!("pleiad {isa}"),
                per_round: DOCS_PER_ROUND,
                bytes: NUM_TOKENS * DIM * size_of::<f32>(),
                work: Box::new(work),
            }
        })
        .collect()
}

fn rows(rates: &[Rates], rival: Option<&Rival>) -> Vec<Vec<String>> {
    let row = |name: &str, rate: f64| {
        let ratio = |of: fn(&Rival) -> f64| rival.map_or("-".to_owned(), |r| format!("{:.1}", rate / of(r)));
        let micros = format!("{:.1}", 1e6 / rate);
        vec![name.to_owned(), grouped(rate), micros, ratio(|r| r.batch), ratio(|r| r.single)]
    };
    let mut rows: Vec<_> = rates.iter().map(|own| row(&own.name, own.median())).collect();
    if let Some(rival) = rival {
        rows.push(row("muvera-python, batches", rival.batch));
        rows.push(row("muvera-python, one by one", rival.single));
    }
    rows
}
