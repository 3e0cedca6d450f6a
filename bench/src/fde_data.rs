//! Token vectors and exact answers of a folder under `multivec/`, and candidates held against them.

use crate::token_sets::TokenSet;
use pleiad_kernels::{Isa, QueryPanel};
use pleiad_vectors::{DocId, MultiVector, Ranked, Score, TopK};

/// Documents that the exact score ranks first: the most that candidates must contain.
const TOP: usize = 100;

/// The sets measured, by name.
pub const SETS: [&str; 3] = ["cranfield", "scifact", "colbertv2-lotte500"];

/// One set of documents and queries.
pub struct Data {
    /// The folder's name.
    pub name: String,
    /// Token vectors of every document.
    pub documents: Vec<MultiVector>,
    /// Token vectors of every query.
    pub queries: Vec<MultiVector>,
    /// The exact MaxSim top [`TOP`] of each query, best first.
    answers: Vec<Vec<usize>>,
}

impl Data {
    /// Reads a set and ranks every document exactly.
    pub fn read(name: &str) -> Self {
        let TokenSet { documents, queries, .. } = TokenSet::read(name);
        let answers = queries.iter().map(|query| answer(query, &documents)).collect();
        Self { name: name.to_owned(), documents, queries, answers }
    }

    /// What the set holds, in a line.
    pub fn summary(&self) -> String {
        let num_tokens: usize = self.documents.iter().map(MultiVector::num_tokens).sum();
        let (documents, queries) = (self.documents.len(), self.queries.len());
        format!("{}: {documents} documents, {num_tokens} tokens, {queries} queries", self.name)
    }
}

fn answer(query: &MultiVector, documents: &[MultiVector]) -> Vec<usize> {
    let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
    ranking(documents.iter().map(|document| panel.maxsim(document.data())), TOP)
}

/// Positions of the best scores, best first.
pub fn ranking(scores: impl Iterator<Item = f32>, k: usize) -> Vec<usize> {
    let mut top = TopK::new(k);
    for (id, score) in scores.enumerate() {
        top.push(Ranked { id: DocId(id as u64), score: Score::new(score).expect("finite scores") });
    }
    top.into_sorted().into_iter().map(|ranked| ranked.id.0 as usize).collect()
}

/// Shares of the exact answers that candidates shall hold.
pub const SHARES: [f64; 4] = [0.80, 0.90, 0.95, 0.99];

/// Candidates per query until the given shares of the exact top 10 and top 100 of all queries are among them.
#[derive(Debug, Clone, Copy)]
pub struct Needed {
    /// One entry per share, for the top 10.
    pub top_10: [usize; 4],
    /// One entry per share, for the top 100.
    pub top_100: [usize; 4],
}

/// Measures a way to order the documents for a query.
pub fn candidates_needed(data: &Data, mut order: impl FnMut(usize) -> Vec<usize>) -> Needed {
    let (mut ten, mut hundred) = (Vec::new(), Vec::new());
    for (query, answer) in data.answers.iter().enumerate() {
        // What an order leaves out comes last.
        let mut rank_of = vec![data.documents.len() - 1; data.documents.len()];
        order(query).iter().enumerate().for_each(|(rank, &id)| rank_of[id] = rank);
        hundred.extend(answer.iter().map(|&id| rank_of[id]));
        ten.extend(answer.iter().take(10).map(|&id| rank_of[id]));
    }
    Needed { top_10: at_shares(ten), top_100: at_shares(hundred) }
}

fn at_shares(mut ranks: Vec<usize>) -> [usize; 4] {
    ranks.sort_unstable();
    SHARES.map(|share| ranks[(share * ranks.len() as f64).ceil() as usize - 1] + 1)
}
