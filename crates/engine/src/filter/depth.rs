//! The depth rule: sources rank all documents, and go the deeper the more of the best the filter leaves out.
//!
//! A source that is measured without a filter promises something of the documents that stand first of all. The matches of a
//! filter that cuts a hole around the query stand behind others; how many these are is estimated from a sample of the others
//! that the sources name, which are scored on their codes as the matches are. With that many left out, the calibration says
//! how deep the lists have to be read ([`factor_at`]), and that is done until the lists are as deep as what they show asks
//! for. Where that would take more than scoring every match, or more is left out than calibrations can speak of, all of
//! them are scored.

use crate::answer::SearchStats;
use crate::calibration::{factor_at, is_within, with_margin};
use crate::error::Result;
use crate::plan::{NUM_OTHERS, Plan, left_out_by_chance};
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::sources::{PlanSource, SearchContext};
use pleiad_vectors::{Ranked, Score, TopK};
use std::collections::HashSet;

/// Factor of the candidates that sources are asked for over those that are looked at first, so that most searches that have
/// to go deeper find the lists at hand.
const ASKED_FACTOR: f64 = 2.0;

/// Times that lists are read deeper, at most; then all matches are scored.
const MAX_ROUNDS: usize = 6;

/// Factor of the depth while there are fewer matches than hits.
const STEP_WITHOUT_HITS: f64 = 4.0;

/// Cost of scoring a document that lists name over one of all matches, which lie closer together.
const COST_OF_NAMED: f64 = 1.5;

/// Scores documents on their codes, in their order.
pub(crate) type ScoreOnCodes<'s> = dyn FnMut(&[DocAddress], &mut SearchStats) -> Result<Vec<Score>> + 's;

/// The best matches by scores on codes, best first: as many as the plan scores exactly.
///
/// `context` has the mask of the filter. Cost: the sources, and MaxSim on codes for the matches that they name and some of
/// the others.
///
/// # Errors
/// When something that had to be read cannot be: never a shorter list.
pub(crate) fn best_behind_others(
    context: SearchContext<'_>,
    plan: &Plan,
    score: &mut ScoreOnCodes<'_>,
    spent: &mut SearchStats,
) -> Result<Vec<DocAddress>> {
    // To a tenant its own documents are all.
    let everything = context.snapshot.matched_by(None)?;
    let live = DocumentMask::of(&context.snapshot.view, everything.as_ref());
    let with_vectors = live.clone().hiding(&context.snapshot.vectorless()?);
    let of_mask = |mask| SearchContext { mask, ..context };
    let num_matched = plan.num_searched();
    let share = num_matched as f64 / plan.num_documents.max(1) as f64;
    let mut search = DepthSearch {
        context,
        everywhere: of_mask(&live),
        with_vectors: of_mask(&with_vectors),
        num_matched: usize::try_from(num_matched).unwrap_or(usize::MAX),
        k: plan.k,
        seen: HashSet::new(),
        matches: Vec::new(),
        others: Vec::new(),
        lists: plan.sources.iter().map(|&source| Named::new(source)).collect(),
    };
    let by_chance = left_out_by_chance(plan.k, share);
    let mut depth = factor_at(&plan.depths, plan.k, by_chance);
    for _ in 0..MAX_ROUNDS {
        search.look(depth, score, spent)?;
        let left_out = search.left_out().map(|left_out| with_margin(left_out, by_chance));
        let wanted = match left_out {
            Some(left_out) if !is_within(&plan.depths, left_out) => break,
            Some(left_out) => factor_at(&plan.depths, plan.k, left_out),
            None => depth * STEP_WITHOUT_HITS,
        };
        if wanted <= depth {
            return Ok(search.best(plan.num_reranked));
        }
        if !search.is_worth(depth, wanted) {
            break;
        }
        depth = wanted;
    }
    search.look_at_all(score, spent)?;
    Ok(search.best(plan.num_reranked))
}

/// The documents that one source names, the best first.
struct Named {
    source: PlanSource,
    budget: usize,
    /// Candidates asked for.
    num_asked: usize,
    /// Those that are in the order of the source, and others which it names whatever its budget.
    ranked: Vec<DocAddress>,
    others: Vec<DocAddress>,
    num_looked_at: usize,
}

impl Named {
    fn new(source: PlanSource) -> Self {
        let budget = source.budget().unwrap_or(0);
        Self { source, budget, num_asked: 0, ranked: Vec::new(), others: Vec::new(), num_looked_at: 0 }
    }

    fn num_wanted(&self, depth: f64) -> usize {
        (self.budget as f64 * depth).ceil() as usize
    }

