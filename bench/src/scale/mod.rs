//! Cost of a search in collections of ten thousand to a million documents.

mod build;
mod plot;

use crate::plan::{Exact, Measured, measure};
use crate::report::{Report, grouped};
use build::{Built, Made};
use pleiad::{Calibration, PlanSource, Query, SearchParams, Snapshot};
use plot::Series;
use std::path::PathBuf;

/// Documents of the collections.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

/// Recalls asked for.
const RECALLS: [f64; 3] = [0.9, 0.95, 0.99];

/// The recall at which a scan in one level is measured, too.
const COMPARED: f64 = 0.95;

/// Hits asked for.
const DEPTHS: [usize; 2] = [10, 100];

/// Documents that codes choose for the exact answers, at most a hundred hits: none of these was ever missed by them where
/// that was compared with an exact search.
const CHOSEN: usize = 500;

const COLUMNS: [&str; 11] = [
    "k, promised",
    "expected",
    "found",
    "plan",
    "FDE codes",
    "postings",
    "candidates",
    "exact",
    "MB read",
    "CPU-ms",
    "CPU-ms, one level",
];

/// Runs the benchmark: for all sizes, or for those given as arguments. A folder among these keeps the collections, for the
/// next run.
pub fn run() -> Report {
    let mut report = Report::new("Cost against size", ABOUT);
    let (mut asked, mut kept) = (Vec::new(), None);
    for argument in std::env::args().skip(2) {
        match argument.parse::<u64>() {
            Ok(size) => asked.push(size),
            Err(_) => kept = Some(PathBuf::from(argument)),
        }
    }
    let mut all = Vec::new();
    for size in if asked.is_empty() { SIZES.to_vec() } else { asked } {
        let built = Built::new(size, kept.as_deref());
        let rows = rows_of(&built);
        report.paragraph(&summary(&built));
        let table: Vec<Vec<String>> = rows.iter().map(cells).collect();
        report.table(&format!("{} documents", grouped(size as f64)), &COLUMNS, &table);
        all.push((size, rows));
    }
    ratios(&mut report, &all);
    plot::write("scale", "CPU-ms per query", &series(&all));
    report
}

const ABOUT: &str = "Synthetic passages of 32 tokens of 96 dims (`Synthetic::passages`: 8,192 words, a topic for 200 \
documents), the default schema, and queries of 16 tokens. The calibration draws from 512 queries; recall is the share of \
the exact top k that 100 others find, in CPU time of all threads. Exact answers: MaxSim on the 8-bit codes of all documents \
chooses 500 of each query, the exact score of these decides. *one level*: the same plan with every FDE code scored whole. \
\
*memory*: the most that the process took while documents came in, without the pages of mapped files. *postings*: what \
tuning a collection that has none takes more than calibrating the same one again.";

/// One plan, measured.
struct Row {
    k: usize,
    recall: f64,
    measured: Measured,
    /// The same in one level, where it has two.
    one_level_ms: Option<f64>,
}

fn rows_of(built: &Built) -> Vec<Row> {
    let exact = exact(&built.snapshot, &built.held_out);
    let two_levels = built.snapshot.clone().with_calibration(built.calibration.clone());
    let one_level = built.snapshot.clone().with_calibration(in_one_level(built.calibration.clone()));
    let mut rows = Vec::new();
    for k in DEPTHS {
        let exact = exact.of(k);
        for recall in RECALLS {
            let params = SearchParams { k, recall: Some(recall), observe: false, ..Default::default() };
            let measured = measure(&two_levels, &built.held_out, &params, &exact);
            let has_two = measured.plan.sources.iter().any(|source| has_two_levels(*source));
            let has_two = has_two && recall == COMPARED;
            let one_level_ms = has_two.then(|| measure(&one_level, &built.held_out, &params, &exact).cpu_ms);
            rows.push(Row { k, recall, measured, one_level_ms });
        }
    }
    rows
}

/// The exact top hundred.
fn exact(snapshot: &Snapshot, queries: &[Query]) -> Exact {
    let num_documents = snapshot.num_documents() as usize;
    let (num_candidates, num_reranked) = (Some(num_documents), Some(CHOSEN));
    let params = SearchParams { k: DEPTHS[1], num_candidates, num_reranked, ..Default::default() };
    let hits = snapshot.search_batch(queries, &params).into_iter().map(|answer| {
        let answer = answer.expect("a valid query");
        assert_eq!(answer.plan.sources, [PlanSource::CodeScan]);
        answer.hits.iter().map(|hit| (hit.id.0, hit.score.get())).collect()
    });
    Exact { hits: hits.collect(), cpu_ms: 0.0 }
}

