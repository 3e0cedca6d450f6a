use super::{Asked, SetsCalibration, SetsLevel};
use crate::calibration::{DEFAULT_RECALL, QueryOrigin, RECALLS};
use crate::error::Result;
use crate::plan::{Plan, PlanOrigin, SetPlan};
use crate::sources::PlanSource;

/// The lowest recall that a search which asks for nothing puts up with.
const LEAST_DEFAULT: f64 = 0.95;

impl SetsCalibration {
    /// The plan proven for `k` hits that reaches a recall, if there is one; where none is asked for, the one for
    /// [`DEFAULT_RECALL`] or the best short of it.
    ///
    /// # Errors
    /// `Corrupt` when what says which indexes there are cannot be read.
    pub(super) fn choose(
        &self,
        asked: &Asked<'_>,
        recall: Option<f64>,
        k: usize,
        num_documents: u64,
    ) -> Result<Option<Plan>> {
        if asked.sets.iter().any(|set| set.num_tokens() < self.query_tokens.0) {
            return Ok(None);
        }
        // Budgets for more hits serve fewer.
        let Some(depth) = self.levels.iter().map(|level| level.k).filter(|&depth| depth >= k).min() else {
            return Ok(None);
        };
        let at =
            |promised: f64| self.levels.iter().find(|level| level.k == depth && level.recall == promised);
        let level = match recall {
            Some(recall) => RECALLS.into_iter().find(|&promised| promised >= recall).and_then(at),
            None => {
                let recalls = RECALLS.into_iter().rev();
                recalls.filter(|recall| (LEAST_DEFAULT..=DEFAULT_RECALL).contains(recall)).find_map(at)
            }
        };
        level.map(|level| self.plan_of(level, asked, k, num_documents)).transpose().map(Option::flatten)
    }

    /// The plan of a level; nothing where an index is gone that it reads.
    fn plan_of(
        &self,
        level: &SetsLevel,
        asked: &Asked<'_>,
        k: usize,
        num_documents: u64,
    ) -> Result<Option<Plan>> {
        let basis = PlanOrigin::Calibration {
            promised: level.recall,
            expected: level.expected,
            interval: Some(level.interval),
            origin: QueryOrigin::Given,
            num_queries: self.num_queries,
            query_tokens: Some(self.query_tokens),
            num_documents: self.num_documents,
            filtered: false,
        };
        let growth = (num_documents as f64 / self.num_documents.max(1) as f64).max(1.0);
        let mut sets = Vec::with_capacity(level.sets.len());
        for (set, budgets) in asked.sets.iter().zip(&level.sets) {
            let available = set.snapshot.auxiliary_indexes()?;
            let is_there =
                |source: &PlanSource| source.requires().is_none_or(|index| available.contains(&index));
            if !budgets.sources.iter().all(is_there) {
                return Ok(None);
            }
            let own = set.snapshot.num_with_vectors()?;
            let limit = usize::try_from(own).unwrap_or(usize::MAX);
            let grown = |budget: usize| ((budget as f64 * growth).ceil() as usize).min(limit);
            let scaled = |&source: &PlanSource| {
                source.budget().map_or(source, |budget| source.with_budget(grown(budget)))
            };
            let plan = Plan {
                sources: budgets.sources.iter().map(scaled).collect(),
                num_reranked: grown(budgets.num_candidates),
                ..Plan::exact(own, k, basis)
            };
            sets.push(SetPlan { set: set.name().to_owned(), plan });
        }
        Ok(Some(Plan { num_documents, ..Plan::of_sets(sets, k, basis) }))
    }
}
