//! Budgets under filters, measured with the filters that users ask with.
//!
//! A calibration measures holes around queries that it cuts itself (`calibrate::holes`). Here the searches themselves run
//! under given filters, approximate and exact. Where they find less than was promised, the needs of levels under filters
//! grow, for queries of that length, until all promises are kept or every match is scored.

use crate::answer::Answer;
use crate::calibration::{CalibratedRanking, Calibration};
use crate::error::{Error, Result};
use crate::plan::PlanOrigin;
use crate::recall_audit::recall;
use crate::{HybridQuery, SearchParams, Snapshot};
use pleiad_filter::Predicate;
use pleiad_store::SharedWriter;
use pleiad_vectors::{DocId, Score};
use rayon::prelude::*;
use std::collections::HashSet;

/// Hits and recalls that are measured.
const CELLS: [(usize, f64); 8] =
    [(10, 0.9), (10, 0.95), (10, 0.98), (10, 0.99), (100, 0.9), (100, 0.95), (100, 0.98), (100, 0.99)];

/// Factors of the needs of levels under filters, tried one after the other; behind the last one every match is scored.
const FACTORS: [f64; 4] = [1.5, 2.0, 3.0, 4.0];

/// Searches under one filter, measured by [`Writer::tune_filters`](crate::Writer::tune_filters).
#[derive(Debug, Clone, PartialEq)]
pub struct FilterRecall {
    /// Documents that pass the filter.
    pub num_matched: u64,
    /// The searches that found the least of what was promised; nothing where no search under this filter is promised
    /// anything short of being exact.
    pub worst: Option<FoundRecall>,
}

/// Recall of one kind of search, over all queries of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundRecall {
    /// Fewest tokens of the queries.
    pub min_tokens: usize,
    /// Hits.
    pub k: usize,
    /// Recall promised.
    pub promised: f64,
    /// Mean recall found, over the queries of this length.
    pub found: f64,
}

impl FoundRecall {
    /// Returns whether as much was found as promised.
    pub fn is_kept(&self) -> bool {
        self.found >= self.promised
    }

    fn excess(&self) -> f64 {
        self.found - self.promised
    }
}

/// Measures searches under filters, and keeps a calibration with the collection that does more under them, where that is
/// called for.
///
/// # Errors
/// `InvalidArgument` without queries, without a calibration and for a query that does not fit; what searching and keeping
/// say.
pub(crate) fn tune_filters(
    store: &SharedWriter,
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    queries: &[HybridQuery],
    filters: &[Predicate],
) -> Result<Vec<FilterRecall>> {
    if queries.is_empty() {
        return Err(Error::invalid("searches under filters are measured with queries: give some"));
    }
    for query in queries {
        snapshot.check_query(&query.vectors)?;
    }
    let Some(before) = snapshot.calibration_of(ranking)? else {
        return Err(Error::invalid("the collection is not calibrated for this ranking: tune it first"));
    };
    let (widened, found) = widen(&snapshot.of_everybody(), ranking, &before, queries, filters)?;
    if widened != *before {
        let asset = [(snapshot.field().names.of_calibration(ranking), Some(widened.to_bytes()?))];
        store.with(|store| store.set_assets(&asset))?;
    }
    Ok(found)
}

/// The calibration with the least needs of those tried that keep all promises under these filters, and the recall that
/// searches find with it.
fn widen(
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    before: &Calibration,
    queries: &[HybridQuery],
    filters: &[Predicate],
) -> Result<(Calibration, Vec<FilterRecall>)> {
    let trials = filters.iter().map(|filter| Trial::new(snapshot, ranking, queries, filter));
    let trials = trials.collect::<Result<Vec<_>>>()?;
    let mut calibration = before.clone();
    let mut steps = vec![0; before.classes.len()];
    loop {
        let snapshot = snapshot.clone().with_calibration(calibration.clone());
        let measured = trials.iter().map(|trial| trial.measure(&snapshot, &calibration));
        let measured = measured.collect::<Result<Vec<_>>>()?;
        let is_lacking = |class: usize| measured.iter().any(|(_, lacking)| lacking.contains(&class));
        let growing = (0..steps.len()).filter(|&class| steps[class] <= FACTORS.len() && is_lacking(class));
        let growing: Vec<usize> = growing.collect();
        if growing.is_empty() {
            return Ok((calibration, measured.into_iter().map(|(recall, _)| recall).collect()));
        }
        for class in growing {
            let factor = FACTORS.get(steps[class]);
            steps[class] += 1;
            let (levels, before) = (&mut calibration.classes[class].levels, &before.classes[class].levels);
            for (level, before) in levels.iter_mut().zip(before) {
                level.under_filter =
                    factor.and_then(|&factor| Some(before.under_filter.clone()?.widened(factor)));
            }
        }
    }
}