fn has_two_levels(source: PlanSource) -> bool {
    matches!(source, PlanSource::FdeScan { coarse_factor: Some(_), .. })
}

fn in_one_level(mut calibration: Calibration) -> Calibration {
    let levels = calibration.classes.iter_mut().flat_map(|class| &mut class.levels);
    for source in levels.flat_map(|level| &mut level.sources) {
        if let PlanSource::FdeScan { coarse_factor, .. } = source {
            *coarse_factor = None;
        }
    }
    calibration
}

fn summary(built: &Built) -> String {
    let each = |seconds: f64| seconds * 1e6 / built.num_documents as f64;
    let made = match &built.made {
        None => "added in an earlier run".to_owned(),
        Some(Made { add_s, postings_s, memory_mib }) => format!(
            "{add_s:.1} CPU-s to add them ({:.0} µs each), memory {memory_mib:.0} MiB; {postings_s:.1} CPU-s for \
             centroids and postings ({:.0} µs each)",
            each(*add_s),
            each(*postings_s)
        ),
    };
    format!(
        "{} documents (seed {}): {made}; {:.1} CPU-s to calibrate with {} queries, for each of which {} were scored; \
         {} segments, {:.0} bytes a document.",
        grouped(built.num_documents as f64),
        built.seed,
        built.calibrate_s,
        built.calibration.num_queries(),
        grouped(built.calibration.classes.iter().map(|class| class.num_sampled).min().unwrap_or(0) as f64),
        built.num_segments,
        built.bytes_per_document
    )
}

fn cells(row: &Row) -> Vec<String> {
    let Row { k, recall, measured, one_level_ms } = row;
    let plan = &measured.plan;
    vec![
        format!("{k}, {recall}"),
        format!("{:.4}", plan.expected_recall().unwrap_or_default()),
        format!("{:.4}", measured.recall),
        plan.sources.iter().map(|source| name(*source)).collect::<Vec<_>>().join(" + "),
        grouped(measured.num_scanned),
        grouped(measured.num_postings),
        grouped(measured.num_rescored),
        grouped(measured.num_reranked),
        format!("{:.1}", measured.read_bytes / 1e6),
        format!("{:.2}", measured.cpu_ms),
        one_level_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}")),
    ]
}

fn name(source: PlanSource) -> String {
    match source {
        PlanSource::Exact => "exact".to_owned(),
        PlanSource::CodeScan => "codes".to_owned(),
        PlanSource::FdeScan { coarse_factor: Some(factor), .. } => format!("FDEs x {factor}"),
        PlanSource::FdeScan { coarse_factor: None, .. } => "FDEs".to_owned(),
        PlanSource::Postings { num_probes, .. } => format!("postings x {num_probes}"),
        PlanSource::Bm25 => "BM25".to_owned(),
        PlanSource::Words { .. } => "words".to_owned(),
        PlanSource::Sentence { .. } => "sentences".to_owned(),
    }
}

/// Ratios of the cost of a search between each size and the one before.
fn ratios(report: &mut Report, all: &[(u64, Vec<Row>)]) {
    let cell = |size: usize, row: usize| all[size].1[row].measured.cpu_ms;
    let rows = (0..all.first().map_or(0, |(_, rows)| rows.len())).map(|row| {
        let Row { k, recall, .. } = all[0].1[row];
        let ratios = (1..all.len()).map(|size| format!("{:.1}", cell(size, row) / cell(size - 1, row)));
        std::iter::once(format!("{k}, {recall}")).chain(ratios).collect()
    });
    let titles = all
        .windows(2)
        .map(|pair| format!("{} over {}", grouped(pair[1].0 as f64), grouped(pair[0].0 as f64)));
    let columns: Vec<String> = std::iter::once("k, promised".to_owned()).chain(titles).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    report.table("CPU time against the size before", &columns, &rows.collect::<Vec<_>>());
}

fn series(all: &[(u64, Vec<Row>)]) -> Vec<Series> {
    let rows = 0..all.first().map_or(0, |(_, rows)| rows.len());
    let of_row = |row: usize| {
        let Row { k, recall, .. } = all[0].1[row];
        let points = all.iter().map(|(size, rows)| (*size as f64, rows[row].measured.cpu_ms));
        Series { name: format!("recall {recall} at {k}"), points: points.collect() }
    };
    rows.map(of_row).collect()
}
