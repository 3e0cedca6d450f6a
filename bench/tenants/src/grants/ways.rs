use super::corpus::{Corpus, DIM};
use crate::curator::{self, Curator, CuratorParams, Group};
use pleiad::{
    Batch, BuildParams, Collection, Document, Durability, MultiVector, Predicate, Query, Schema,
    SearchParams, Snapshot, Writer,
};
use pleiad_compress::fde::{FdeEncoder, FdeParams};
use std::collections::HashSet;
use std::path::Path;

pub const K: usize = 10;

/// Recall that searches of the engine promise.
pub const RECALL: f64 = 0.95;

/// Values of the reduced FDE.
pub const FDE_DIM: u32 = 128;

const BATCH: usize = 16_384;

/// A name of a group, as it stands in the attribute.
pub fn name(group: Group) -> String {
    format!("g{group:03}")
}

/// A collection of some documents, calibrated.
pub fn build(path: &Path, corpus: &Corpus, documents: &[u32], has_groups: bool) -> Collection {
    let collection = Collection::create(path, &Schema::new(DIM)).expect("a new folder");
    let writer = writer(&collection);
    for some in documents.chunks(BATCH) {
        let mut batch = Batch::new();
        for &at in some {
            let vectors = corpus.documents[at as usize].clone();
            let document = Document::new(at.to_string(), vectors).expect("a key");
            batch.upsert(if has_groups {
                with_groups(document, &corpus.groups[at as usize])
            } else {
                document
            });
        }
        writer.apply(batch).expect("a batch");
    }
    writer.compact().expect("a merge");
    // One segment alone is not merged, and gets its indexes after this.
    writer.flush().expect("a writable folder");
    writer.tune(&corpus.given).expect("documents and queries");
    // Only then are all indexes made.
    writer.close().expect("an end");
    collection
}

/// A writer that leaves it to the operating system when files are on the disk.
pub fn writer(collection: &Collection) -> Writer {
    let params = BuildParams { durability: Durability::None, ..BuildParams::default() };
    collection.writer_with(params).expect("no other writer")
}

fn with_groups(document: Document, groups: &[Group]) -> Document {
    let groups: Vec<String> = groups.iter().copied().map(name).collect();
    let attributes = serde_json::json!({ "groups": groups });
    document.with_attributes(attributes.as_object().expect("an object")).expect("a few attributes")
}

/// A search in a collection; what it found as numbers of documents.
pub fn search(snapshot: &Snapshot, query: &Query, filter: Option<Predicate>, exact: bool) -> Vec<(f32, u32)> {
    let recall = (!exact).then_some(RECALL);
    let params = SearchParams { k: K, recall, exact, observe: false, filter, ..SearchParams::default() };
    let answer = snapshot.search(query, &params).expect("a valid query");
    answer.hits.iter().map(|hit| (hit.score.get(), hit.key.as_str().parse().expect("a number"))).collect()
}

pub fn numbers(hits: Vec<(f32, u32)>) -> Vec<u32> {
    hits.into_iter().map(|(_, document)| document).collect()
}

/// A search in a collection for each group: the best of all of them.
pub fn search_each(snapshots: &[&Snapshot], query: &Query) -> Vec<u32> {
    let mut hits: Vec<_> =
        snapshots.iter().flat_map(|snapshot| search(snapshot, query, None, false)).collect();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut seen = HashSet::new();
    hits.retain(|(_, document)| seen.insert(*document));
    hits.truncate(K);
    numbers(hits)
}

/// The filter of a reader. One more name that nobody has makes it another filter, whose rows are not kept yet.
pub fn filter(reader: &[Group], other: Option<usize>) -> Predicate {
    let names = reader.iter().map(|&group| format!("{:?}", name(group)));
    let names: Vec<String> = names.chain(other.map(|at| format!("\"none-{at}\""))).collect();
    Predicate::parse(&format!("groups IN ({})", names.join(", "))).expect("a filter")
}

/// Makes the one vector of a document or a query that the tree is made of.
pub enum Summary {
    /// The mean of the tokens.
    Mean,
    /// An FDE, reduced.
    Fde(Box<FdeEncoder>),
}

impl Summary {
    pub fn fde(dim: usize) -> Self {
        let params = FdeParams { final_projection_dim: Some(FDE_DIM), ..Schema::fde_params(dim) };
        Self::Fde(Box::new(FdeEncoder::new(dim, params).expect("valid parameters")))
    }

    pub fn dim(&self) -> usize {
        match self {
            Self::Mean => DIM,
            Self::Fde(encoder) => encoder.fde_dim(),
        }
    }

    pub fn of_document(&self, document: &MultiVector) -> Vec<f32> {
        match self {
            Self::Mean => mean(document),
            Self::Fde(encoder) => encoder.encode_document(document.as_ref()).expect("a valid document"),
        }
    }

    pub fn of_query(&self, query: &Query) -> Vec<f32> {
        match self {
            Self::Mean => mean(&query.vectors().to_owned()),
            Self::Fde(encoder) => encoder.encode_query(query.vectors()).expect("a valid query"),
        }
    }
}

fn mean(vectors: &MultiVector) -> Vec<f32> {
    let mut sums = vec![0.0; vectors.dim()];
    vectors.rows().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
    sums.iter().map(|sum| sum / vectors.num_tokens() as f32).collect()
}

/// The tree with all documents, and nothing granted.
pub fn tree(corpus: &Corpus, summary: &Summary) -> Curator {
    let vectors: Vec<f32> =
        corpus.documents.iter().flat_map(|document| summary.of_document(document)).collect();
    let mut tree = Curator::train(&vectors, summary.dim(), CuratorParams::default());
    for (document, vector) in (0..).zip(vectors.chunks_exact(summary.dim())) {
        tree.insert(document, vector);
    }
    tree
}

/// A search in the tree, whose candidates are scored.
pub fn search_tree(
    tree: &Curator,
    summary: &Summary,
    corpus: &Corpus,
    query: &Query,
    reader: &[Group],
    list_size: usize,
) -> Vec<u32> {
    let params = curator::SearchParams::new(list_size);
    let candidates = tree.search(&summary.of_query(query), reader, &params);
    corpus.best(query, &candidates, K)
}
