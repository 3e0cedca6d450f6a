//! BM25, the yardstick of every ranking by meaning: words alone, and hard to beat.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, in the form of Lucene: a
//! word that `df` of `N` documents hold weighs ln(1 + (N − df + 0.5) / (df + 0.5)), and occurs `tf` times in a
//! document of `length` words for tf / (tf + k1 · (1 − b + b · length / mean length)) of that. A word that is asked
//! for twice counts twice.

mod build;
mod search;

#[cfg(test)]
mod tests;

use pleiad_terms::Analyzer;
use std::collections::HashMap;

/// Saturation of the occurrences of a word.
const K1: f64 = 1.2;

/// Penalty of long documents.
const B: f64 = 0.75;

/// Documents by word. Memory: eight bytes for each distinct word of each document.
#[derive(Debug)]
pub struct Bm25 {
    /// Analyzer of texts.
    analyzer: Analyzer,
    keys: Vec<String>,
    /// Number of terms of each document.
    lengths: Vec<u32>,
    terms: HashMap<String, Vec<Occurrence>>,
}

/// The analyzer of the yardstick: measurements of years compare only where it stays the same.
const ANALYZER: &str = "plain-english-1";

impl Default for Bm25 {
    fn default() -> Self {
        let analyzer = Analyzer::named(ANALYZER).expect("it is one of those that there are");
        Self { analyzer, keys: Vec::new(), lengths: Vec::new(), terms: HashMap::new() }
    }
}

/// A term in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Occurrence {
    /// Place in `keys`.
    document: u32,
    /// Number of occurrences.
    count: u32,
}
