use super::key::key;
use super::terms::Terms;
use std::collections::{HashMap, HashSet};

/// Texts in a sample of a collection: a common word of the collection occurs in many of them, and the weights of other
/// words are good enough without.
pub(super) const SAMPLE_SIZE: usize = 256;

/// Bytes of each text that are read.
const MAX_TEXT_BYTES: usize = 2048;

/// Number of texts that the general weight of a stem stands for.
const GENERAL_TEXTS: f64 = 128.0;

/// Number of sampled texts of a collection that hold each stem.
///
/// What is common is a matter of the collection: `python` among functions of Python, `flow` where all is about wings. The
/// share of texts that hold a stem is estimated as a mean of its share in the sample and its general share, by their numbers
/// of texts (Dirichlet smoothing: Zhai and Lafferty, SIGIR 2001, of documents in place of words), and its weight is -ln of
/// that. nDCG@10 with general weights / with 256 texts, on the sets that the constants were chosen on: `docs/models.md`.
#[derive(Debug, Clone, Default)]
pub(super) struct DocumentFrequencies {
    num_texts: u32,
    by_stem: HashMap<u32, u32>,
}

impl DocumentFrequencies {
    pub(super) fn count(texts: &[&str]) -> Self {
        let mut frequencies = Self { num_texts: texts.len() as u32, by_stem: HashMap::new() };
        let terms = Terms::default();
        for text in texts {
            let mut stems = HashSet::new();
            terms.for_each(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)], |stem, _| {
                stems.insert(key(stem));
            });
            stems.into_iter().for_each(|stem| *frequencies.by_stem.entry(stem).or_default() += 1);
        }
        frequencies
    }

    /// The weight of a stem whose general weight is `general`.
    pub(super) fn weight(&self, stem: u32, general: f32) -> f32 {
        if self.num_texts == 0 {
            return general;
        }
        let num_holding = f64::from(self.by_stem.get(&stem).copied().unwrap_or(0));
        let in_general = GENERAL_TEXTS * libm::exp(-f64::from(general));
        -libm::log((num_holding + in_general) / (f64::from(self.num_texts) + GENERAL_TEXTS)) as f32
    }
}
