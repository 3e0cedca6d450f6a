//! BM25, the yardstick of every ranking by meaning: words alone, and hard to beat.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, in the form of Lucene: a word
//! that `df` of `N` documents hold weighs ln(1 + (N − df + 0.5) / (df + 0.5)), and occurs `tf` times in a document of
//! `length` words for tf / (tf + k1 · (1 − b + b · length / mean length)) of that. A word that is asked for twice counts
//! twice.

mod build;
mod fuse;
mod search;
mod terms;

#[cfg(test)]
mod tests;

pub use fuse::fuse;

use std::collections::HashMap;

/// How soon more occurrences of a word stop to count.
const K1: f64 = 1.2;

/// How much longer documents pay for their length.
const B: f64 = 0.75;

/// Documents by word. Memory: eight bytes for each distinct word of each document.
#[derive(Debug, Default)]
pub struct Bm25 {
    keys: Vec<String>,
    /// Number of terms of each document.
    lengths: Vec<u32>,
    terms: HashMap<String, Vec<Occurrence>>,
}

/// A term in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Occurrence {
    /// Place in `keys`.
    document: u32,
    /// How often it occurs there.
    count: u32,
}