/// Searches under one filter, with their exact answers.
struct Trial<'a> {
    ranking: CalibratedRanking,
    queries: &'a [HybridQuery],
    filter: &'a Predicate,
    num_matched: u64,
    /// The exact best of each query, as many as cells want.
    exact: Vec<Vec<(DocId, Score)>>,
}

impl<'a> Trial<'a> {
    fn new(
        snapshot: &Snapshot,
        ranking: CalibratedRanking,
        queries: &'a [HybridQuery],
        filter: &'a Predicate,
    ) -> Result<Self> {
        let num_matched = snapshot.count(filter)?;
        let mut trial = Self { ranking, queries, filter, num_matched, exact: Vec::new() };
        let deepest = CELLS.iter().map(|(k, _)| *k).max().unwrap_or(0);
        let exact = |query: &HybridQuery| {
            let answer = trial.search(snapshot, query, deepest, 1.0)?;
            Ok(answer.ranking())
        };
        trial.exact = queries.par_iter().map(exact).collect::<Result<_>>()?;
        Ok(trial)
    }

    fn search(&self, snapshot: &Snapshot, query: &HybridQuery, k: usize, recall: f64) -> Result<Answer> {
        let (recall, filter) = (Some(recall), Some(self.filter.clone()));
        let params = SearchParams { k, recall, filter, observe: false, ..SearchParams::default() };
        match self.ranking {
            CalibratedRanking::Vectors => snapshot.search(&query.vectors, &params),
            CalibratedRanking::Fused => snapshot.search_hybrid(query, &params),
        }
    }

