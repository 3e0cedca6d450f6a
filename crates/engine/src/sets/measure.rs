use super::asked::{AskedSet, sum};
use super::calibration::WEIGHT_FACTOR;
use super::{Asked, SetBudgets, SetsCalibration, SetsLevel, SetsQuery};
use crate::SearchParams;
use crate::Snapshot;
use crate::answer::SearchStats;
use crate::calibrate::{Recalls, deviations};
use crate::calibration::{DEPTHS, RECALLS};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::row_mask::DocumentMask;
use crate::search::promising;
use crate::snapshot::DocAddress;
use crate::sources::SearchContext;
use pleiad_compress::quantize::Precision;
use pleiad_vectors::{Ranked, Score, TopK};
use rayon::prelude::*;
use std::collections::HashSet;

/// Queries that promises are made from, at least.
const MIN_QUERIES: usize = 40;

/// Queries times documents that are scored on their codes, about.
const MAX_SCORES: usize = 16 << 20;

/// Factors of each set's budgets over those of a search by it alone, the first of which that suffices is taken.
const FACTORS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Documents that are scored exactly for each query, beyond twice the most hits that are measured: the best by scores on codes.
const MARGIN: usize = 64;

/// The best hits of all measured, at most.
const MAX_DEPTH: usize = DEPTHS[DEPTHS.len() - 1];

/// Measures which budgets of each set find which share of the hits of several sets together: with these queries alone, since
/// no tokens of a document stand in for a question to several sets.
///
/// A promise is to hold for all weights that are to each other as those given within a factor of two: it is measured with
/// those, with each set worth twice as much, and with each set worth half as much, and the worst of these counts.
///
/// Cost: for each query MaxSim on the codes of all documents in each set, and some dozens of searches by each set.
///
/// # Errors
/// `InvalidArgument` for fewer than 40 queries, for one set alone, for queries that do not all have the same weights, and as
/// [`Snapshot::search_sets`].
pub(crate) fn measure(snapshot: &Snapshot, queries: &[SetsQuery]) -> Result<SetsCalibration> {
    let mut asked = queries.iter().map(|query| Asked::new(snapshot, query)).collect::<Result<Vec<_>>>()?;
    check(&asked)?;
    let mask = DocumentMask::live(&snapshot.view).hiding(&asked[0].lacking_all()?);
    let documents = mask.documents(snapshot)?;
    let num_affordable = (MAX_SCORES / documents.len().max(1)).max(MIN_QUERIES);
    if asked.len() > num_affordable {
        // Some of all that were given, from the first to the last.
        let num_given = asked.len();
        let wanted: HashSet<usize> = (0..num_affordable).map(|at| at * num_given / num_affordable).collect();
        let mut places = 0..num_given;
        asked.retain(|_| places.next().is_some_and(|at| wanted.contains(&at)));
    }
    let first = &asked[0];
    let lengths = || asked.iter().flat_map(|asked| &asked.sets).map(AskedSet::num_tokens);
    let query_tokens = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    let variants = variants(first);
    let depths: Vec<usize> = DEPTHS.into_iter().filter(|&k| k < documents.len()).collect();
    let mut plans = Vec::new();
    for &k in &depths {
        let of_sets = first.sets.iter().map(|set| {
            let params = SearchParams { k, ..SearchParams::default() };
            set.snapshot.plan_with_budgets(query_tokens.0.max(1), &params, None)
        });
        plans.push(of_sets.collect::<Result<Vec<Plan>>>()?);
    }
    let measured = asked
        .par_iter()
        .map(|asked| Measured::of(snapshot, asked, &documents, &variants, &depths, &plans))
        .collect::<Result<Vec<_>>>()?;
    let mut levels = Vec::new();
    for (at, (&k, plans)) in depths.iter().zip(&plans).enumerate() {
        let found: Vec<&Found> = measured.iter().map(|measured| &measured.found[at]).collect();
        levels.extend(levels_of(k, plans, &found));
    }
    Ok(SetsCalibration {
        weights: first.weights(),
        num_documents: documents.len() as u64,
        num_queries: asked.len(),
        query_tokens,
        levels,
    })
}

