//! ColBERTer's heads (Hofstätter et al., CIKM 2022, arXiv 2203.13088): one vector for the text, one for each whole
//! word.
//!
//! A text becomes one set whose rows have two parts. The first row is the text's, zero in the part of the words; the
//! others are the words', zero in the part of the text. Their MaxSim is then the paper's fused score,
//! σ(γ) · s_CLS + (1 − σ(γ)) · s_words (eq. 10), with the weights in the query's rows, but for one thing: what is below
//! zero counts as zero, since a row of the other part is always there to be met.
//!
//! Where only equal words may meet (Uni-ColBERTer, eq. 11), the part of the words has one place for each of some
//! hundred groups of words, and a word stands in its group's: words of different groups cannot meet.

use super::rules::{Prepared, Side, WordId};
use crate::encoder::TokenSpan;
use crate::transformer::{Linear, LinearNames, Precision};
use crate::weights::{ModelError, Settings, Tensors};
use pleiad_kernels::{Activation, ByteRows};
use std::collections::HashMap;

/// Values of the part of words where only equal words may meet. Two words of a text of 40 share a place with a query
/// word in 4 % of the cases where a word has one value.
const EXACT_VALUES: usize = 1024;

/// Layers behind the backbone.
#[derive(Debug)]
pub(crate) struct WholeWords {
    /// The text's vector, from its first token.
    text: Linear,
    words: Linear,
    /// Weight of a document's word; the word is left out where it is not positive.
    gate: Option<Linear>,
    /// Makes words even shorter.
    shorter: Option<Linear>,
    /// The weight of the text's vector in a score, σ(γ).
    share: f32,
    /// Places for groups of words: 1 where all words may meet.
    num_groups: usize,
}

impl WholeWords {
    /// Returns whether a `config.json` is one of ColBERTer.
    pub(super) fn is_described(config: &Settings) -> bool {
        config.get("compression_dim").is_some() && config.get("retrieval_compression_dim").is_some()
    }

    /// Reads the heads.
    ///
    /// # Errors
    /// When a setting or a tensor is missing, or words are not aggregated.
    pub(super) fn load(
        config: &Settings,
        tensors: &mut Tensors,
        num_inputs: usize,
    ) -> Result<Self, ModelError> {
        if config.flag("aggregate_unique_ids")? != Some(true) {
            let found = config.get("aggregate_unique_ids").cloned().unwrap_or_default();
            return Err(config.wrong("aggregate_unique_ids", &found, "true: one vector for each whole word"));
        }
        let text_dim = config.needed_count("retrieval_compression_dim")?;
        let word_dim = config.needed_count("compression_dim")?;
        let shorter_dim = match config.number("second_compress_dim")? {
            Some(dim) if dim >= 1.0 => Some(config.needed_count("second_compress_dim")?),
            _ => None,
        };
        let is_exact = config.flag("compress_to_exact_mini_mode")?.unwrap_or(false);
        let is_gated = config.flag("use_contextualized_stopwords")?.unwrap_or(false);
        tensors.bare(|tensors| {
            let mut linear = |name: &str, num_inputs, num_outputs| {
                let names = [name.to_owned()];
                let layer = LinearNames { names: &names, num_inputs, num_outputs, has_bias: true };
                Linear::load(tensors, Precision::F32, &layer)
            };
            let text = linear("compressor_retrieval", num_inputs, text_dim)?;
            let words = linear("compressor", num_inputs, word_dim)?;
            let gate = is_gated.then(|| linear("stop_word_reducer", word_dim, 1)).transpose()?;
            let shorter = shorter_dim.map(|dim| linear("mini_compressor", word_dim, dim)).transpose()?;
            let gamma = tensors.values("score_merger", &[1])?[0];
            let values = shorter_dim.unwrap_or(word_dim);
            let num_groups = if is_exact { (EXACT_VALUES / values).max(1) } else { 1 };
            Ok(Self { text, words, gate, shorter, share: 1.0 / (1.0 + (-gamma).exp()), num_groups })
        })
    }

