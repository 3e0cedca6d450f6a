use super::asked::AskedSet;
use super::{Asked, SetsCalibration, SetsQuery};
use crate::error::Result;
use crate::filter::Matched;
use crate::plan::{Plan, PlanOrigin, SetPlan};
use crate::row_mask::DocumentMask;
use crate::{SearchParams, Snapshot};
use std::sync::Arc;

/// Factor of each set's budgets over those of a search by it alone, where no calibration says how many: what is among the
/// best in all sets together may stand further down in each.
const DEFAULT_FACTOR: usize = 4;

impl Snapshot {
    /// The plan that [`Snapshot::search_sets`] would follow for this query with these parameters.
    ///
    /// With one set it is that set's own plan. With several each set has a part, and a recall is promised where the combination
    /// was calibrated ([`Writer::tune_sets`](crate::Writer::tune_sets)) with weights that are to each other as these are, within a
    /// factor of two, and no filter and no tenant narrows the search; else a recall asked for is met by an exact search.
    ///
    /// # Errors
    /// As [`Snapshot::plan`], and `InvalidArgument` for a set that the collection does not have.
    pub fn plan_sets(&self, query: &SetsQuery, params: &SearchParams) -> Result<Plan> {
        let asked = Asked::new(self, query)?;
        if let Some(only) = asked.only() {
            return only.snapshot.plan(only.query, params);
        }
        let matched = self.matched_by(params.filter.as_ref())?;
        let mask = DocumentMask::of(&self.view, matched.as_ref()).hiding(&asked.lacking_all()?);
        asked.plan(self, params, matched.as_ref(), &mask)
    }

    /// Returns the calibration of a combination of vector sets with these weights, or with some that are to each other as these
    /// are within a factor of two; nothing where there is none, or it speaks of a collection half as large or twice as large.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read: [`Writer::tune_sets`](crate::Writer::tune_sets) makes a new one.
    pub fn sets_calibration(&self, query: &SetsQuery) -> Result<Option<Arc<SetsCalibration>>> {
        let asked = Asked::new(self, query)?;
        let whole = self.of_everybody();
        self.calibration_for(&asked, num_of(&whole, &asked)?)
    }

    fn calibration_for(&self, asked: &Asked<'_>, num_documents: u64) -> Result<Option<Arc<SetsCalibration>>> {
        let known = self.shared.combinations.of(&self.view)?.of(&asked.weights());
        Ok(known.filter(|known| !known.is_outgrown(num_documents)))
    }
}

impl Asked<'_> {
    /// The plan for several sets, given the documents that pass the filter and those of them that have any set.
    pub(super) fn plan(
        &self,
        snapshot: &Snapshot,
        params: &SearchParams,
        matched: Option<&Matched>,
        mask: &DocumentMask<'_>,
    ) -> Result<Plan> {
        params.check()?;
        let k = params.k;
        let num_documents = num_of(snapshot, self)?;
        let num_matched = matched.map(|matched| matched.num_documents - mask.num_hidden());
        let exact = |basis| {
            let plan = Plan::exact(num_matched.unwrap_or(num_documents), k, basis);
            Plan { num_documents, num_matched, ..plan }
        };
        if params.exact {
            // Budgets beside that are an error, which every set finds.
            self.sets[0].own_plan(snapshot, params, matched)?;
            return Ok(exact(PlanOrigin::Requested));
        }
        if !params.has_budgets() {
            let calibration = snapshot.calibration_for(self, num_documents)?;
            let is_trusted = num_matched.is_none() && !snapshot.shared.sets_audit.summary().has_drifted;
            let known = calibration.as_ref().filter(|_| is_trusted);
            let chosen =
                known.map(|known| known.choose(self, params.recall, k, num_documents)).transpose()?;
            if let Some(plan) = chosen.flatten() {
                return Ok(plan);
            }
            if let Some(recall) = params.recall {
                return Ok(exact(PlanOrigin::Unreachable { recall, is_calibrated: calibration.is_some() }));
            }
        }
        let (basis, factor) = match params.has_budgets() {
            true => (PlanOrigin::Requested, 1),
            false => (PlanOrigin::Defaults, DEFAULT_FACTOR),
        };
        let mut sets = Vec::with_capacity(self.sets.len());
        for set in &self.sets {
            let plan = set.own_plan(snapshot, params, matched)?.deeper(factor);
            sets.push(SetPlan { set: set.name().to_owned(), plan });
        }
        if sets.iter().all(|set| set.plan.is_exact()) {
            return Ok(exact(basis));
        }
        Ok(Plan { num_documents, num_matched, ..Plan::of_sets(sets, k, basis) })
    }
}

/// Documents of a snapshot that have any of the sets, whatever a filter says.
fn num_of(snapshot: &Snapshot, asked: &Asked<'_>) -> Result<u64> {
    let everything = snapshot.matched_by(None)?;
    let mask = DocumentMask::of(&snapshot.view, everything.as_ref()).hiding(&asked.lacking_all()?);
    Ok(snapshot.num_documents() - mask.num_hidden())
}

impl AskedSet<'_> {
    /// The plan of a search by this set alone: the cheapest one of its calibration, or the budgets that suit most where that
    /// promises nothing.
    fn own_plan(&self, whole: &Snapshot, params: &SearchParams, matched: Option<&Matched>) -> Result<Plan> {
        let mask = self.mask(whole, matched)?;
        let num_matched = matched.map(|matched| matched.num_documents - mask.num_hidden());
        self.snapshot.plan_with_budgets(self.num_tokens(), params, num_matched)
    }
}
