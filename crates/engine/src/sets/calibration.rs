use super::SetWeight;
use crate::assets::LastRead;
use crate::error::{Error, ErrorKind, Result};
use crate::sources::{AuxiliaryIndex, PlanSource};
use pleiad_store::{SharedWriter, View};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The asset that keeps calibrations of combinations.
const ASSET: &str = "set-combinations";

/// Version of the JSON in it.
const VERSION: u32 = 1;

/// Combinations that are kept, at most: the oldest goes.
const MAX_COMBINATIONS: usize = 16;

/// Factor within which weights are to each other as those that were measured.
pub(super) const WEIGHT_FACTOR: f32 = 2.0;

/// The budgets of a combination of vector sets that reach a recall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetsCalibration {
    /// The sets and their weights, in the order of the schema.
    pub weights: Vec<SetWeight>,
    /// Documents that had any of the sets. Where there are more by now, budgets grow in proportion.
    pub num_documents: u64,
    /// Queries measured.
    pub num_queries: usize,
    /// Fewest and most tokens of a query for one set: shorter queries are not served.
    pub query_tokens: (usize, usize),
    /// The budgets, by hits and recall; none where no cheaper plan was proven.
    pub levels: Vec<SetsLevel>,
}

/// The cheapest budgets of a combination that are known to reach a recall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetsLevel {
    /// Hits.
    pub k: usize,
    /// Recall promised.
    pub recall: f64,
    /// Recall measured: the mean over the queries.
    pub expected: f64,
    /// Recall between which that of other such queries lies, as sure as the promise is.
    pub interval: (f64, f64),
    /// For each set.
    pub sets: Vec<SetBudgets>,
}

/// The sources of one set, and the best of what they find that are candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetBudgets {
    /// Sources.
    pub sources: Vec<PlanSource>,
    /// Documents, at most: the best by MaxSim on their codes.
    pub num_candidates: usize,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    combinations: Vec<SetsCalibration>,
}

/// The calibrations that a view has.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<Vec<Arc<SetsCalibration>>>);

/// Those of the last view that was asked for.
#[derive(Default)]
pub(crate) struct Combinations(LastRead<Known>);

impl Combinations {
    /// # Errors
    /// `Corrupt` when they cannot be read.
    pub(crate) fn of(&self, view: &View) -> Result<Known> {
        let Some(blob) = view.asset(ASSET) else { return Ok(Known::default()) };
        self.0.of(blob, |blob| Known::read(blob.bytes()?))
    }
}

impl Known {
    /// Those of a newer version count as none: they can be measured again at any time.
    fn read(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |error| {
            let message = "the calibrations of combinations of sets are not what this version writes: `pleiad tune` makes \
                           new ones";
            Error::corrupt(message).caused_by(error)
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if version > VERSION {
            return Ok(Self::default());
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(damaged)?;
        Ok(Self(Arc::new(stored.combinations.into_iter().map(Arc::new).collect())))
    }

    /// The calibration for weights like these.
    pub(super) fn of(&self, weights: &[SetWeight]) -> Option<Arc<SetsCalibration>> {
        self.0.iter().find(|known| known.is_like(weights)).cloned()
    }

    /// Returns whether a plan for a set reads token postings of it.
    pub(crate) fn uses_postings(&self, set: &str) -> bool {
        self.0.iter().any(|known| {
            let at = known.weights.iter().position(|weight| weight.set == set);
            let sources = at
                .into_iter()
                .flat_map(|at| known.levels.iter().flat_map(move |level| &level.sets[at].sources));
            sources.into_iter().any(|source| source.requires() == Some(AuxiliaryIndex::Postings))
        })
    }
}

/// Keeps a calibration with the collection, in the place of one for weights like its own.
pub(crate) fn keep(store: &SharedWriter, known: &Known, new: &SetsCalibration) -> Result<()> {
    let others = known.0.iter().filter(|known| !known.is_like(&new.weights));
    let mut combinations: Vec<SetsCalibration> = others.map(|known| (**known).clone()).collect();
    let num_gone = (combinations.len() + 1).saturating_sub(MAX_COMBINATIONS);
    combinations.drain(..num_gone);
    combinations.push(new.clone());
    let bytes = serde_json::to_vec(&Stored { version: VERSION, combinations }).map_err(|error| {
        Error::new(ErrorKind::Internal, "the calibration cannot be written").caused_by(error)
    })?;
    Ok(store.with(|store| store.set_assets(&[(ASSET, Some(bytes))]))?)
}

impl SetsCalibration {
    /// Returns whether weights are to each other as those measured, within a factor of two.
    fn is_like(&self, weights: &[SetWeight]) -> bool {
        let pairs = || self.weights.iter().zip(weights);
        if self.weights.len() != weights.len() || pairs().any(|(own, asked)| own.set != asked.set) {
            return false;
        }
        let ratios = || pairs().map(|(own, asked)| asked.weight / own.weight);
        let (least, most) = (ratios().fold(f32::INFINITY, f32::min), ratios().fold(0.0, f32::max));
        most <= WEIGHT_FACTOR * least * (1.0 + f32::EPSILON)
    }

    /// Returns whether so many documents are twice as many, or half as many, as were measured.
    pub(super) fn is_outgrown(&self, num_documents: u64) -> bool {
        num_documents >= 2 * self.num_documents || 2 * num_documents <= self.num_documents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(of: &[(&str, f32)]) -> Vec<SetWeight> {
        of.iter().map(|&(set, weight)| SetWeight { set: set.to_owned(), weight }).collect()
    }

    fn calibration(of: &[(&str, f32)]) -> SetsCalibration {
        let (num_documents, num_queries, query_tokens, levels) = (100, 40, (3, 9), Vec::new());
        SetsCalibration { weights: weights(of), num_documents, num_queries, query_tokens, levels }
    }

    #[test]
    fn weights_within_a_factor_of_two_count_as_the_same() {
        let known = calibration(&[("body", 1.0), ("title", 0.3)]);
        for (body, title, is_like) in [
            (1.0, 0.3, true),
            (10.0, 3.0, true),
            (1.0, 0.6, true),
            (1.0, 0.15, true),
            (2.0, 0.3, true),
            (1.0, 0.61, false),
            (1.0, 0.149, false),
            (0.3, 1.0, false),
        ] {
            assert_eq!(
                known.is_like(&weights(&[("body", body), ("title", title)])),
                is_like,
                "{body} {title}"
            );
        }
        assert!(!known.is_like(&weights(&[("body", 1.0)])));
        assert!(!known.is_like(&weights(&[("body", 1.0), ("tags", 0.3)])));
        assert!(!known.is_outgrown(199) && known.is_outgrown(200) && known.is_outgrown(50));
    }

    #[test]
    fn a_newer_version_counts_as_none_and_damage_is_told() {
        let combinations = vec![calibration(&[("body", 1.0), ("title", 0.3)])];
        let bytes = serde_json::to_vec(&Stored { version: VERSION, combinations }).unwrap();
        let asked = weights(&[("body", 1.0), ("title", 0.4)]);
        assert!(Known::read(&bytes).unwrap().of(&asked).is_some());
        let newer = String::from_utf8(bytes).unwrap().replacen("\"version\":1", "\"version\":2", 1);
        assert!(Known::read(newer.as_bytes()).unwrap().of(&asked).is_none());
        for damaged in ["", "{}", "{\"version\":1}", "{\"version\":1,\"combinations\":[{}]}"] {
            assert_eq!(
                Known::read(damaged.as_bytes()).err().unwrap().kind(),
                ErrorKind::Corrupt,
                "{damaged}"
            );
        }
    }
}
