//! Ranks BEIR folders with the built-in static encoder and exact MaxSim, and prints nDCG@10 and Recall@100.
//!
//! ```text
//! cargo run --release -p pleiad-encode --example static_quality -- FOLDER...
//! ```
//!
//! Plain loops on purpose: the figures depend on nothing but the encoder and the definition of the score.

use pleiad_encode::{Encoded, Encoder, StaticEncoder};
use pleiad_evaluate::{BeirFolder, Metric, Run, RunEntry, Table, evaluate};
use pleiad_vectors::{DocId, MultiVector, Ranked, Score, TopK};
use std::error::Error;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The documents of a collection as vectors.
#[derive(Default)]
struct Corpus {
    keys: Vec<String>,
    documents: Vec<MultiVector>,
    texts: Vec<String>,
    num_tokens: usize,
    seconds: f64,
}

fn read(encoder: &StaticEncoder, folder: &BeirFolder) -> Result<Corpus> {
    let mut corpus = Corpus::default();
    for document in folder.documents()? {
        let document = document?.value;
        let text = document.title_and_text();
        let begin = Instant::now();
        let Encoded { vectors, .. } = encoder.encode_document(&text)?;
        corpus.seconds += begin.elapsed().as_secs_f64();
        corpus.num_tokens += vectors.num_tokens();
        corpus.keys.push(document.key);
        corpus.documents.push(vectors);
        corpus.texts.push(text);
    }
    Ok(corpus)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn maxsim(query: &MultiVector, document: &MultiVector) -> f32 {
    let best = |q: &[f32]| document.rows().map(|d| dot(q, d)).fold(f32::NEG_INFINITY, f32::max);
    if document.is_empty() { f32::MIN } else { query.rows().map(best).sum() }
}

fn search(corpus: &Corpus, query: &MultiVector) -> Result<Vec<RunEntry>> {
    let mut top = TopK::new(100);
    for (at, document) in corpus.documents.iter().enumerate() {
        top.push(Ranked { id: DocId(at as u64), score: Score::new(maxsim(query, document))? });
    }
    let entry =
        |hit: Ranked| RunEntry { document: corpus.keys[hit.id.0 as usize].clone(), score: hit.score.get() };
    Ok(top.into_sorted().into_iter().map(entry).collect())
}

fn main() -> Result<()> {
    let begin = Instant::now();
    let encoder = StaticEncoder::load()?;
    println!("loaded in {:.1} ms", begin.elapsed().as_secs_f64() * 1000.0);
    let mut table = Table::new(["set", "documents", "vectors", "vectors/s", "nDCG@10", "Recall@100"]);
    for path in std::env::args().skip(1) {
        let folder = BeirFolder::open(&path)?;
        let corpus = read(&encoder, &folder)?;
        let qrels = folder.qrels("test")?;
        let mut run = Run::default();
        let step = (corpus.texts.len() / encoder.sample_size().max(1)).max(1);
        let sample: Vec<&str> = corpus.texts.iter().step_by(step).map(String::as_str).collect();
        let queries = encoder.for_collection(&sample);
        for query in folder.judged_queries(&qrels)? {
            let encoded = queries.encode(&query.text)?;
            run.insert(query.key, search(&corpus, &encoded.vectors)?);
        }
        let means = evaluate(&qrels, &run, &[Metric::Ndcg(10), Metric::Recall(100)]).means;
        table.push([
            path,
            corpus.keys.len().to_string(),
            corpus.num_tokens.to_string(),
            format!("{:.0}", corpus.num_tokens as f64 / corpus.seconds),
            format!("{:.4}", means[0]),
            format!("{:.4}", means[1]),
        ]);
    }
    print!("{table}");
    Ok(())
}
