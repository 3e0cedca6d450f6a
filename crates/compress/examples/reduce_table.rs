//! What fewer rows cost: ranks real collections with exact MaxSim before and after each reduction of their documents
//! and prints a Markdown table. Queries stay as they are.
//!
//! ```text
//! cargo run --release -p pleiad-compress --example reduce_table -- adi cranfield colbertv2-lotte500
//! ```
//!
//! Reads `$PLEIAD_SHARED/data/multivec/NAME` (the layout is in the README there). *kept* is how many of the ten
//! documents that unreduced MaxSim ranks first are still among the first ten, *µs* the time to reduce one token.

use pleiad_compress::reduce::{
    Aggregate, Budget, MAX_WINDOW, ReduceParams, ReduceScratch, Reducer, Reduction, WardVariant,
};
use pleiad_kernels::{Isa, QueryPanel, f16_to_f32};
use pleiad_vectors::{DocId, MultiVector, Ranked, Score, Seed, TopK};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Ranks that are compared.
const TOP: usize = 10;

struct Collection {
    documents: Vec<MultiVector>,
    queries: Vec<MultiVector>,
    /// Grades by document, for each query.
    judgements: Vec<HashMap<usize, f64>>,
}

fn main() {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        names = ["adi", "cranfield", "colbertv2-lotte500"].map(String::from).to_vec();
    }
    println!("| set | reduction | aggregate | rows/document | share | nDCG@10 | kept | µs |");
    println!("|:--|:--|:--|--:|--:|--:|--:|--:|");
    let collections: Vec<Collection> = names.iter().map(|name| read(name)).collect();
    names.iter().zip(&collections).for_each(|(name, collection)| report(name, collection));
    println!();
    names.iter().zip(&collections).for_each(|(name, collection)| report_longest(name, collection));
}

fn report(name: &str, collection: &Collection) {
    let exact: Vec<Vec<usize>> = rank(&collection.queries, &collection.documents);
    let num_tokens: usize = collection.documents.iter().map(MultiVector::num_tokens).sum();
    for (reduction, aggregate) in reductions() {
        let params = ReduceParams { reduction, aggregate, seed: Seed(0) };
        let reducer = Reducer::new(params, Isa::best()).expect("valid parameters");
        let mut scratch = ReduceScratch::default();
        let mut micros = 0.0;
        let mut reduced = Vec::new();
        for document in &collection.documents {
            let (rows, least) = timed(|| reducer.reduce(document.as_ref(), 0, &mut scratch));
            micros += least / num_tokens as f64;
            reduced.push(rows.expect("unit vectors").vectors);
        }
        let num_rows: usize = reduced.iter().map(MultiVector::num_tokens).sum();
        let found = rank(&collection.queries, &reduced);
        let ndcg = mean(found.iter().zip(&collection.judgements).map(|(ranks, grades)| ndcg(ranks, grades)));
        let kept = mean(found.iter().zip(&exact).map(|(found, exact)| shared_part(found, exact)));
        println!(
            "| {name} | {} | {aggregate:?} | {:.1} | {:.0}% | {ndcg:.4} | {kept:.3} | {micros:.2} |",
            title(reduction),
            num_rows as f64 / reduced.len() as f64,
            100.0 * num_rows as f64 / num_tokens as f64,
        );
    }
}

/// How long one document of the longest window takes: the collection's first tokens.
fn report_longest(name: &str, collection: &Collection) {
    let dim = collection.queries[0].dim();
    let values = collection.documents.iter().flat_map(|document| document.data().iter().copied());
    let document = MultiVector::new(values.take(MAX_WINDOW * dim).collect(), dim).expect("finite values");
    let budget = Budget::Factor(4);
    for reduction in [Reduction::ward(4), Reduction::KMeans { budget }, Reduction::Neighbours { budget }] {
        let params = ReduceParams { reduction, aggregate: Aggregate::MeanAtLength, seed: Seed(0) };
        let reducer = Reducer::new(params, Isa::best()).expect("valid parameters");
        let mut scratch = ReduceScratch::default();
        let (_, micros) = timed(|| reducer.reduce(document.as_ref(), 0, &mut scratch));
        let (tokens, title, seconds) = (document.num_tokens(), title(reduction), micros * 1e-6);
        println!("{name}, one document of {tokens} tokens, {title}: {seconds:.3} s");
    }
}

/// The result, and the least microseconds of five: what the machine does meanwhile is not counted.
fn timed<T>(mut work: impl FnMut() -> T) -> (T, f64) {
    let mut once = || {
        let begin = Instant::now();
        (work(), begin.elapsed().as_secs_f64() * 1e6)
    };
    let (mut result, mut least) = once();
    for _ in 1..5 {
        let (again, micros) = once();
        (result, least) = (again, least.min(micros));
    }
    (result, least)
}

fn reductions() -> Vec<(Reduction, Aggregate)> {
    let at_length = Aggregate::MeanAtLength;
    let ward = |variant| Reduction::Ward { variant, budget: Budget::Factor(4) };
    let fixed = |number| Reduction::Ward { variant: WardVariant::Condensed, budget: Budget::Fixed(number) };
    let mut all = vec![(Reduction::Keep, at_length)];
    all.extend([2, 3, 4, 6].map(|factor| (Reduction::ward(factor), at_length)));
    all.extend([2, 3, 4, 6].map(|factor| (Reduction::ward(factor), Aggregate::Mean)));
    all.push((Reduction::ward(4), Aggregate::Sum));
    all.extend([WardVariant::Stanford, WardVariant::Euclidean].map(|variant| (ward(variant), at_length)));
    all.extend([8, 32].map(|number| (fixed(number), at_length)));
    let budgets = [Budget::Percent(50), Budget::Percent(25), Budget::Fixed(32), Budget::Fixed(8)];
    all.extend(budgets.map(|budget| (Reduction::KMeans { budget }, at_length)));
    all.extend(budgets.map(|budget| (Reduction::KMeans { budget }, Aggregate::Mean)));
    let neighbours = |factor| Reduction::Neighbours { budget: Budget::Factor(factor) };
    all.extend([2, 3, 4, 6].map(|factor| (neighbours(factor), at_length)));
    all.extend([0.8, 0.7, 0.6, 0.5].map(|min_cosine| (Reduction::Runs { min_cosine }, at_length)));
    all
}

