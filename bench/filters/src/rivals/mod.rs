//! Pleiad beside other engines under filters: hits, recall among the documents that match, and cost.

mod child;
mod data;

use crate::sets::Set;
use child::{Child, Rival};
use data::{Data, FILTERS, Filter, K};
use pleiad::{SearchParams, Snapshot};
use pleiad_bench_measure::clock::process_cpu_seconds;
use pleiad_bench_measure::report::{Report, grouped};
use std::collections::HashMap;

/// The sets measured.
const NAMES: [&str; 2] = ["cranfield", "synthetic 2000"];

/// Tokens of a document, on average, beyond which no graph is built over whole documents.
const MAX_GRAPH_TOKENS: usize = 64;

/// Queries of a set: rivals take a tenth of a second for some.
const NUM_QUERIES: usize = 20;

/// Recalls of the first two columns.
const LEVELS: [f64; 2] = [0.95, 0.99];

/// An engine under one filter with one setting.
struct Figures {
    setting: String,
    /// Hits returned of those that there could have been.
    hits: f64,
    recall: f64,
    cpu_ms: f64,
}

/// An engine under one filter with all its settings, defaults first.
struct Run {
    name: String,
    figures: Vec<Figures>,
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Filters beside other engines",
        "The same token vectors, attributes and filters for every engine: an integer below 10,000 by chance and a bound for it, the same for \
         every query, or all but the query's best 90 by key. Recall is the share of the exact best 10 (MaxSim in single precision) \
         among the documents that match; hits are those returned of min(10, matched). CPU time of all threads a query, a mean over the queries. \
         Rivals run with one thread, have indexes on all attributes, and filter before they search; `first` is the setting of nothing but defaults \
         (of `muvera`, which has none, a prefetch of 100; of Pleiad a recall of .9), the others are those that their documentation names. The best of a rival is chosen on the queries measured; Pleiad is asked for a recall, and \
         finds the rows of each filter of 90 keys anew.",
    );
    let mut missing = Vec::new();
    for name in NAMES {
        let mut set = Set::open(name);
        set.held_out.truncate(NUM_QUERIES);
        let data = Data::new(&set);
        let per_document = data.num_tokens / set.facts.len();
        let mut runs: Vec<Vec<Run>> =
            FILTERS.map(|filter| vec![own(&set.snapshot, &set, &data, filter)]).into();
        let mut built = Vec::new();
        for rival in child::all() {
            if rival.kind == "graph" && per_document > MAX_GRAPH_TOKENS {
                missing.push(format!(
                    "{} on {name}: a graph whose distances are MaxSim of {per_document} tokens with as many takes minutes to build",
                    rival.name()
                ));
                continue;
            }
            eprintln!("{name}: {}", rival.name());
            match of_rival(&rival, &data, &mut runs) {
                Ok(line) => built.push(line),
                Err(why) => missing.push(format!("{} on {name}: {why}", rival.name())),
            }
        }
        for (filter, runs) in FILTERS.into_iter().zip(&runs) {
            add(&mut report, &set, &data, filter, runs);
        }
        report.table(&format!("{name}, built"), &["engine", "version", "CPU-s"], &built);
    }
    missing.sort();
    missing.dedup();
    if !missing.is_empty() {
        report.paragraph(&format!("NOT RUN: {}.", missing.join("; ")));
    }
    report
}

fn of_rival(rival: &Rival, data: &Data, runs: &mut [Vec<Run>]) -> Result<Vec<String>, String> {
    let (mut child, version, cpu_s) = Child::build(rival, data)?;
    for (filter, runs) in FILTERS.into_iter().zip(runs) {
        let (filters, wanted) = (data.filters(filter), data.wanted(filter));
        let mut figures = Vec::new();
        for knobs in &rival.knobs {
            let (cpu_ms, found) = child.search(knobs, &filters)?;
            figures.push(Figures::new(setting(knobs), cpu_ms, &found, &wanted));
        }
        runs.push(Run { name: rival.name(), figures });
    }
    Ok(vec![rival.name(), version, format!("{cpu_s:.1}")])
}

