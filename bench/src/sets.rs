//! Vector sets of the sentences of an abstract by what they are about, beside one set of the whole abstract.

use crate::report::{Report, grouped};
use crate::token_sets::shared;
use pleiad::{
    Batch, Collection, Document, Query, Reduction, Schema, SearchParams, SetSchema, SetsQuery, Snapshot,
    TokenEncoding, Writer,
};
use pleiad_encode::{Encoder, ModelEncoder};
use pleiad_evaluate::{BeirFolder, JsonLines, Metric, Qrels, Run, RunEntry, evaluate};
use serde_json::Value;
use std::collections::BTreeMap;

/// Facets of sentences, as the collection's authors labeled them, for which its questions are judged.
const LABELS: [&str; 3] = ["background", "method", "result"];

/// The label of sentences about the aim, which the judgments count as background.
const OBJECTIVE: &str = "objective";

/// Hits of each query.
const K: usize = 100;

/// Documents that are encoded and written together.
const BATCH: usize = 256;

/// Weights of the body beside a label's set of weight 1.
const WEIGHTS: [f32; 4] = [0.25, 0.5, 1.0, 2.0];

const ABOUT: &str = "csfcube: 4,205 abstracts, 50 questions each of which is the title of one and those of its sentences that are about \
one facet (`background`, `method` or `result`); judgments are for that facet. The corpus labels every sentence of its abstracts. A \
document has the set `body` of its title and abstract, and for each facet a set of its title and the sentences with that label, which \
is missing where there are none: `objective` counts as background, as it does in the questions, and `other` is in no set. All are encoded \
by mini-v1, pooled by 2, in four bits. Searches are by token vectors alone, and exact. Weights are powers of two that nothing chose.";

/// Runs the benchmark: `cargo xtask bench sets`.
pub fn run() -> Report {
    let folder = shared().join("data/beir/csfcube");
    let beir = BeirFolder::open(&folder).unwrap_or_else(|e| panic!("{e}: set PLEIAD_SHARED"));
    let qrels = beir.qrels("test").expect("judgments");
    let questions = questions(&beir, &qrels);
    let home = tempfile::tempdir().expect("a temporary folder");
    let encoder = pleiad_encode::built_in(ModelEncoder::MINI).expect("a model").expect("the built-in model");
    let schema = schema(encoder.dim());
    let writer =
        Collection::create(home.path().join("c"), &schema).expect("a collection").writer().expect("a writer");
    add(&writer, &*encoder, &folder.join("corpus.jsonl.zst"));
    let snapshot = writer.snapshot();
    let asked: Vec<(String, String, Query)> = questions
        .into_iter()
        .map(|(id, label, text)| {
            (id, label, Query::new(encoder.encode_query(&text).expect("a question").vectors))
        })
        .collect();
    let mut report = Report::new("Vector sets by facet", ABOUT);
    report.table(
        "Documents with each set",
        &["set", "documents", "token vectors", "bytes of codes"],
        &sizes(&snapshot),
    );
    let mut rows = vec![row("body alone", &snapshot, &asked, &qrels, |_| vec![("body", 1.0)])];
    rows.push(row("set of the facet alone", &snapshot, &asked, &qrels, |label| vec![(label, 1.0)]));
    for weight in WEIGHTS {
        let sets = |label: &'static str| vec![("body", weight), (label, 1.0)];
        rows.push(row(&format!("body x {weight} + set of the facet"), &snapshot, &asked, &qrels, sets));
    }
    let all = |_| [&["body"], &LABELS[..]].concat().into_iter().map(|set| (set, 1.0)).collect();
    rows.push(row("body + all three", &snapshot, &asked, &qrels, all));
    let others = |label: &'static str| {
        LABELS.into_iter().filter(|other| *other != label).map(|set| (set, 1.0)).collect()
    };
    rows.push(row("the two other facets", &snapshot, &asked, &qrels, others));
    let columns = ["asked in", "background", "method", "result", "all 50"];
    report.table("nDCG@20 by the facet of the question", &columns, &rows);
    report
}

fn schema(dim: usize) -> Schema {
    let (reduction, tokens) = (Reduction::Ward { factor: 2 }, TokenEncoding::Int4 { centroids: None });
    let set = |name: &str| SetSchema { reduction, tokens, ..SetSchema::new(name, dim) };
    Schema { reduction, tokens, sets: LABELS.into_iter().map(set).collect(), ..Schema::new(dim) }
}

/// Id, label and text of each judged question.
fn questions(beir: &BeirFolder, qrels: &Qrels) -> Vec<(String, String, String)> {
    let of_query = |query: pleiad_evaluate::BeirQuery| {
        let label = query.key.rsplit('-').next().unwrap_or_default().to_owned();
        assert!(LABELS.contains(&label.as_str()), "{}", query.key);
        (query.key, label, query.text)
    };
    beir.judged_queries(qrels).expect("questions").into_iter().map(of_query).collect()
}