fn title(reduction: Reduction) -> String {
    let of = |budget| match budget {
        Budget::Factor(factor) => format!("one in {factor}"),
        Budget::Percent(percent) => format!("{percent}%"),
        Budget::Fixed(number) => format!("{number} rows"),
    };
    match reduction {
        Reduction::Keep => "none".into(),
        Reduction::Ward { variant: WardVariant::Condensed, budget } => format!("Ward, {}", of(budget)),
        Reduction::Ward { variant, budget } => format!("Ward ({variant:?}), {}", of(budget)),
        Reduction::KMeans { budget } => format!("k-means, {}", of(budget)),
        Reduction::Neighbours { budget } => format!("neighbours, {}", of(budget)),
        Reduction::Runs { min_cosine } => format!("runs, cosine ≥ {min_cosine}"),
    }
}

/// The best documents of each query by exact MaxSim.
fn rank(queries: &[MultiVector], documents: &[MultiVector]) -> Vec<Vec<usize>> {
    let of = |query: &MultiVector| {
        let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
        let mut top = TopK::new(TOP);
        for (at, document) in documents.iter().enumerate().filter(|(_, document)| !document.is_empty()) {
            let score = Score::new(panel.maxsim(document.data())).expect("a finite score");
            top.push(Ranked { id: DocId(at as u64), score });
        }
        top.into_sorted().into_iter().map(|hit| hit.id.0 as usize).collect()
    };
    queries.iter().map(of).collect()
}

/// nDCG as trec_eval has it: gains are the grades, discounts `1 / log2(rank + 1)`.
fn ndcg(ranks: &[usize], grades: &HashMap<usize, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        gains.take(TOP).enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum()
    };
    let mut ideal: Vec<f64> = grades.values().copied().filter(|grade| *grade > 0.0).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let ideal = discounted(&mut ideal.into_iter());
    let gain = |document: &usize| grades.get(document).copied().unwrap_or(0.0).max(0.0);
    if ideal > 0.0 { discounted(&mut ranks.iter().map(gain)) / ideal } else { 0.0 }
}

fn shared_part(found: &[usize], exact: &[usize]) -> f64 {
    found.iter().filter(|document| exact.contains(document)).count() as f64 / exact.len() as f64
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let num_values = values.len() as f64;
    values.sum::<f64>() / num_values
}

fn read(name: &str) -> Collection {
    let shared = std::env::var_os("PLEIAD_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/multivec").join(name);
    let positions = |file: &str| -> HashMap<String, usize> {
        let ids: Vec<String> = serde_json::from_slice(&bytes(&folder.join(file))).expect("a list of ids");
        ids.into_iter().zip(0..).collect()
    };
    let (documents, queries) = (positions("doc_ids.json"), positions("query_ids.json"));
    let mut judgements = vec![HashMap::new(); queries.len()];
    for (query, document, grade) in judged(&folder) {
        judgements[queries[&query]].insert(documents[&document], grade);
    }
    Collection { documents: sets(&folder, "docs"), queries: sets(&folder, "queries"), judgements }
}

/// Query, document and grade of each line behind the header.
fn judged(folder: &Path) -> Vec<(String, String, f64)> {
    let text = String::from_utf8(bytes(&folder.join("qrels.tsv"))).expect("UTF-8");
    let line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let grade = columns[2].trim().parse().expect("a grade");
        (columns[0].to_owned(), columns[1].to_owned(), grade)
    };
    text.lines().skip(1).map(line).collect()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}; set PLEIAD_SHARED", path.display()))
}

/// The last axis and the values' bytes of a version 1 `.npy` file.
fn array(path: &Path) -> (usize, Vec<u8>) {
    let bytes = bytes(path);
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = String::from_utf8_lossy(&bytes[10..header]);
    let shape = &text[text.find('(').expect("a shape")..text.find(')').expect("a shape")];
    let last = shape.rsplit([',', '(']).map(str::trim).find(|axis| !axis.is_empty()).expect("an axis");
    (last.parse().expect("a number"), bytes[header..].to_vec())
}

/// Ragged sets of `f16` or `f32` vectors.
fn sets(folder: &Path, kind: &str) -> Vec<MultiVector> {
    let (_, offsets) = array(&folder.join(format!("{kind}.off.npy")));
    let offsets: Vec<usize> = offsets.as_chunks().0.iter().map(|&w| i64::from_le_bytes(w) as usize).collect();
    let half = folder.join(format!("{kind}.f16.npy"));
    let (dim, values) = if half.exists() {
        let (dim, bytes) = array(&half);
        let mut values = vec![0.0; bytes.len() / 2];
        f16_to_f32(Isa::best(), &bytes, &mut values);
        (dim, values)
    } else {
        let (dim, bytes) = array(&folder.join(format!("{kind}.f32.npy")));
        (dim, bytes.as_chunks().0.iter().map(|&w| f32::from_le_bytes(w)).collect())
    };
    let set = |pair: &[usize]| MultiVector::new(values[pair[0] * dim..pair[1] * dim].to_vec(), dim);
    offsets.windows(2).map(|pair| set(pair).expect("finite values")).collect()
}
