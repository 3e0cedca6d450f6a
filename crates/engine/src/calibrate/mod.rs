//! Budgets that reach a recall, measured once on queries whose exact answers are computed, so that a search can
//! promise a recall and pay for no more than it.
//!
//! Queries are told apart by their length ([`classes`]): given ones, observed ones, or some made from documents ([`draw`]),
//! whose budgets get a margin. For each the exact top 100 are found, and for each of those the rank that every source of
//! candidates and the codes give it ([`ranks`]). That one pass says what *any* budgets of a source, or of a union of two,
//! would have found ([`sweep`]), so the cheapest ones per recall ([`cost`]) are a matter of sorting ([`budgets`]). A level
//! is promised where the lower bound of the mean recall reaches it ([`confidence`]), not the mean itself.
//!
//! A source takes part by the answers of the trait `sources::CandidateSource`: the auxiliary index that it reads, its
//! candidates, its ranking of documents, and the cost of its work.
//!
//! Cost: one search of each source and MaxSim on the codes of some documents per query. `CalibrationBudget` bounds queries times
//! documents scored, so that these do not grow with the collection: beyond the bound they are those that some source
//! ranks first, and a sample of the others that is the thinner the further down they stand ([`sample`]).

mod budget;
mod budgets;
mod choose;
mod classes;
mod confidence;
mod cost;
mod draw;
mod ranks;
mod sample;
mod shallow;
mod stored;
mod sweep;
mod synthetic;

pub(crate) use budget::CalibrationBudget;
pub(crate) use choose::DEFAULT_RECALL;
pub use classes::QueryClass;
pub(crate) use classes::{MIN_TOKENS, class_of};
pub(crate) use confidence::CONFIDENCE;

use crate::error::{Error, Result};
use crate::sources::AuxiliaryIndex;
use crate::{PlanSource, Query, Snapshot};
use cost::Cost;
use draw::{ClassSample, SampledQueries};
use ranks::AllMeasured;
use serde::{Deserialize, Serialize};

/// The budgets of a collection that reach a recall, for queries of every length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// By the length of queries, the shortest first.
    pub classes: Vec<QueryClass>,
}

/// The origin of the queries of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryOrigin {
    /// The caller gave them.
    Given,
    /// Each is some tokens of one document, searched for among the others: budgets get a margin.
    Documents,
    /// Searches of this process asked them.
    Observed,
}

/// The cheapest plan known to reach a recall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Hits.
    pub k: usize,
    /// Recall promised.
    pub recall: f64,
    /// Recall measured: the mean over the queries.
    pub expected: f64,
    /// Recall between which that of other such queries lies, as sure as the promise is; unknown of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The sources of candidates.
    pub sources: Vec<PlanSource>,
    /// Candidates scored exactly.
    pub num_reranked: usize,
}

impl Calibration {
    /// Returns whether a plan reads token postings.
    pub(crate) fn uses_postings(&self) -> bool {
        let mut sources = self.levels().flat_map(|level| &level.sources);
        sources.any(|source| source.requires() == Some(AuxiliaryIndex::Postings))
    }
}

/// Numbers of hits that are measured; budgets for those between are interpolated, and nothing is promised for more.
const DEPTHS: [usize; 5] = [1, 3, 10, 30, 100];

/// Recalls that can be promised short of 1; one asked for between is rounded up.
const RECALLS: [f64; 14] =
    [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998];

/// Real queries at hand, and the classes of lengths that are to be measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealQueries<'a> {
    /// Taken before observed ones.
    pub(crate) given: &'a [Query],
    pub(crate) observed: &'a [Query],
    /// Classes with fewer are measured with queries made from documents.
    pub(crate) min_queries: usize,
    /// All classes where there is nothing here.
    pub(crate) only: Option<&'a [usize]>,
}

impl<'a> RealQueries<'a> {
    /// Real queries of a class that promises are made from.
    const MIN_QUERIES: usize = 40;

    /// Queries for all classes.
    pub(crate) fn new(given: &'a [Query], observed: &'a [Query]) -> Self {
        Self { given, observed, min_queries: Self::MIN_QUERIES, only: None }
    }

    fn wants(&self, class: usize) -> bool {
        self.only.is_none_or(|only| only.contains(&class))
    }
}

/// Measures a collection, with real queries for each class that has some, else with some made from its documents. The same
/// snapshot, queries and budget give the same calibration.
pub(crate) fn calibrate(
    snapshot: &Snapshot,
    real: RealQueries<'_>,
    budget: CalibrationBudget,
) -> Result<Calibration> {
    for query in real.given.iter().chain(real.observed) {
        snapshot.check_query(query)?;
    }
    let sampled = SampledQueries::new(snapshot, real, budget)?;
    if sampled.documents.is_empty() {
        return Err(Error::invalid("a collection without documents cannot be calibrated: add some first"));
    }
    let measured = ranks::measure(snapshot, &sampled)?;
    let of_class = |class: &ClassSample| measure_class(snapshot, &sampled, class, &measured);
    Ok(Calibration { classes: sampled.classes.iter().map(of_class).collect::<Result<_>>()? })
}

/// The promises for one class.
fn measure_class(
    snapshot: &Snapshot,
    sampled: &SampledQueries,
    class: &ClassSample,
    measured: &AllMeasured,
) -> Result<QueryClass> {
    let measured = measured.of(&class.queries);
    let lengths = || class.queries.iter().map(|&at| sampled.queries[at].query.vectors().num_tokens());
    let mean_tokens = lengths().sum::<usize>() as f64 / class.queries.len().max(1) as f64;
    let cost = Cost::of(snapshot, &sampled.documents, mean_tokens, &measured)?;
    let num_documents = sampled.documents.len() as u64;
    let mut levels = Vec::new();
    for k in DEPTHS {
        if k == DEPTHS[0] || (k as u64) < num_documents {
            levels.extend(budgets::levels(&measured, k, &cost, class.margin));
        }
    }
    shallow::prove(&mut levels, &measured, class.margin);
    Ok(QueryClass {
        min_tokens: class.min_tokens,
        num_documents,
        num_sampled: if sampled.depth.is_some() { measured.num_scored } else { num_documents },
        num_queries: class.queries.len(),
        query_tokens: Some((lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))),
        origin: class.origin,
        levels,
    })
}
