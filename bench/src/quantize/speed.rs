//! Rates of scoring the library's codes, and quality of a ranking by one bit before one by four.

use super::coder::Half;
use crate::clock::cpu_seconds;
use crate::quality::{Exact, Quality, best};
use crate::report::{Report, grouped};
use crate::token_sets::{NOT_SCORED, TokenSet};
use pleiad_compress::{Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Query};

/// Documents of the first pass that the second looks at.
const CANDIDATES: usize = 100;

/// Centroids that codes start from.
const NUM_CENTROIDS: u32 = 1024;

const CODES: [(&str, TokenCode); 5] = [
    ("f16", TokenCode::F16),
    ("int8", TokenCode::Int8),
    ("int4", TokenCode::Int4),
    ("int2", TokenCode::Int2),
    ("int1", TokenCode::Int1),
];

/// Scores of every query with every document, and documents scored per CPU second.
struct Scored {
    scores: Vec<Vec<f32>>,
    rate: f64,
}

/// A table of one collection.
pub struct Speed {
    heading: String,
    rows: Vec<Vec<String>>,
}

impl Speed {
    /// Scores with every code. Centroids are learned from half of the documents, as a collection does that is filled in
    /// two batches.
    pub fn of(set: &TokenSet, exact: &Exact, first: &Half<'_>) -> Self {
        let mut rows = Vec::new();
        let recall = |scores: &[Vec<f32>]| format!("{:.4}", Quality::of(set, exact, scores).recall_10);
        for centroids in [None, Some(first.learned(NUM_CENTROIDS))] {
            let around = centroids.as_ref().map_or("", |_| " around 1024");
            let (mut first_pass, mut last) = (Vec::new(), Vec::new());
            for (title, code) in CODES {
                let codec = match &centroids {
                    None => TokenCodec::new(code, set.dim()),
                    Some(learned) => TokenCodec::residual(code, learned.clone()),
                };
                // Codes of many bits take no centroids.
                let Ok(codec) = codec else { continue };
                let [full, fast] =
                    [Precision::Full, Precision::Fast].map(|precision| score(set, exact, &codec, precision));
                let rates = [&full, &fast].map(|scored| format!("{}k", grouped(scored.rate / 1e3)));
                let recalls = [&full, &fast].map(|scored| recall(&scored.scores));
                rows.push([vec![format!("{title}{around}")], recalls.to_vec(), rates.to_vec()].concat());
                match code {
                    TokenCode::Int4 => last = full.scores,
                    TokenCode::Int1 => first_pass = fast.scores,
                    _ => {}
                }
            }
            let title = format!("int1{around} (Fast), then int4{around} (Full) of {CANDIDATES}");
            let reranked = recall(&rerank(&first_pass, &last));
            rows.push(vec![title, reranked, String::new(), String::new(), String::new()]);
        }
        let heading = format!("{}: scored as they lie, documents per second of one core", set.name);
        Self { heading, rows }
    }

    /// Adds it.
    pub fn add_to(&self, report: &mut Report) {
        report.table(&self.heading, &["code", "R@10 Full", "R@10 Fast", "Full/s", "Fast/s"], &self.rows);
    }
}

fn score(set: &TokenSet, exact: &Exact, codec: &TokenCodec, precision: Precision) -> Scored {
    let encode = |document: &MultiVector| {
        let mut bytes = Vec::new();
        codec.encode(document.as_ref(), &mut bytes).expect("unit vectors");
        bytes
    };
    let documents: Vec<Vec<u8>> = set.documents.iter().map(encode).collect();
    let begin = cpu_seconds();
    let of_query = |(query, named): (&MultiVector, &Vec<usize>)| -> Vec<f32> {
        let query = Query::new(query.clone());
        let mut scorer = TokenScorer::new(codec, &query, precision, Isa::best()).expect("one dimension");
        let mut scores = vec![NOT_SCORED; documents.len()];
        named.iter().for_each(|&id| scores[id] = scorer.score(&documents[id]).expect("codes just written"));
        scores
    };
    let scores: Vec<Vec<f32>> = set.queries.iter().zip(&exact.best).map(of_query).collect();
    let num_scored: usize = exact.best.iter().map(Vec::len).sum();
    let rate = num_scored as f64 / (cpu_seconds() - begin);
    Scored { scores, rate }
}

/// The second scores of the first's best [`CANDIDATES`]; others stay below them, in the order of the first.
fn rerank(first: &[Vec<f32>], second: &[Vec<f32>]) -> Vec<Vec<f32>> {
    /// Far below every score.
    const BELOW: f32 = 1e6;
    let of_query = |(first, second): (&Vec<f32>, &Vec<f32>)| {
        let mut scores: Vec<f32> = first.iter().map(|score| score - BELOW).collect();
        best(first, CANDIDATES).into_iter().for_each(|id| scores[id] = second[id]);
        scores
    };
    first.iter().zip(second).map(of_query).collect()
}
