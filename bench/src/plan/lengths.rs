use super::measure::{calibrate, exact, measure};
use super::sets::Set;
use crate::report::{Report, grouped};
use pleiad::{Calibration, MultiVector, Query, SearchParams, Snapshot};

/// Those of `plan` but for the largest: of each kind of vectors one or two.
const DEFAULT_SETS: [&str; 5] =
    ["cranfield", "scifact", "colbertv2-lotte500", "text nfcorpus", "synthetic 10000"];

/// Tokens that queries are cut to.
const LENGTHS: [usize; 5] = [2, 4, 8, 16, 32];

const RECALLS: [f64; 3] = [0.9, 0.95, 0.99];
const K: usize = 10;

/// Queries of a length that a figure takes, at least.
const MIN_QUERIES: usize = 30;

/// Searches of a collection that nothing is given.
const NUM_OBSERVED: usize = 64;

const ABOUT: &str = "Queries are cut to their first tokens. Found is the share of the exact top 10 that the half of the \
queries finds which no calibration has seen; in brackets the documents that plans look at, means over the queries. Collections \
are calibrated with queries made from documents, with whole queries alone, and with queries of each length. *Observed*: \
nothing is given, 64 whole queries are searched for, and the writer calibrates by itself.";

const COLUMNS: [&str; 5] =
    ["tokens, queries, promised", "documents", "whole queries given", "this length given", "64 observed"];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("Promises by the length of queries", ABOUT);
    let only: Vec<String> = std::env::args().skip(2).collect();
    for name in
        DEFAULT_SETS.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == name))
    {
        let set = Set::open(name);
        report.table(&set.summary(), &COLUMNS, &rows(&set));
    }
    report
}

fn rows(set: &Set) -> Vec<Vec<String>> {
    let cut: Vec<Query> = LENGTHS.iter().flat_map(|&length| prefixes(&set.given, length)).collect();
    let (documents, _) = calibrate(set, &[]);
    let observed = observe(set);
    let (whole, _) = calibrate(set, &set.given);
    let (of_length, _) = calibrate(set, &cut);
    let calibrations =
        [documents, whole, of_length, observed].map(|known| set.snapshot().with_calibration(known));
    let mut rows = Vec::new();
    for length in LENGTHS {
        let queries = prefixes(&set.held_out, length);
        if queries.len() < MIN_QUERIES {
            continue;
        }
        let exact = exact(&set.snapshot(), &queries, K);
        for recall in RECALLS {
            let params = SearchParams { k: K, recall: Some(recall), observe: false, ..Default::default() };
            let cell = |snapshot: &Snapshot| {
                let measured = measure(snapshot, &queries, &params, &exact);
                let all = if measured.plan.is_exact() {
                    "exact".into()
                } else {
                    grouped(measured.num_rescored.max(measured.num_reranked))
                };
                format!("{:.3} ({all})", measured.recall)
            };
            let mut row = vec![format!("{length}, {}, {recall}", queries.len())];
            row.extend(calibrations.iter().map(cell));
            rows.push(row);
        }
    }
    rows
}

/// The queries that have so many tokens, cut to them.
fn prefixes(queries: &[Query], length: usize) -> Vec<Query> {
    let cut = |query: &Query| {
        let vectors = query.vectors();
        let values = vectors.data().get(..length * vectors.dim())?.to_vec();
        Some(Query::new(MultiVector::new(values, vectors.dim()).expect("valid values")))
    };
    queries.iter().filter_map(cut).collect()
}

/// The calibration that a writer makes by itself beside searches.
fn observe(set: &Set) -> Calibration {
    let writer = set.collection.writer().expect("no other writer");
    for query in set.given.iter().cycle().take(NUM_OBSERVED) {
        writer.snapshot().search(query, &SearchParams::default()).expect("a valid query");
    }
    while writer.maintenance().is_at_work {
        std::thread::yield_now();
    }
    let calibration = writer.snapshot().calibration().expect("readable").expect("calibrated");
    writer.close().expect("a writable folder");
    (*calibration).clone()
}
