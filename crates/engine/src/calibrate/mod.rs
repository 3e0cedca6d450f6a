//! Which budgets reach which recall: measured once on queries whose exact answers are computed, so that a search can
//! promise a recall and pay for no more than it.
//!
//! For each query of the set ([`draw`]) the exact top 100 are found, and for each of those the rank that every source of
//! candidates and the codes give it ([`ranks`]). That one pass says what *any* budgets of a source, or of a union of two,
//! would have found ([`sweep`]), so the cheapest ones per recall ([`cost`]) are a matter of sorting ([`budgets`]). A level
//! is promised where the lower bound of the mean recall reaches it ([`confidence`]), not the mean itself.
//!
//! A source takes part by the answers of the trait `sources::CandidateSource`: the auxiliary index that it reads, its
//! candidates, its ranking of documents, and the cost of its work.
//!
//! Cost: one search of each source and MaxSim on the codes of some documents per query. `Effort` bounds queries times
//! documents scored, so that these do not grow with the collection: beyond the bound they are those that some source
//! ranks first, and a sample of the others that is the thinner the further down they stand ([`sample`]).

mod budgets;
mod choose;
mod confidence;
mod cost;
mod draw;
mod ranks;
mod sample;
mod shallow;
mod stored;
mod sweep;

pub(crate) use choose::DEFAULT_RECALL;
pub(crate) use confidence::CONFIDENCE;
pub(crate) use draw::Effort;

use crate::error::{Error, Result};
use crate::sources::AuxiliaryIndex;
use crate::{PlanSource, Query, Snapshot};
use cost::Cost;
use draw::Drawn;
use serde::{Deserialize, Serialize};

/// What budgets of a collection reach which recall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Documents when it was measured. Where there are more by now, budgets grow in proportion.
    pub num_documents: u64,
    /// Documents scored for each query, on average: all of them, or those that sources rank first and a sample of the others.
    pub num_sampled: u64,
    /// Queries measured.
    pub num_queries: usize,
    /// Where they came from.
    pub origin: QueryOrigin,
    /// The cheapest plans for each number of hits and recall, by both: where the cheapest looks into something that may
    /// not be there, the next one that does not.
    pub levels: Vec<Level>,
}

/// Where the queries of a calibration came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryOrigin {
    /// The caller gave them.
    Given,
    /// Each is some tokens of one document, searched for among the others.
    Documents,
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
    /// Where candidates come from.
    pub sources: Vec<PlanSource>,
    /// Candidates scored exactly.
    pub num_reranked: usize,
}

impl Calibration {
    /// Whether a plan looks into token postings.
    pub(crate) fn uses_postings(&self) -> bool {
        let sources = self.levels.iter().flat_map(|level| &level.sources);
        sources.into_iter().any(|source| source.requires() == Some(AuxiliaryIndex::Postings))
    }
}

/// Numbers of hits that are measured; budgets for those between are interpolated, and nothing is promised for more.
const DEPTHS: [usize; 5] = [1, 3, 10, 30, 100];

/// Recalls that can be promised short of 1; one asked for between is rounded up.
const RECALLS: [f64; 14] =
    [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998];

/// Measures a collection, with the queries given or, if there are none, with some made from its documents. The same
/// snapshot, queries and effort give the same calibration.
pub(crate) fn calibrate(snapshot: &Snapshot, queries: &[Query], effort: Effort) -> Result<Calibration> {
    for query in queries {
        snapshot.check_query(query)?;
    }
    let drawn = Drawn::new(snapshot, queries, effort)?;
    if drawn.queries.is_empty() {
        return Err(Error::invalid("a collection without documents cannot be calibrated: add some first"));
    }
    let measured = ranks::measure(snapshot, &drawn)?;
    let cost = Cost::of(snapshot, &drawn, &measured)?;
    let origin = if queries.is_empty() { QueryOrigin::Documents } else { QueryOrigin::Given };
    let num_documents = snapshot.num_documents();
    let mut levels = Vec::new();
    for k in DEPTHS {
        if k == DEPTHS[0] || (k as u64) < num_documents {
            levels.extend(budgets::levels(&measured, k, &cost, origin));
        }
    }
    shallow::prove(&mut levels, &measured, origin);
    Ok(Calibration {
        num_documents,
        num_sampled: if drawn.depth.is_some() { measured.num_scored } else { num_documents },
        num_queries: drawn.queries.len(),
        origin,
        levels,
    })
}
