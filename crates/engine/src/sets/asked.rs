use super::{SetWeight, SetsQuery};
use crate::answer::SearchStats;
use crate::error::{Error, Result};
use crate::filter::Matched;
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::vectorless::Vectorless;
use crate::{Snapshot, rerank};
use pleiad_compress::quantize::Precision;
use pleiad_vectors::{Query, Ranked, Score, TopK};
use std::collections::HashMap;
use std::sync::Arc;

/// The sets of a question, each with the documents as they are searched by it: in the order of the schema, in which parts of
/// a score are added.
pub(crate) struct Asked<'a> {
    pub(super) sets: Vec<AskedSet<'a>>,
}

/// One set of a question.
pub(crate) struct AskedSet<'a> {
    pub(super) snapshot: Snapshot,
    pub(super) query: &'a Query,
    pub(super) weight: f32,
}

/// A document with its score, and the part of each set.
pub(super) type ScoredParts = (Ranked<DocAddress>, Vec<f32>);

impl AskedSet<'_> {
    /// Value of one unit of MaxSim.
    pub(super) fn unit(&self) -> f32 {
        self.weight / self.num_tokens() as f32
    }

    pub(super) fn num_tokens(&self) -> usize {
        self.query.vectors().num_tokens()
    }

    pub(super) fn name(&self) -> &str {
        &self.snapshot.field().name
    }

    /// The documents that pass a filter and have this set.
    pub(super) fn mask<'v>(
        &self,
        whole: &'v Snapshot,
        matched: Option<&'v Matched>,
    ) -> Result<DocumentMask<'v>> {
        Ok(DocumentMask::of(&whole.view, matched).hiding(&self.snapshot.vectorless()?))
    }
}

impl<'a> Asked<'a> {
    /// # Errors
    /// `InvalidArgument` for a question to no set or to one that the collection does not have, and for a query that does not
    /// fit its set.
    pub(crate) fn new(snapshot: &Snapshot, query: &'a SetsQuery) -> Result<Self> {
        let mut sets = Vec::new();
        for (SetWeight { set, weight }, query) in query.parts() {
            let snapshot = snapshot.of_set(set)?;
            snapshot.check_query(query)?;
            sets.push(AskedSet { snapshot, query, weight: *weight });
        }
        if sets.is_empty() {
            let names: Vec<&str> = snapshot.schema().set_names().collect();
            let message = format!("the query asks for no vector set: name some of {}", names.join(", "));
            return Err(Error::invalid(message));
        }
        sets.sort_by_key(|asked| asked.snapshot.set_number());
        Ok(Self { sets })
    }

    /// The set, where it is the only one.
    pub(super) fn only(&self) -> Option<&AskedSet<'a>> {
        if let [only] = &self.sets[..] { Some(only) } else { None }
    }

    pub(super) fn weights(&self) -> Vec<SetWeight> {
        self.sets
            .iter()
            .map(|asked| SetWeight { set: asked.name().to_owned(), weight: asked.weight })
            .collect()
    }

    /// Rows of each part that have none of the sets.
    pub(super) fn lacking_all(&self) -> Result<Vectorless> {
        let mut lacking: Vectorless = None;
        for asked in &self.sets {
            let Some(own) = asked.snapshot.vectorless()? else { return Ok(None) };
            lacking = Some(match lacking {
                None => own,
                Some(rows) => rows.iter().zip(&own).map(|(a, b)| Arc::new(&**a & &**b)).collect(),
            });
        }
        Ok(lacking)
    }

    /// MaxSim of some documents in each set, in their order; nothing in one that a document lacks.
    pub(super) fn max_sims(
        &self,
        documents: &[DocAddress],
        precision: Precision,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<Score>>> {
        let of_set =
            |asked: &AskedSet<'_>| rerank::scores(&asked.snapshot, asked.query, documents, precision, spent);
        self.sets.iter().map(of_set).collect()
    }

    /// The parts of a score, given MaxSim in each set.
    pub(super) fn parts(&self, max_sims: impl Iterator<Item = Score>) -> Vec<f32> {
        self.sets.iter().zip(max_sims).map(|(asked, max_sim)| asked.unit() * max_sim.get()).collect()
    }

    /// The best `k` documents by the exact score, best first, with its parts; ties by id.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub(super) fn best(
        &self,
        documents: &[DocAddress],
        k: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<ScoredParts>> {
        spent.num_reranked += documents.len() as u64;
        let max_sims = self.max_sims(documents, Precision::Full, spent)?;
        let (mut top, mut parts_of) = (TopK::new(k), HashMap::new());
        for (at, &id) in documents.iter().enumerate() {
            let parts = self.parts(max_sims.iter().map(|scores| scores[at]));
            let score = Score::new(sum(&parts)).map_err(|error| {
                let place = self.sets[0].snapshot.place(id);
                Error::corrupt(format!("{place}: its score is not finite")).caused_by(error)
            })?;
            top.push(Ranked { id, score });
            parts_of.insert(id, parts);
        }
        let with_parts = |ranked: Ranked<DocAddress>| {
            let parts = parts_of.remove(&ranked.id).unwrap_or_default();
            (ranked, parts)
        };
        Ok(top.into_sorted().into_iter().map(with_parts).collect())
    }
}

/// The score: the parts added in one order, so that it is the same everywhere.
pub(super) fn sum(parts: &[f32]) -> f32 {
    parts.iter().sum()
}
