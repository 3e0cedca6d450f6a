//! Recall promised by a calibration, and recall found on queries that it has not seen.

mod measure;
mod sets;

use crate::report::{Report, grouped};
use measure::{Measured, measure};
use pleiad::{Calibration, SearchParams};
use sets::Set;

const COLUMNS: [&str; 9] = [
    "calibrated with, k, promised",
    "expected",
    "found",
    "plan",
    "candidates",
    "exact",
    "MB read",
    "CPU-ms",
    "CPU-ms exact",
];

/// Recalls asked for.
const RECALLS: [f64; 3] = [0.9, 0.95, 0.99];

/// Hits asked for.
const DEPTHS: [usize; 2] = [10, 100];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Plans: recall promised and found",
        "Each collection is calibrated with one half of its queries, and with queries made from its documents; \
         recall is the share of the exact top k that the *other* half finds. Token vectors of real text, and texts \
         with the built-in encoder. CPU time of all threads.",
    );
    let only = std::env::args().nth(2);
    for name in sets::NAMES.into_iter().filter(|name| only.as_deref().is_none_or(|only| only == *name)) {
        let set = Set::open(name);
        let mut rows = Vec::new();
        for (origin, queries) in [("queries", &set.given[..]), ("documents", &[])] {
            let (calibration, cpu_s) = measure::calibrate(&set, queries);
            rows.extend(rows_of(&set, origin, calibration.clone()));
            report_cost(&mut report, &set, origin, &calibration, cpu_s);
        }
        report.table(&set.summary(), &COLUMNS, &rows);
    }
    report
}

fn report_cost(report: &mut Report, set: &Set, origin: &str, calibration: &Calibration, cpu_s: f64) {
    report.paragraph(&format!(
        "{}: calibrated with {} {origin} on {} of {} documents in {cpu_s:.1} CPU-s.",
        set.name, calibration.num_queries, calibration.num_sampled, calibration.num_documents
    ));
}

fn rows_of(set: &Set, origin: &str, calibration: Calibration) -> Vec<Vec<String>> {
    let snapshot = set.snapshot.clone().with_calibration(calibration);
    let mut rows = Vec::new();
    for (k, exact) in DEPTHS.into_iter().zip(&set.exact) {
        for recall in RECALLS {
            let params = SearchParams { k, recall: Some(recall), ..Default::default() };
            rows.push(row(origin, &measure(&snapshot, &set.held_out, &params, exact), exact.cpu_ms));
        }
    }
    rows
}

fn row(origin: &str, measured: &Measured, exact_ms: f64) -> Vec<String> {
    let plan = &measured.plan;
    let source = match plan.sources[..] {
        [pleiad::PlanSource::Exact] => "exact",
        [pleiad::PlanSource::CodeScan] => "codes",
        [pleiad::PlanSource::FdeScan { .. }] => "FDEs",
        _ => "union",
    };
    vec![
        format!("{origin}, {}, {}", plan.k, plan.promised_recall().unwrap_or_default()),
        format!("{:.4}", plan.expected_recall().unwrap_or_default()),
        format!("{:.4}", measured.recall),
        source.to_owned(),
        grouped(measured.num_rescored),
        grouped(measured.num_reranked),
        format!("{:.2}", measured.read_bytes / 1e6),
        format!("{:.2}", measured.cpu_ms),
        format!("{exact_ms:.1}"),
    ]
}
