//! A hit with what a user wants to see of it.

use crate::exit::{Exit, Failure, Result};
use crate::highlight::{Excerpt, Words};
use crate::output::{FAINT, STRONG, one_line};
use crate::row_words::{RowWords, length, token_words};
use pleiad::{Explanation, Hit, Part, Query, Snapshot, StoredDocument};
use pleiad_encode::{Encoder, QueryEncoder};
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
    pub(crate) fn encode(encoder: &dyn QueryEncoder, text: &str) -> Result<Self> {
        let encoded = encoder.encode(text)?;
        if encoded.vectors.is_empty() {
            let message =
                format!("the query {text:?} holds no word that can be searched for: use letters or digits");
            return Err(Failure::invalid(message));
        }
        let words = token_words(&encoded, text);
        Ok(Self { query: Query::new(encoded.vectors), words })
    }

    /// The vector of a part's query token.
    pub(crate) fn token(&self, part: &Part) -> &[f32] {
        let vectors = self.query.vectors();
        &vectors.data()[part.query_token as usize * vectors.dim()..][..vectors.dim()]
    }

    /// The word of a part's query token; none for what a model puts around a text.
    pub(crate) fn word(&self, part: &Part) -> Option<String> {
        self.words.get(part.query_token as usize).filter(|word| !word.is_empty()).cloned()
    }
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
        encoder: Option<&dyn Encoder>,
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
                let words = RowWords::read(snapshot.schema(), encoder, &document)?;
                word_matches(question, &words, &snapshot.explain(&question.query, key)?)
            }
            None => Vec::new(),
        };
        let StoredDocument { key, text, mut attributes, .. } = document;
        let title = take_title(&mut attributes);
        Ok(Self { rank, key: key.to_string(), score: hit.score.get(), title, text, attributes, matches })
    }

    /// Whether it has words, and none of them comes close to one of the query.
    pub(crate) fn is_far(&self) -> bool {
        self.text.is_some() && self.matches.is_empty()
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

/// The pairs of words that are close, best first. What counts is the cosine of the words themselves: a row that several
/// tokens share lies between them.
fn word_matches(question: &Question, words: &RowWords, explanation: &Explanation) -> Vec<WordMatch> {
    let heaviest = question.query.vectors().rows().map(length).fold(0.0, f32::max);
    let close = explanation.parts.iter().filter_map(|part| {
        let token = question.token(part);
        let (document, cosine) = words.closest(token, part.doc_token)?;
        let is_answer = length(token) >= MIN_WEIGHT * heaviest && cosine >= MIN_COSINE;
        let query = question.word(part).filter(|_| is_answer)?;
        Some(WordMatch { query, document: document.to_owned(), cosine })
    });
    let mut matches: Vec<WordMatch> = close.collect();
    matches.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    // A word of several tokens may meet another one several times: its best counts.
    let mut met = HashSet::new();
    matches.retain(|word| met.insert((word.query.clone(), word.document.clone())));
    matches
}
