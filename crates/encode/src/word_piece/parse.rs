use super::WordPiece;
use crate::EncodeError;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct TokenizerJson {
    normalizer: Normalizer,
    pre_tokenizer: Typed,
    model: Model,
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
    #[serde(default)]
    clean_text: bool,
    #[serde(default)]
    handle_chinese_chars: bool,
    strip_accents: Option<bool>,
    #[serde(default)]
    lowercase: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: String,
    unk_token: String,
    continuing_subword_prefix: String,
    max_input_chars_per_word: usize,
    vocab: HashMap<String, u32>,
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
        for (what, value) in [
            ("normalizer.clean_text", self.clean_text),
            ("normalizer.handle_chinese_chars", self.handle_chinese_chars),
            ("normalizer.lowercase", self.lowercase),
            // Left open, it follows `lowercase`.
            ("normalizer.strip_accents", self.strip_accents.unwrap_or(self.lowercase)),
        ] {
            only(what, if value { "true" } else { "false" }, "true")?;
        }
        Ok(())
    }
}

impl Model {
    fn check(&self) -> Result<(), EncodeError> {
        only("model", &self.kind, "WordPiece")?;
        only("model.continuing_subword_prefix", &self.continuing_subword_prefix, "##")?;
        only("model.max_input_chars_per_word", &self.max_input_chars_per_word.to_string(), "100")
    }
}

pub(super) fn parse(json: &[u8]) -> Result<WordPiece, EncodeError> {
    let file: TokenizerJson = serde_json::from_slice(json)?;
    file.normalizer.check()?;
    only("pre_tokenizer", &file.pre_tokenizer.kind, "BertPreTokenizer")?;
    file.model.check()?;
    let vocab = file.model.vocab;
    let Some(&unknown) = vocab.get(&file.model.unk_token) else {
        return Err(EncodeError::NoUnknownToken { token: file.model.unk_token });
    };
    let max_piece_bytes = vocab.keys().map(String::len).max().unwrap_or(0);
    let (mut initial, mut continuing) = (HashMap::with_capacity(vocab.len()), HashMap::new());
    for (token, id) in vocab {
        match token.strip_prefix("##") {
            Some(piece) => continuing.insert(piece.into(), id),
            None => initial.insert(token.into(), id),
        };
    }
    Ok(WordPiece { initial, continuing, max_piece_bytes, unknown })
}
