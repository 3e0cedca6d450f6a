//! The words behind the rows of a document.

use crate::error::Result;
use pleiad::{MultiVector, Snapshot, StoredDocument};
use pleiad_encode::{Encoded, Encoder, TokenSpan};
use pleiad_terms::is_stop_word;
use serde_json::Value;
use std::borrow::Cow;

/// Returns the encoded text of a document: the title is the beginning of the text.
pub fn searchable_text<'a>(title: Option<&str>, text: &'a str) -> Cow<'a, str> {
    title.map_or(Cow::Borrowed(text), |title| Cow::Owned(format!("{title}\n{text}")))
}

/// Words named beside the closest one.
const MAX_OTHERS: usize = 3;

/// Letters that two words of one stem share, at least.
const MIN_STEM: usize = 4;

/// The words that each stored row of a document stands for.
///
/// Where a model made the rows, the stored rows serve, and the text is only cut into tokens: labels tell the row of each.
/// A document without labels, of an older release, is encoded and reduced again.
pub struct RowWords {
    /// The vectors of stored rows, or of tokens from before the reduction.
    vectors: MultiVector,
    /// True where `vectors` are rows: all tokens of a row have the vector of that.
    are_rows: bool,
    /// The word of each token.
    words: Vec<String>,
    /// The tokens of each stored row; none when the text cannot name them.
    rows: Vec<Vec<usize>>,
}

impl RowWords {
    /// Finds the words of a document's rows. Cost: the text is cut into tokens; a model runs over it only where the
    /// collection has no labels of rows.
    ///
    /// # Errors
    /// When the text cannot be encoded, or the labels cannot be read.
    pub fn read(snapshot: &Snapshot, encoder: &dyn Encoder, document: &StoredDocument) -> Result<Self> {
        let (text, schema) = (stored_text(document), snapshot.schema());
        let num_rows = document.vectors.num_tokens();
        if num_rows == 0 {
            let vectors = document.vectors.clone();
            return Ok(Self { vectors, are_rows: true, words: Vec::new(), rows: Vec::new() });
        }
        if let Some(labels) = snapshot.row_labels(document.key.as_str())? {
            let tokens = encoder.document_tokens(&text)?;
            // A text that gives other tokens than came with the rows cannot name them.
            let rows = if tokens.len() == labels.len() { tokens_of(&labels, num_rows) } else { Vec::new() };
            let (vectors, words) = (document.vectors.clone(), words_of(&tokens, &text));
            return Ok(Self { vectors, are_rows: true, words, rows });
        }
        let encoded = encoder.encode_document(&text)?;
        let labels = schema.reduced_rows(&encoded.vectors)?;
        let num_found = labels.iter().max().map_or(0, |&last| last as usize + 1);
        // A text that encodes to other rows than are stored cannot name them.
        let rows = if num_found == num_rows { tokens_of(&labels, num_rows) } else { Vec::new() };
        let words = token_words(&encoded, &text);
        Ok(Self { vectors: encoded.vectors, are_rows: false, words, rows })
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

    /// The word of a row that comes closest to a query's token and its word, and the cosine of their vectors.
    pub fn closest(&self, query_token: &[f32], query_word: Option<&str>, row: u32) -> Option<(&str, f32)> {
        self.ranked(query_token, query_word, row).into_iter().next()
    }

    /// The word of a row that comes closest to a query's token, then the others that share the row:
    /// `unpack (with extract, files)`.
    pub fn phrase(&self, query_token: &[f32], query_word: Option<&str>, row: u32) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for (word, _) in self.ranked(query_token, query_word, row) {
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

    /// The words of a row with their cosines, the closest to a query's token first; words of one vector by how like the
    /// query's word they are.
    fn ranked(&self, query_token: &[f32], query_word: Option<&str>, row: u32) -> Vec<(&str, f32)> {
        let tokens = self.rows.get(row as usize).map_or(&[][..], Vec::as_slice);
        // What a model puts around a text is no word of it.
        let tokens = tokens.iter().filter(|&&token| !self.words[token].is_empty());
        let dim = self.vectors.dim();
        let of_token = |&token: &usize| {
            let at = if self.are_rows { row as usize } else { token };
            let vector = &self.vectors.data()[at * dim..][..dim];
            (self.words[token].as_str(), cosine(query_token, vector))
        };
        let mut ranked: Vec<(&str, f32)> = tokens.map(of_token).collect();
        let query_word = query_word.unwrap_or_default().to_lowercase();
        ranked.sort_by(|a, b| {
            let by_word = || likeness(&query_word, b.0).cmp(&likeness(&query_word, a.0));
            b.1.total_cmp(&a.1).then_with(by_word)
        });
        ranked
    }
}

/// The tokens of each row, by the row of each token.
fn tokens_of(labels: &[u32], num_rows: usize) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); num_rows];
    labels.iter().enumerate().for_each(|(token, &row)| rows[row as usize].push(token));
    rows
}

/// Order of words that share a vector: letters shared with the query's word from the beginning, if they are a stem's
/// worth; words that say something before those that do not; longer ones first.
fn likeness(query_word: &str, word: &str) -> (usize, bool, usize) {
    let word = word.to_lowercase();
    let shared = query_word.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    let is_stem = shared >= MIN_STEM || query_word == word;
    (if is_stem { shared } else { 0 }, !is_stop_word(&word), word.chars().count())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_row_are_named_by_the_question() {
        let words = RowWords {
            vectors: MultiVector::new(vec![1.0, 0.0], 2).unwrap(),
            are_rows: true,
            words: ["an", "archive", "Extract", "or"].map(str::to_owned).to_vec(),
            rows: vec![vec![0, 1, 2, 3]],
        };
        let named = |query: &str| words.phrase(&[1.0, 0.0], Some(query), 0).unwrap();
        assert_eq!(named("archives"), "archive (with Extract, an, or)");
        assert_eq!(named("extracting"), "Extract (with archive, an, or)");
        assert_eq!(named("or"), "or (with archive, Extract, an)");
        assert_eq!(words.closest(&[1.0, 0.0], None, 0), Some(("archive", 1.0)));
        assert_eq!(words.closest(&[1.0, 0.0], None, 1), None);
    }
}
