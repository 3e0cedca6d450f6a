use super::asked::sum;
use super::{Asked, SetsQuery};
use crate::error::{Error, Result};
use crate::{Explanation, Snapshot};
use pleiad_vectors::{DocId, DocKey, Score};
use std::fmt;

/// Why a document has its score in a ranking by several vector sets: the parts of the sets are the score, and in each set
/// `token_value` times the similarities add up to its part, to the rounding of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct SetsExplanation {
    /// The document's key.
    pub key: DocKey,
    /// Its internal id.
    pub id: DocId,
    /// The score; of one set alone its MaxSim.
    pub score: Score,
    /// The sets that were asked for, in the order of the schema.
    pub sets: Vec<ExplainedSet>,
}

/// The part of one set in a score.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedSet {
    /// Name of the set.
    pub set: String,
    /// Its weight.
    pub weight: f32,
    /// Its part of the score: nothing of a set that the document lacks.
    pub score: f32,
    /// Value of one unit of MaxSim.
    pub token_value: f32,
    /// MaxSim by query token, unweighted.
    pub vectors: Explanation,
}

impl fmt::Display for SetsExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (num_sets, plural) = (self.sets.len(), if self.sets.len() == 1 { "" } else { "s" });
        writeln!(f, "{:.4}  {}  = sum over {num_sets} vector set{plural}", self.score.get(), self.key)?;
        for (at, ExplainedSet { set, score, token_value, vectors, .. }) in self.sets.iter().enumerate() {
            let is_last = at + 1 == self.sets.len();
            let lacks = if vectors.parts.is_empty() { ": the document lacks it" } else { "" };
            writeln!(f, "{} {score:>8.4}  {set}{lacks}", if is_last { "└─" } else { "├─" })?;
            for part in vectors.lines(*token_value) {
                writeln!(f, "{}  {part}", if is_last { "   " } else { "│  " })?;
            }
        }
        Ok(())
    }
}

impl Snapshot {
    /// Explains the score of a document by one vector set or by several. Score and parts are those of
    /// [`Snapshot::search_sets`], to the bit.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search_sets`].
    pub fn explain_sets(&self, query: &SetsQuery, key: &str) -> Result<SetsExplanation> {
        explain(self, query, key)
    }
}

fn explain(snapshot: &Snapshot, query: &SetsQuery, key: &str) -> Result<SetsExplanation> {
    let asked = Asked::new(snapshot, query)?;
    let location = snapshot.locate(key)?.ok_or_else(|| Error::no_document(key))?;
    let is_only = asked.only().is_some();
    let mut sets = Vec::with_capacity(asked.sets.len());
    for set in &asked.sets {
        let vectors = set.snapshot.explain(set.query, key)?;
        let token_value = if is_only { 1.0 } else { set.unit() };
        let score = token_value * vectors.score.get();
        sets.push(ExplainedSet {
            set: set.name().to_owned(),
            weight: set.weight,
            score,
            token_value,
            vectors,
        });
    }
    let parts: Vec<f32> = sets.iter().map(|set| set.score).collect();
    let score = Score::new(sum(&parts))?;
    Ok(SetsExplanation { key: snapshot.key(location)?, id: location.id, score, sets })
}
