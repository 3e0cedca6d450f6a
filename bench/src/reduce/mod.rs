//! Cost of token pooling: exact MaxSim before and after each reduction.

mod rows;

use crate::clock::cpu_seconds;
use crate::quality::{Exact, Quality};
use crate::report::{Report, grouped};
use crate::token_sets::TokenSet;
use pleiad_compress::reduce::{Aggregate, ReduceParams, ReduceScratch, Reducer, Reduction};
use pleiad_compress::{TokenCode, TokenCodec};
use pleiad_kernels::Isa;
use pleiad_vectors::MultiVector;

const SETS: [&str; 2] = ["cranfield", "colbertv2-lotte500"];

const COLUMNS: [&str; 8] = [
    "reduction",
    "stands for them",
    "rows/document",
    "share",
    "int4 bytes/document",
    "nDCG@10",
    "R@10",
    "µs/token",
];

const ABOUT: &str = "Every document of a collection scored with every query by exact MaxSim before and after its tokens were \
reduced. *R@10* is how many of the ten documents that unreduced MaxSim ranks first are still among the first ten, \
*µs/token* CPU time to reduce one token. *Mean* is the plain \
mean of a row's tokens, *MeanAtLength* has their length.";

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("Fewer rows", ABOUT);
    for name in SETS {
        let set = TokenSet::read(name);
        let exact = Exact::of(&set);
        let mut table = Table { set: &set, exact: &exact, rows: Vec::new() };
        rows::reductions().into_iter().for_each(|(reduction, aggregate)| table.add(reduction, aggregate));
        report.table(&set.summary(), &COLUMNS, &table.rows);
    }
    report
}

/// Rows of one collection.
struct Table<'a> {
    set: &'a TokenSet,
    exact: &'a Exact,
    rows: Vec<Vec<String>>,
}

impl Table<'_> {
    fn add(&mut self, reduction: Reduction, aggregate: Aggregate) {
        let (documents, micros) = reduce(&self.set.documents, reduction, aggregate);
        let micros = format!("{micros:.2}");
        self.push([rows::title(reduction), format!("{aggregate:?}"), micros], &documents, &self.set.queries);
    }

    fn push(&mut self, first: [String; 3], documents: &[MultiVector], queries: &[MultiVector]) {
        let [title, aggregate, micros] = first;
        let codec = TokenCodec::new(TokenCode::Int4, self.set.dim()).expect("a valid dimension");
        let num_rows: usize = documents.iter().map(MultiVector::num_tokens).sum();
        let num_bytes: usize =
            documents.iter().map(|document| codec.document_bytes(document.num_tokens())).sum();
        let num_documents = documents.len() as f64;
        let quality = Quality::of(self.set, self.exact, &TokenSet::scores(queries, documents));
        let share = num_rows as f64 / self.set.num_tokens() as f64;
        self.rows.push(vec![
            title,
            aggregate,
            format!("{:.1}", num_rows as f64 / num_documents),
            format!("{:.0} %", 100.0 * share),
            grouped(num_bytes as f64 / num_documents),
            format!("{:.4}", quality.ndcg),
            format!("{:.3}", quality.recall_10),
            micros,
        ]);
        eprintln!("{}: {}", self.set.name, self.rows[self.rows.len() - 1].join(" | "));
    }
}

/// Reduced sets, and microseconds for a token.
fn reduce(sets: &[MultiVector], reduction: Reduction, aggregate: Aggregate) -> (Vec<MultiVector>, f64) {
    let params = ReduceParams { reduction, aggregate };
    let reducer = Reducer::new(params, Isa::best()).expect("valid parameters");
    let (mut scratch, begin) = (ReduceScratch::default(), cpu_seconds());
    let mut of =
        |set: &MultiVector| reducer.reduce(set.as_ref(), 0, &mut scratch).expect("unit vectors").vectors;
    let reduced = sets.iter().map(&mut of).collect();
    let num_tokens: usize = sets.iter().map(MultiVector::num_tokens).sum();
    (reduced, (cpu_seconds() - begin) * 1e6 / num_tokens as f64)
}
