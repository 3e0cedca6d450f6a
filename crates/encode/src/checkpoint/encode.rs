use super::ModelEncoder;
use super::rules::{Prepared, SideRules, WordId};
use super::sentence::Sentence;
use super::whole_words::Part;
use super::whole_words::WholeWords;
use crate::encoder::{Encoded, Encoder, TokenSpan};
use crate::error::EncodeError;
use crate::transformer::Sequence;
use crate::weights::ModelError;
use pleiad_kernels::{Isa, unit_rows};
use pleiad_vectors::MultiVector;
use rayon::prelude::*;
use std::ops::Range;

/// Tokens that go through the layers side by side, about: enough that weights are read rarely, few enough that what
/// is between layers stays near.
const GROUP_TOKENS: usize = 512;

/// Sees the number of a layer, and rows of inputs of its first and of its second feed-forward product.
pub(crate) type LayerWatch<'a> = &'a mut dyn FnMut(usize, &[f32], &[f32]);

impl Encoder for ModelEncoder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dim(&self) -> usize {
        self.model.dim
    }

    fn sentence_dim(&self) -> Option<usize> {
        (self.model.sentence != Sentence::Off).then_some(self.model.backbone.dim)
    }

    fn encode_query(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.encode_side(&self.model.rules.query, text)
    }

    fn encode_document(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.encode_side(&self.model.rules.document, text)
    }

    fn document_tokens(&self, text: &str) -> Result<Vec<TokenSpan>, EncodeError> {
        if self.model.whole_words.is_some() {
            // The model decides which words of a text get a vector.
            return Ok(self.encode_document(text)?.tokens);
        }
        let prepared = self.model.rules.document.prepare(&self.model.tokenizer, text);
        Ok(prepared.iter().flat_map(spans).collect())
    }

    /// Texts of like lengths go through the layers together, such groups on all cores. The vectors are those of
    /// each text alone, to the bit.
    fn encode_documents(&self, texts: &[&str]) -> Result<Vec<Encoded>, EncodeError> {
        let rules = &self.model.rules.document;
        let windows: Vec<Vec<Prepared>> =
            texts.par_iter().map(|text| rules.prepare(&self.model.tokenizer, text)).collect();
        let num_windows: Vec<usize> = windows.iter().map(Vec::len).collect();
        let parts = self.run_all(&windows.into_iter().flatten().collect::<Vec<_>>())?;
        let mut parts = parts.into_iter();
        num_windows.into_iter().map(|number| self.join(parts.by_ref().take(number))).collect()
    }

    fn languages(&self) -> &[String] {
        &self.model.languages
    }

    fn notes(&self) -> &[String] {
        &self.model.notes
    }

    fn with_language(&self, language: &str) -> Result<Option<Box<dyn Encoder>>, ModelError> {
        Ok(Some(Box::new(self.in_language(language)?)))
    }

    fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        self.model.tokenizer.for_each_piece(text, |piece| {
            let found = match &self.model.whole_words {
                None => piece.token,
                Some(_) => WordId::of(&text[piece.word.clone()]).0,
            };
            if found == token && words.last() != Some(&piece.word) {
                words.push(piece.word);
            }
        });
        words
    }
}

impl ModelEncoder {
    /// The last hidden states of the backbone for sequences of token ids, `[num_tokens, hidden_dim]` each: what
    /// stands before projections, whatever the rules of the checkpoint. Cost: one pass over all of them.
    ///
    /// # Errors
    /// When a sequence is empty or longer than the backbone has positions for, an id is not in the vocabulary, or ONNX
    /// Runtime fails.
    pub fn hidden_states(&self, sequences: &[&[u32]]) -> Result<Vec<MultiVector>, EncodeError> {
        let (max_tokens, num_rows) = (self.model.backbone.max_tokens, self.model.backbone.num_tokens);
        for &tokens in sequences {
            if tokens.is_empty() || tokens.len() > max_tokens {
                return Err(EncodeError::SequenceLength { num_tokens: tokens.len(), max_tokens });
            }
            if let Some(&id) = tokens.iter().find(|&&id| id as usize >= num_rows) {
                return Err(EncodeError::TokenOutOfRange { token: format!("#{id}"), id, num_rows });
            }
        }
        let all: Vec<_> =
            sequences.iter().map(|&tokens| Sequence { tokens, num_keys: tokens.len() }).collect();
        let states = self.model.backbone.forward(&all, self.adapters.as_deref())?;
        let mut rest = states.as_slice();
        let mut each = |tokens: &&[u32]| {
            let (own, behind) = rest.split_at(tokens.len() * self.model.backbone.dim);
            rest = behind;
            Ok(MultiVector::new(own.to_vec(), self.model.backbone.dim)?)
        };
        sequences.iter().map(&mut each).collect()
    }

    fn encode_side(&self, rules: &SideRules, text: &str) -> Result<Encoded, EncodeError> {
        self.join(self.run_all(&rules.prepare(&self.model.tokenizer, text))?.into_iter())
    }

    /// Shows the inputs of both feed-forward products of each layer to `watch`, for each window of a document: the number
    /// of the layer, and both.
    pub(crate) fn watch(&self, text: &str, watch: LayerWatch<'_>) {
        for window in self.model.rules.document.prepare(&self.model.tokenizer, text) {
            let mut layer = 0;
            self.model.backbone.watch(&window.tokens, &mut |first, second| {
                watch(layer, first, second);
                layer += 1;
            });
        }
    }

