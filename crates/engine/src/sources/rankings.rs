use super::{PlanSource, Ranking, RowScores, SearchContext};
use crate::Snapshot;
use crate::error::Result;
use crate::snapshot::DocAddress;
use pleiad_index::Stats;

/// The orders in which some sources name the documents for one query, as a calibration measures them.
pub(crate) struct SourceRankings<'a> {
    /// The sources of each kind, and their common ranking.
    kinds: Vec<(&'a [PlanSource], Box<dyn Ranking + 'a>)>,
}

impl<'a> SourceRankings<'a> {
    /// Sources as `measurable` lists them. Cost: about one search of each kind that scores every document it meets.
    pub(crate) fn new(context: SearchContext<'a>, sources: &'a [PlanSource]) -> Result<Self> {
        let of_kind = |kind: &'a [PlanSource]| {
            let widest = kind[kind.len() - 1];
            Ok((kind, widest.implementation().ranking(context)?))
        };
        let kinds = sources.chunk_by(|a, b| a.is_same_kind(*b)).map(of_kind);
        Ok(Self { kinds: kinds.collect::<Result<_>>()? })
    }

    /// The lists of all kinds: of a scan every document, of the others those that they find worth a look.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &RowScores> {
        self.kinds.iter().flat_map(|(_, ranking)| ranking.lists())
    }

    /// The list of a kind of sources; nothing where it is not among them, or has several.
    pub(crate) fn list_of(&self, source: PlanSource) -> Option<&RowScores> {
        let (_, ranking) = self.kinds.iter().find(|(kind, _)| kind[0].is_same_kind(source))?;
        match ranking.lists()[..] {
            [list] => Some(list),
            _ => None,
        }
    }

    /// The ranks that each source gives some documents, from 0, [`UNRANKED`](super::UNRANKED) for those that it does not
    /// name whatever its budget; and the work of one such search.
    pub(crate) fn ranks(&self, documents: &[DocAddress]) -> Result<Vec<(Vec<u32>, Stats)>> {
        let each =
            self.kinds.iter().flat_map(|(kind, ranking)| kind.iter().map(move |source| (source, ranking)));
        each.map(|(source, ranking)| ranking.ranks(*source, documents)).collect()
    }
}

/// The order of documents by scores that are all known.
pub(super) struct ScoredRanking<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) scores: RowScores,
}

impl Ranking for ScoredRanking<'_> {
    fn lists(&self) -> Vec<&RowScores> {
        vec![&self.scores]
    }

    fn ranks(&self, _source: PlanSource, documents: &[DocAddress]) -> Result<(Vec<u32>, Stats)> {
        Ok((self.scores.ranks(self.snapshot, documents)?, self.scores.stats))
    }
}
