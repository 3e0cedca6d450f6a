//! Measurements as tables.

use super::figures::{Figures, Run};
use super::sets::Set;
use crate::report::Report;

/// First paragraph of the report.
pub const QUESTION: &str = "The same documents, queries and exact answers (MaxSim in single precision) for every engine, each in a process
of its own with one thread. R@10 is the share of the exact best ten that are found, on queries that nothing was
tuned with. CPU time is that of all threads; search is one query at a time, a mean over the queries, the median
of three rounds in which all engines take turns (of one round where a query takes more than 40 ms). Building is
from token vectors in memory to an index on the disk; for Pleiad that includes finding out on other queries what
reaches which recall. Bytes are what files take on the disk. Peaks are resident memory of the process, mapped
files and, while building, the documents included. A rival's knobs were swept and the best chosen on the queries
measured; Pleiad was asked for a recall.";

const LEVELS: [f64; 3] = [0.9, 0.95, 0.98];

/// Adds the tables of a set.
pub fn add(report: &mut Report, set: &Set, runs: &[Run]) {
    report.table(
        &set.summary,
        &["built", "version", "on", "CPU-s", "of these tuning", "MB", "of f32", "peak MB"],
        &rows(set, runs),
    );
    let columns = ["cheapest CPU-ms a query", "R@10 ≥ .90", "≥ .95", "≥ .98", "most found", "peak MB"];
    report.table(
        &format!("{}, searched", set.name),
        &columns,
        &runs.iter().map(cheapest).collect::<Vec<_>>(),
    );
    goals(report, runs);
    let settings: Vec<_> = runs.iter().flat_map(settings).collect();
    report.table(&format!("{}, every setting", set.name), &["setting", "R@10", "CPU-ms"], &settings);
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn rows(set: &Set, runs: &[Run]) -> Vec<Vec<String>> {
    let row = |run: &Run| {
        let built = &run.built;
        vec![
            run.name.clone(),
            built.version.clone(),
            built.date.clone(),
            format!("{:.1}", built.cpu_s),
            if built.tuning_s > 0.0 { format!("{:.1}", built.tuning_s) } else { "-".to_owned() },
            megabytes(built.bytes),
            format!("{:.2}", built.bytes as f64 / set.bytes as f64),
            megabytes(built.peak_kib << 10),
        ]
    };
    runs.iter().map(row).collect()
}

fn cheapest(run: &Run) -> Vec<String> {
    let of_level =
        |level| run.cheapest(level).map_or("-".to_owned(), |figures| format!("{:.2}", figures.cpu_ms()));
    let most = run.figures.iter().map(|figures| figures.recall).fold(0.0, f64::max);
    let peak = run.figures.iter().map(|figures| figures.peak_kib).max().unwrap_or(0);
    let levels = LEVELS.map(of_level);
    [run.name.clone()]
        .into_iter()
        .chain(levels)
        .chain([format!("{most:.3}"), megabytes(peak << 10)])
        .collect()
}

fn settings(run: &Run) -> Vec<Vec<String>> {
    let row = |figures: &Figures| {
        let name = format!("{}: {}", run.name, figures.setting());
        vec![name, format!("{:.4}", figures.recall), format!("{:.2}", figures.cpu_ms())]
    };
    run.figures.iter().map(row).collect()
}

/// Pleiad beside next-plaid with four bits, and with whatever kind of it is cheapest.
fn goals(report: &mut Report, runs: &[Run]) {
    let Some(rival) = runs.iter().find(|run| run.engine == "next-plaid" && run.name.contains('4')) else {
        return;
    };
    for own in runs.iter().filter(|run| run.engine == "pleiad") {
        let times = |rival: f64, own: f64| format!("{:.1}", rival / own);
        let mut line = format!(
            "{}: {} times fewer CPU seconds than {} to build, {} times fewer bytes",
            own.name,
            times(rival.built.cpu_s, own.built.cpu_s),
            rival.name,
            times(rival.built.bytes as f64, own.built.bytes as f64),
        );
        for level in LEVELS {
            let others = runs.iter().filter(|run| run.engine == "next-plaid");
            let best =
                others.filter_map(|run| run.cheapest(level)).min_by(|a, b| a.cpu_ms().total_cmp(&b.cpu_ms()));
            if let (Some(own), Some(best)) = (own.cheapest(level), best) {
                line += &format!(
                    "; at R@10 ≥ {level} {:.2} times fewer CPU-ms than its best",
                    own.ratio_to(best)
                );
            }
        }
        report.paragraph(&(line + "."));
    }
}
