use crate::curator::Group;
use pleiad::{MultiVector, Query};
use pleiad_evaluate::{Synthetic, SyntheticParams};
use pleiad_kernels::{Isa, QueryPanel};
use pleiad_vectors::Seed;
use std::cmp::Reverse;

pub const NUM_GROUPS: usize = 1000;
pub const DIM: usize = 32;
pub const NUM_TOKENS: usize = 16;
pub const NUM_QUERY_TOKENS: usize = 8;

/// Most grants of a document.
const MAX_GRANTS: usize = 50;

/// Queries to calibrate with, and to measure with.
const NUM_GIVEN: u64 = 128;
const NUM_ASKED: u64 = 100;

/// Documents with their groups, and queries.
pub struct Corpus {
    pub documents: Vec<MultiVector>,
    /// Groups that may see each document, in order; the smaller its number, the larger a group.
    pub groups: Vec<Vec<Group>>,
    pub given: Vec<Query>,
    pub asked: Vec<Query>,
}

/// Draws numbers by Zipf's law.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(num: usize) -> Self {
        let mut sum = 0.0;
        let sums = (1..=num).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, uniform: f64) -> usize {
        self.0.partition_point(|sum| *sum <= uniform * self.0[self.0.len() - 1])
    }
}

impl Corpus {
    pub fn new(num_documents: u64) -> Self {
        let params =
            SyntheticParams { num_tokens: NUM_TOKENS, dim: DIM, ..SyntheticParams::passages(num_documents) };
        let sets = Synthetic::new(params).expect("valid parameters");
        let (groups, grants) = (Zipf::new(NUM_GROUPS), Zipf::new(MAX_GRANTS));
        let groups_of = |document: u64| {
            let mut generator = Seed(11).derive(document).generator();
            let num_grants = 1 + grants.draw(generator.uniform());
            let mut own: Vec<Group> = Vec::new();
            while own.len() < num_grants {
                let group = groups.draw(generator.uniform()) as Group;
                if !own.contains(&group) {
                    own.push(group);
                }
            }
            own.sort_unstable();
            own
        };
        let queries = |numbers: std::ops::Range<u64>| {
            numbers.map(|number| sets.query(number, NUM_QUERY_TOKENS).query).collect()
        };
        Self {
            documents: sets.documents(0..num_documents).collect(),
            groups: (0..num_documents).map(groups_of).collect(),
            given: queries(0..NUM_GIVEN),
            asked: queries(NUM_GIVEN..NUM_GIVEN + NUM_ASKED),
        }
    }

    /// Documents that one of the groups may see.
    pub fn seen_by(&self, reader: &[Group]) -> Vec<u32> {
        let may_see = |own: &Vec<Group>| reader.iter().any(|group| own.binary_search(group).is_ok());
        (0..).zip(&self.groups).filter(|(_, own)| may_see(own)).map(|(document, _)| document).collect()
    }

    pub fn num_grants(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// The best of some documents by MaxSim in single precision, best first.
    pub fn best(&self, query: &Query, documents: &[u32], k: usize) -> Vec<u32> {
        scored(&self.documents, query, documents, k)
    }
}

/// [`Corpus::best`] for any documents.
pub fn scored(all: &[MultiVector], query: &Query, documents: &[u32], k: usize) -> Vec<u32> {
    let vectors = query.vectors();
    let panel = QueryPanel::new(Isa::best(), vectors.data(), vectors.dim());
    let score = |&document: &u32| {
        let score = panel.maxsim(all[document as usize].data());
        (Reverse((f64::from(score) * 1e9) as i64), document)
    };
    let mut scored: Vec<_> = documents.iter().map(score).collect();
    if scored.len() > k {
        scored.select_nth_unstable(k);
        scored.truncate(k);
    }
    scored.sort_unstable();
    scored.into_iter().map(|(_, document)| document).collect()
}
