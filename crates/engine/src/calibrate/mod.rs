//! Budgets that reach a recall, measured once on queries whose exact answers are computed, so that a search can
//! promise a recall and pay for no more than it.
//!
//! Queries are told apart by their length: given ones, observed ones, or some made from documents ([`draw`]),
//! whose budgets get a margin. For each the exact top 100 are found, and for each of those the rank that every source of
//! candidates and the codes give it ([`ranks`]). That one pass says what *any* budgets of a source, or of a union of two,
//! would have found ([`sweep`]), so the cheapest ones per recall ([`cost`]) are a matter of sorting ([`budgets`]). A level
//! is promised where the lower bound of the mean recall reaches it ([`confidence`]), not the mean itself.
//!
//! A source takes part by the answers of the trait `sources::CandidateSource`: the auxiliary index that it reads, its
//! candidates, its ranking of documents, and the cost of its work.
//!
//! Cost: one search of each source and MaxSim on the codes of some documents per query. `CalibrationBudget` bounds queries times
//! documents scored, so that these do not grow with the collection: beyond the bound they are those that some source
//! ranks first, and a sample of the others that is the thinner the further down they stand ([`sample`]).

mod budgets;
mod confidence;
mod cost;
mod draw;
mod holes;
mod ranks;
mod sample;
mod shallow;
mod sweep;
mod synthetic;

pub(crate) use confidence::{CONFIDENCE, Recalls, deviations};
pub(crate) use draw::{CalibrationBudget, RealQueries};

use crate::calibration::{CalibratedRanking, Calibration, DEPTHS, QueryClass};
use crate::error::{Error, Result};
use crate::{HybridQuery, HybridWeights, Query, Snapshot};
use cost::Cost;
use draw::{ClassSample, SampledQueries};
use ranks::AllMeasured;

impl Snapshot {
    /// Measures what budgets reach which recall: with these queries or, if there are none, with queries made from
    /// documents. [`Writer::tune`](crate::Writer::tune) also keeps it with the collection.
    ///
    /// Cost: 192 to 512 queries, each with scans over all FDE codes, looks into all postings, and MaxSim on the codes
    /// of some ten thousand documents: five CPU seconds for ten thousand documents, some seventy for a million.
    /// Memory: 24 bytes for each document and thread.
    ///
    /// # Errors
    /// `InvalidArgument` for a query that does not fit the collection and for a collection without documents,
    /// `Corrupt` when a document cannot be read.
    pub fn calibrate(&self, queries: &[Query]) -> Result<Calibration> {
        let queries: Vec<HybridQuery> = queries.iter().cloned().map(HybridQuery::of_vectors).collect();
        let real = RealQueries::new(&queries, &[]);
        calibrate(&self.of_everybody(), CalibratedRanking::Vectors, real, CalibrationBudget::THOROUGH)
    }
}

/// Measures a ranking of a collection, with real queries for each class that has some, else with some made from its
/// documents. The same snapshot, queries and budget give the same calibration.
pub(crate) fn calibrate(
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    real: RealQueries<'_>,
    budget: CalibrationBudget,
) -> Result<Calibration> {
    for query in real.given.iter().chain(real.observed) {
        snapshot.check_query(&query.vectors)?;
    }
    let sampled = SampledQueries::new(snapshot, ranking, real, budget)?;
    if sampled.documents.is_empty() {
        return Err(Error::invalid("a collection without documents cannot be calibrated: add some first"));
    }
    let measured = ranks::measure(snapshot, &sampled)?;
    let of_class = |class: &ClassSample| measure_class(snapshot, &sampled, class, &measured);
    let weights = HybridWeights::for_schema(snapshot.schema());
    Ok(Calibration {
        weights: (ranking == CalibratedRanking::Fused).then_some(weights),
        classes: sampled.classes.iter().map(of_class).collect::<Result<_>>()?,
    })
}

/// The promises for one class.
fn measure_class(
    snapshot: &Snapshot,
    sampled: &SampledQueries,
    class: &ClassSample,
    measured: &AllMeasured,
) -> Result<QueryClass> {
    let measured = measured.of(&class.queries);
    let lengths = || class.queries.iter().map(|&at| sampled.queries[at].query.vectors.vectors().num_tokens());
    let mean_tokens = lengths().sum::<usize>() as f64 / class.queries.len().max(1) as f64;
    let cost = Cost::of(snapshot, sampled, mean_tokens, &measured)?;
    let num_documents = sampled.documents.len() as u64;
    let mut levels = Vec::new();
    for k in DEPTHS {
        if k == DEPTHS[0] || (k as u64) < num_documents {
            levels.extend(budgets::levels(&measured, k, &cost, class.margin));
        }
    }
    holes::measure(&mut levels, &measured, class.margin, &cost);
    shallow::prove(&mut levels, &measured, class.margin);
    Ok(QueryClass {
        min_tokens: class.min_tokens,
        num_documents,
        num_sampled: if sampled.depth.is_some() { measured.num_scored } else { num_documents },
        num_queries: class.queries.len(),
        query_tokens: Some((lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))),
        origin: class.origin,
        costs: Some(cost.steps()),
        levels,
    })
}
