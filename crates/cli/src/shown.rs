//! A hit with what a user wants to see of it.

use crate::exit::{Exit, Failure, Result};
use crate::highlight::{Excerpt, Words};
use crate::ingest::searchable_text;
use crate::output::{FAINT, STRONG, one_line};
use pleiad::{Explanation, Hit, MultiVector, Query, Snapshot, StoredDocument};
use pleiad_encode::{Encoded, Encoder, StaticEncoder};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::io::Write;

/// Bytes of text shown of a hit: two lines of a terminal.
const EXCERPT_BYTES: usize = 160;

/// From which cosine on a document's word counts as an answer to a query's word: below it the best word of a document
/// is no more than the least wrong one.
const MIN_COSINE: f32 = 0.5;

/// How heavy a query's token must be beside its heaviest one to be worth marking: `a` and `of` answer nothing.
const MIN_WEIGHT: f32 = 1.0 / 3.0;

/// A query, and what is known of its words.
pub(crate) struct Question {
    pub(crate) query: Query,
    /// Per token, the word it belongs to; empty for ready-made vectors.
    pub(crate) words: Vec<String>,
}

impl Question {
    /// Encodes a text.
    ///
    /// # Errors
    /// When it holds no word that could be searched for.
    pub(crate) fn encode(encoder: &StaticEncoder, text: &str) -> Result<Self> {
        let encoded = encoder.encode_query(text)?;
        if encoded.vectors.is_empty() {
            let message =
                format!("the query {text:?} holds no word that can be searched for: use letters or digits");
            return Err(Failure::invalid(message));
        }
        let words = token_words(&encoded, text);
        Ok(Self { query: Query::new(encoded.vectors), words })
    }
}

/// The word of every token.
fn token_words(encoded: &Encoded, text: &str) -> Vec<String> {
    encoded.tokens.iter().map(|token| token.word_in(text).unwrap_or_default().to_owned()).collect()
}

/// One hit, ready to be printed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    rank: usize,
    key: String,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Value>,
    /// Which word of the document answered which of the query; only close ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matches: Vec<WordMatch>,
}

/// Two words that met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct WordMatch {
    query: String,
    document: String,
    cosine: f32,
}

impl Shown {
    /// Reads what there is to see of a hit; with an encoder also which words met.
    pub(crate) fn read(
        snapshot: &Snapshot,
        encoder: Option<&StaticEncoder>,
        question: &Question,
        rank: usize,
        hit: &Hit,
    ) -> Result<Self> {
        let key = hit.key.as_str();
        let document = snapshot.get(key)?.ok_or_else(|| {
            Failure::new(Exit::Defect, format!("document {key:?} is a hit and not in the same snapshot"))
        })?;
        let matches = match encoder {
            Some(encoder) => {
                let explanation = explain(snapshot, encoder, question, &document)?;
                word_matches(question, &document.vectors, &explanation)
            }
            None => Vec::new(),
        };
        let StoredDocument { key, text, mut attributes, .. } = document;
        let title = take_title(&mut attributes);
        Ok(Self { rank, key: key.to_string(), score: hit.score.get(), title, text, attributes, matches })
    }

    /// Prints it: rank, score and key, the title or first line, the stretch of text that answers best, attributes.
    pub(crate) fn print(&self, out: &mut impl Write) -> Result<()> {
        let Self { rank, key, score, .. } = self;
        let words: Words = self.matches.iter().map(|word| &word.document).collect();
        write!(out, "{rank:>3}  {score:>8.3}  {STRONG}{key}{STRONG:#}")?;
        if let Some(title) = &self.title {
            write!(out, "  {}", Excerpt::best(title, &words, EXCERPT_BYTES))?;
        }
        writeln!(out)?;
        if let Some(text) = self.text.as_deref().filter(|text| !text.trim().is_empty()) {
            writeln!(out, "{INDENT}{}", Excerpt::best(text.trim(), &words, EXCERPT_BYTES))?;
        }
        if !self.attributes.is_empty() {
            let pairs: Vec<String> = self.attributes.iter().map(|(name, value)| pair(name, value)).collect();
            writeln!(out, "{INDENT}{FAINT}{}{FAINT:#}", pairs.join("  "))?;
        }
        Ok(())
    }
}

const INDENT: &str = "               ";

/// Bytes of one attribute shown.
const ATTRIBUTE_BYTES: usize = 60;

fn pair(name: &str, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), one_line);
    let end = text.floor_char_boundary(ATTRIBUTE_BYTES);
    let ellipsis = if end < text.len() { "…" } else { "" };
    format!("{}={}{ellipsis}", one_line(name), &text[..end])
}

/// The title that `pleiad add` put among the attributes.
pub(crate) fn take_title(attributes: &mut Map<String, Value>) -> Option<String> {
    match attributes.remove("title") {
        Some(Value::String(title)) => Some(title),
        Some(other) => {
            attributes.insert("title".to_owned(), other);
            None
        }
        None => None,
    }
}

/// Explains a score in whole words: the stored text is encoded again to learn which word each row stands for.
pub(crate) fn explain(
    snapshot: &Snapshot,
    encoder: &StaticEncoder,
    question: &Question,
    document: &StoredDocument,
) -> Result<Explanation> {
    let explanation = snapshot.explain(&question.query, document.key.as_str())?;
    let title = document.attributes.get("title").and_then(Value::as_str);
    let text = searchable_text(title, document.text.as_deref().unwrap_or_default());
    let encoded = encoder.encode_document(&text)?;
    // A text that encodes to other rows than are stored cannot name them.
    let words = if encoded.tokens.len() == document.vectors.num_tokens() {
        token_words(&encoded, &text)
    } else {
        Vec::new()
    };
    Ok(explanation
        .with_texts(|row| question.words.get(row as usize).cloned(), |row| words.get(row as usize).cloned()))
}

/// The pairs of words that are close, best first.
fn word_matches(question: &Question, document: &MultiVector, explanation: &Explanation) -> Vec<WordMatch> {
    let query_lengths: Vec<f32> = question.query.vectors().rows().map(length).collect();
    let document_lengths: Vec<f32> = document.rows().map(length).collect();
    let heaviest = query_lengths.iter().copied().fold(0.0, f32::max);
    let close = explanation.parts.iter().filter_map(|part| {
        let weight = query_lengths[part.query_token as usize];
        let cosine = part.similarity / (weight * document_lengths[part.doc_token as usize]);
        let (query, document) = (part.query_text.clone()?, part.doc_text.clone()?);
        let is_answer = weight >= MIN_WEIGHT * heaviest && cosine >= MIN_COSINE;
        is_answer.then_some(WordMatch { query, document, cosine })
    });
    let mut matches: Vec<WordMatch> = close.collect();
    matches.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    // A word of several tokens may meet another one several times: its best counts.
    let mut met = HashSet::new();
    matches.retain(|word| met.insert((word.query.clone(), word.document.clone())));
    matches
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|value| value * value).sum::<f32>().sqrt()
}
