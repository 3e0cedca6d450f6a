use super::ModelEncoder;
use super::rules::{Prepared, SideRules, WordId};
use super::whole_words::WholeWords;
use crate::encoder::{Encoded, Encoder, QueryEncoder, TokenSpan};
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

impl QueryEncoder for ModelEncoder {
    fn encode(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.encode_query(text)
    }
}

impl Encoder for ModelEncoder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dim(&self) -> usize {
        self.model.dim
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
        Ok(prepared.as_ref().map(spans).unwrap_or_default())
    }

    /// Texts of like lengths go through the layers together, such groups on all cores. The vectors are those of
    /// each text alone, to the bit.
    fn encode_documents(&self, texts: &[&str]) -> Result<Vec<Encoded>, EncodeError> {
        let rules = &self.model.rules.document;
        let prepared: Vec<_> =
            texts.par_iter().map(|text| rules.prepare(&self.model.tokenizer, text)).collect();
        let mut encoded: Vec<(usize, Encoded)> = groups(&prepared)
            .into_par_iter()
            .map(|group| self.run(&prepared, &group))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        encoded.sort_unstable_by_key(|&(at, _)| at);
        let mut encoded = encoded.into_iter().peekable();
        let each = |at| match encoded.next_if(|&(found, _)| found == at) {
            Some((_, encoded)) => Ok(encoded),
            None => self.empty(),
        };
        (0..texts.len()).map(each).collect()
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

    fn for_collection(&self, _sample: &[&str]) -> Box<dyn QueryEncoder> {
        Box::new(self.clone())
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
        let prepared = rules.prepare(&self.model.tokenizer, text);
        if prepared.is_none() {
            return self.empty();
        }
        let encoded = self.run(&[prepared], &[0])?.pop();
        encoded.map_or_else(|| self.empty(), |(_, encoded)| Ok(encoded))
    }

    fn empty(&self) -> Result<Encoded, EncodeError> {
        Ok(Encoded {
            vectors: MultiVector::new(Vec::new(), self.model.dim)?,
            tokens: Vec::new(),
            num_truncated: 0,
        })
    }

    /// Runs the texts of one group, and gives each with its place.
    fn run(&self, all: &[Option<Prepared>], group: &[usize]) -> Result<Vec<(usize, Encoded)>, EncodeError> {
        let members: Vec<(usize, &Prepared)> =
            group.iter().filter_map(|&at| Some((at, all.get(at)?.as_ref()?))).collect();
        let sequences: Vec<Sequence<'_>> = members
            .iter()
            .map(|(_, prepared)| Sequence { tokens: &prepared.tokens, num_keys: prepared.num_keys })
            .collect();
        let states = self.model.backbone.forward(&sequences, self.adapters.as_deref())?;
        if let Some(heads) = &self.model.whole_words {
            return self.whole_words(heads, members, &states);
        }
        let mut rows = self.kept_rows(&members, states);
        for dense in &self.model.dense {
            rows = dense.apply(&rows);
        }
        let mut encoded = Vec::with_capacity(members.len());
        let mut rest = rows.as_mut_slice();
        for (at, prepared) in members {
            let num_kept = prepared.is_kept.iter().filter(|&&is_kept| is_kept).count();
            let (own, behind) = rest.split_at_mut(num_kept * self.model.dim);
            rest = behind;
            if self.model.rules.is_normalised {
                unit_rows(Isa::best(), own, self.model.dim);
            }
            let vectors = MultiVector::new(own.to_vec(), self.model.dim)?;
            encoded.push((
                at,
                Encoded { vectors, tokens: spans(prepared), num_truncated: prepared.num_truncated },
            ));
        }
        Ok(encoded)
    }

    fn whole_words(
        &self,
        heads: &WholeWords,
        members: Vec<(usize, &Prepared)>,
        mut states: &[f32],
    ) -> Result<Vec<(usize, Encoded)>, EncodeError> {
        let each = |(at, prepared): (usize, &Prepared)| {
            let (own, behind) = states.split_at(prepared.tokens.len() * self.model.backbone.dim);
            states = behind;
            Ok((at, heads.encode(own, prepared)?))
        };
        members.into_iter().map(each).collect()
    }

    /// The hidden states of tokens that get a vector; those of plain models are made one long at the end, as all.
    fn kept_rows(&self, members: &[(usize, &Prepared)], states: Vec<f32>) -> Vec<f32> {
        if members.iter().all(|(_, prepared)| prepared.is_kept.iter().all(|&is_kept| is_kept)) {
            return states;
        }
        let is_kept = members.iter().flat_map(|(_, prepared)| &prepared.is_kept);
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

/// Texts of like lengths, the longest first, so that no core ends with a long one.
fn groups(prepared: &[Option<Prepared>]) -> Vec<Vec<usize>> {
    let num_tokens = |at: usize| prepared[at].as_ref().map_or(0, |prepared| prepared.tokens.len());
    let mut order: Vec<usize> = (0..prepared.len()).filter(|&at| prepared[at].is_some()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(num_tokens(at)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for at in order {
        let needed = num_tokens(at);
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
