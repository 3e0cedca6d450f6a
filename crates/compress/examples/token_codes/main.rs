//! What token codes lose and how fast they are: scores every document of real collections with every query and
//! prints a Markdown table.
//!
//! ```text
//! cargo run --release -p pleiad-compress --example token_codes -- cranfield scifact colbertv2-lotte500
//! ```
//!
//! Reads `$PLEIAD_SHARED/data/multivec/NAME` (the layout is in the README there). One thread; what the columns mean
//! is in `docs/quantisation.md`.

mod baselines;
mod centred;
mod data;
mod measure;

use baselines::{Buckets, uniform_4};
use data::{Data, scores};
use measure::{Quality, ranking, relative_error, timed};
use pleiad_compress::{Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Query};

const CODES: [(&str, TokenCode); 5] = [
    ("f16", TokenCode::F16),
    ("int8", TokenCode::Int8),
    ("int4", TokenCode::Int4),
    ("int2", TokenCode::Int2),
    ("int1", TokenCode::Int1),
];

/// Documents of the first pass that the second looks at.
const CANDIDATES: usize = 100;

/// Scores of every query with every document, and documents scored per CPU second.
struct Scored {
    scores: Vec<Vec<f32>>,
    documents_per_second: f64,
}

/// Scores of one code in both precisions.
struct Coded {
    full: Scored,
    fast: Scored,
}

fn main() {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        names = ["cranfield", "scifact", "colbertv2-lotte500"].map(String::from).to_vec();
    }
    names.iter().for_each(|name| report(name, &Data::read(name)));
}

fn report(name: &str, data: &Data) {
    let (num_documents, num_tokens, isa) = (data.documents.len(), data.num_tokens(), Isa::best());
    println!(
        "\n{name}: {num_documents} documents, {num_tokens} tokens, {} queries, {isa}\n",
        data.queries.len()
    );
    println!(
        "| code | bits | MSE | \\|Δ\\| | R@10 | R@100 | depth | nDCG@10 | µs/token | Full/s | Fast/s | R@10 Fast |"
    );
    println!("|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    row("exact", None, None, &Quality::of(data, &data.exact), "| | |");
    let all: Vec<Coded> = CODES.iter().map(|(title, code)| report_code(title, *code, data)).collect();
    let reranked = rerank(&all[4].fast.scores, &all[2].full.scores);
    let quality = Quality { difference: None, recall_100: None, ..Quality::of(data, &reranked) };
    row("int1, then int4 of 100", None, None, &quality, "| | |");
    for (title, code) in &CODES[2..] {
        centred::report(&format!("{title} around the document's mean"), *code, data);
    }
    baseline("even levels, 4 bits", 4, data, uniform_4);
    for bits in [4_u8, 2, 1] {
        let buckets = Buckets::new(&data.documents, 1 << usize::from(bits));
        baseline(&format!("quantiles, {bits} bits"), bits, data, |document| buckets.values(document));
    }
}

/// One line; `speed` fills the last columns.
fn row(title: &str, bits: Option<f64>, error: Option<f64>, quality: &Quality, speed: &str) {
    let shown =
        |value: Option<f64>, decimals: usize| value.map_or_else(String::new, |v| format!("{v:.decimals$}"));
    let Quality { difference, recall_10, recall_100, depth: (mean, most), ndcg } = quality;
    println!(
        "| {title} | {} | {} | {} | {recall_10:.4} | {} | {mean:.1} / {most} | {ndcg:.4} | {speed} |",
        shown(bits, 3),
        shown(error, 4),
        shown(*difference, 4),
        shown(*recall_100, 4),
    );
}

fn report_code(title: &str, code: TokenCode, data: &Data) -> Coded {
    let codec = TokenCodec::new(code, data.dim()).expect("a valid dimension");
    let encode_all = || data.documents.iter().map(|document| encode(&codec, document)).collect();
    let (bytes, seconds): (Vec<Vec<u8>>, f64) = timed(encode_all);
    let micros = seconds * 1e6 / data.num_tokens() as f64;
    let decoded: Vec<Vec<f32>> = bytes.iter().map(|bytes| decode(&codec, bytes)).collect();
    let full = score(&codec, Precision::Full, data, &bytes);
    let fast = score(&codec, Precision::Fast, data, &bytes);
    let speed = format!(
        "{micros:.2} | {:.0}k | {:.0}k | {:.4}",
        full.documents_per_second / 1e3,
        fast.documents_per_second / 1e3,
        Quality::of(data, &fast.scores).recall_10,
    );
    let bits = 8.0 * codec.bytes_per_token() as f64 / data.dim() as f64;
    let error = relative_error(data, &decoded);
    row(title, Some(bits), Some(error), &Quality::of(data, &full.scores), &speed);
    Coded { full, fast }
}

fn encode(codec: &TokenCodec, document: &MultiVector) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(document.as_ref(), &mut bytes).expect("unit vectors");
    bytes
}

fn decode(codec: &TokenCodec, bytes: &[u8]) -> Vec<f32> {
    let mut values = Vec::new();
    codec.decode(bytes, &mut values).expect("codes just written");
    values
}

fn score(codec: &TokenCodec, precision: Precision, data: &Data, documents: &[Vec<u8>]) -> Scored {
    let of_query = |query: &MultiVector| -> Vec<f32> {
        let query = Query::new(query.clone());
        let mut scorer = TokenScorer::new(codec, &query, precision, Isa::best()).expect("one dimension");
        documents.iter().map(|document| scorer.score(document).expect("codes just written")).collect()
    };
    let (scores, seconds) = timed(|| data.queries.iter().map(of_query).collect());
    let num_scored = data.queries.len() * documents.len();
    Scored { scores, documents_per_second: num_scored as f64 / seconds }
}

/// The second scores of the first's best [`CANDIDATES`]; others stay below them, in the order of the first.
fn rerank(first: &[Vec<f32>], second: &[Vec<f32>]) -> Vec<Vec<f32>> {
    /// Far below every score.
    const BELOW: f32 = 1e6;
    let of_query = |(first, second): (&Vec<f32>, &Vec<f32>)| {
        let mut scores: Vec<f32> = first.iter().map(|score| score - BELOW).collect();
        ranking(first, CANDIDATES).into_iter().for_each(|id| scores[id] = second[id]);
        scores
    };
    first.iter().zip(second).map(of_query).collect()
}

/// Codes of so many bits a value and 16 bits a token, scored by the values that they stand for.
fn baseline(title: &str, bits: u8, data: &Data, decode: impl Fn(&MultiVector) -> Vec<f32>) {
    let decoded: Vec<Vec<f32>> = data.documents.iter().map(decode).collect();
    let sets: Vec<MultiVector> = decoded
        .iter()
        .map(|values| MultiVector::new(values.clone(), data.dim()).expect("finite values"))
        .collect();
    let found: Vec<Vec<f32>> = data.queries.iter().map(|query| scores(query, &sets)).collect();
    let bits = Some(f64::from(bits) + 16.0 / data.dim() as f64);
    row(title, bits, Some(relative_error(data, &decoded)), &Quality::of(data, &found), "| | |");
}
