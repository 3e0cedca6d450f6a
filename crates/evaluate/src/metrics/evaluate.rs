use super::Metric;
use crate::{Qrels, Run};
use std::collections::BTreeMap;

/// A run held against judgments.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The metrics, in the order of the values below.
    pub metrics: Vec<Metric>,
    /// Mean of each over all judged queries.
    pub means: Vec<f64>,
    /// Each metric for each judged query.
    pub queries: BTreeMap<String, Vec<f64>>,
    /// Judged queries that the run does not answer: each counts as 0 in every metric.
    pub num_unanswered: usize,
}

impl Evaluation {
    /// The mean of one metric, where it was asked for.
    pub fn mean(&self, metric: Metric) -> Option<f64> {
        self.metrics.iter().position(|&m| m == metric).map(|at| self.means[at])
    }
}

/// Means over all judged queries, as `trec_eval -c` takes them: a judged query that the run does not answer counts as
/// 0, so does one without a relevant document; a query that nobody judged is left out. All means are 0 without a
/// judged query.
pub fn evaluate(qrels: &Qrels, run: &Run, metrics: &[Metric]) -> Evaluation {
    let mut queries = BTreeMap::new();
    let mut sums = vec![0.0; metrics.len()];
    let mut num_unanswered = 0;
    for (query, judgments) in qrels.queries() {
        let answers = run.answers(query);
        num_unanswered += usize::from(answers.is_none());
        let ranking: Vec<&str> = answers.unwrap_or_default().iter().map(|entry| &*entry.document).collect();
        let values: Vec<f64> = metrics.iter().map(|metric| metric.of(&ranking, judgments)).collect();
        for (sum, value) in sums.iter_mut().zip(&values) {
            *sum += value;
        }
        queries.insert(query.to_owned(), values);
    }
    let of = qrels.num_queries().max(1) as f64;
    let means = sums.into_iter().map(|sum| sum / of).collect();
    Evaluation { metrics: metrics.to_vec(), means, queries, num_unanswered }
}
