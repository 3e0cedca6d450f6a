use super::{BertRules, WordPiece};
use crate::error::EncodeError;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct TokenizerJson {
    normalizer: Normalizer,
    pre_tokenizer: Typed,
    model: Vocabulary,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    rules: serde_json::Value,
}

/// The part of a `tokenizer.json` that is about pieces.
#[derive(Debug, Deserialize)]
pub(crate) struct Vocabulary {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) unk_token: String,
    pub(crate) continuing_subword_prefix: String,
    pub(crate) max_input_chars_per_word: usize,
    pub(crate) vocab: HashMap<String, u32>,
}

/// One setting that must have one value.
fn only(what: &'static str, found: &str, supported: &'static str) -> Result<(), EncodeError> {
    if found == supported {
        return Ok(());
    }
    Err(EncodeError::TokenizerUnsupported { what, found: found.to_owned(), supported })
}

impl Normalizer {
    fn check(&self) -> Result<(), EncodeError> {
        only("normalizer", &self.kind, "BertNormalizer")?;
        let rules: BertRules = serde_json::from_value(self.rules.clone())?;
        for (what, value) in [
            ("normalizer.clean_text", rules.clean_text),
            ("normalizer.handle_chinese_chars", rules.handle_chinese_chars),
            ("normalizer.lowercase", rules.lowercase),
            ("normalizer.strip_accents", rules.strips_accents()),
        ] {
            only(what, if value { "true" } else { "false" }, "true")?;
        }
        Ok(())
    }
}

impl Vocabulary {
    /// The pieces behind the basic tokenizer of uncased BERT.
    pub(crate) fn into_word_piece(self) -> Result<WordPiece, EncodeError> {
        only("model", &self.kind, "WordPiece")?;
        only("model.continuing_subword_prefix", &self.continuing_subword_prefix, "##")?;
        let Some(&unknown) = self.vocab.get(&self.unk_token) else {
            return Err(EncodeError::NoUnknownToken { token: self.unk_token });
        };
        let max_piece_bytes = self.vocab.keys().map(String::len).max().unwrap_or(0);
        let (mut initial, mut continuing) = (HashMap::with_capacity(self.vocab.len()), HashMap::new());
        for (token, id) in self.vocab {
            match token.strip_prefix("##") {
                Some(piece) => continuing.insert(piece.into(), id),
                None => initial.insert(token.into(), id),
            };
        }
        let (max_word_chars, rules) = (self.max_input_chars_per_word, BertRules::UNCASED);
        Ok(WordPiece { initial, continuing, max_piece_bytes, max_word_chars, unknown, rules })
    }
}

pub(super) fn parse(json: &[u8]) -> Result<WordPiece, EncodeError> {
    let file: TokenizerJson = serde_json::from_slice(json)?;
    file.normalizer.check()?;
    only("pre_tokenizer", &file.pre_tokenizer.kind, "BertPreTokenizer")?;
    file.model.into_word_piece()
}
