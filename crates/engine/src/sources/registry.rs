use super::all_documents::AllDocuments;
use super::best_by_words::BestByWords;
use super::fde_scan::{self, FdeScan};
use super::postings::{self, PostingsProbe};
use super::sentence_scan::SentenceScan;
use super::{AuxiliaryIndex, CandidateSource, PlanSource, SearchContext};
use crate::Snapshot;
use crate::answer::SearchStats;
use crate::calibration::CalibratedRanking;
use crate::error::Result;
use crate::snapshot::DocAddress;
use std::collections::HashSet;
use std::hash::Hash;

impl PlanSource {
    /// The implementation of a source.
    pub(crate) fn implementation(self) -> Box<dyn CandidateSource> {
        match self {
            Self::Exact | Self::CodeScan => Box::new(AllDocuments),
            Self::Bm25 | Self::Words { .. } => Box::new(BestByWords),
            Self::FdeScan { coarse_factor, .. } => Box::new(FdeScan { coarse_factor }),
            Self::Sentence { .. } => Box::new(SentenceScan),
            Self::Postings { num_probes, .. } => Box::new(PostingsProbe { num_probes }),
        }
    }

    /// Returns whether token vectors alone give its candidates.
    pub(crate) fn is_of_vectors(self) -> bool {
        matches!(self, Self::FdeScan { .. } | Self::Postings { .. })
    }

    /// The auxiliary index without which it cannot be searched.
    pub(crate) fn requires(self) -> Option<AuxiliaryIndex> {
        self.implementation().requires()
    }
}

/// The candidates of all sources of a plan, each document once, the most promising first.
pub(crate) fn candidates(
    context: SearchContext<'_>,
    sources: &[PlanSource],
    spent: &mut SearchStats,
) -> Result<Vec<DocAddress>> {
    let mut lists = Vec::with_capacity(sources.len());
    for source in sources {
        let num_candidates = source.budget().unwrap_or(usize::MAX);
        lists.extend(source.implementation().candidates(context, num_candidates, spent)?);
    }
    Ok(union(lists))
}

/// The sources that a calibration measures: all that a plan for this snapshot may name, without their budgets. Those of one
/// kind follow each other, the one with the largest parameters last.
pub(crate) fn measurable(snapshot: &Snapshot, ranking: CalibratedRanking) -> Result<Vec<PlanSource>> {
    let available = snapshot.auxiliary_indexes()?;
    let is_there =
        |source: &PlanSource| source.implementation().reads().is_none_or(|index| available.contains(&index));
    let (is_fused, num_candidates) = (ranking == CalibratedRanking::Fused, 0);
    let by_words = is_fused && snapshot.schema().words.is_some();
    let by_sentence = is_fused && snapshot.schema().sentence.is_some();
    let words = by_words.then_some(PlanSource::Words { num_candidates });
    let sentence = by_sentence.then_some(PlanSource::Sentence { num_candidates });
    let of_vectors = fde_scan::variants().chain(postings::variants()).filter(is_there);
    Ok(words.into_iter().chain(sentence).chain(of_vectors).collect())
}

/// Joins the lists of several sources, each document once: the best of every list, then the second of every list, and so
/// on. Scores of different sources do not compare, so ranks decide.
///
/// Cost: one look into a hash set per entry; nothing for a single list.
pub(crate) fn union<I: Copy + Eq + Hash>(mut lists: Vec<Vec<I>>) -> Vec<I> {
    if lists.len() == 1 {
        return lists.remove(0);
    }
    let (mut seen, mut ids) = (HashSet::new(), Vec::new());
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        for &id in lists.iter().filter_map(|list| list.get(rank)) {
            if seen.insert(id) {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_document_once_and_none_lost(lists in prop::collection::vec(prop::collection::btree_set(0u32..40, 0..30), 0..4)) {
            let found = union(lists.iter().map(|ids| ids.iter().copied().collect()).collect());
            let all: BTreeSet<u32> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(found.len(), all.len());
            prop_assert_eq!(found.iter().copied().collect::<BTreeSet<u32>>(), all);
            // Whatever stands at rank r of a list is among the first (r + 1) · lists of the union.
            for list in &lists {
                for (rank, id) in list.iter().enumerate() {
                    let at = found.iter().position(|found| found == id).unwrap();
                    prop_assert!(at < (rank + 1) * lists.len());
                }
            }
        }
    }
}
