use super::table::{DistillError, StaticTable};
use super::weigh::Frequencies;
use crate::checkpoint::ModelEncoder;
use crate::encoder::{Encoded, Encoder};
use crate::error::EncodeError;
use crate::static_encoder::stems::Terms;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Averages of what a model makes of stems, and of the pieces that continue words.
///
/// A row is wanted for every stem of the model's vocabulary and of the words given; what else texts hold is counted,
/// and its pieces learn from it. The same model and texts, in the same order and on processors with the same
/// instructions, give the same table to the byte.
pub struct Distiller<'a> {
    model: &'a ModelEncoder,
    terms: Terms,
    /// By stem, or by piece with its `##`.
    units: BTreeMap<String, Unit>,
    /// Pieces that continue words, by token.
    continuing: HashMap<u32, String>,
    /// Texts that are encoded by themselves, and the unit that each belongs to.
    entries: Vec<(String, String)>,
    frequencies: Frequencies,
}

/// Vectors of a stem or piece.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Σ of its vectors in texts; empty before the first.
    in_texts: Vec<f32>,
    num_in_texts: u64,
    /// Σ of the vectors of its entries by themselves; empty before the first.
    alone: Vec<f32>,
    num_alone: u64,
}

/// For how many occurrences in texts the word by itself counts.
const ALONE_COUNTS: f32 = 2.0;

impl<'a> Distiller<'a> {
    /// Nothing learned yet. `words` get a row beside those of the model's vocabulary.
    pub fn new(model: &'a ModelEncoder, words: &[String]) -> Self {
        let (terms, mut units, mut entries) = (Terms::default(), BTreeMap::new(), Vec::new());
        let mut continuing = HashMap::new();
        let vocabulary = model.vocabulary();
        let frequencies = Frequencies::of_vocabulary(&vocabulary, &terms);
        for (token, entry) in vocabulary {
            match entry.strip_prefix("##") {
                Some(piece) if piece.contains(char::is_alphanumeric) => {
                    entries.push((piece.to_owned(), entry.clone()));
                    continuing.insert(token, entry);
                }
                _ => entries.extend(terms.first(&entry).map(|stem| (entry, stem))),
            }
        }
        entries.extend(words.iter().filter_map(|word| Some((word.clone(), terms.first(word)?))));
        units.extend(entries.iter().map(|(_, unit)| (unit.clone(), Unit::default())));
        Self { model, terms, units, continuing, entries, frequencies }
    }

    /// Words and pieces that are to be encoded by themselves.
    pub fn num_entries(&self) -> usize {
        self.entries.len()
    }

    /// Learns what the model says of some of these without a text around. Cost: the model runs over them.
    ///
    /// # Errors
    /// When the model yields something that is not a set of vectors.
    pub fn learn_entries(&mut self, range: Range<usize>) -> Result<(), EncodeError> {
        let entries = &self.entries[range];
        let texts: Vec<&str> = entries.iter().map(|(text, _)| text.as_str()).collect();
        for ((text, unit), encoded) in entries.iter().zip(self.model.encode_documents(&texts)?) {
            let rows: Vec<&[f32]> = rows_in(text, &encoded).map(|(_, row)| row).collect();
            if let (Some(unit), false) = (self.units.get_mut(unit), rows.is_empty()) {
                add(&mut unit.alone, &mean(&rows));
                unit.num_alone += 1;
            }
        }
        Ok(())
    }

    /// Learns from texts, and says how many token vectors they had. Cost: the model runs over them.
    ///
    /// # Errors
    /// As [`Distiller::learn_entries`].
    pub fn learn_texts(&mut self, texts: &[&str]) -> Result<u64, EncodeError> {
        let mut num_tokens = 0;
        for (text, encoded) in texts.iter().zip(self.model.encode_documents(texts)?) {
            num_tokens += encoded.vectors.num_tokens() as u64;
            self.learn(text, &encoded);
        }
        Ok(num_tokens)
    }

    fn learn(&mut self, text: &str, encoded: &Encoded) {
        let rows: Vec<(usize, &[f32])> = rows_in(text, encoded).collect();
        let word_of = |at: usize| &encoded.tokens[at].word;
        for word in rows.chunk_by(|(a, _), (b, _)| word_of(*a) == word_of(*b)) {
            let Some(stem) = self.terms.first(&text[word_of(word[0].0).clone()]) else { continue };
            self.frequencies.count(&stem);
            let vectors: Vec<&[f32]> = word.iter().map(|&(_, row)| row).collect();
            if let Some(unit) = self.units.get_mut(&stem) {
                unit.meet(&mean(&vectors));
            }
            for &(at, row) in word {
                let piece = self.continuing.get(&encoded.tokens[at].token);
                if let Some(unit) = piece.and_then(|piece| self.units.get_mut(piece)) {
                    unit.meet(row);
                }
            }
        }
    }

    /// The table of everything learned, with `dim` values in a row. Cost: some ten times 6 · n³ operations for a
    /// model of
    /// `n` values per token.
    ///
    /// # Errors
    /// When there are more dimensions than the model has, or than rows.
    pub fn finish(self, dim: usize) -> Result<StaticTable, DistillError> {
        let units: Vec<(String, Vec<f32>)> =
            self.units.into_iter().filter_map(|(name, unit)| Some((name, unit.direction()?))).collect();
        StaticTable::make(units, &self.frequencies, self.entries.len(), dim)
    }
}

impl Unit {
    fn meet(&mut self, vector: &[f32]) {
        add(&mut self.in_texts, vector);
        self.num_in_texts += 1;
    }

    /// The mean over texts, to which the words by themselves count for a few occurrences; nothing of what was never
    /// seen.
    fn direction(self) -> Option<Vec<f32>> {
        let mut sum = self.in_texts;
        if self.num_alone > 0 {
            let scale = ALONE_COUNTS / self.num_alone as f32;
            let alone: Vec<f32> = self.alone.iter().map(|value| value * scale).collect();
            add(&mut sum, &alone);
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        (length > 0.0).then(|| sum.iter().map(|value| value / length).collect())
    }
}

/// The rows that stand for a word of the text, with their places: a model has others for what it puts around it.
fn rows_in<'e>(text: &'e str, encoded: &'e Encoded) -> impl Iterator<Item = (usize, &'e [f32])> {
    let rows = encoded.vectors.rows().enumerate();
    rows.filter(move |&(at, _)| encoded.tokens[at].word_in(text).is_some_and(|word| !word.is_empty()))
}

fn mean(rows: &[&[f32]]) -> Vec<f32> {
    let mut sum = Vec::new();
    rows.iter().for_each(|row| add(&mut sum, row));
    sum.iter().map(|value| value / rows.len() as f32).collect()
}

fn add(sum: &mut Vec<f32>, row: &[f32]) {
    sum.resize(row.len(), 0.0);
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
}
