//! A scan of FDE signs in two levels: what a coarse code of a few of them loses, and what it costs.

mod forms;
mod speed;

use crate::code_sets::{CodeSet, TOP};
use crate::report::Report;
use forms::Form;

/// Shares of the exact answers that a scan of whole codes is to hold.
const SHARES: [f64; 2] = [0.95, 0.99];

/// Documents that the coarse code keeps, for each candidate.
const RATIOS: [usize; 5] = [2, 4, 8, 16, 32];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("FDE signs in two levels", ABOUT);
    let only = std::env::args().nth(2);
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_asked("text") {
        losses(&mut report, &CodeSet::merged_text(100));
    }
    for (name, num_documents) in [("10000", 10_000), ("100000", 100_000)] {
        if is_asked(name) {
            losses(&mut report, &CodeSet::synthetic(num_documents, 100));
        }
    }
    if is_asked("speed") {
        speed::report(&mut report);
    }
    report
}

const ABOUT: &str = "The default encoding, 40 repetitions of 16 partitions of 16 dims, one sign a value. A coarse code \
is a part of its values; the documents that it ranks first are scored on all of them. *depth*: candidates that a scan of \
whole codes needs to hold a share of the exact top k of all queries. Below *x n*: per mille of what those candidates hold \
that is lost when only the first n times as many by the coarse code are scored on the whole one.";

fn losses(report: &mut Report, set: &CodeSet) {
    let lengths: Vec<f32> = set.codes.chunks_exact(set.codec.bytes()).map(token_length).collect();
    let forms = Form::all();
    let ranks: Vec<Vec<Vec<u32>>> = forms.iter().map(|form| ranks(set, form, &lengths)).collect();
    for k in [10, TOP] {
        let first =
            |of: &[Vec<u32>]| -> Vec<u32> { of.iter().flat_map(|ranks| &ranks[..k]).copied().collect() };
        let whole = first(&ranks[0]);
        let depths = SHARES.map(|share| depth(&whole, share));
        let rows: Vec<Vec<String>> = forms
            .iter()
            .zip(&ranks)
            .skip(1)
            .map(|(form, ranks)| {
                let coarse = first(ranks);
                let lost = |depth: u32, ratio: usize| format!("{:.1}", lost(&whole, &coarse, depth, ratio));
                let cells = depths.iter().flat_map(|&depth| RATIOS.map(|ratio| lost(depth, ratio)));
                [form.name.clone(), form.bytes().to_string()].into_iter().chain(cells).collect()
            })
            .collect();
        let columns = SHARES.iter().flat_map(|share| RATIOS.map(|ratio| format!("{share} x {ratio}")));
        let columns: Vec<String> =
            ["coarse code".to_owned(), "bytes".to_owned()].into_iter().chain(columns).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let heading = format!("{}, top {k}: depths {} and {}", set.summary(), depths[0], depths[1]);
        report.table(&heading, &columns, &rows);
    }
}

/// Ranks of the exact answers of each query by a form, from 0.
fn ranks(set: &CodeSet, form: &Form, lengths: &[f32]) -> Vec<Vec<u32>> {
    let parts = form.gather(set);
    let of = |(fde, answers): (&Vec<f32>, &Vec<u32>)| {
        let scores = form.scores(&parts, lengths, &form.of_query(fde));
        let rank = |&id: &u32| {
            let own = scores[id as usize];
            scores.iter().map(|&score| u32::from(score > own)).sum()
        };
        answers.iter().map(rank).collect()
    };
    set.query_fdes.iter().zip(&set.answers).map(of).collect()
}

fn depth(ranks: &[u32], share: f64) -> u32 {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    sorted[(share * sorted.len() as f64).ceil() as usize - 1] + 1
}

fn lost(whole: &[u32], coarse: &[u32], depth: u32, ratio: usize) -> f64 {
    let kept = whole.iter().filter(|&&rank| rank < depth).count();
    let limit = depth as usize * ratio;
    let both =
        whole.iter().zip(coarse).filter(|&(&whole, &coarse)| whole < depth && (coarse as usize) < limit);
    1e3 * (1.0 - both.count() as f64 / kept as f64)
}

/// The length behind the signs of a row: a bfloat16.
fn token_length(row: &[u8]) -> f32 {
    f32::from_le_bytes([0, 0, row[row.len() - 2], row[row.len() - 1]])
}
