use super::noise::{add, direction, normalize};
use super::{SyntheticError, SyntheticParams};
use pleiad_vectors::{Generator, MultiVector, Query, Seed};
use std::ops::Range;

// What a derived seed is for.
const DIRECTIONS: u64 = 1;
const DOCUMENTS: u64 = 2;
const QUERIES: u64 = 3;

/// Words of four in a document that come from its topic.
const OWN_WORDS: u64 = 3;

/// Share of the topic in a word: the cosine of two words of a topic is about a half.
const TOPIC_SHARE: f32 = 1.0;

/// A synthetic collection, from which documents and queries are drawn by number.
pub struct Synthetic {
    params: SyntheticParams,
    /// `[num_words, dim]`, unit vectors; word `w` belongs to topic `w % num_topics`.
    words: Vec<f32>,
    /// The direction of all tokens, of length `common`.
    common: Vec<f32>,
}

/// Tokens like some of a document's, each with other noise.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticQuery {
    /// The token vectors.
    pub query: Query,
    /// The document that it was made from: a likely answer, not certainly the best.
    pub source: u64,
}

/// Common part of a document's tokens.
struct Sketch {
    /// The word of each token.
    words: Vec<usize>,
    /// Something of its own, `[dim]`.
    own: Vec<f32>,
}

impl Synthetic {
    /// Draws the words. Cost: a random number for each value of a word and a topic, and as much memory.
    ///
    /// # Errors
    /// The parameter that is out of range, its value and its range.
    pub fn new(params: SyntheticParams) -> Result<Self, SyntheticError> {
        params.check()?;
        let dim = params.dim;
        let mut generator = params.seed.derive(DIRECTIONS).generator();
        let mut common = direction(&mut generator, dim);
        common.iter_mut().for_each(|v| *v *= params.common);
        let topics: Vec<f32> = (0..params.num_topics).flat_map(|_| direction(&mut generator, dim)).collect();
        let mut words = Vec::with_capacity(params.num_words * dim);
        for (_, topic) in (0..params.num_words).zip(topics.chunks_exact(dim).cycle()) {
            let mut word = direction(&mut generator, dim);
            word.iter_mut().zip(topic).for_each(|(w, t)| *w += TOPIC_SHARE * t);
            normalize(&mut word);
            words.extend(word);
        }
        Ok(Self { params, words, common })
    }

    /// Returns the parameters of the set.
    pub fn params(&self) -> &SyntheticParams {
        &self.params
    }

    /// One document: unit vectors `[num_tokens, dim]`. Cost: a few nanoseconds a value.
    ///
    /// # Panics
    /// When `number` is not below `num_documents`.
    pub fn document(&self, number: u64) -> MultiVector {
        let mut generator = self.seed(DOCUMENTS, number).generator();
        let sketch = self.sketch(number, &mut generator);
        let values = sketch.words.iter().flat_map(|&word| self.token(word, &sketch.own, &mut generator));
        MultiVector::new(values.collect(), self.params.dim).expect("checked shapes and finite values")
    }

    /// Documents one after the other.
    ///
    /// # Panics
    /// When the range ends beyond `num_documents`.
    pub fn documents(&self, numbers: Range<u64>) -> impl Iterator<Item = MultiVector> + '_ {
        numbers.map(|number| self.document(number))
    }

    /// One of any number of queries: `num_tokens` of a document's words with something of its own, under new noise.
    ///
    /// # Panics
    /// When `num_tokens` is 0 or above [`pleiad_vectors::MAX_TOKENS`].
    pub fn query(&self, number: u64, num_tokens: usize) -> SyntheticQuery {
        assert!((1..=pleiad_vectors::MAX_TOKENS).contains(&num_tokens), "{num_tokens} tokens of a query");
        let mut generator = self.seed(QUERIES, number).generator();
        let source = generator.below(self.params.num_documents);
        let sketch = self.sketch(source, &mut self.seed(DOCUMENTS, source).generator());
        let values = (0..num_tokens).flat_map(|_| {
            let word = sketch.words[generator.below(sketch.words.len() as u64) as usize];
            self.token(word, &sketch.own, &mut generator)
        });
        let tokens =
            MultiVector::new(values.collect(), self.params.dim).expect("checked shapes, finite values");
        SyntheticQuery { query: Query::new(tokens), source }
    }

    fn seed(&self, purpose: u64, number: u64) -> Seed {
        self.params.seed.derive(purpose).derive(number)
    }

    /// The first draws of a document's stream.
    fn sketch(&self, number: u64, generator: &mut Generator) -> Sketch {
        let SyntheticParams { num_documents, num_tokens, num_topics, num_words, dim, spread, .. } =
            self.params;
        assert!(number < num_documents, "document {number} of {num_documents}");
        let topic = skewed(generator, num_topics as u64) as usize;
        let words_of_topic = (num_words.saturating_sub(topic)).div_ceil(num_topics);
        let mut word = || {
            let from_topic = generator.below(4) < OWN_WORDS && words_of_topic > 0;
            match from_topic {
                true => topic + num_topics * skewed(generator, words_of_topic as u64) as usize,
                false => skewed(generator, num_words as u64) as usize,
            }
        };
        let words = (0..num_tokens).map(|_| word()).collect();
        let mut own = self.common.clone();
        add(generator, half(spread, dim), &mut own);
        Sketch { words, own }
    }

    /// A unit vector: its word, what its document gives to it (the common direction included), and noise.
    fn token(&self, word: usize, own: &[f32], generator: &mut Generator) -> Vec<f32> {
        let dim = self.params.dim;
        let mut token = self.words[word * dim..][..dim].to_vec();
        token.iter_mut().zip(own).for_each(|(t, o)| *t += o);
        add(generator, half(self.params.spread, dim), &mut token);
        normalize(&mut token);
        token
    }
}

/// Standard deviation of the values of noise that has half of the square of a length.
fn half(length: f32, dim: usize) -> f32 {
    length / (2.0 * dim as f32).sqrt()
}

/// Below `bound`, small numbers more often: some topics and words are common.
fn skewed(generator: &mut Generator, bound: u64) -> u64 {
    generator.below(bound).min(generator.below(bound))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
