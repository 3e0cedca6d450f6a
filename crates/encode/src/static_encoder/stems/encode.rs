use super::super::{MAX_DOCUMENT_TOKENS, MAX_QUERY_TOKENS};
use super::Stems;
use super::document_frequencies::DocumentFrequencies;
use super::key::{add_signature, key};
use super::terms::Terms;
use crate::encoder::{Encoded, TokenSpan};
use crate::error::EncodeError;
use pleiad_vectors::MultiVector;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// Distinct stems of one text in the order of first occurrence.
#[derive(Default)]
struct Distinct {
    places: HashMap<u32, usize>,
    spans: Vec<TokenSpan>,
    counts: Vec<u32>,
    /// Weight of each.
    weights: Vec<f32>,
    /// Row-major `[num_stems, dim]`: what each means, one long, or zero where nothing is known of it.
    meanings: Vec<f32>,
    /// All words, not only distinct ones.
    num_words: usize,
    num_truncated: usize,
}

/// Selection of the stems of a text.
struct Wanted<W> {
    limit: usize,
    /// The weight of a stem, by its key and the row of the table.
    weight: W,
    /// True where stems of weight zero are left out.
    must_weigh: bool,
}

impl Stems {
    /// One vector per distinct stem, as long as its general weight times its occurrences.
    pub(in super::super) fn query(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.query_in(text, &DocumentFrequencies::default())
    }

    /// One vector per distinct stem, as long as its weight in a collection times its occurrences.
    pub(super) fn query_in(
        &self,
        text: &str,
        frequencies: &DocumentFrequencies,
    ) -> Result<Encoded, EncodeError> {
        let weight = |token, row| frequencies.weight(token, self.weight(row));
        let distinct = self.distinct(text, &Wanted { limit: MAX_QUERY_TOKENS, weight, must_weigh: true });
        let lengths =
            distinct.weights.iter().zip(&distinct.counts).map(|(weight, &count)| weight * count as f32);
        self.encoded(&distinct, lengths, &vec![0.0; self.table.dim()])
    }

    /// One vector per distinct stem, as long as BM25 would count its occurrences, and with what the document is about
    /// added.
    pub(in super::super) fn document(&self, text: &str) -> Result<Encoded, EncodeError> {
        let weight = |_, row| self.weight(row);
        let distinct = self.distinct(text, &Wanted { limit: MAX_DOCUMENT_TOKENS, weight, must_weigh: false });
        let lengths =
            distinct.counts.iter().map(|&count| self.params.document_length(count, distinct.num_words));
        self.encoded(&distinct, lengths, &self.topic(&distinct))
    }

    /// The weight of a stem in general.
    fn weight(&self, row: Option<usize>) -> f32 {
        row.map_or(self.params.unknown_weight, |row| self.table.weight(row))
    }

    fn distinct<W: Fn(u32, Option<usize>) -> f32>(&self, text: &str, wanted: &Wanted<W>) -> Distinct {
        let mut distinct = Distinct::default();
        let mut last_word = 0..0;
        Terms::default().for_each_or_symbols(text, |stem, word| {
            // The parts of a name do not make a document longer.
            distinct.num_words += usize::from(word != last_word);
            last_word = word.clone();
            self.meet(stem, word, wanted, &mut distinct);
        });
        distinct
    }

    /// Counts one occurrence of a stem.
    fn meet<W: Fn(u32, Option<usize>) -> f32>(
        &self,
        stem: &str,
        word: Range<usize>,
        wanted: &Wanted<W>,
        distinct: &mut Distinct,
    ) {
        let token = key(stem);
        match distinct.places.entry(token) {
            Entry::Occupied(place) => {
                if let Some(count) = distinct.counts.get_mut(*place.get()) {
                    *count += 1;
                }
            }
            Entry::Vacant(place) => {
                let row = self.table.find(token);
                let weight = (wanted.weight)(token, row);
                let is_full = distinct.spans.len() == wanted.limit;
                if is_full || (wanted.must_weigh && weight <= 0.0) {
                    // Remembered, so that a stem that is left out counts once.
                    place.insert(usize::MAX);
                    distinct.num_truncated += usize::from(is_full);
                    return;
                }
                place.insert(distinct.spans.len());
                distinct.spans.push(TokenSpan { token, word });
                distinct.counts.push(1);
                distinct.weights.push(weight);
                self.push_meaning(stem, row, &mut distinct.meanings);
            }
        }
    }

    /// Appends what a stem means.
    fn push_meaning(&self, stem: &str, row: Option<usize>, meanings: &mut Vec<f32>) {
        let begin = meanings.len();
        meanings.resize(begin + self.table.dim(), 0.0);
        let meaning = &mut meanings[begin..];
        match row {
            Some(row) => self.table.add(row, meaning),
            None => self.table.for_each_piece(stem, |row| self.table.add(row, meaning)),
        }
        scale_to(meaning, 1.0);
    }

    /// Topic of a document, at the length that the rules set: the mean of its stems' vectors, by their weights and
    /// how often they occur.
    ///
    /// It is added to every vector of the document alike, so that it changes no match. A question's stem finds its best
    /// word as before, and beside it counts how near it is to the whole: Σ over stems of weight · meaning · topic,
    /// which is how a mean of the question's vectors would be compared with one of the document's.
    fn topic(&self, distinct: &Distinct) -> Vec<f32> {
        let mut topic = vec![0.0; self.table.dim()];
        let Some(length) = self.params.topic_length(distinct.num_words) else { return topic };
        let parts = distinct.counts.iter().zip(&distinct.weights);
        for (meaning, (&count, weight)) in distinct.meanings.chunks_exact(topic.len()).zip(parts) {
            let share = weight * self.params.saturated(count);
            topic.iter_mut().zip(meaning).for_each(|(sum, value)| *sum += share * value);
        }
        scale_to(&mut topic, length);
        topic
    }

    /// Rows of these lengths, with one vector added to each.
    fn encoded(
        &self,
        distinct: &Distinct,
        lengths: impl Iterator<Item = f32>,
        added: &[f32],
    ) -> Result<Encoded, EncodeError> {
        let dim = self.table.dim();
        let mut vectors = distinct.meanings.clone();
        for ((row, span), length) in vectors.chunks_exact_mut(dim).zip(&distinct.spans).zip(lengths) {
            self.sign(span.token, row);
            row.iter_mut().zip(added).for_each(|(value, added)| *value = *value * length + added);
        }
        Ok(Encoded {
            vectors: MultiVector::new(vectors, dim)?,
            tokens: distinct.spans.clone(),
            sentence: None,
            num_windows: usize::from(distinct.num_words > 0),
            num_truncated: distinct.num_truncated,
        })
    }

    /// Makes a vector of a meaning, one long: with the signature of its stem, or that alone where nothing is known of
    /// it.
    fn sign(&self, token: u32, vector: &mut [f32]) {
        let share = self.params.signature_share;
        scale_to(vector, (1.0 - share).sqrt());
        add_signature(token, (share / vector.len() as f32).sqrt(), vector);
        if !scale_to(vector, 1.0) {
            add_signature(token, (1.0 / vector.len() as f32).sqrt(), vector);
        }
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
