use super::fde_scan::{FdeScan, rows_of};
use super::ranks::Ranking;
use crate::error::{Error, Result};
use crate::postings::of_part;
use crate::snapshot::Location;
use crate::{Query, Snapshot};
use pleiad_index::Stats;
use pleiad_index::postings::{Postings, PostingsError, Probes, Scratch, met, search};
use pleiad_vectors::{Ranked, Score, TopK};
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
        let (top, looked_up) = self
            .windows()
            .into_par_iter()
            .map_init(Scratch::default, |scratch, (part, postings, window)| {
                self.look(part, postings, window, scratch, num_candidates)
            })
            .try_reduce(nothing, |mut a, b| {
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
        scratch: &mut Scratch,
        num_candidates: usize,
    ) -> Result<(TopK<Location>, Stats)> {
        let view = &self.snapshot.view.parts()[part as usize];
        let identify = |row| {
            if view.is_deleted(row) { Ok(None) } else { Ok(Some(self.snapshot.location(part, row)?)) }
        };
        let mut top = TopK::new(num_candidates);
        let stats = search::<_, Failed>(postings, window, &self.probes, scratch, identify, &mut top);
        Ok((top, stats.map_err(|failed| self.named(part, failed))?))
    }

    /// Where this search ranks some documents among all but the excluded one, in the parts that have postings and in the
    /// others.
    pub(super) fn ranks(&self, excluded: Option<Location>, wanted: &[Location]) -> Result<(Vec<u32>, Stats)> {
        let (mut rows, mut stats, mut scratch) = (Vec::new(), Stats::default(), Scratch::default());
        for (part, postings, window) in self.windows() {
            let show = |row, score| {
                rows.push((part, row, score));
                Ok::<_, Failed>(())
            };
            let done = met(postings, window, &self.probes, &mut scratch, show);
            stats += done.map_err(|failed| self.named(part, failed))?;
        }
        let scored = |&location: &Location| {
            let place = (location.part, location.row);
            // Parts and windows come in order, and so do the rows of each.
            let Ok(at) = rows.binary_search_by_key(&place, |&(part, row, _)| (part, row)) else {
                return None;
            };
            Some(Score::new(rows[at].2).map(|score| Ranked { id: location, score }))
        };
        let scored = wanted.iter().filter_map(scored).collect::<std::result::Result<Vec<_>, _>>()?;
        let mut ranking = Ranking::new(self.snapshot, excluded, scored);
        for &(part, row, score) in &rows {
            ranking.show(part, row, score)?;
        }
        let mut ranks = ranking.ranks(wanted);
        if let Some(scan) = &self.scan {
            let is_other = |location: &&Location| self.others.iter().any(|(part, _)| *part == location.part);
            let others: Vec<Location> = wanted.iter().filter(is_other).copied().collect();
            let (scanned, done) = scan.ranks_in(&self.others, excluded, &others)?;
            stats += done;
            for (location, rank) in others.iter().zip(scanned) {
                let rank = if (rank as usize) < self.num_passed() { 0 } else { rank };
                wanted.iter().zip(&mut ranks).filter(|(w, _)| *w == location).for_each(|(_, r)| *r = rank);
            }
        }
        Ok((ranks, stats))
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
