//! Recall promised by a calibration, and recall found on queries that it has not seen.

mod lengths;
mod measure;
mod sets;
mod text;

use crate::report::{Report, grouped};
pub use lengths::run as run_lengths;
pub use measure::{Exact, Measured, measure};
use pleiad::{Calibration, PlanSource, SearchParams};
use sets::Set;
pub use text::run as run_text;

const COLUMNS: [&str; 10] = [
    "calibrated with, k, promised",
    "expected",
    "found",
    "plan",
    "postings",
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
    let only: Vec<String> = std::env::args().skip(2).collect();
    for name in
        sets::NAMES.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == *name))
    {
        let set = Set::open(name);
        let mut rows = Vec::new();
        for (origin, queries) in [("queries", &set.given[..]), ("documents", &[])] {
            let (calibration, cpu_s) = measure::calibrate(&set, queries);
            report_cost(&mut report, &set, origin, &calibration, cpu_s);
            if uses_postings(&calibration) {
                let scans = without_postings(calibration.clone());
                rows.extend(rows_of(&set, origin, calibration));
                rows.extend(rows_of(&set, &format!("{origin}, FDEs alone"), scans));
            } else {
                rows.extend(rows_of(&set, origin, calibration));
            }
        }
        report.table(&set.summary(), &COLUMNS, &rows);
    }
    report
}

fn looks_up(source: &PlanSource) -> bool {
    matches!(source, PlanSource::Postings { .. })
}

fn uses_postings(calibration: &Calibration) -> bool {
    calibration.levels().flat_map(|level| &level.sources).any(looks_up)
}

/// The cheapest plans of those that look into no postings, from the same measurement.
fn without_postings(mut calibration: Calibration) -> Calibration {
    for class in &mut calibration.classes {
        class.levels.retain(|level| !level.sources.iter().any(looks_up));
    }
    calibration
}

fn report_cost(report: &mut Report, set: &Set, origin: &str, calibration: &Calibration, cpu_s: f64) {
    let info = set.snapshot().info().expect("a readable collection");
    report.paragraph(&format!(
        "{}: added in {:.1} CPU-s, {:.0} MiB of memory at most; calibrated with {} {origin} on {} of {} documents in {cpu_s:.1} CPU-s. {} bytes a \
         document in all files, {} of them centroids and postings.",
        set.name,
        set.build_cpu_s,
        set.memory_mib,
        calibration.num_queries(),
        calibration.classes.iter().map(|class| class.num_sampled).min().unwrap_or(0),
        info.num_documents,
        grouped(info.bytes_per_document()),
        grouped(info.postings_bytes as f64 / info.num_documents as f64),
    ));
}

fn rows_of(set: &Set, origin: &str, calibration: Calibration) -> Vec<Vec<String>> {
    let snapshot = set.snapshot().with_calibration(calibration);
    let mut rows = Vec::new();
    for (k, exact) in DEPTHS.into_iter().zip(&set.exact) {
        for recall in RECALLS {
            let params = SearchParams { k, recall: Some(recall), observe: false, ..Default::default() };
            rows.push(row(origin, &measure(&snapshot, &set.held_out, &params, exact), exact.cpu_ms));
        }
    }
    rows
}

fn row(origin: &str, measured: &Measured, exact_ms: f64) -> Vec<String> {
    let plan = &measured.plan;
    let sources: Vec<String> = plan.sources.iter().map(named).collect();
    vec![
        format!("{origin}, {}, {}", plan.k, plan.promised_recall().unwrap_or_default()),
        format!("{:.4}", plan.expected_recall().unwrap_or_default()),
        format!("{:.4}", measured.recall),
        sources.join(" + "),
        grouped(measured.num_postings),
        grouped(measured.num_rescored),
        grouped(measured.num_reranked),
        format!("{:.2}", measured.read_bytes / 1e6),
        format!("{:.2}", measured.cpu_ms),
        format!("{exact_ms:.1}"),
    ]
}

/// A source with its budget, in few words.
fn named(source: &PlanSource) -> String {
    match source {
        PlanSource::Exact => "exact".to_owned(),
        PlanSource::CodeScan => "codes".to_owned(),
        PlanSource::FdeScan { num_candidates, coarse_factor: None } => format!("FDEs {num_candidates}"),
        PlanSource::FdeScan { num_candidates, coarse_factor: Some(factor) } => {
            format!("FDEs {num_candidates} x {factor}")
        }
        PlanSource::Postings { num_probes, num_candidates } => {
            format!("postings of {num_probes} {num_candidates}")
        }
        PlanSource::Bm25 => "BM25".to_owned(),
        PlanSource::Words { num_candidates } => format!("words {num_candidates}"),
        PlanSource::Sentence { num_candidates } => format!("sentences {num_candidates}"),
    }
}
