//! Judgments, runs and their figures, as dicts of Python.

use crate::failure::{Failure, Result};
use crate::process::detached;
use pleiad_evaluate::{BeirFolder, Evaluation, Metric, Qrels, Run, RunEntry, compare, evaluate, fidelity};
use pleiad_text::{Error, ErrorKind};
use pleiad_vectors::Seed;
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;

/// Grades of documents, by query.
type Graded = BTreeMap<String, BTreeMap<String, i32>>;

/// Answers with their scores, best first, by query.
type Ranked = BTreeMap<String, Vec<(String, f32)>>;

/// Values of metrics, by query.
type Values = BTreeMap<String, Vec<f64>>;

/// Metric, both means, wins, ties, losses, and the p-value.
type Compared = (String, f64, f64, usize, usize, usize, f64);

/// Names of the metrics, their means, their values, and the queries without an answer.
type Figures = (Vec<String>, Vec<f64>, Values, usize);

/// The judgments of a BEIR folder, or of a file.
#[pyfunction]
pub(crate) fn read_qrels(py: Python<'_>, place: PathBuf, split: &str) -> PyResult<Graded> {
    let read: Result<_> = detached(py, move || Ok(Qrels::of_folder(&place, split)?));
    Ok(read?.queries().map(|(query, judgments)| (query.to_owned(), judgments.clone())).collect())
}

/// Ids and texts of the judged queries of a BEIR folder.
#[pyfunction]
pub(crate) fn read_queries(
    py: Python<'_>,
    folder: PathBuf,
    qrels: Graded,
) -> PyResult<Vec<(String, String)>> {
    let read: Result<_> = detached(py, || Ok(BeirFolder::open(folder)?.judged_queries(&judged(qrels))?));
    Ok(read?.into_iter().map(|query| (query.key, query.text)).collect())
}

/// A run of TREC's format.
#[pyfunction]
pub(crate) fn read_run(py: Python<'_>, path: PathBuf) -> PyResult<Ranked> {
    let read: Result<_> = detached(py, || Ok(Run::open(path)?));
    Ok(ranked(&read?))
}

/// Writes a run in TREC's format.
#[pyfunction]
pub(crate) fn write_run(py: Python<'_>, path: PathBuf, run: Ranked, tag: &str) -> PyResult<()> {
    let written: Result<_> = detached(py, move || {
        let written = File::create(&path).and_then(|file| run_of(run).write_to(BufWriter::new(file), tag));
        Ok(written.map_err(|error| {
            let kind = match error.kind() {
                io::ErrorKind::InvalidInput => ErrorKind::InvalidArgument,
                _ => ErrorKind::Unavailable,
            };
            Error::new(kind, format!("{}: {error}", path.display()))
        })?)
    });
    Ok(written?)
}

/// A run without the document that each query is, where queries are documents, and the number of these.
#[pyfunction]
pub(crate) fn without_own_documents(run: Ranked) -> (Ranked, usize) {
    let mut run = run_of(run);
    let num_left_out = if run.are_queries_documents() { run.leave_out_own_documents() } else { 0 };
    (ranked(&run), num_left_out)
}

/// A run held against judgments.
#[pyfunction]
pub(crate) fn evaluate_run(qrels: Graded, run: Ranked, metrics: Vec<String>) -> PyResult<Figures> {
    let found = evaluate(&judged(qrels), &run_of(run), &parsed(metrics)?);
    let names = found.metrics.iter().map(ToString::to_string).collect();
    Ok((names, found.means, found.queries, found.num_unanswered))
}

/// Two evaluations by the same metrics, metric by metric, with a paired randomization test.
#[pyfunction]
pub(crate) fn compare_values(
    py: Python<'_>,
    metrics: Vec<String>,
    first: Values,
    second: Values,
    seed: u64,
) -> PyResult<Vec<Compared>> {
    let metrics = parsed(metrics)?;
    let of = |queries| Evaluation { metrics: metrics.clone(), means: Vec::new(), queries, num_unanswered: 0 };
    let (first, second) = (of(first), of(second));
    let found: Result<_> = detached(py, || Ok(compare(&first, &second, Seed(seed))));
    let row = |one: pleiad_evaluate::Comparison| {
        (one.metric.to_string(), one.first, one.second, one.wins, one.ties, one.losses, one.p_value)
    };
    Ok(found?.into_iter().map(row).collect())
}

/// Share of the exact answers that a search found.
#[pyfunction]
#[pyo3(name = "fidelity")]
#[expect(clippy::needless_pass_by_value, reason = "arguments of Python come by value")]
pub(crate) fn found_share(found: Vec<(String, f32)>, exact: Vec<(String, f32)>, k: usize) -> f64 {
    fidelity(&found, &exact, k)
}

fn parsed(metrics: Vec<String>) -> Result<Vec<Metric>> {
    metrics.into_iter().map(|name| name.parse().map_err(|error: String| Failure::invalid(error))).collect()
}

fn judged(graded: Graded) -> Qrels {
    let mut qrels = Qrels::default();
    for (query, judgments) in graded {
        for (document, grade) in judgments {
            qrels.insert(&query, &document, grade);
        }
    }
    qrels
}

fn run_of(ranked: Ranked) -> Run {
    let mut run = Run::default();
    for (query, answers) in ranked {
        let entries = answers.into_iter().map(|(document, score)| RunEntry { document, score });
        run.insert(query, entries.collect());
    }
    run
}

fn ranked(run: &Run) -> Ranked {
    let answers = |entries: &[RunEntry]| {
        entries.iter().map(|entry| (entry.document.clone(), entry.score)).collect::<Vec<_>>()
    };
    run.queries().map(|(query, entries)| (query.to_owned(), answers(entries))).collect()
}
