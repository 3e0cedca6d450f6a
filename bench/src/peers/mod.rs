//! Pleiad beside other engines of multi-vector search: the same documents, queries and exact answers for all.
//!
//! ```text
//! set ─► folder of .npy files ─► a child per engine: build ─► CPU-s, bytes, memory
//!                                                    search ─► found, CPU-ms  (knob by knob, engines in turns)
//! ```
//!
//! Every engine, Pleiad too, runs in a process of its own with one thread, so that CPU time and memory are its alone.

mod built;
mod child;
mod contenders;
mod figures;
mod pleiad_child;
mod sets;
mod tables;

pub use pleiad_child::run as run_child;

use crate::report::Report;
use built::Built;
use child::Child;
use contenders::Contender;
use figures::{Figures, Run};
use sets::Set;

/// Times that every setting of every engine is measured, in turns.
const ROUNDS: usize = 3;

/// Limit in CPU milliseconds a query above which one round is enough.
const SLOW_MS: f64 = 40.0;

/// Runs the benchmark. Words on the command line are names: only the sets and the engines meant are measured.
///
/// # Panics
/// At a name that is none: all engines would be built in its place, which takes an hour.
pub fn run() -> Report {
    let words: Vec<String> = std::env::args().skip(2).collect();
    let is_known = |word: &str| contenders::ENGINES.contains(&word) || sets::NAMES.contains(&word);
    if let Some(unknown) = words.iter().find(|word| !is_known(word)) {
        let (engines, sets) = (contenders::ENGINES.join(", "), sets::NAMES.join(", "));
        panic!("{unknown:?} is no engine ({engines}) and no set ({sets})");
    }
    let is_asked = |name: &str, known: &[&str]| {
        let meant = words.iter().filter(|word| known.iter().any(|known| known.contains(word.as_str())));
        let meant: Vec<&String> = meant.collect();
        meant.is_empty() || meant.iter().any(|word| name == word.as_str())
    };
    let mut report = Report::new("Pleiad beside other engines", &tables::QUESTION.replace('\n', " "));
    let (mut contenders, mut missing) = (Vec::new(), Vec::new());
    for contender in contenders::all() {
        let is_wanted = is_asked(contender.engine, &contenders::ENGINES);
        match contender.command() {
            _ if !is_wanted => missing.push(format!("{}: not asked for", contender.engine)),
            Ok(_) => contenders.push(contender),
            Err(why) => missing.push(format!("{}: {why}", contender.engine)),
        }
    }
    for name in sets::NAMES.into_iter().filter(|name| is_asked(name, &sets::NAMES)) {
        let set = Set::open(name);
        let runs = measure(&set, &contenders, &mut missing);
        tables::add(&mut report, &set, &runs);
    }
    missing.dedup();
    if !missing.is_empty() {
        report.paragraph(&format!("Not run: {}.", missing.join("; ")));
    }
    report
}

/// Builds one after the other, then lets them search in turns.
fn measure(set: &Set, contenders: &[Contender], missing: &mut Vec<String>) -> Vec<Run> {
    let mut runs = Vec::new();
    for contender in contenders {
        eprintln!("{}: {} builds", set.name, contender.name());
        match Built::of(contender, set).and_then(|built| start(contender, set, built)) {
            Ok(run) => runs.push(run),
            Err(why) => missing.push(format!("{} on {}: {why}", contender.name(), set.name)),
        }
    }
    for round in 0..ROUNDS {
        for (run, child) in &mut runs {
            eprintln!("{}: {} searches, round {round}", set.name, run.name);
            for figures in run.figures.iter_mut().filter(|figures| round == 0 || figures.cpu_ms() < SLOW_MS) {
                match child.search(&figures.knobs) {
                    Ok(found) => figures.add(set, found),
                    Err(why) => eprintln!("{} failed with {}: {why}", run.name, figures.knobs),
                }
            }
        }
    }
    let ended = runs.into_iter().map(|(run, _)| run);
    ended
        .map(|run| Run { figures: run.figures.into_iter().filter(Figures::is_measured).collect(), ..run })
        .collect()
}

fn start(contender: &Contender, set: &Set, built: Built) -> Result<(Run, Child), String> {
    let child = Child::start(contender, "search", set)?;
    let figures = contender.knobs.iter().cloned().map(Figures::new).collect();
    Ok((Run { engine: contender.engine, name: contender.name(), built, figures }, child))
}
