use super::asked::AskedSet;
use super::{Asked, SetsQuery};
use crate::answer::{Answer, Hit, SearchStats, SetScore};
use crate::calibration::CalibratedRanking;
use crate::error::Result;
use crate::filter::Matched;
use crate::plan::Plan;
use crate::row_mask::DocumentMask;
use crate::search::{answer, promising};
use crate::sources::{SearchContext, union};
use crate::{SearchParams, Snapshot};
use rayon::prelude::*;

impl Snapshot {
    /// The best documents by one vector set or by several. Candidates are those of each set's part of
    /// [`Snapshot::plan_sets`]; every one of them is scored exactly in all sets.
    ///
    /// With one set this is its own search ([`Snapshot::of_set`]).
    ///
    /// Cost: that of a search by each set, and MaxSim in the other sets for what each finds.
    ///
    /// # Errors
    /// As [`Snapshot::search`], and `InvalidArgument` for a set that the collection does not have.
    pub fn search_sets(&self, query: &SetsQuery, params: &SearchParams) -> Result<Answer> {
        search(self, query, params)
    }

    /// Many searches on all cores, with the answers of [`Snapshot::search_sets`] in the order of the queries. A query that
    /// fails is an error in its place.
    pub fn search_sets_batch(&self, queries: &[SetsQuery], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search_sets(query, params)).collect()
    }
}

fn search(snapshot: &Snapshot, query: &SetsQuery, params: &SearchParams) -> Result<Answer> {
    let asked = Asked::new(snapshot, query)?;
    if let Some(only) = asked.only() {
        return only.snapshot.search(only.query, params);
    }
    let matched = snapshot.matched_by(params.filter.as_ref())?;
    let mask = DocumentMask::of(&snapshot.view, matched.as_ref()).hiding(&asked.lacking_all()?);
    let plan = asked.plan(snapshot, params, matched.as_ref(), &mask)?;
    if params.observe {
        asked.sets.iter().for_each(observe);
    }
    let audit = &snapshot.shared.sets_audit;
    answer(snapshot, params, audit, plan, |plan| run(snapshot, &asked, plan, matched.as_ref(), &mask))
}

/// A question to several sets asks each of them: it may take part in the calibration of each.
fn observe(asked: &AskedSet<'_>) {
    let snapshot = &asked.snapshot;
    if snapshot.field().observed_of(CalibratedRanking::Vectors).record(asked.query) {
        snapshot.shared.alarm.ring();
    }
}

/// Does what a plan says.
fn run(
    snapshot: &Snapshot,
    asked: &Asked<'_>,
    plan: Plan,
    matched: Option<&Matched>,
    mask: &DocumentMask<'_>,
) -> Result<Answer> {
    let mut spent = SearchStats::default();
    let candidates = if plan.is_exact() {
        mask.documents(snapshot)?
    } else {
        let mut lists = Vec::with_capacity(asked.sets.len());
        for (set, of_set) in asked.sets.iter().zip(&plan.sets) {
            let mask = &set.mask(snapshot, matched)?;
            let (snapshot, query) = (&set.snapshot, set.query);
            let context =
                SearchContext { snapshot, field: snapshot.field(), query, words: None, sentence: None, mask };
            lists.push(promising(context, &of_set.plan, &mut spent)?);
        }
        union(lists)
    };
    let best = asked.best(&candidates, plan.k, &mut spent)?;
    let hit = |(ranked, parts): super::asked::ScoredParts| {
        let sets = asked.sets.iter().zip(parts);
        let sets = sets.map(|(set, score)| SetScore { set: set.name().to_owned(), score });
        Ok(Hit { sets: sets.collect(), ..snapshot.hit(ranked.id, ranked.score, None)? })
    };
    let hits = best.into_iter().map(hit).collect::<Result<_>>()?;
    Ok(Answer { hits, num_matched: plan.num_searched(), plan, spent })
}
