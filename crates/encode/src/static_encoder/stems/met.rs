use super::key::key;
use super::terms::Terms;
use std::collections::{HashMap, HashSet};

/// Texts that a collection is known by: a common word of it is met often among them, and the others are weighed well
/// enough without.
pub(super) const NUM_TEXTS: usize = 256;

/// Of a long one, so much is read.
const MAX_TEXT_BYTES: usize = 2048;

/// How many texts the weight of a stem in general stands for.
const GENERAL_TEXTS: f64 = 128.0;

/// How many texts of a collection hold each stem.
///
/// What is common is a matter of the collection: `python` among functions of Python, `flow` where all is about wings. The
/// share of texts that hold a stem is estimated as a mean of what was met and of what is so in general, by their numbers of
/// texts (Dirichlet smoothing: Zhai and Lafferty, SIGIR 2001, of documents in place of words), and its weight is -ln of
/// that. nDCG@10 in general / by 256 texts, on what the constants were chosen on: `docs/models.md`.
#[derive(Debug, Clone, Default)]
pub(super) struct Met {
    num_texts: u32,
    by_stem: HashMap<u32, u32>,
}

impl Met {
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut met = Self { num_texts: texts.len() as u32, by_stem: HashMap::new() };
        let terms = Terms::default();
        for text in texts {
            let mut stems = HashSet::new();
            terms.for_each(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)], |stem, _| {
                stems.insert(key(stem));
            });
            stems.into_iter().for_each(|stem| *met.by_stem.entry(stem).or_default() += 1);
        }
        met
    }

    /// The weight of a stem that weighs `general` in general.
    pub(super) fn weight(&self, stem: u32, general: f32) -> f32 {
        if self.num_texts == 0 {
            return general;
        }
        let num_met = f64::from(self.by_stem.get(&stem).copied().unwrap_or(0));
        let in_general = GENERAL_TEXTS * libm::exp(-f64::from(general));
        -libm::log((num_met + in_general) / (f64::from(self.num_texts) + GENERAL_TEXTS)) as f32
    }
}
