use super::{PlanSource, Ranking, SearchContext};
use crate::Snapshot;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_index::Stats;
use pleiad_vectors::{Ranked, Score};

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

    /// The ranks that each source gives some documents, from 0, [`UNRANKED`] for those that it does not
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

/// The rank of a document that a source does not name whatever its budget.
pub(crate) const UNRANKED: u32 = u32::MAX;

/// The score that a source gives each document that it comes upon, for one query.
///
/// Memory: 12 bytes for each of them.
#[derive(Default)]
pub(crate) struct RowScores {
    /// Part, row and score, in the order of parts and rows.
    rows: Vec<(u32, u32, f32)>,
    /// Work of scoring.
    pub(crate) stats: Stats,
}

impl RowScores {
    /// Adds one row of a part, after all before it.
    pub(super) fn push(&mut self, part: u32, row: u32, score: f32) {
        self.rows.push((part, row, score));
    }

    /// Part, row and score of each document.
    pub(crate) fn rows(&self) -> &[(u32, u32, f32)] {
        &self.rows
    }

    /// Returns the ranks of documents among these, from 0, the best score first and ties by id; [`UNRANKED`] for
    /// those that are not among them. Cost: O(log documents) for each row.
    pub(super) fn ranks(&self, snapshot: &Snapshot, documents: &[DocAddress]) -> Result<Vec<u32>> {
        let mut wanted = documents
            .iter()
            .filter_map(|&location| self.of(snapshot, location).transpose())
            .collect::<Result<Vec<_>>>()?;
        wanted.sort_unstable();
        // How many documents come before the wanted one at this place, and after the one before it.
        let mut num_between = vec![0; wanted.len()];
        let worst = wanted.last().map_or(f32::INFINITY, |worst| worst.score.get());
        // Nearly all come after all of the wanted ones.
        for &(part, row, score) in self.rows.iter().filter(|&&(.., score)| score >= worst) {
            let mut before = wanted.partition_point(|wanted| wanted.score.get() > score);
            if let Some(equal) = wanted.get(before).filter(|wanted| wanted.score.get() == score) {
                // Ids are read only where scores are equal.
                let own = Ranked { id: snapshot.location(part, row)?, score: equal.score };
                before = wanted.partition_point(|wanted| *wanted <= own);
            }
            if let Some(num) = num_between.get_mut(before) {
                *num += 1;
            }
        }
        let (mut ranks, mut rank) = (vec![UNRANKED; documents.len()], 0);
        for (ranked, between) in wanted.iter().zip(&num_between) {
            rank += between;
            if let Some(at) = documents.iter().position(|location| *location == ranked.id) {
                ranks[at] = rank;
            }
        }
        Ok(ranks)
    }

    /// The score of a document, if it is there.
    pub(crate) fn score_of(&self, location: DocAddress) -> Option<f32> {
        let place = (location.part, location.row);
        match self.rows.binary_search_by_key(&place, |&(part, row, _)| (part, row)) {
            Ok(at) => Some(self.rows[at].2),
            Err(_) => None,
        }
    }

    /// A document with its score, if it is there.
    fn of(&self, snapshot: &Snapshot, location: DocAddress) -> Result<Option<Ranked<DocAddress>>> {
        let Some(score) = self.score_of(location) else { return Ok(None) };
        let score = Score::new(score).map_err(|error| {
            let place = snapshot.place(location);
            Error::corrupt(format!("{place}: a source of candidates gives it no finite score"))
                .caused_by(error)
        })?;
        Ok(Some(Ranked { id: location, score }))
    }
}
