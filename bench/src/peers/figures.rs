//! Recall and cost of each setting.

use super::built::Built;
use super::child::Found;
use super::sets::{K, Set};
use crate::clock::median;
use serde_json::Value;

/// An engine with one kind of index, built and searched.
pub struct Run {
    pub engine: &'static str,
    pub name: String,
    pub built: Built,
    /// Figures of each setting.
    pub figures: Vec<Figures>,
}

/// One setting of the knobs.
pub struct Figures {
    pub knobs: Value,
    /// Share of the exact best ten that were found.
    pub recall: f64,
    /// Per query, the mean over all queries, of each round.
    cpu_ms: Vec<f64>,
    /// Most memory up to then.
    pub peak_kib: u64,
}

impl Figures {
    /// Nothing yet.
    pub fn new(knobs: Value) -> Self {
        Self { knobs, recall: 0.0, cpu_ms: Vec::new(), peak_kib: 0 }
    }

    /// Adds a round. Every round finds the same, or the engine is not sure: the worst counts.
    pub fn add(&mut self, set: &Set, found: Found) {
        let recall = recall(&set.exact, &found.ids);
        self.recall = if self.is_measured() { self.recall.min(recall) } else { recall };
        self.cpu_ms.push(found.cpu_ms.iter().sum::<f64>() / found.cpu_ms.len() as f64);
        self.peak_kib = found.peak_kib;
    }

    /// Returns whether there was a round.
    pub fn is_measured(&self) -> bool {
        !self.cpu_ms.is_empty()
    }

    /// The median over rounds; endless before the first.
    pub fn cpu_ms(&self) -> f64 {
        if self.is_measured() { median(self.cpu_ms.clone()) } else { f64::INFINITY }
    }

    /// Returns the ratio of the other's cost to this one's: the median of the ratios within a round.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        median(other.cpu_ms.iter().zip(&self.cpu_ms).map(|(other, own)| other / own).collect())
    }

    /// The knobs in short.
    pub fn setting(&self) -> String {
        let knobs = self.knobs.as_object().into_iter().flatten();
        let words: Vec<String> = knobs.map(|(name, value)| format!("{name} {value}")).collect();
        if words.is_empty() { "defaults".to_owned() } else { words.join(", ") }
    }
}

impl Run {
    /// The cheapest setting that found so much.
    pub fn cheapest(&self, recall: f64) -> Option<&Figures> {
        let enough = self.figures.iter().filter(|figures| figures.recall >= recall);
        enough.min_by(|a, b| a.cpu_ms().total_cmp(&b.cpu_ms()))
    }
}

/// The share of the exact answers that are among the first [`K`] found.
fn recall(exact: &[Vec<usize>], found: &[Vec<usize>]) -> f64 {
    let num_exact: usize = exact.iter().map(Vec::len).sum();
    let shared = |(exact, found): (&Vec<usize>, &Vec<usize>)| {
        exact.iter().filter(|id| found[..found.len().min(K)].contains(id)).count()
    };
    exact.iter().zip(found).map(shared).sum::<usize>() as f64 / num_exact as f64
}
