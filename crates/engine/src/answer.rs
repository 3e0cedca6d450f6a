//! Answers: hits, their scores, and the work that finding them took.

use crate::Tenant;
use crate::plan::Plan;
use pleiad_index::Stats;
use pleiad_vectors::{DocId, DocKey, Score};
use serde::Serialize;

/// The answer to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first; ties by document id.
    pub hits: Vec<Hit>,
    /// Documents that pass the filter; all where there is none. A search by vectors counts those that have some.
    pub num_matched: u64,
    /// Plan of the search, with the promised recall.
    pub plan: Plan,
    /// Work of the search.
    pub spent: SearchStats,
}

impl Answer {
    /// Ids and scores of the hits, best first.
    pub(crate) fn ranking(&self) -> Vec<(DocId, Score)> {
        self.hits.iter().map(|hit| (hit.id, hit.score)).collect()
    }
}

/// One document of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The user's id.
    pub key: DocKey,
    /// Its tenant, where those of all were searched.
    pub tenant: Option<Tenant>,
    /// The stable internal id.
    pub id: DocId,
    /// MaxSim of the query and the stored token vectors, BM25 of a search for words, or the fused score.
    pub score: Score,
    /// Parts of a fused score.
    pub parts: Option<HitParts>,
    /// Parts of a score by several vector sets, in the order of the schema; none of another one.
    pub sets: Vec<SetScore>,
}

/// The part of one vector set in a score by several, weighted: they add up to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetScore {
    /// Name of the set.
    pub set: String,
    /// Its part; 0 where the document lacks it.
    pub score: f32,
}

/// The parts of a fused score, weighted: they add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HitParts {
    /// Part of MaxSim.
    pub vectors: f32,
    /// Part of the cosine of sentence vectors; 0 where there are none.
    pub sentence: f32,
    /// Part of BM25.
    pub words: f32,
}

impl HitParts {
    /// The score: the parts added in one order, so that it is the same everywhere.
    pub(crate) fn sum(self) -> f32 {
        self.vectors + self.sentence + self.words
    }
}

/// Work done for one answer, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchStats {
    /// FDE codes and sentence vectors scored, or rows whose terms were looked at one by one.
    pub num_scanned: u64,
    /// Postings of token centroids or of terms read.
    pub num_postings: u64,
    /// Documents scored by MaxSim on their codes.
    pub num_rescored: u64,
    /// Documents of those that do not pass the filter: they tell how many better ones it leaves out.
    pub num_others: u64,
    /// Documents scored by exact MaxSim.
    pub num_reranked: u64,
    /// Bytes of codes read.
    pub read_bytes: u64,
}

impl SearchStats {
    /// Adds the work of a scan over codes of one width.
    pub(crate) fn add_scan(&mut self, stats: Stats) {
        self.num_scanned += stats.num_scored;
        self.read_bytes += stats.read_bytes;
    }
}
