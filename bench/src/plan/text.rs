//! Recall promised for the fused ranking of collections of text, and found on questions that no calibration has seen.

use super::{DEPTHS, RECALLS, named};
use crate::clock::process_cpu_seconds as cpu_seconds;
use crate::machine;
use crate::report::{Report, grouped};
use crate::token_sets::shared;
use pleiad::{
    Answer, Batch, Collection, Document, Reduction, Schema, SearchParams, Snapshot, StoredDocument,
};
use pleiad_evaluate::{BeirFolder, mean_fidelity};
use pleiad_text::{
    EncoderOptions, Models, QueryForm, Question, RankingOptions, Searcher, Unattended, WordsAnalyzer,
};
use std::path::{Path, PathBuf};
use std::process::Command;

/// BEIR folders measured, then all of them as one collection.
const NAMES: [&str; 5] = ["cranfield", "scifact", "cosqa", "npl", "merged"];

/// Folders of `merged`.
const MERGED: [&str; 8] = ["tldr", "cranfield", "scifact", "nfcorpus", "npl", "cosqa", "csfcube", "movies"];

/// Questions held out, at most: an exact search of many documents takes time.
const MAX_HELD_OUT: usize = 150;
const MANY_DOCUMENTS: u64 = 50_000;
const MAX_HELD_OUT_OF_MANY: usize = 60;

const ABOUT: &str = "Collections that `pleiad add DIR FOLDER` makes of text, searched by the fused score that is their default. Each is \
calibrated with one half of its questions, and with queries made from its documents; recall is the share of the exact top k by the \
fused score that the *other* half finds. *merged* holds the documents of several as they are stored, in one collection. CPU time is of \
all threads, for searching alone: questions are encoded before.";

const COLUMNS: [&str; 9] = [
    "calibrated with, k, promised",
    "expected",
    "found",
    "worst question",
    "plan",
    "candidates",
    "exact",
    "MB read",
    "CPU-ms",
];

/// Runs the benchmark: `cargo xtask bench plan-text FOLDER [NAME..]`. Collections stay in the folder for the next run.
pub fn run() -> Report {
    let mut arguments = std::env::args().skip(2);
    let kept = PathBuf::from(arguments.next().expect("a folder that keeps the collections"));
    let only: Vec<String> = arguments.collect();
    let mut report = Report::new("Plans of the fused ranking: recall promised and found", ABOUT);
    for name in NAMES.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == name)) {
        let set = Set::open(&kept, name);
        let snapshot = set.snapshot();
        let models = Models::default();
        let searcher = searcher(&snapshot, &models);
        let exact = DEPTHS.map(|k| search(&searcher, &set.held_out, &asked(k, None)));
        let mut rows = Vec::new();
        for (origin, questions) in [("questions", &set.given[..]), ("documents", &[])] {
            let seconds = calibrate(&set, questions);
            report.paragraph(&format!("{name}: calibrated with {origin} in {seconds:.1} CPU-s."));
            rows.extend(rows_of(&set, origin, &exact));
        }
        let (num_documents, num_held_out) = (snapshot.num_documents(), set.held_out.len());
        let exact_ms = exact[0].1;
        let title = format!(
            "{name}: {} documents, {num_held_out} questions held out, exact search {exact_ms:.1} CPU-ms",
            grouped(num_documents as f64)
        );
        report.table(&title, &COLUMNS, &rows);
    }
    report
}

/// A collection, and its questions in two halves.
struct Set {
    collection: Collection,
    given: Vec<Question>,
    held_out: Vec<Question>,
}

impl Set {
    fn open(kept: &Path, name: &str) -> Self {
        let names = if name == "merged" { &MERGED[..] } else { &[name][..] };
        let path = kept.join(name);
        let collection = match Collection::open(&path) {
            Ok(collection) => collection,
            Err(_) if name == "merged" => merged(kept, &path),
            Err(_) => added(&path, name),
        };
        let snapshot = collection.snapshot().expect("a readable collection");
        let models = Models::default();
        let searcher = searcher(&snapshot, &models);
        let questions = names.iter().flat_map(|name| questions(name, &searcher));
        let (mut given, mut held_out) = (Vec::new(), Vec::new());
        for (at, question) in questions.enumerate() {
            if at % 2 == 0 { given.push(question) } else { held_out.push(question) }
        }
        let is_large = snapshot.num_documents() >= MANY_DOCUMENTS;
        let most = if is_large { MAX_HELD_OUT_OF_MANY } else { MAX_HELD_OUT };
        let step = held_out.len().div_ceil(most);
        let held_out = held_out.into_iter().step_by(step).collect();
        Self { collection, given, held_out }
    }

    fn snapshot(&self) -> Snapshot {
        self.collection.snapshot().expect("a readable collection")
    }
}

fn searcher<'a>(snapshot: &'a Snapshot, models: &Models) -> Searcher<'a> {
    let (options, ranking) = (EncoderOptions::default(), RankingOptions::default());
    let searcher = Searcher::open(snapshot, models, &options, ranking, QueryForm::Text, &Unattended);
    searcher.expect("a collection of text")
}

fn questions(name: &str, searcher: &Searcher<'_>) -> Vec<Question> {
    let folder = BeirFolder::open(shared().join("data/beir").join(name)).expect("a shared set");
    let qrels = folder.qrels("test").expect("judgments");
    let judged = folder.judged_queries(&qrels).expect("queries");
    judged.iter().filter_map(|query| searcher.question(&query.text).ok()).collect()
}

