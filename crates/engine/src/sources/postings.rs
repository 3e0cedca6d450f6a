use super::fde_scan::{FdeScan, rows_of};
use super::scores::Scores;
use crate::error::{Error, Result};
use crate::postings::of_part;
use crate::snapshot::Location;
use crate::{Query, Snapshot};
use pleiad_index::Stats;
use pleiad_index::postings::{Postings, PostingsError, Probes, met, search};
use pleiad_vectors::{Ranked, TopK};
use rayon::prelude::*;
use std::ops::Range;

/// Of parts that have no postings, the share of documents that the FDE scan passes on: that many suffice where the
/// signs are at their worst, and what is passed on is rescored on its codes.
const PASSED_SHARE: usize = 4;

/// A look into the postings of the centroids that lie best for each query token; parts without postings are scanned.
pub(crate) struct PostingsSearch<'a> {
    snapshot: &'a Snapshot,
    probes: Probes,
    /// The postings of parts that have some.
    postings: Vec<(u32, Postings<'a>)>,
    /// Rows of the others.
    others: Vec<(u32, Range<u32>)>,
    scan: Option<FdeScan<'a>>,
}

/// What a look into postings found and took.
pub(super) struct Found {
    /// The best documents of the parts that have postings, then those of the others.
    pub(super) lists: Vec<Vec<Ranked<Location>>>,
    /// What reading postings took.
    pub(super) looked_up: Stats,
    /// What scanning the other parts took.
    pub(super) scanned: Stats,
}

/// The score that a look into postings gives each document that it comes upon.
pub(super) struct PostingsScores {
    /// Those of parts that have postings.
    met: Scores,
    /// Those of the others, by their FDEs.
    others: Option<Scores>,
    /// The best of the others, which are candidates whatever the budget.
    num_passed: usize,
}

impl PostingsScores {
    /// The lists, which have no document in common.
    pub(super) fn lists(&self) -> impl Iterator<Item = &Scores> {
        std::iter::once(&self.met).chain(&self.others)
    }

    /// Where it ranks some documents, each within its list, and what the search took.
    pub(super) fn ranks(&self, snapshot: &Snapshot, wanted: &[Location]) -> Result<(Vec<u32>, Stats)> {
        let (mut ranks, mut stats) = (self.met.ranks(snapshot, wanted)?, self.met.stats);
        if let Some(others) = &self.others {
            stats += others.stats;
            for (rank, scanned) in ranks.iter_mut().zip(others.ranks(snapshot, wanted)?) {
                let is_passed = (scanned as usize) < self.num_passed;
                *rank = (*rank).min(if is_passed { 0 } else { scanned });
            }
        }
        Ok((ranks, stats))
    }
}

/// Why a look into postings failed.
enum Failed {
    Postings(PostingsError),
    Engine(Error),
}

impl From<PostingsError> for Failed {
    fn from(error: PostingsError) -> Self {
        Self::Postings(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl<'a> PostingsSearch<'a> {
    /// Scores all centroids for the query and chooses the probes. Cost: a multiply-add for each value of a query token
    /// and centroid; an FDE if there are parts without postings.
    pub(crate) fn new(snapshot: &'a Snapshot, query: &Query, num_probes: usize) -> Result<Self> {
        let (mut postings, mut others) = (Vec::new(), Vec::new());
        let centroids = snapshot.centroids()?;
        for (at, part) in (0..).zip(snapshot.view.parts()) {
            let known = centroids.as_ref().map(|centroids| of_part(part, centroids)).transpose()?.flatten();
            match known {
                Some(known) => postings.push((at, known)),
                None => others.extend(rows_of(at, part)),
            }
        }
        let scores = centroids.as_ref().map(|centroids| centroids.scores(query)).unwrap_or_default();
        let num_centroids = centroids.as_ref().map_or(0, |centroids| centroids.num_centroids());
        let probes = Probes::choose(&scores, num_centroids as u32, num_probes)
            .map_err(|error| Error::invalid(format!("the query cannot be searched for: {error}")))?;
        let scan = if others.is_empty() { None } else { Some(FdeScan::new(snapshot, query, None)?) };
        Ok(Self { snapshot, probes, postings, others, scan })
    }

    /// The best documents, those of parts that have postings and of the others apart: their scores do not compare.
    pub(super) fn candidates(&self, num_candidates: usize) -> Result<Found> {
        let nothing = || (TopK::new(num_candidates), Stats::default());
        // One list after the other: what the first window keeps tells the next one what is worth a look.
        let look = |mut found: (TopK<Location>, Stats), (part, postings, window)| {
            found.1 += self.look(part, postings, window, &mut found.0)?;
            Result::Ok(found)
        };
        let (top, looked_up) =
            self.windows().into_par_iter().try_fold(nothing, look).try_reduce(nothing, |mut a, b| {
                a.0.merge(b.0);
                a.1 += b.1;
                Ok(a)
            })?;
        let mut found = Found { lists: vec![top.into_sorted()], looked_up, scanned: Stats::default() };
        if let Some(scan) = &self.scan {
            let num_passed = num_candidates.max(self.num_passed());
            let (list, scanned) = scan.candidates_in(&self.others, num_passed)?;
            found.lists.push(list);
            found.scanned = scanned;
        }
        Ok(found)
    }

    /// Documents that the scan of parts without postings passes on whatever the budget.
    fn num_passed(&self) -> usize {
        self.others.iter().map(|(_, rows)| rows.len()).sum::<usize>() / PASSED_SHARE
    }

    /// Windows of rows, in the order of the parts.
    fn windows(&self) -> Vec<(u32, &Postings<'a>, u32)> {
        let mut windows = Vec::new();
        for (part, postings) in &self.postings {
            windows.extend((0..postings.num_windows()).map(|window| (*part, postings, window)));
        }
        windows
    }

    fn look(
        &self,
        part: u32,
        postings: &Postings<'_>,
        window: u32,
        top: &mut TopK<Location>,
    ) -> Result<Stats> {
        let view = &self.snapshot.view.parts()[part as usize];
        let identify = |row| {
            if view.is_deleted(row) { Ok(None) } else { Ok(Some(self.snapshot.location(part, row)?)) }
        };
        let sums = &mut *self.snapshot.shared.sums.take();
        let stats = search::<_, Failed>(postings, window, &self.probes, sums, identify, top);
        stats.map_err(|failed| self.named(part, failed))
    }

    /// What this search makes of the documents that it comes upon, but for the excluded one.
    pub(super) fn scores(&self, excluded: Option<Location>) -> Result<PostingsScores> {
        let (mut met_rows, mut stats) = (Scores::default(), Stats::default());
        let sums = &mut *self.snapshot.shared.sums.take();
        for (part, postings, window) in self.windows() {
            let show = |row, score| {
                met_rows.push(self.snapshot, excluded, (part, row, score));
                Ok::<_, Failed>(())
            };
            let done = met(postings, window, &self.probes, sums, show);
            stats += done.map_err(|failed| self.named(part, failed))?;
        }
        met_rows.stats = stats;
        let others = self.scan.as_ref().map(|scan| scan.scores_in(&self.others, excluded)).transpose()?;
        Ok(PostingsScores { met: met_rows, others, num_passed: self.num_passed() })
    }

    fn named(&self, part: u32, failed: Failed) -> Error {
        match failed {
            Failed::Engine(error) => error,
            Failed::Postings(error) => {
                let part = self.snapshot.view.parts()[part as usize].name();
                Error::corrupt(format!("the postings of {part}: {error}")).caused_by(error)
            }
        }
    }
}
