use super::fde_scan::{FdeSearch, SCAN_BYTE_NS};
use super::rankings::RowScores;
use super::scan::rows_of;
use super::{AuxiliaryIndex, CandidateSource, PlanSource, Ranking, SearchContext, SourceCost, Workload};
use crate::answer::SearchStats;
use crate::error::{Error, Result};
use crate::postings::of_part;
use crate::snapshot::DocAddress;
use pleiad_index::Stats;
use pleiad_index::postings::{Postings, PostingsError, Probes, search, visit_matches};
use pleiad_vectors::{Ranked, TopK};
use rayon::prelude::*;
use std::ops::Range;

/// Share of documents that the FDE scan passes on in parts without postings: that many suffice where the
/// signs are at their worst, and what is passed on is rescored on its codes.
const PASSED_SHARE: usize = 4;

/// Numbers of centroids for each query token that are worth trying.
const NUM_PROBES: [usize; 4] = [4, 8, 16, 32];

/// Tokens of documents lie nearer to the centroids than those of queries do. With 2.5 searches of nfcorpus found .946
/// of .95.
const MARGIN: f64 = 3.0;

/// Nanoseconds of a multiply-add of a query token and a centroid, and of the choice of the best by its score.
const CENTROID_VALUE_NS: f64 = 0.014;
const CHOICE_NS: f64 = 0.5;
/// Nanoseconds to add one posting to the score of its row.
const POSTING_NS: f64 = 2.0;

/// The source that keeps the best rows of the postings of so many centroids for each query token.
pub(super) struct PostingsProbe {
    pub(super) num_probes: usize,
}

/// The numbers of probes that a calibration measures.
pub(super) fn variants() -> impl Iterator<Item = PlanSource> {
    NUM_PROBES.into_iter().map(|num_probes| PlanSource::Postings { num_probes, num_candidates: 0 })
}

impl CandidateSource for PostingsProbe {
    fn reads(&self) -> Option<AuxiliaryIndex> {
        Some(AuxiliaryIndex::Postings)
    }

    fn candidates(
        &self,
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>> {
        let found = PostingsSearch::new(context, self.num_probes)?.candidates(num_candidates)?;
        spent.num_postings += found.looked_up.num_postings;
        spent.read_bytes += found.looked_up.read_bytes;
        spent.add_scan(found.scanned);
        Ok(found.lists)
    }

    fn ranking<'a>(&self, context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>> {
        let scores = PostingsSearch::new(context, self.num_probes)?.scores()?;
        Ok(Box::new(PostingsRanking { context, num_probes: self.num_probes, scores }))
    }

    fn cost(&self, workload: &Workload<'_>, work: Stats) -> Result<SourceCost> {
        let centroids = workload.field.posting_centroids(workload.view)?;
        let num_centroids = centroids.map_or(0, |centroids| centroids.num_centroids()) as f64;
        let centroid_ns = CENTROID_VALUE_NS * workload.field.dim as f64 + CHOICE_NS;
        let work_ns = work.read_bytes as f64 * SCAN_BYTE_NS + work.num_postings as f64 * POSTING_NS;
        let fixed_ns = workload.query_tokens * num_centroids * centroid_ns + work_ns / workload.num_queries;
        Ok(SourceCost { fixed_ns, candidate_ns: 0.0 })
    }

    fn margin_of_synthetic_queries(&self) -> f64 {
        MARGIN
    }
}

/// The order of documents by the postings of the most probes.
struct PostingsRanking<'a> {
    context: SearchContext<'a>,
    num_probes: usize,
    scores: PostingsScores,
}

impl Ranking for PostingsRanking<'_> {
    fn lists(&self) -> Vec<&RowScores> {
        self.scores.lists().collect()
    }

    fn ranks(&self, source: PlanSource, documents: &[DocAddress]) -> Result<(Vec<u32>, Stats)> {
        match source {
            PlanSource::Postings { num_probes, .. } if num_probes != self.num_probes => {
                let scores = PostingsSearch::new(self.context, num_probes)?.scores()?;
                scores.ranks(self.context.snapshot, documents)
            }
            _ => self.scores.ranks(self.context.snapshot, documents),
        }
    }
}

/// A look into the postings of the centroids that lie best for each query token; parts without postings are scanned.
struct PostingsSearch<'a> {
    context: SearchContext<'a>,
    probes: Probes,
    /// The postings of parts that have some.
    postings: Vec<(u32, Postings<'a>)>,
    /// Rows of the others.
    others: Vec<(u32, Range<u32>)>,
    scan: Option<FdeSearch<'a>>,
}

/// Result and cost of reading postings.
struct Found {
    /// The best documents of the parts that have postings, then those of the others.
    lists: Vec<Vec<DocAddress>>,
    /// Work of reading postings.
    looked_up: Stats,
    /// Work of scanning the other parts.
    scanned: Stats,
}

