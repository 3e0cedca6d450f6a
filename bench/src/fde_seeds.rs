//! Deviation over seeds of an FDE.

use crate::fde_candidates::{Setting, encode_all, params};
use crate::fde_data::{Data, ranking};
use crate::report::Report;
use pleiad_compress::{FdeCode, FdeCodec, FdeEncoder, FdeScorer};
use pleiad_kernels::Isa;

const NUM_SEEDS: u64 = 6;
const SETTINGS: [Setting; 2] = [(20, 4, 16), (40, 4, 16)];
/// Candidates of a query.
const NUM_CANDIDATES: usize = 100;

/// Adds a table: the mean over seeds of the share of the exact top 10 among 100 candidates, and its deviation.
pub fn report(report: &mut Report) {
    let of_set = |data: &Data| -> Vec<Vec<String>> { SETTINGS.map(|setting| row(data, setting)).to_vec() };
    let rows: Vec<Vec<String>> = Data::side_by_side(of_set).concat();
    let heading = format!(
        "Seeds: share of the exact top 10 among {NUM_CANDIDATES} candidates, signs, {NUM_SEEDS} seeds"
    );
    report.table(&heading, &["set", "R, k, proj", "mean", "deviation"], &rows);
}

fn row(data: &Data, setting: Setting) -> Vec<String> {
    let shares: Vec<f64> = (0..NUM_SEEDS).map(|seed| share(data, setting, seed)).collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let square = shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>();
    let deviation = (square / (shares.len() - 1) as f64).sqrt();
    let (repetitions, k, projection) = setting;
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    vec![data.name.clone(), format!("{repetitions}, {k}, {projection}"), percent(mean), percent(deviation)]
}

fn share(data: &Data, setting: Setting, seed: u64) -> f64 {
    let encoder = FdeEncoder::new(data.queries[0].dim(), params(setting, seed)).expect("valid");
    let codec = FdeCodec::new(FdeCode::Sign, encoder.fde_dim()).expect("valid");
    let mut rows = Vec::new();
    for fde in encode_all(&encoder, &data.documents) {
        codec.encode(&fde, 1.0, &mut rows).expect("finite");
    }
    let (mut found, mut wanted) = (0, 0);
    let mut scores = vec![0.0; data.documents.len()];
    for (query, answer) in data.queries.iter().zip(data.answers()) {
        let fde = encoder.encode_query(query.as_ref()).expect("valid");
        FdeScorer::new(&codec, &fde, Isa::best()).expect("finite").score_rows(&rows, &mut scores);
        let candidates = ranking(scores.iter().copied(), NUM_CANDIDATES);
        found += answer.iter().take(10).filter(|id| candidates.contains(id)).count();
        wanted += answer.len().min(10);
    }
    found as f64 / wanted as f64
}