    /// The recall found, and the classes whose sources under the filter found less than was promised.
    fn measure(
        &self,
        snapshot: &Snapshot,
        calibration: &Calibration,
    ) -> Result<(FilterRecall, HashSet<usize>)> {
        let (mut worst, mut lacking) = (None::<FoundRecall>, HashSet::new());
        for (at, class) in calibration.classes.iter().enumerate() {
            let is_served = |query: &HybridQuery| {
                let served = calibration.class_for(query.vectors.vectors().num_tokens());
                served.is_some_and(|served| served.min_tokens == class.min_tokens)
            };
            let queries: Vec<usize> =
                (0..self.queries.len()).filter(|&at| is_served(&self.queries[at])).collect();
            for (k, promised) in CELLS {
                let search = |&query: &usize| {
                    let answer = self.search(snapshot, &self.queries[query], k, promised)?;
                    let is_filtered =
                        matches!(answer.plan.basis, PlanOrigin::Calibration { filtered: true, .. });
                    let exact = &self.exact[query];
                    let found = recall(&answer.hits, &exact[..k.min(exact.len())]);
                    Ok((found, is_filtered, answer.plan.is_exact()))
                };
                let found: Vec<(f64, bool, bool)> = queries.par_iter().map(search).collect::<Result<_>>()?;
                if found.iter().all(|(.., is_exact)| *is_exact) {
                    continue;
                }
                let mean = found.iter().map(|(found, ..)| found).sum::<f64>() / found.len() as f64;
                let found_here = FoundRecall { min_tokens: class.min_tokens, k, promised, found: mean };
                if !found_here.is_kept() && found.iter().any(|(_, is_filtered, _)| *is_filtered) {
                    lacking.insert(at);
                }
                if worst.is_none_or(|worst| found_here.excess() < worst.excess()) {
                    worst = Some(found_here);
                }
            }
        }
        Ok((FilterRecall { num_matched: self.num_matched, worst }, lacking))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::{FilterDepth, UnderFilter};
    use crate::sources::PlanSource;
    use crate::{Batch, Collection, Document, MultiVector, Query, Schema};
    use pleiad_store::testing::MemoryBackend;
    use pleiad_vectors::Seed;
    use serde_json::json;
    use std::sync::Arc;

    const DIM: usize = 32;

    fn rows(seed: Seed, num_rows: usize) -> MultiVector {
        let mut generator = seed.generator();
        MultiVector::new((0..num_rows * DIM).map(|_| generator.gaussian()).collect(), DIM).unwrap()
    }

    /// A collection with a calibration of budgets that do not keep their promises under filters.
    fn too_narrow() -> (Snapshot, Calibration, Vec<HybridQuery>) {
        let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &Schema::new(DIM)).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        for at in 0..1000 {
            let document = Document::new(format!("d{at:04}"), rows(Seed(at), 8)).unwrap();
            let attributes = json!({"group": at % 4});
            batch.upsert(document.with_attributes(attributes.as_object().unwrap()).unwrap());
        }
        writer.apply(batch).unwrap();
        writer.flush().unwrap();
        let queries: Vec<Query> = (0..48).map(|at| Query::new(rows(Seed(7).derive(at), 4))).collect();
        let mut calibration = writer.tune(&queries).unwrap();
        writer.close().unwrap();
        for class in &mut calibration.classes {
            if let Some(costs) = &mut class.costs {
                costs.rescore_ns = 1e6;
            }
            for level in &mut class.levels {
                let (num_candidates, coarse_factor) = (2 * level.k, None);
                level.sources = vec![PlanSource::FdeScan { num_candidates, coarse_factor }];
                level.num_reranked = 2 * level.k;
                let depths = vec![FilterDepth { left_out: 90, factor: 1.0 }];
                level.under_filter = Some(UnderFilter { reranked_factor: 1.0, depths, fixed_ns: 0.0 });
            }
        }
        let queries = queries.into_iter().map(HybridQuery::of_vectors).collect();
        (collection.snapshot().unwrap(), calibration, queries)
    }

    #[test]
    fn searches_under_given_filters_do_more_until_they_keep_their_promises() {
        let (snapshot, before, queries) = too_narrow();
        let filters =
            ["group != 1", "group = 9", "group = 1"].map(|filter| Predicate::parse(filter).unwrap());
        let vectors = CalibratedRanking::Vectors;
        let trial = Trial::new(&snapshot, vectors, &queries, &filters[0]).unwrap();
        let narrow = snapshot.clone().with_calibration(before.clone());
        let (recall, lacking) = trial.measure(&narrow, &before).unwrap();
        assert!(recall.worst.is_some_and(|worst| !worst.is_kept()) && !lacking.is_empty(), "{recall:?}");
        let (widened, found) = widen(&snapshot, vectors, &before, &queries, &filters).unwrap();
        assert_eq!(found.iter().map(|recall| recall.num_matched).collect::<Vec<_>>(), [750, 0, 250]);
        assert!(found.iter().all(|recall| recall.worst.is_none_or(|worst| worst.is_kept())), "{found:?}");
        // Classes without queries stay as they were, and so do plans without a filter.
        for (class, (after, before)) in widened.classes.iter().zip(&before.classes).enumerate() {
            assert_eq!(after.levels != before.levels, lacking.contains(&class));
        }
        let params = SearchParams { recall: Some(0.9), ..Default::default() };
        let plan = |calibration: &Calibration| {
            snapshot.clone().with_calibration(calibration.clone()).plan(&queries[0].vectors, &params).unwrap()
        };
        assert_eq!(plan(&widened), plan(&before));
        // Once they are kept nothing changes any more.
        let (again, _) = widen(&snapshot, vectors, &widened, &queries, &filters).unwrap();
        assert_eq!(again, widened);
    }
}