/// The score that a look into postings gives each document that it comes upon.
struct PostingsScores {
    /// Those of parts that have postings.
    matched: RowScores,
    /// Those of the others, by their FDEs.
    others: Option<RowScores>,
    /// The best of the others, which are candidates whatever the budget.
    num_passed: usize,
}

impl PostingsScores {
    /// The lists, which have no document in common.
    fn lists(&self) -> impl Iterator<Item = &RowScores> {
        std::iter::once(&self.matched).chain(&self.others)
    }

    /// Returns the ranks of some documents, each within its list, and the work of the search.
    fn ranks(&self, snapshot: &crate::Snapshot, wanted: &[DocAddress]) -> Result<(Vec<u32>, Stats)> {
        let (mut ranks, mut stats) = (self.matched.ranks(snapshot, wanted)?, self.matched.stats);
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
    fn new(context: SearchContext<'a>, num_probes: usize) -> Result<Self> {
        let SearchContext { snapshot, field, query, .. } = context;
        let (mut postings, mut others) = (Vec::new(), Vec::new());
        let centroids = field.posting_centroids(&snapshot.view)?;
        for (at, part) in (0..).zip(snapshot.view.parts()) {
            let known =
                centroids.as_ref().map(|centroids| of_part(field, part, centroids)).transpose()?.flatten();
            match known {
                Some(known) => postings.push((at, known)),
                None => others.extend(rows_of(at, part)),
            }
        }
        let scores = centroids.as_ref().map(|centroids| centroids.scores(query)).unwrap_or_default();
        let num_centroids = centroids.as_ref().map_or(0, |centroids| centroids.num_centroids());
        let probes = Probes::choose(&scores, num_centroids as u32, num_probes)
            .map_err(|error| Error::invalid(format!("the query cannot be searched for: {error}")))?;
        let scan = if others.is_empty() { None } else { Some(FdeSearch::new(context, None)?) };
        Ok(Self { context, probes, postings, others, scan })
    }

    /// The best documents, those of parts that have postings and of the others apart: their scores do not compare.
    fn candidates(&self, num_candidates: usize) -> Result<Found> {
        let nothing = || (TopK::new(num_candidates), Stats::default());
        // One list after the other: what the first window keeps tells the next one what is worth a look.
        let look = |mut found: (TopK<DocAddress>, Stats), (part, postings, window)| {
            found.1 += self.look(part, postings, window, &mut found.0)?;
            Result::Ok(found)
        };
        let (top, looked_up) =
            self.windows().into_par_iter().try_fold(nothing, look).try_reduce(nothing, |mut a, b| {
                a.0.merge(b.0);
                a.1 += b.1;
                Ok(a)
            })?;
        let mut found = Found { lists: vec![ids(top)], looked_up, scanned: Stats::default() };
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
        top: &mut TopK<DocAddress>,
    ) -> Result<Stats> {
        let SearchContext { snapshot, field, mask, .. } = self.context;
        snapshot.check_cancelled()?;
        let mask = mask.part(part);
        let identify = |row| Ok(mask.contains(row).then(|| snapshot.location(part, row)).transpose()?);
        let sums = &mut *field.sums.take();
        let stats = search::<_, Failed>(postings, window, &self.probes, sums, identify, top);
        stats.map_err(|failed| self.named(part, failed))
    }

    /// The scores of the documents of the mask that this search comes upon.
    fn scores(&self) -> Result<PostingsScores> {
        let SearchContext { field, mask, .. } = self.context;
        let (mut matched, mut stats) = (RowScores::default(), Stats::default());
        let sums = &mut *field.sums.take();
        for (part, postings, window) in self.windows() {
            let show = |row, score| {
                if mask.part(part).contains(row) {
                    matched.push(part, row, score);
                }
                Ok::<_, Failed>(())
            };
            let done = visit_matches(postings, window, &self.probes, sums, show);
            stats += done.map_err(|failed| self.named(part, failed))?;
        }
        matched.stats = stats;
        let others = self.scan.as_ref().map(|scan| scan.scores_in(&self.others)).transpose()?;
        Ok(PostingsScores { matched, others, num_passed: self.num_passed() })
    }

    fn named(&self, part: u32, failed: Failed) -> Error {
        match failed {
            Failed::Engine(error) => error,
            Failed::Postings(error) => {
                let part = self.context.snapshot.view.parts()[part as usize].name();
                Error::corrupt(format!("the postings of {part}: {error}")).caused_by(error)
            }
        }
    }
}

fn ids(top: TopK<DocAddress>) -> Vec<DocAddress> {
    top.into_sorted().into_iter().map(|Ranked { id, .. }| id).collect()
}