    /// Documents of the list up to a depth that were not looked at.
    fn take(
        &mut self,
        depth: f64,
        context: SearchContext<'_>,
        spent: &mut SearchStats,
    ) -> Result<Vec<DocAddress>> {
        let num_wanted = self.num_wanted(depth);
        if num_wanted > self.num_asked && self.ranked.len() == self.num_asked {
            self.num_asked = (num_wanted as f64 * ASKED_FACTOR).ceil() as usize;
            let lists = self.source.implementation().candidates(context, self.num_asked, spent)?;
            let mut lists = lists.into_iter();
            self.ranked = lists.next().unwrap_or_default();
            self.others = lists.flatten().collect();
        }
        let end = num_wanted.min(self.ranked.len());
        let start = std::mem::replace(&mut self.num_looked_at, end).min(end);
        let mut taken = self.ranked[start..end].to_vec();
        taken.append(&mut self.others);
        Ok(taken)
    }
}

struct DepthSearch<'a> {
    /// With the mask of the filter.
    context: SearchContext<'a>,
    everywhere: SearchContext<'a>,
    /// For sources that look for token vectors.
    with_vectors: SearchContext<'a>,
    num_matched: usize,
    k: usize,
    seen: HashSet<DocAddress>,
    matches: Vec<Ranked<DocAddress>>,
    /// Scores of documents that do not match, and how many each stands for.
    others: Vec<(Score, usize)>,
    lists: Vec<Named>,
}

impl DepthSearch<'_> {
    /// Scores the matches and some of the others down to a depth of the lists.
    fn look(&mut self, depth: f64, score: &mut ScoreOnCodes<'_>, spent: &mut SearchStats) -> Result<()> {
        let (mut matches, mut others) = (Vec::new(), Vec::new());
        for list in &mut self.lists {
            let context = if list.source.is_of_vectors() { self.with_vectors } else { self.everywhere };
            for document in list.take(depth, context, spent)? {
                if self.seen.insert(document) {
                    let is_match = self.context.mask.part(document.part).contains(document.row);
                    if is_match { matches.push(document) } else { others.push(document) }
                }
            }
        }
        self.score_matches(&matches, score, spent)?;
        let weight = others.len().div_ceil(NUM_OTHERS).max(1);
        let sampled: Vec<DocAddress> = others.into_iter().step_by(weight).collect();
        spent.num_others += sampled.len() as u64;
        spent.num_rescored += sampled.len() as u64;
        self.others.extend(score(&sampled, spent)?.into_iter().map(|score| (score, weight)));
        Ok(())
    }

    /// Scores all matches that were not scored.
    fn look_at_all(&mut self, score: &mut ScoreOnCodes<'_>, spent: &mut SearchStats) -> Result<()> {
        let mut rest = self.context.mask.documents(self.context.snapshot)?;
        rest.retain(|document| !self.seen.contains(document));
        self.score_matches(&rest, score, spent)
    }

    fn score_matches(
        &mut self,
        documents: &[DocAddress],
        score: &mut ScoreOnCodes<'_>,
        spent: &mut SearchStats,
    ) -> Result<()> {
        spent.num_rescored += documents.len() as u64;
        let scores = score(documents, spent)?;
        let ranked = documents.iter().zip(scores).map(|(&id, score)| Ranked { id, score });
        self.matches.extend(ranked);
        Ok(())
    }

    /// The number of documents before a hit that do not match, on average and as far as those seen tell, rounded up by half of
    /// those that one of them stands for; nothing while there are fewer matches than hits.
    ///
    /// Hits behind a hole have as many before each of them, as the calibration measures it; those of a filter by chance the more
    /// the further down they stand, which asks for no more than the mean does.
    fn left_out(&self) -> Option<f64> {
        let num_hits = self.k.min(self.num_matched);
        if self.matches.len() < num_hits {
            return None;
        }
        if num_hits == 0 {
            return Some(0.0);
        }
        let mut scores: Vec<Score> = self.matches.iter().map(|ranked| ranked.score).collect();
        scores.sort_unstable_by(|a, b| b.cmp(a));
        scores.truncate(num_hits);
        let before = |&(score, weight): &(Score, usize)| {
            weight * (num_hits - scores.partition_point(|hit| *hit > score))
        };
        let num_before: usize = self.others.iter().map(before).sum();
        let rounding = self.others.iter().map(|(_, weight)| weight - 1).max().unwrap_or(0);
        Some(num_before as f64 / num_hits as f64 + rounding as f64 / 2.0)
    }

    /// Returns whether reading the lists from one depth to another is cheaper than scoring all matches.
    fn is_worth(&self, depth: f64, wanted: f64) -> bool {
        let is_at_end = |list: &Named| list.ranked.len() < list.num_asked.min(list.num_wanted(wanted));
        if self.lists.iter().all(is_at_end) {
            return false;
        }
        let more = |list: &Named| list.num_wanted(wanted) - list.num_wanted(depth);
        let num_more: usize = self.lists.iter().map(more).sum();
        let share = self.matches.len() as f64 / self.seen.len().max(1) as f64;
        let num_rest = self.num_matched.saturating_sub(self.matches.len());
        num_more as f64 * share * COST_OF_NAMED < num_rest as f64
    }

    /// The best matches, best first.
    fn best(self, keep: usize) -> Vec<DocAddress> {
        let mut top = TopK::new(keep);
        self.matches.into_iter().for_each(|ranked| top.push(ranked));
        top.into_sorted().into_iter().map(|ranked| ranked.id).collect()
    }
}