/// Adds a folder with the program that users run.
fn added(path: &Path, name: &str) -> Collection {
    let program = machine::root().join("target/release/pleiad");
    let folder = shared().join("data/beir").join(name);
    let status = Command::new(&program).arg("add").arg(path).arg(&folder).status();
    let status = status.unwrap_or_else(|e| panic!("{}: {e}: cargo build --release first", program.display()));
    assert!(status.success(), "pleiad add {} {}", path.display(), folder.display());
    Collection::open(path).expect("a new collection")
}

/// One collection of the documents of many, as these are stored: no text is encoded again.
fn merged(kept: &Path, path: &Path) -> Collection {
    let parts = MERGED.map(|name| match Collection::open(kept.join(name)) {
        Ok(collection) => collection,
        Err(_) => added(&kept.join(name), name),
    });
    // Rows are reduced by now.
    let schema = parts[0].schema().clone();
    let schema = Schema { reduction: Reduction::Keep, row_labels: false, ..schema };
    let analyzer = WordsAnalyzer::of(&schema).expect("a known analyzer").expect("words");
    let collection = Collection::create(path, &schema).expect("a new folder");
    let writer = collection.writer().expect("no other writer");
    for (name, part) in MERGED.iter().zip(&parts) {
        let snapshot = part.snapshot().expect("a readable collection");
        let mut batch = Batch::new();
        for (at, stored) in snapshot.documents().enumerate() {
            batch.upsert(copied(name, stored.expect("a document"), &analyzer));
            if at % 1000 == 999 {
                writer.apply(std::mem::take(&mut batch)).expect("a writable folder");
            }
        }
        writer.apply(batch).expect("a writable folder");
    }
    writer.close().expect("a writable folder");
    collection
}

fn copied(name: &str, stored: StoredDocument, analyzer: &WordsAnalyzer) -> Document {
    let title = stored.attributes.get("title").and_then(|title| title.as_str());
    let terms = analyzer.document(title, stored.text.as_deref(), &stored.attributes);
    let document = Document::new(format!("{name}/{}", stored.key.as_str()), stored.vectors);
    let document = document.expect("a valid key").with_terms(terms);
    document.with_sentence(stored.sentence.expect("a sentence vector")).expect("finite values")
}

fn calibrate(set: &Set, questions: &[Question]) -> f64 {
    let start = cpu_seconds();
    let (snapshot, models) = (set.snapshot(), Models::default());
    let writer = set.collection.writer().expect("no other writer");
    searcher(&snapshot, &models).tune(&writer, questions).expect("documents and valid questions");
    writer.close().expect("a writable folder");
    cpu_seconds() - start
}

fn asked(k: usize, recall: Option<f64>) -> SearchParams {
    SearchParams { k, recall, exact: recall.is_none(), observe: false, ..SearchParams::default() }
}

/// Answers, and CPU milliseconds of one.
fn search(searcher: &Searcher<'_>, questions: &[Question], params: &SearchParams) -> (Vec<Answer>, f64) {
    let start = cpu_seconds();
    let answers = searcher.search_batch(questions, params);
    let cpu_ms = (cpu_seconds() - start) * 1e3 / questions.len() as f64;
    (answers.into_iter().map(|answer| answer.expect("a valid question")).collect(), cpu_ms)
}

fn rows_of(set: &Set, origin: &str, exact: &[(Vec<Answer>, f64)]) -> Vec<Vec<String>> {
    let (snapshot, models) = (set.snapshot(), Models::default());
    let searcher = searcher(&snapshot, &models);
    let mut rows = Vec::new();
    for (k, (exact, _)) in DEPTHS.into_iter().zip(exact) {
        for recall in RECALLS {
            let (answers, cpu_ms) = search(&searcher, &set.held_out, &asked(k, Some(recall)));
            rows.push(row(origin, k, &answers, exact, cpu_ms));
        }
    }
    rows
}

fn row(origin: &str, k: usize, answers: &[Answer], exact: &[Answer], cpu_ms: f64) -> Vec<String> {
    let pairs = |answer: &Answer| -> Vec<(u64, f32)> {
        answer.hits.iter().map(|hit| (hit.id.0, hit.score.get())).collect()
    };
    let sides: Vec<_> = answers.iter().map(pairs).zip(exact.iter().map(pairs)).collect();
    let of = |sides: &[(Vec<(u64, f32)>, Vec<(u64, f32)>)]| {
        mean_fidelity(sides.iter().map(|(found, exact)| (&found[..], &exact[..])), k)
    };
    let worst = sides.iter().map(|side| of(std::slice::from_ref(side))).fold(1.0, f64::min);
    let mean = |of: fn(&Answer) -> u64| answers.iter().map(of).sum::<u64>() as f64 / answers.len() as f64;
    let plan = &answers[0].plan;
    let sources: Vec<String> = plan.sources.iter().map(named).collect();
    vec![
        format!("{origin}, {k}, {}", plan.promised_recall().unwrap_or_default()),
        format!("{:.4}", plan.expected_recall().unwrap_or_default()),
        format!("{:.4}", of(&sides)),
        format!("{worst:.2}"),
        sources.join(" + "),
        grouped(mean(|answer| answer.spent.num_rescored)),
        grouped(mean(|answer| answer.spent.num_reranked)),
        format!("{:.2}", mean(|answer| answer.spent.read_bytes) / 1e6),
        format!("{cpu_ms:.2}"),
    ]
}
