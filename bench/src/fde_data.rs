//! Token vectors and exact answers of a folder under `multivec/`, and candidates held against them.

use crate::token_sets::TokenSet;
use pleiad_evaluate::{Synthetic, SyntheticParams};
use pleiad_kernels::{Isa, QueryPanel};
use pleiad_vectors::{DocId, MultiVector, Ranked, Score, TopK};
use std::thread;

/// Documents that the exact score ranks first: the most that candidates must contain.
const TOP: usize = 100;

/// Most queries of a real set: every second one is left out until there are no more. Figures over 150 queries have
/// 1,500 exact answers, 15,000 of the top hundred.
const MAX_QUERIES: usize = 150;

/// The sets measured, by name.
pub const SETS: [&str; 3] = ["cranfield", "scifact", "colbertv2-lotte500"];

/// Length of a common direction that is strong beside tokens of unit length.
const STRONG: f32 = 3.0;

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
        let step = queries.len().div_ceil(MAX_QUERIES);
        let queries: Vec<MultiVector> = queries.into_iter().step_by(step).collect();
        let answers = queries.iter().map(|query| answer(query, &documents)).collect();
        Self { name: name.to_owned(), documents, queries, answers }
    }

    /// A synthetic set: 4,000 documents of 32 tokens of 96 dims and 200 queries of 16, with a direction of length
    /// `common` added to all of their tokens before these are brought to unit length.
    pub fn synthetic(common: f32) -> Self {
        let params = SyntheticParams { common, ..SyntheticParams::passages(4000) };
        let sets = Synthetic::new(params).expect("valid");
        let documents: Vec<MultiVector> = sets.documents(0..4000).collect();
        let queries: Vec<MultiVector> =
            (0..200).map(|number| sets.query(number, 16).query.vectors().to_owned()).collect();
        let answers = queries.iter().map(|query| answer(query, &documents)).collect();
        Self { name: format!("synthetic, common {common}"), documents, queries, answers }
    }

    /// Real sets, and two synthetic ones: without and with a strong common direction.
    pub fn all() -> impl Iterator<Item = Self> {
        SETS.into_iter().map(Self::read).chain([0.0, STRONG].into_iter().map(Self::synthetic))
    }

    /// Applies `of` to every real set and to the synthetic one with a strong common direction, in parallel.
    pub fn side_by_side<T: Send>(of: impl Fn(&Self) -> T + Sync) -> Vec<T> {
        let read = |name: &str| if name.is_empty() { Self::synthetic(STRONG) } else { Self::read(name) };
        let (of, read) = (&of, &read);
        thread::scope(|scope| {
            let running: Vec<_> =
                SETS.into_iter().chain([""]).map(|name| scope.spawn(move || of(&read(name)))).collect();
            running.into_iter().map(|thread| thread.join().expect("a set that is measured")).collect()
        })
    }

    /// The exact MaxSim top 100 of each query, best first.
    pub fn answers(&self) -> &[Vec<usize>] {
        &self.answers
    }

    /// Summary of the set, in a line.
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
    Needed::of((0..data.queries.len()).map(|query| ranks(data, query, &order(query))).collect())
}

/// The same for even and for odd queries apart: one half to choose by, the other to report.
pub fn candidates_needed_by_half(data: &Data, mut order: impl FnMut(usize) -> Vec<usize>) -> [Needed; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    for query in 0..data.queries.len() {
        halves[query % 2].push(ranks(data, query, &order(query)));
    }
    halves.map(Needed::of)
}

/// Ranks of the exact answers of a query in an order, best answer first.
fn ranks(data: &Data, query: usize, order: &[usize]) -> Vec<usize> {
    // What an order leaves out comes last.
    let mut rank_of = vec![data.documents.len() - 1; data.documents.len()];
    order.iter().enumerate().for_each(|(rank, &id)| rank_of[id] = rank);
    data.answers[query].iter().map(|&id| rank_of[id]).collect()
}

impl Needed {
    fn of(ranks: Vec<Vec<usize>>) -> Self {
        let first = |num: usize| ranks.iter().flat_map(|r| r.iter().take(num)).copied().collect();
        Self { top_10: at_shares(first(10)), top_100: at_shares(first(100)) }
    }
}

fn at_shares(mut ranks: Vec<usize>) -> [usize; 4] {
    ranks.sort_unstable();
    SHARES.map(|share| ranks[(share * ranks.len() as f64).ceil() as usize - 1] + 1)
}
