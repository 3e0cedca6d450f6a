use super::super::{MAX_DOCUMENT_TOKENS, MAX_QUERY_TOKENS};
use super::Stems;
use super::key::key;
use super::signature::add_signature;
use super::terms::Terms;
use crate::{EncodeError, Encoded, TokenSpan};
use pleiad_vectors::MultiVector;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Distinct stems of one text in the order of first occurrence.
#[derive(Default)]
struct Distinct {
    spans: Vec<TokenSpan>,
    counts: Vec<u32>,
    /// What each weighs in a query.
    weights: Vec<f32>,
    /// Row-major `[num_stems, dim]`, each row one long.
    vectors: Vec<f32>,
    /// All words, not only distinct ones.
    num_words: usize,
    num_truncated: usize,
}

impl Stems {
    /// One vector per distinct stem, as long as its weight times its occurrences.
    pub(in super::super) fn query(&self, text: &str) -> Result<Encoded, EncodeError> {
        let distinct = self.distinct(text, MAX_QUERY_TOKENS, |weight| weight > 0.0);
        self.encoded(distinct, |distinct, at| distinct.weights[at] * distinct.counts[at] as f32)
    }

    /// One vector per distinct stem, as long as BM25 would count its occurrences.
    pub(in super::super) fn document(&self, text: &str) -> Result<Encoded, EncodeError> {
        let distinct = self.distinct(text, MAX_DOCUMENT_TOKENS, |_| true);
        let length = |distinct: &Distinct, at: usize| {
            self.params.document_length(distinct.counts[at], distinct.num_words)
        };
        self.encoded(distinct, length)
    }

    fn distinct(&self, text: &str, limit: usize, is_wanted: impl Fn(f32) -> bool) -> Distinct {
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut distinct = Distinct::default();
        let mut last_word = 0..0;
        Terms::default().for_each(text, |stem, word| {
            let token = key(stem);
            // The parts of a name do not make a document longer.
            distinct.num_words += usize::from(word != last_word);
            last_word = word.clone();
            match places.entry(token) {
                Entry::Occupied(place) => {
                    if let Some(count) = distinct.counts.get_mut(*place.get()) {
                        *count += 1;
                    }
                }
                Entry::Vacant(place) => {
                    let row = self.table.find(token);
                    let weight = row.map_or(self.params.unknown_weight, |row| self.table.weight(row));
                    let is_full = distinct.spans.len() == limit;
                    if is_full || !is_wanted(weight) {
                        // Remembered, so that a stem that is left out counts once.
                        place.insert(usize::MAX);
                        distinct.num_truncated += usize::from(is_full);
                        return;
                    }
                    place.insert(distinct.spans.len());
                    distinct.spans.push(TokenSpan { token, word });
                    distinct.counts.push(1);
                    distinct.weights.push(weight);
                    self.push_vector(stem, token, row, &mut distinct.vectors);
                }
            }
        });
        distinct
    }

    /// Appends the vector of a stem, one long: what it means, and its signature. A stem that nothing is known of has
    /// its signature alone.
    fn push_vector(&self, stem: &str, token: u32, row: Option<usize>, vectors: &mut Vec<f32>) {
        let begin = vectors.len();
        vectors.resize(begin + self.table.dim(), 0.0);
        let vector = &mut vectors[begin..];
        match row {
            Some(row) => self.table.add(row, vector),
            None => self.table.for_each_piece(stem, |row| self.table.add(row, vector)),
        }
        let share = self.params.signature_share;
        scale_to(vector, (1.0 - share).sqrt());
        add_signature(token, (share / vector.len() as f32).sqrt(), vector);
        if !scale_to(vector, 1.0) {
            add_signature(token, (1.0 / vector.len() as f32).sqrt(), vector);
        }
    }

    fn encoded(
        &self,
        mut distinct: Distinct,
        length: impl Fn(&Distinct, usize) -> f32,
    ) -> Result<Encoded, EncodeError> {
        let dim = self.table.dim();
        let mut vectors = std::mem::take(&mut distinct.vectors);
        for (at, row) in vectors.chunks_exact_mut(dim).enumerate() {
            let length = length(&distinct, at);
            row.iter_mut().for_each(|value| *value *= length);
        }
        Ok(Encoded {
            vectors: MultiVector::new(vectors, dim)?,
            tokens: distinct.spans,
            num_truncated: distinct.num_truncated,
        })
    }
}

/// Makes a vector `length` long, unless it is zero.
fn scale_to(vector: &mut [f32], length: f32) -> bool {
    let square: f32 = vector.iter().map(|value| value * value).sum();
    if square > 0.0 {
        let scale = length / square.sqrt();
        vector.iter_mut().for_each(|value| *value *= scale);
    }
    square > 0.0
}