    /// Values per row.
    pub(super) fn dim(&self) -> usize {
        self.text.num_outputs() + self.word_dim() * self.num_groups
    }

    fn word_dim(&self) -> usize {
        self.shorter.as_ref().unwrap_or(&self.words).num_outputs()
    }

    /// The set of one text from the hidden states of its tokens.
    pub(super) fn encode(&self, states: &[f32], prepared: &Prepared) -> Part {
        let side = prepared.side.unwrap_or(Side::Document);
        let (text_weight, word_weight) = match side {
            Side::Query => (self.share, 1.0 - self.share),
            Side::Document => (1.0, 1.0),
        };
        let mut data = Vec::new();
        let mut push = |at: usize, values: &[f32], weight: f32| {
            let start = data.len();
            data.resize(start + self.dim(), 0.0);
            data[start + at..].iter_mut().zip(values).for_each(|(out, value)| *out = weight * value);
        };
        let num_inputs = self.text.num_inputs();
        push(0, &apply(&self.text, &states[..num_inputs]), text_weight);
        let first = prepared.tokens.first().copied().unwrap_or_default();
        let mut tokens = vec![TokenSpan { token: first, word: 0..0 }];
        let (words, mut rows) = self.mean_words(states, prepared);
        let gates = self.gate.as_ref().filter(|_| side == Side::Document).map(|gate| apply(gate, &rows));
        if let Some(gates) = &gates {
            for (row, gate) in rows.chunks_exact_mut(self.words.num_outputs()).zip(gates) {
                row.iter_mut().for_each(|value| *value *= gate.max(0.0));
            }
        }
        if let Some(shorter) = &self.shorter {
            rows = apply(shorter, &rows);
        }
        for (at, (word, row)) in words.into_iter().zip(rows.chunks_exact(self.word_dim())).enumerate() {
            if gates.as_ref().is_none_or(|gates| gates[at] > 0.0) {
                let group = word.token as usize % self.num_groups;
                push(self.text.num_outputs() + group * self.word_dim(), row, word_weight);
                tokens.push(word);
            }
        }
        Part { rows: data, tokens, sentence: None, num_truncated: prepared.num_truncated }
    }

    /// The words of a text in the order in which they come first, and the mean of the vectors of all their pieces
    /// (eq. 4).
    fn mean_words(&self, states: &[f32], prepared: &Prepared) -> (Vec<TokenSpan>, Vec<f32>) {
        let pieces = apply(&self.words, states);
        let dim = self.words.num_outputs();
        let mut places: HashMap<WordId, usize> = HashMap::new();
        let (mut words, mut counts, mut sums): (Vec<TokenSpan>, Vec<f32>, Vec<f32>) = Default::default();
        for ((piece, id), word) in pieces.chunks_exact(dim).zip(&prepared.word_ids).zip(&prepared.words) {
            let Some(id) = *id else { continue };
            let at = *places.entry(id).or_insert_with(|| {
                words.push(TokenSpan { token: id.0, word: word.clone() });
                counts.push(0.0);
                sums.resize(sums.len() + dim, 0.0);
                words.len() - 1
            });
            counts[at] += 1.0;
            sums[at * dim..][..dim].iter_mut().zip(piece).for_each(|(sum, value)| *sum += value);
        }
        for (sum, count) in sums.chunks_exact_mut(dim).zip(counts) {
            sum.iter_mut().for_each(|value| *value /= count);
        }
        (words, sums)
    }
}

fn apply(linear: &Linear, rows: &[f32]) -> Vec<f32> {
    let (mut out, mut bytes) = (Vec::new(), ByteRows::default());
    linear.apply(rows, Activation::Identity, &mut bytes, &mut out);
    out
}

/// The result of one sequence.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Row-major `[num_tokens, dim]`.
    pub(super) rows: Vec<f32>,
    pub(super) tokens: Vec<TokenSpan>,
    /// Vector of the whole text, not normalized yet.
    pub(super) sentence: Option<Vec<f32>>,
    pub(super) num_truncated: usize,
}
