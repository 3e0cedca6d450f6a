//! The benchmark.

use crate::families::{FAMILIES, Family, passes};
use crate::sets::{NAMES, Set};
use pleiad::{Answer, PlanSource, Predicate, SearchParams};
use pleiad_bench_measure::clock::process_cpu_seconds as cpu_seconds;
use pleiad_bench_measure::report::{Report, grouped};
use std::collections::HashSet;

const COLUMNS: [&str; 9] = [
    "filter",
    "matched",
    "k, promised",
    "found",
    "fewer hits",
    "plan",
    "rescored (of them not matching)",
    "CPU over no filter",
    "CPU over exact of the matched",
];

pub const RECALLS: [f64; 3] = [0.9, 0.95, 0.99];

pub const DEPTHS: [usize; 2] = [10, 100];

/// Recall that a cell may be below its promise before it counts: the mean of so many queries is not more certain.
const TOLERANCE: f64 = 0.01;

/// Queries that are searched exactly for the time that it takes.
const NUM_EXACT: usize = 15;

/// One family of filters, measured.
pub struct Asked<'a> {
    filters: Vec<Option<Predicate>>,
    /// The documents that match, best first, for each query.
    pub wanted: Vec<Vec<&'a str>>,
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Filters: recall promised and found",
        "Each collection is calibrated with one half of its queries; the other half is searched under a filter made for \
         each query. Found is the share of the exact top k among the documents that match. CPU time of all threads, without \
         finding the rows that match, as ratios to the same search without a filter and to an exact one among the matches.",
    );
    let only: Vec<String> = std::env::args().skip(2).collect();
    let (mut num_cells, mut num_below) = (0, 0);
    for name in NAMES.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == name)) {
        let set = Set::open(name);
        let mut rows = Vec::new();
        let mut without = vec![0.0; RECALLS.len() * DEPTHS.len()];
        for family in FAMILIES {
            let asked = Asked::new(&set, family);
            for (at, without) in without.iter_mut().enumerate() {
                let (k, recall) = (DEPTHS[at / RECALLS.len()], RECALLS[at % RECALLS.len()]);
                let measured = measure(&set, &asked, k, recall);
                if matches!(family, Family::None) {
                    *without = measured.cpu_ms;
                }
                num_cells += 1;
                num_below += usize::from(measured.found < recall - TOLERANCE);
                let row = measured.row(family, k, recall, *without);
                eprintln!("{name}: {}", row.join(" | "));
                rows.push(row);
            }
        }
        let (num_documents, num_held_out) = (set.facts.len(), set.held_out.len());
        let heading = format!("{}: {num_documents} documents, {num_held_out} queries held out", set.name);
        report.table(&heading, &COLUMNS, &rows);
    }
    report.paragraph(&format!(
        "{num_below} of {num_cells} cells are more than a hundredth below their promise."
    ));
    report
}

impl<'a> Asked<'a> {
    /// The filters of a family for all queries.
    pub fn new(set: &'a Set, family: Family) -> Self {
        let filters: Vec<_> = set.exact.iter().map(|ranked| family.filter(set, ranked)).collect();
        let wanted = |(filter, ranked): (&Option<Predicate>, &'a Vec<usize>)| {
            let documents = ranked.iter().map(|&at| &set.facts[at]);
            let matched = documents.filter(|facts| passes(filter.as_ref(), facts));
            matched.map(|facts| facts.key.as_str()).collect()
        };
        let wanted = filters.iter().zip(&set.exact).map(wanted).collect();
        // The rows that match are known from here on.
        for filter in filters.iter().flatten() {
            set.snapshot.count(filter).expect("a valid filter");
        }
        Self { filters, wanted }
    }
}

/// Searches of one cell.
pub struct Measured {
    pub num_matched: f64,
    pub found: f64,
    num_short: usize,
    plans: Vec<String>,
    /// Codes of documents and entries of postings that were read.
    pub num_read: f64,
    pub num_rescored: f64,
    num_others: f64,
    cpu_ms: f64,
    exact_ms: f64,
}

/// Searches for every query of a set under its filter.
pub fn measure(set: &Set, asked: &Asked<'_>, k: usize, recall: f64) -> Measured {
    let search = |exact: bool, num_queries: usize| {
        let params = |filter: &Option<Predicate>| SearchParams {
            k,
            recall: (!exact).then_some(recall),
            exact,
            observe: false,
            filter: filter.clone(),
            ..Default::default()
        };
        let start = cpu_seconds();
        let pairs = set.held_out.iter().zip(&asked.filters).take(num_queries);
        let answers = pairs.map(|(query, filter)| set.snapshot.search(query, &params(filter)));
        let answers: Vec<Answer> = answers.map(|answer| answer.expect("a valid query")).collect();
        let cpu_ms = (cpu_seconds() - start) * 1e3 / answers.len() as f64;
        (answers, cpu_ms)
    };
    let (answers, cpu_ms) = search(false, usize::MAX);
    // An exact search costs the same whatever is promised.
    let exact_ms = if (k, recall) == (DEPTHS[0], RECALLS[0]) { search(true, NUM_EXACT).1 } else { 0.0 };
    let num = answers.len() as f64;
    let (mut found, mut num_short) = (0.0, 0);
    for (answer, wanted) in answers.iter().zip(&asked.wanted) {
        let best: HashSet<&str> = wanted.iter().take(k).copied().collect();
        let num_found = answer.hits.iter().filter(|hit| best.contains(hit.key.as_str())).count();
        found += if best.is_empty() { 1.0 } else { num_found as f64 / best.len() as f64 } / num;
        num_short +=
            usize::from(answer.hits.len() != best.len() || answer.num_matched != wanted.len() as u64);
    }
    let mean = |of: fn(&Answer) -> u64| answers.iter().map(of).sum::<u64>() as f64 / num;
    let mut plans: Vec<String> = answers.iter().map(plan_of).collect();
    plans.sort();
    plans.dedup();
    Measured {
        num_matched: mean(|answer| answer.num_matched),
        found,
        num_short,
        plans,
        num_read: mean(|answer| answer.spent.num_scanned + answer.spent.num_postings),
        num_rescored: mean(|answer| answer.spent.num_rescored),
        num_others: mean(|answer| answer.spent.num_others),
        cpu_ms,
        exact_ms,
    }
}

/// A plan in a few words: by depth where its sources look behind others.
fn plan_of(answer: &Answer) -> String {
    let source = |source: &PlanSource| match source {
        PlanSource::Exact => "exact",
        PlanSource::CodeScan => "codes",
        PlanSource::FdeScan { .. } => "FDEs",
        PlanSource::Postings { .. } => "postings",
        _ => "words",
    };
    let names: Vec<&str> = answer.plan.sources.iter().map(source).collect();
    let by_depth = if answer.plan.depths.is_empty() { "" } else { " by depth" };
    format!("{}{by_depth}", names.join(" + "))
}

impl Measured {
    fn row(&self, family: Family, k: usize, recall: f64, without: f64) -> Vec<String> {
        let over =
            |other: f64| if other > 0.0 { format!("{:.2}", self.cpu_ms / other) } else { String::new() };
        vec![
            family.name(),
            grouped(self.num_matched),
            format!("{k}, {recall}"),
            format!("{:.4}", self.found),
            self.num_short.to_string(),
            self.plans.join(", "),
            format!("{} ({})", grouped(self.num_rescored), grouped(self.num_others)),
            over(without),
            over(self.exact_ms),
        ]
    }
}