/// Encodes and writes all documents.
fn add(writer: &Writer, encoder: &dyn Encoder, corpus: &std::path::Path) {
    let lines: Vec<Value> =
        JsonLines::open(corpus).expect("a corpus").map(|line| line.expect("a document").value).collect();
    for (at, lines) in lines.chunks(BATCH).enumerate() {
        let texts: Vec<BTreeMap<&str, String>> = lines.iter().map(texts_of).collect();
        let all: Vec<&str> = texts.iter().flat_map(BTreeMap::values).map(String::as_str).collect();
        let mut encoded = encoder.encode_documents(&all).expect("texts can be encoded").into_iter();
        let mut batch = Batch::new();
        for (line, texts) in lines.iter().zip(&texts) {
            let key = line["_id"].as_str().expect("an id");
            let mut document =
                Document::without_vectors(key).expect("a key").with_text(&*texts["body"]).expect("a text");
            for set in texts.keys() {
                let vectors = encoded.next().expect("a set for each text").vectors;
                if !vectors.is_empty() {
                    document = document.with_set(set, vectors).expect("a set");
                }
            }
            batch.upsert(document);
        }
        writer.apply(batch).expect("a batch");
        eprintln!("{} documents", grouped(((at + 1) * BATCH).min(4205) as f64));
    }
    writer.flush().expect("a segment");
}

/// The texts of a document's sets, by name: title and abstract, and title and sentences of each label that it has.
fn texts_of(line: &Value) -> BTreeMap<&'static str, String> {
    let text = |field: &str| line[field].as_str().unwrap_or_default();
    let title = text("title");
    let mut texts = BTreeMap::from([("body", format!("{title}\n{}", text("text")))]);
    let labels = line["facets"].as_array().into_iter().flatten();
    let sentences = line["sentences"].as_array().into_iter().flatten();
    for (label, sentence) in labels.zip(sentences) {
        let label = label.as_str().unwrap_or_default();
        let label = if label == OBJECTIVE { LABELS[0] } else { label };
        let Some(label) = LABELS.into_iter().find(|known| *known == label) else { continue };
        let text = texts.entry(label).or_insert_with(|| title.to_owned());
        text.push('\n');
        text.push_str(sentence.as_str().unwrap_or_default());
    }
    texts
}

fn sizes(snapshot: &Snapshot) -> Vec<Vec<String>> {
    let info = snapshot.info().expect("sizes");
    let row = |name: &str, documents: u64, tokens: u64, bytes: u64| {
        vec![name.to_owned(), grouped(documents as f64), grouped(tokens as f64), grouped(bytes as f64)]
    };
    let body = row("body", info.num_documents, info.num_tokens, info.token_bytes + info.fde_bytes);
    let sets = info
        .sets
        .iter()
        .map(|set| row(&set.name, set.num_documents, set.num_tokens, set.token_bytes + set.fde_bytes));
    std::iter::once(body).chain(sets).collect()
}

/// The mean nDCG@20 of each label's questions, asked in the sets that `sets` names for a label.
fn row(
    name: &str,
    snapshot: &Snapshot,
    asked: &[(String, String, Query)],
    qrels: &Qrels,
    sets: impl Fn(&'static str) -> Vec<(&'static str, f32)>,
) -> Vec<String> {
    let params = SearchParams { k: K, exact: true, ..SearchParams::default() };
    let mut run = Run::default();
    for (id, label, query) in asked {
        let label = LABELS.into_iter().find(|known| known == label).expect("a label");
        let with = |asked: SetsQuery, (set, weight): (&str, f32)| {
            asked.with(set, weight, query.clone()).expect("a weight")
        };
        let asked = sets(label).into_iter().fold(SetsQuery::new(), with);
        let hits = snapshot.search_sets(&asked, &params).expect("hits").hits;
        let entries =
            hits.iter().map(|hit| RunEntry { document: hit.key.to_string(), score: hit.score.get() });
        run.insert(id, entries.collect());
    }
    let evaluation = evaluate(qrels, &run, &[Metric::Ndcg(20)]);
    let mean_of = |label: Option<&str>| {
        let of_label = asked.iter().filter(|(_, of, _)| label.is_none_or(|label| label == of));
        let ids: Vec<&str> = of_label.map(|(id, ..)| id.as_str()).collect();
        let values = evaluation
            .queries
            .iter()
            .filter(|(id, _)| ids.contains(&id.as_str()))
            .map(|(_, values)| values[0]);
        let values: Vec<f64> = values.collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let cells = LABELS.into_iter().map(Some).chain([None]).map(|label| format!("{:.3}", mean_of(label)));
    std::iter::once(name.to_owned()).chain(cells).collect()
}
