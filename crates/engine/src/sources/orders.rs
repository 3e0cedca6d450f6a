use super::fde_scan::FdeScan;
use super::postings::{PostingsScores, PostingsSearch};
use super::scores::{NEVER, Scores};
use crate::error::Result;
use crate::snapshot::Location;
use crate::{PlanSource, Query, Snapshot};
use pleiad_index::Stats;

/// The orders in which sources come upon the documents for one query: what a calibration looks at.
pub(crate) struct Orders<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    /// Counts as no document.
    excluded: Option<Location>,
    /// By whole FDE codes: all documents.
    whole: Scores,
    /// By the postings of the most centroids, if a source looks into postings.
    postings: Option<(usize, PostingsScores)>,
}

impl<'a> Orders<'a> {
    /// Cost: a scan of all FDE codes, and a look into postings where a source does that.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        sources: &[PlanSource],
        query: &'a Query,
        excluded: Option<Location>,
    ) -> Result<Self> {
        let whole = FdeScan::new(snapshot, query, None)?.whole_scores(excluded)?;
        let num_probes = |source: &PlanSource| match *source {
            PlanSource::Postings { num_probes, .. } => Some(num_probes),
            _ => None,
        };
        let postings = match sources.iter().filter_map(num_probes).max() {
            Some(most) => Some((most, PostingsSearch::new(snapshot, query, most)?.scores(excluded)?)),
            None => None,
        };
        Ok(Self { snapshot, query, excluded, whole, postings })
    }

    /// One list that holds every document, and others that hold those that they find worth a look.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &Scores> {
        let postings = self.postings.iter().flat_map(|(_, scores)| scores.lists());
        std::iter::once(&self.whole).chain(postings)
    }

    /// Where sources rank some documents, from 0; [`NEVER`] for those that a source does not name whatever its budget.
    /// And what one such search takes. Cost: one search of each source that was not looked at yet.
    pub(crate) fn ranks(
        &self,
        sources: &[PlanSource],
        wanted: &[Location],
    ) -> Result<Vec<(Vec<u32>, Stats)>> {
        let whole = self.whole.ranks(self.snapshot, wanted)?;
        let mut coarse = None;
        let of = |source: &PlanSource| match *source {
            // They give all documents in no order.
            PlanSource::Exact | PlanSource::CodeScan => Ok((vec![NEVER; wanted.len()], Stats::default())),
            PlanSource::FdeScan { coarse_factor: None, .. } => Ok((whole.clone(), self.whole.stats)),
            PlanSource::FdeScan { coarse_factor: Some(factor), .. } => {
                let (coarse, stats) = match &coarse {
                    Some(known) => known,
                    None => coarse.insert(self.coarse_ranks(wanted)?),
                };
                // Its place among those that coarse codes choose is no lower than among all.
                let ranks = whole.iter().zip(coarse.iter());
                Ok((ranks.map(|(&whole, &coarse)| whole.max(coarse / factor.max(1))).collect(), *stats))
            }
            PlanSource::Postings { num_probes, .. } => match &self.postings {
                Some((most, scores)) if *most == num_probes => scores.ranks(self.snapshot, wanted),
                _ => {
                    let search = PostingsSearch::new(self.snapshot, self.query, num_probes)?;
                    search.scores(self.excluded)?.ranks(self.snapshot, wanted)
                }
            },
        };
        sources.iter().map(of).collect()
    }

    fn coarse_ranks(&self, wanted: &[Location]) -> Result<(Vec<u32>, Stats)> {
        let scan = FdeScan::new(self.snapshot, self.query, None)?;
        let Some(scores) = scan.coarse_scores(self.excluded)? else {
            return Ok((vec![0; wanted.len()], Stats::default()));
        };
        Ok((scores.ranks(self.snapshot, wanted)?, scores.stats))
    }
}
