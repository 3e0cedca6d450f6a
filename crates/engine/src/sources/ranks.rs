use crate::Snapshot;
use crate::error::Result;
use crate::snapshot::Location;
use pleiad_vectors::Ranked;

/// The rank of a document that a source never names.
pub(crate) const NEVER: u32 = u32::MAX;

/// Counts where some documents stand among all that a source shows, without sorting those.
pub(super) struct Ranking<'a> {
    snapshot: &'a Snapshot,
    excluded: Option<Location>,
    /// Best first.
    wanted: Vec<Ranked<Location>>,
    /// How many documents come before the wanted one at this place, and after the one before it.
    num_between: Vec<u32>,
}

impl<'a> Ranking<'a> {
    /// For the wanted documents with their scores; `excluded` does not count.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        excluded: Option<Location>,
        mut wanted: Vec<Ranked<Location>>,
    ) -> Self {
        wanted.sort_unstable();
        let num_between = vec![0; wanted.len() + 1];
        Self { snapshot, excluded, wanted, num_between }
    }

    /// Shows one row with its score: each once, the wanted ones too. Deleted ones are left out here. Cost: O(log wanted).
    pub(super) fn show(&mut self, part: u32, row: u32, score: f32) -> Result<()> {
        let is_excluded = self.excluded.is_some_and(|excluded| (excluded.part, excluded.row) == (part, row));
        if is_excluded || self.snapshot.view.parts()[part as usize].is_deleted(row) {
            return Ok(());
        }
        let mut before = self.wanted.partition_point(|wanted| wanted.score.get() > score);
        if let Some(equal) = self.wanted.get(before).filter(|wanted| wanted.score.get() == score) {
            // Ids are read only where scores are equal.
            let own = Ranked { id: self.snapshot.location(part, row)?, score: equal.score };
            before = self.wanted.partition_point(|wanted| *wanted <= own);
        }
        self.num_between[before] += 1;
        Ok(())
    }

    /// The ranks of documents, from 0; [`NEVER`] for those that were not wanted.
    pub(super) fn ranks(&self, documents: &[Location]) -> Vec<u32> {
        let mut ranks = vec![NEVER; documents.len()];
        let mut rank = 0;
        for (ranked, between) in self.wanted.iter().zip(&self.num_between) {
            rank += between;
            if let Some(at) = documents.iter().position(|location| *location == ranked.id) {
                ranks[at] = rank;
            }
        }
        ranks
    }
}