/// Pleiad itself, in this process.
fn own(snapshot: &Snapshot, set: &Set, data: &Data, filter: Filter) -> Run {
    let places: HashMap<&str, usize> =
        set.facts.iter().enumerate().map(|(at, facts)| (facts.key.as_str(), at)).collect();
    let wanted = data.wanted(filter);
    let recalls = [Some(0.9), Some(0.95), Some(0.99), None];
    let figures = recalls.into_iter().enumerate().map(|(at, recall)| {
        let (mut cpu_s, mut found) = (0.0, Vec::new());
        for (number, query) in set.held_out.iter().enumerate() {
            let filter = Some(data.predicate(filter, number, at));
            let exact = recall.is_none();
            let params =
                SearchParams { k: K, recall, exact, observe: false, filter, ..SearchParams::default() };
            let start = process_cpu_seconds();
            let answer = snapshot.search(query, &params).expect("a valid query");
            cpu_s += process_cpu_seconds() - start;
            found.push(answer.hits.iter().map(|hit| places[hit.key.as_str()]).collect());
        }
        let setting = recall.map_or("exact".to_owned(), |recall| format!("recall {recall}"));
        Figures::new(setting, cpu_s * 1e3 / set.held_out.len() as f64, &found, &wanted)
    });
    Run { name: "pleiad, int8".to_owned(), figures: figures.collect() }
}

fn setting(knobs: &serde_json::Value) -> String {
    let fields = knobs.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null());
    let words: Vec<String> = fields.map(|(name, value)| format!("{name} {value}")).collect();
    if words.is_empty() { "defaults".to_owned() } else { words.join(", ") }
}

impl Figures {
    fn new(setting: String, cpu_ms: f64, found: &[Vec<usize>], wanted: &[Vec<usize>]) -> Self {
        let (mut num_wanted, mut num_hits, mut num_found) = (0, 0, 0);
        for (found, wanted) in found.iter().zip(wanted) {
            let best = &wanted[..K.min(wanted.len())];
            num_wanted += best.len();
            num_hits += found.iter().filter(|document| wanted.contains(document)).count();
            num_found += best.iter().filter(|document| found.contains(document)).count();
        }
        let share = |num: usize| num as f64 / num_wanted.max(1) as f64;
        Self { setting, hits: share(num_hits), recall: share(num_found), cpu_ms }
    }
}

/// Two tables: the cheapest settings of each engine, and all of them.
fn add(report: &mut Report, set: &Set, data: &Data, filter: Filter, runs: &[Run]) {
    let wanted = data.wanted(filter);
    let matched = wanted.iter().map(Vec::len).sum::<usize>() as f64 / wanted.len() as f64;
    let heading = format!("{}, {}", set.name, filter.name());
    let cheapest = |run: &Run, level: f64| {
        let enough = run.figures.iter().filter(|figures| figures.recall >= level);
        let least = enough.map(|figures| figures.cpu_ms).reduce(f64::min);
        least.map_or("-".to_owned(), |cpu_ms| format!("{cpu_ms:.2}"))
    };
    let row = |run: &Run| {
        let first = &run.figures[0];
        let most = run.figures.iter().map(|figures| figures.recall).fold(0.0, f64::max);
        let [low, high] = LEVELS.map(|level| cheapest(run, level));
        let of_first =
            [format!("{:.2}", first.cpu_ms), format!("{:.3}", first.recall), format!("{:.3}", first.hits)];
        [run.name.clone()].into_iter().chain(of_first).chain([low, high, format!("{most:.3}")]).collect()
    };
    let columns = [
        "under a filter",
        "first: CPU-ms",
        "R@10",
        "hits",
        "cheapest CPU-ms at R@10 ≥ .95",
        "≥ .99",
        "most found",
    ];
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    report.table(
        &format!("{heading}: {} of {} documents match", grouped(matched), grouped(set.facts.len() as f64)),
        &columns,
        &rows,
    );
    let settings = runs.iter().flat_map(|run| {
        run.figures.iter().map(|figures| {
            let name = format!("{}: {}", run.name, figures.setting);
            vec![
                name,
                format!("{:.3}", figures.hits),
                format!("{:.4}", figures.recall),
                format!("{:.2}", figures.cpu_ms),
            ]
        })
    });
    let settings: Vec<_> = settings.collect();
    report.table(&format!("{heading}, every setting"), &["setting", "hits", "R@10", "CPU-ms"], &settings);
}
