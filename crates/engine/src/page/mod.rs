//! Pages of a ranking: its hits from some place on, from some score on, or by groups.

mod grouped;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::{Answer, SearchParams, Snapshot};
use pleiad_filter::{Path, Value};

/// Places of the ranking that pages are cut from, where they are not far down; ten times as many from there on, and so on.
const FIRST_DEPTH: usize = 1000;

/// Furthest place that a page reaches.
const MAX_DEPTH: usize = 1 << 20;

/// The part of a ranking that is wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PageParams {
    /// Hits passed over. Where this is given, 0 included, the search is planned for the best thousand documents whatever
    /// the page, so that all pages up to there are cut from one ranking; pages beyond, from one of ten thousand.
    pub offset: Option<usize>,
    /// The least score of a hit.
    pub min_score: Option<f32>,
    /// Makes hits of groups of documents.
    pub group_by: Option<GroupBy>,
}

/// Groups of documents that have the same value of an attribute. A document that has several values there belongs to several
/// groups; one that has none is a group of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    /// The attribute.
    pub path: Path,
    /// Documents of one group among the hits, at most.
    pub size: usize,
}

/// A part of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The hits, with the plan that found them and the work that it took; those of a group follow each other.
    pub answer: Answer,
    /// The groups in the order of their best hits, if there are to be some.
    pub groups: Option<Vec<Group>>,
}

/// A group among the hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The value that its documents share; nothing for a document without one.
    pub value: Option<Value>,
    /// Number of its documents among the hits.
    pub num_hits: usize,
}

impl Snapshot {
    /// A part of the ranking that `search` gives. With groups `k` is a number of groups: there are as many as asked for, or as
    /// many as there are among the documents that the ranking has, and each has as many hits as asked for or as it has.
    ///
    /// Cost: that of a search that goes deep enough; with groups of searches four times as deep each, until there are enough.
    ///
    /// # Errors
    /// Those of `search`, and `InvalidArgument` for an offset above 2^20, for a score that is no number and for groups of
    /// no document.
    pub fn page<E: From<Error>>(
        &self,
        page: &PageParams,
        params: &SearchParams,
        search: impl Fn(&SearchParams) -> std::result::Result<Answer, E>,
    ) -> std::result::Result<Page, E> {
        page.check(params)?;
        match &page.group_by {
            Some(group_by) => grouped::page(self, page, group_by, params, search),
            None => page.ungrouped(params, search),
        }
    }
}

impl PageParams {
    fn check(&self, params: &SearchParams) -> Result<()> {
        let end = self.offset.unwrap_or(0).saturating_add(params.k);
        if end > MAX_DEPTH {
            return Err(Error::invalid(format!("offset and k end at {end}; at most {MAX_DEPTH}")));
        }
        if let Some(score) = self.min_score.filter(|score| !score.is_finite()) {
            return Err(Error::invalid(format!("the least score is {score}: it must be a number")));
        }
        match &self.group_by {
            Some(GroupBy { size: 0, .. }) => {
                Err(Error::invalid("a group of 0 documents has no hits: at least 1"))
            }
            _ => Ok(()),
        }
    }

    /// The depth of a ranking of which so many are wanted: the same for all pages that are not far from each other. A
    /// caller that limits the documents scored exactly limits the ranking.
    fn depth(&self, num_wanted: usize, params: &SearchParams) -> usize {
        if self.offset.is_none() || params.k == 0 {
            return num_wanted;
        }
        let tiers = std::iter::successors(Some(FIRST_DEPTH), |depth| Some(depth.saturating_mul(10)));
        let depth = tiers.into_iter().find(|depth| *depth >= num_wanted).unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let budget = params.num_reranked.or(params.num_candidates);
        budget.map_or(depth, |budget| depth.min(budget.max(num_wanted)))
    }

    fn ungrouped<E: From<Error>>(
        &self,
        params: &SearchParams,
        search: impl Fn(&SearchParams) -> std::result::Result<Answer, E>,
    ) -> std::result::Result<Page, E> {
        let offset = self.offset.unwrap_or(0);
        let depth = self.depth(offset.saturating_add(params.k), params);
        let mut answer = search(&SearchParams { k: depth, ..params.clone() })?;
        answer.hits.retain(|hit| self.reaches(hit.score.get()));
        answer.hits.drain(..offset.min(answer.hits.len()));
        answer.hits.truncate(params.k);
        Ok(Page { answer, groups: None })
    }

    /// Returns whether a score is high enough.
    fn reaches(&self, score: f32) -> bool {
        self.min_score.is_none_or(|least| score >= least)
    }
}