    /// Runs sequences in groups on all cores; what they give comes in their order.
    fn run_all(&self, prepared: &[Prepared]) -> Result<Vec<Part>, EncodeError> {
        let run = |group: Vec<usize>| Ok(group.iter().copied().zip(self.run(prepared, &group)?).collect());
        let mut parts: Vec<(usize, Part)> = match prepared {
            [] => return Ok(Vec::new()),
            [_] => run(vec![0])?,
            _ => groups(prepared)
                .into_par_iter()
                .map(run)
                .collect::<Result<Vec<Vec<_>>, EncodeError>>()?
                .into_iter()
                .flatten()
                .collect(),
        };
        parts.sort_unstable_by_key(|&(at, _)| at);
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// Makes one text of its windows.
    fn join(&self, parts: impl Iterator<Item = Part>) -> Result<Encoded, EncodeError> {
        let (mut whole, mut num_windows) = (Part::default(), 0);
        for part in parts {
            num_windows += 1;
            if num_windows == 1 {
                whole = part;
                continue;
            }
            whole.rows.extend(part.rows);
            whole.tokens.extend(part.tokens);
            whole.num_truncated += part.num_truncated;
            let sums = whole.sentence.iter_mut().flatten().zip(part.sentence.iter().flatten());
            sums.for_each(|(sum, value)| *sum += value);
        }
        if let Some(sentence) = &mut whole.sentence {
            let num_values = sentence.len();
            unit_rows(Isa::best(), sentence, num_values);
        }
        Ok(Encoded {
            vectors: MultiVector::new(whole.rows, self.model.dim)?,
            tokens: whole.tokens,
            sentence: whole.sentence,
            num_windows,
            num_truncated: whole.num_truncated,
        })
    }

    /// Runs the sequences of one group.
    fn run(&self, all: &[Prepared], group: &[usize]) -> Result<Vec<Part>, EncodeError> {
        let members: Vec<&Prepared> = group.iter().filter_map(|&at| all.get(at)).collect();
        let sequences: Vec<Sequence<'_>> = members
            .iter()
            .map(|prepared| Sequence { tokens: &prepared.tokens, num_keys: prepared.num_keys })
            .collect();
        let states = self.model.backbone.forward(&sequences, self.adapters.as_deref())?;
        if let Some(heads) = &self.model.whole_words {
            return Ok(self.whole_words(heads, &members, &states));
        }
        let sentences = self.sentences(&members, &states);
        let mut rows = self.kept_rows(&members, states);
        for dense in &self.model.dense {
            rows = dense.apply(&rows);
        }
        if self.model.rules.is_normalized && !rows.is_empty() {
            unit_rows(Isa::best(), &mut rows, self.model.dim);
        }
        let mut rest = rows.as_slice();
        let each = |(prepared, sentence): (&&Prepared, Option<Vec<f32>>)| {
            let num_kept = prepared.is_kept.iter().filter(|&&is_kept| is_kept).count();
            let (own, behind) = rest.split_at(num_kept * self.model.dim);
            rest = behind;
            let (tokens, num_truncated) = (spans(prepared), prepared.num_truncated);
            Part { rows: own.to_vec(), tokens, sentence, num_truncated }
        };
        Ok(members.iter().zip(sentences).map(each).collect())
    }

    /// Sums of hidden states that make the vectors of whole texts.
    fn sentences(&self, members: &[&Prepared], mut states: &[f32]) -> Vec<Option<Vec<f32>>> {
        let dim = self.model.backbone.dim;
        let each = |prepared: &&Prepared| {
            let (own, behind) = states.split_at(prepared.tokens.len() * dim);
            states = behind;
            self.model.sentence.sum(own, dim)
        };
        members.iter().map(each).collect()
    }

    fn whole_words(&self, heads: &WholeWords, members: &[&Prepared], mut states: &[f32]) -> Vec<Part> {
        let each = |prepared: &&Prepared| {
            let (own, behind) = states.split_at(prepared.tokens.len() * self.model.backbone.dim);
            states = behind;
            heads.encode(own, prepared)
        };
        members.iter().map(each).collect()
    }

    /// The hidden states of tokens that get a vector; those of plain models are made one long at the end, as all.
    fn kept_rows(&self, members: &[&Prepared], states: Vec<f32>) -> Vec<f32> {
        if members.iter().all(|prepared| prepared.is_kept.iter().all(|&is_kept| is_kept)) {
            return states;
        }
        let is_kept = members.iter().flat_map(|prepared| &prepared.is_kept);
        let rows = states.chunks_exact(self.model.backbone.dim).zip(is_kept);
        rows.filter(|&(_, &is_kept)| is_kept).flat_map(|(row, _)| row).copied().collect()
    }
}

fn spans(prepared: &Prepared) -> Vec<TokenSpan> {
    let tokens = prepared.tokens.iter().zip(&prepared.words).zip(&prepared.is_kept);
    tokens
        .filter(|&(_, &is_kept)| is_kept)
        .map(|((&token, word), _)| TokenSpan { token, word: word.clone() })
        .collect()
}

/// Sequences of like lengths, the longest first, so that no core ends with a long one.
fn groups(prepared: &[Prepared]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..prepared.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(prepared[at].tokens.len()));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for at in order {
        let needed = prepared[at].tokens.len();
        match groups.last_mut() {
            Some(group) if needed <= room => group.push(at),
            _ => {
                groups.push(vec![at]);
                room = GROUP_TOKENS;
            }
        }
        room = room.saturating_sub(needed);
    }
    groups
}
