//! Frequencies of stems, and their weights in a query.

use crate::static_encoder::stems::Terms;
use std::collections::HashMap;

/// Stems of a document that a weight is meant for.
const DOCUMENT_LENGTH: f64 = 100.0;

/// Stems of running text that the order of the vocabulary counts for.
const VOCABULARY_COUNTS: f64 = 2e5;

/// Stems are no rarer than one in so many.
const MOST_RARE: f64 = 1e6;

/// Counts of stems: in texts, and before any as Zipf's law guesses them from the order of a vocabulary.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    counts: HashMap<String, u64>,
    num_stems: u64,
    /// By stem, Σ over its words of 1 / rank.
    zipf: HashMap<String, f64>,
    zipf_total: f64,
}

impl Frequencies {
    /// Frequencies by the order of a vocabulary: WordPiece lists whole words by how often they were met, after all
    /// single characters, of which it says nothing.
    pub(super) fn of_vocabulary(vocabulary: &[(u32, String)], terms: &Terms) -> Self {
        let mut frequencies = Self::default();
        let is_word = |entry: &str| !entry.starts_with("##") && entry.chars().nth(1).is_some();
        let words = vocabulary.iter().filter(|(_, entry)| is_word(entry));
        let stems = words.filter_map(|(_, entry)| terms.first(entry));
        for (at, stem) in stems.enumerate() {
            let part = 1.0 / (at + 1) as f64;
            *frequencies.zipf.entry(stem).or_default() += part;
            frequencies.zipf_total += part;
        }
        frequencies
    }

    /// One more occurrence in a text.
    pub(super) fn count(&mut self, stem: &str) {
        *self.counts.entry(stem.to_owned()).or_default() += 1;
        self.num_stems += 1;
    }

    /// Occurrences in texts.
    pub(super) fn num_met(&self, stem: &str) -> u64 {
        self.counts.get(stem).copied().unwrap_or(0)
    }

    /// The weight of a stem in a query: -ln of the share of documents that hold it.
    pub(super) fn weight(&self, stem: &str) -> f32 {
        let zipf = self.zipf.get(stem).copied().unwrap_or(0.0) / self.zipf_total.max(1.0);
        let count = self.num_met(stem) as f64 + VOCABULARY_COUNTS * zipf;
        weight_of(count / (self.num_stems as f64 + VOCABULARY_COUNTS))
    }

    /// The weight of a stem that was never met.
    pub(super) fn unknown_weight(&self) -> f32 {
        weight_of(0.0)
    }
}

/// The weight of a stem that is one in `1 / share`: documents that hold it by chance are a share of
/// 1 - exp(-length · share) of all.
fn weight_of(share: f64) -> f32 {
    let of_documents = 1.0 - libm::exp(-DOCUMENT_LENGTH * share.max(1.0 / MOST_RARE));
    -libm::log(of_documents) as f32
}
