//! The words behind the rows of a document.

use crate::error::Result;
use pleiad::{MultiVector, Reduction, Schema, StoredDocument};
use pleiad_encode::{Encoded, Encoder, TokenSpan};
use serde_json::Value;
use std::borrow::Cow;

/// Returns the encoded text of a document: the title is the beginning of the text.
pub fn searchable_text<'a>(title: Option<&str>, text: &'a str) -> Cow<'a, str> {
    title.map_or(Cow::Borrowed(text), |title| Cow::Owned(format!("{title}\n{text}")))
}

/// Words named beside the closest one.
const MAX_OTHERS: usize = 3;

/// The words that each stored row of a document stands for.
///
/// Where each row is one token, the stored rows serve, and the text is only cut into tokens. Where several tokens share a
/// row, which of them do is not stored: the text is encoded and reduced again.
pub struct RowWords {
    /// The vectors of tokens: stored ones, or those from before the reduction.
    vectors: MultiVector,
    /// The word of each.
    words: Vec<String>,
    /// The tokens of each stored row; none when the text cannot name them.
    rows: Vec<Vec<usize>>,
}

impl RowWords {
    /// Finds the words of a document's rows. Cost: a model runs over the text only where tokens were pooled.
    ///
    /// # Errors
    /// When the text cannot be encoded.
    pub fn read(schema: &Schema, encoder: &dyn Encoder, document: &StoredDocument) -> Result<Self> {
        let text = stored_text(document);
        if schema.reduction == Reduction::Keep && encoder.runs_model() {
            let tokens = encoder.document_tokens(&text)?;
            let num_rows = document.vectors.num_tokens();
            // A text that gives other rows than are stored cannot name them.
            let rows = if tokens.len() == num_rows {
                (0..num_rows).map(|row| vec![row]).collect()
            } else {
                Vec::new()
            };
            return Ok(Self { vectors: document.vectors.clone(), words: words_of(&tokens, &text), rows });
        }
        let encoded = encoder.encode_document(&text)?;
        let labels = schema.reduced_rows(&encoded.vectors)?;
        let num_rows = labels.iter().max().map_or(0, |&last| last as usize + 1);
        let mut rows = vec![Vec::new(); num_rows];
        labels.iter().enumerate().for_each(|(token, &row)| rows[row as usize].push(token));
        // A text that encodes to other rows than are stored cannot name them.
        if num_rows != document.vectors.num_tokens() {
            rows.clear();
        }
        Ok(Self { words: token_words(&encoded, &text), vectors: encoded.vectors, rows })
    }

    /// True if it is known which words stand for which rows.
    pub(crate) fn name_rows(&self) -> bool {
        self.rows.iter().flatten().any(|&token| !self.words[token].is_empty())
    }

    /// True if a word is among those of the document, in whatever case.
    pub(crate) fn hold(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.words.iter().any(|found| found.to_lowercase() == word)
    }

    /// The word of a row that comes closest to a query's token, and their cosine.
    pub fn closest(&self, query_token: &[f32], row: u32) -> Option<(&str, f32)> {
        self.ranked(query_token, row).into_iter().next()
    }

    /// The word of a row that comes closest to a query's token, then the others that share the row:
    /// `unpack (with extract, files)`.
    pub fn phrase(&self, query_token: &[f32], row: u32) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for (word, _) in self.ranked(query_token, row) {
            if !names.contains(&word) {
                names.push(word);
            }
        }
        let (closest, others) = names.split_first()?;
        if others.is_empty() {
            return Some((*closest).to_owned());
        }
        let named = others[..others.len().min(MAX_OTHERS)].join(", ");
        let more = match others.len().saturating_sub(MAX_OTHERS) {
            0 => String::new(),
            number => format!(" and {number} more"),
        };
        Some(format!("{closest} (with {named}{more})"))
    }

    /// The words of a row with their cosines, the closest to a query's token first.
    fn ranked(&self, query_token: &[f32], row: u32) -> Vec<(&str, f32)> {
        let tokens = self.rows.get(row as usize).map_or(&[][..], Vec::as_slice);
        // What a model puts around a text is no word of it.
        let tokens = tokens.iter().filter(|&&token| !self.words[token].is_empty());
        let dim = self.vectors.dim();
        let of_token = |&token: &usize| {
            let vector = &self.vectors.data()[token * dim..][..dim];
            (self.words[token].as_str(), cosine(query_token, vector))
        };
        let mut ranked: Vec<(&str, f32)> = tokens.map(of_token).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

/// The part of a stored document that was encoded: title and text.
pub fn stored_text(document: &StoredDocument) -> Cow<'_, str> {
    let title = document.attributes.get("title").and_then(Value::as_str);
    searchable_text(title, document.text.as_deref().unwrap_or_default())
}

/// The word of every token.
pub(crate) fn token_words(encoded: &Encoded, text: &str) -> Vec<String> {
    words_of(&encoded.tokens, text)
}

fn words_of(tokens: &[TokenSpan], text: &str) -> Vec<String> {
    tokens.iter().map(|token| token.word_in(text).unwrap_or_default().to_owned()).collect()
}

/// Euclidean length.
pub(crate) fn length(row: &[f32]) -> f32 {
    row.iter().map(|value| value * value).sum::<f32>().sqrt()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    dot / (length(a) * length(b)).max(f32::MIN_POSITIVE)
}