fn check(asked: &[Asked<'_>]) -> Result<()> {
    if asked.len() < MIN_QUERIES {
        return Err(Error::invalid(format!(
            "{} queries for a combination of vector sets: at least {MIN_QUERIES} are needed, and none can be made from \
             documents",
            asked.len()
        )));
    }
    let weights = asked[0].weights();
    if weights.len() < 2 {
        return Err(Error::invalid(format!(
            "{:?} alone is no combination: a set has a calibration of its own",
            weights[0].set
        )));
    }
    match asked.iter().position(|asked| asked.weights() != weights) {
        Some(at) => Err(Error::invalid(format!(
            "query {at} has other sets or weights than the first: one combination is measured at a time"
        ))),
        None => Ok(()),
    }
}

/// The weights that are measured, as factors of those of the question.
fn variants(asked: &Asked<'_>) -> Vec<Vec<f32>> {
    let num_sets = asked.sets.len();
    let one =
        |at: usize, factor: f32| (0..num_sets).map(move |set| if set == at { factor } else { 1.0 }).collect();
    let each = (0..num_sets).flat_map(|at| [one(at, WEIGHT_FACTOR), one(at, 1.0 / WEIGHT_FACTOR)]);
    std::iter::once(vec![1.0; num_sets]).chain(each).collect()
}

/// The share of the hits of one query that plans find.
struct Measured {
    /// For each number of hits.
    found: Vec<Found>,
}

struct Found {
    /// Hits that there are, at most as many as are measured.
    num_hits: usize,
    /// For each factor of the budgets, the fewest that are found with any of the weights.
    num_found: Vec<usize>,
}

impl Measured {
    fn of(
        snapshot: &Snapshot,
        asked: &Asked<'_>,
        documents: &[DocAddress],
        variants: &[Vec<f32>],
        depths: &[usize],
        plans: &[Vec<Plan>],
    ) -> Result<Self> {
        let best = best_of_all(asked, documents, variants)?;
        let masks = asked.sets.iter().map(|set| set.mask(snapshot, None)).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::new();
        for (&k, plans) in depths.iter().zip(plans) {
            let mut num_found: Vec<usize> = Vec::new();
            for factor in FACTORS {
                // Larger budgets find no less.
                if num_found.last() == Some(&k) {
                    num_found.push(k);
                    continue;
                }
                let mut candidates = HashSet::new();
                for ((set, mask), plan) in asked.sets.iter().zip(&masks).zip(plans) {
                    let (snapshot, query) = (&set.snapshot, set.query);
                    let field = snapshot.field();
                    let context = SearchContext { snapshot, field, query, words: None, sentence: None, mask };
                    let plan = plan.clone().deeper(factor);
                    candidates.extend(promising(context, &plan, &mut SearchStats::default())?);
                }
                let of_variant = |hits: &Vec<DocAddress>| {
                    hits.iter().take(k).filter(|hit| candidates.contains(hit)).count()
                };
                num_found.push(best.iter().map(of_variant).min().unwrap_or(0));
            }
            found.push(Found { num_hits: k, num_found });
        }
        Ok(Self { found })
    }
}

/// The exact hits with each of some weights. Scores on codes decide who is scored exactly, with more than twice as many as are
/// wanted.
fn best_of_all(
    asked: &Asked<'_>,
    documents: &[DocAddress],
    variants: &[Vec<f32>],
) -> Result<Vec<Vec<DocAddress>>> {
    let best = |documents: &[DocAddress], precision, k| -> Result<Vec<Vec<DocAddress>>> {
        let max_sims = asked.max_sims(documents, precision, &mut SearchStats::default())?;
        variants.iter().map(|factors| best_with(asked, documents, &max_sims, factors, k)).collect()
    };
    let on_codes = best(documents, Precision::Fast, 2 * MAX_DEPTH + MARGIN)?;
    let promising: HashSet<DocAddress> = on_codes.into_iter().flatten().collect();
    best(&promising.into_iter().collect::<Vec<_>>(), Precision::Full, MAX_DEPTH)
}

/// The best documents where the weight of each set is multiplied by a factor.
fn best_with(
    asked: &Asked<'_>,
    documents: &[DocAddress],
    max_sims: &[Vec<Score>],
    factors: &[f32],
    k: usize,
) -> Result<Vec<DocAddress>> {
    let mut top = TopK::new(k);
    for (at, &id) in documents.iter().enumerate() {
        let parts = asked.parts(max_sims.iter().map(|scores| scores[at]));
        let weighed: Vec<f32> = parts.iter().zip(factors).map(|(part, factor)| part * factor).collect();
        let score = Score::new(sum(&weighed)).map_err(|error| {
            let place = asked.sets[0].snapshot.place(id);
            Error::corrupt(format!("{place}: its score is not finite")).caused_by(error)
        })?;
        top.push(Ranked { id, score });
    }
    Ok(top.into_sorted().into_iter().map(|ranked| ranked.id).collect())
}

/// The least budgets for each recall that is reached for certain.
fn levels_of(k: usize, plans: &[Plan], found: &[&Found]) -> Vec<SetsLevel> {
    let deviations = deviations(plans.len(), false);
    let of_factor = |at: usize| {
        let mut recalls = Recalls::new(found.iter().map(|found| found.num_hits as u32), k);
        let counts = found.iter().map(|found| found.num_found[at] as u32);
        counts.enumerate().for_each(|(query, num)| recalls.find(query, num));
        recalls
    };
    let measured: Vec<Recalls> = (0..FACTORS.len()).map(of_factor).collect();
    let level = |recall: f64| {
        let at = measured.iter().position(|recalls| recalls.lower_bound(deviations) >= recall)?;
        let budgets = |plan: &Plan| {
            let plan = plan.clone().deeper(FACTORS[at]);
            SetBudgets { sources: plan.sources, num_candidates: plan.num_reranked }
        };
        Some(SetsLevel {
            k,
            recall,
            expected: measured[at].mean(),
            interval: (measured[at].lower_bound(deviations), measured[at].upper_bound(deviations)),
            sets: plans.iter().map(budgets).collect(),
        })
    };
    RECALLS.into_iter().filter_map(level).collect()
}
