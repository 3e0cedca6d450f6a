//! A hit with all there is to show of it.

use crate::error::{Error, ErrorKind, Result};
use crate::question::Question;
use crate::row_words::{RowWords, length, stored_text};
use crate::words::WordsAnalyzer;
use pleiad::{Explanation, Hit, HitParts, SetScore, Snapshot, StoredDocument, WordsQuery};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// From which cosine on a document's word counts as an answer to a query's word: below it the best word of a document
/// is no more than the least wrong one.
const MIN_COSINE: f32 = 0.5;

/// Least weight of a marked query token beside the heaviest one: `a` and `of` answer nothing.
const MIN_WEIGHT: f32 = 1.0 / 3.0;

/// One hit with its document, ready to be shown.
#[derive(Debug, Clone, Serialize)]
pub struct HitView {
    /// The place among the hits, from 1 on.
    pub rank: usize,
    /// The key of the document.
    pub key: String,
    /// Its tenant, where those of all were searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The score, higher is better.
    pub score: f32,
    /// The parts of a hybrid score, which add up to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<HitParts>,
    /// The parts of a score by several vector sets, under the same name.
    #[serde(rename = "parts", serialize_with = "by_name", skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<SetScore>,
    /// The value that the documents of its group share, where hits are grouped; null for a document without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Value>,
    /// The title, if the document has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text, if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Every other attribute.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// The word of the document that answered each word of the query; only close ones, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<WordMatch>,
    #[serde(skip)]
    is_far: bool,
}

/// The parts as an object.
fn by_name<S: Serializer>(sets: &[SetScore], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(sets.iter().map(|part| (&part.set, part.score)))
}

/// A word of a document that answers a word of a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordMatch {
    /// The word of the query.
    pub query: String,
    /// The word of the document.
    pub document: String,
    /// The cosine between the vectors of both.
    pub cosine: f32,
}

impl HitView {
    /// A hit with its document and the words that answered.
    pub(crate) fn of(document: StoredDocument, rank: usize, hit: &Hit, named: Named) -> Self {
        let Named { matches, can_be_far } = named;
        let is_far = can_be_far && matches.is_empty();
        let StoredDocument { key, text, mut attributes, .. } = document;
        let title = take_title(&mut attributes);
        let (key, score, parts) = (key.to_string(), hit.score.get(), hit.parts);
        let tenant = hit.tenant.as_ref().map(ToString::to_string);
        let sets = hit.sets.clone();
        Self { rank, key, tenant, score, parts, sets, group: None, title, text, attributes, matches, is_far }
    }

    /// The same hit as a member of a group.
    #[must_use]
    pub fn in_group(self, value: Value) -> Self {
        Self { group: Some(value), ..self }
    }

    /// Returns whether both it and the query have words, and none of it comes close to one of the query or is the same.
    pub fn is_far(&self) -> bool {
        self.is_far
    }
}

/// Words of a document that answer words of a query.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) matches: Vec<WordMatch>,
    /// True where no answer means that no word comes close.
    pub(crate) can_be_far: bool,
}

/// The document of a hit.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn document_of(snapshot: &Snapshot, hit: &Hit) -> Result<StoredDocument> {
    let key = hit.key.as_str();
    snapshot.of_hit(hit)?.get(key)?.ok_or_else(|| {
        Error::new(ErrorKind::Internal, format!("document {key:?} is a hit and not in the same snapshot"))
    })
}

/// The title that `pleiad add` put among the attributes.
fn take_title(attributes: &mut Map<String, Value>) -> Option<String> {
    match attributes.remove("title") {
        Some(Value::String(title)) => Some(title),
        Some(other) => {
            attributes.insert("title".to_owned(), other);
            None
        }
        None => None,
    }
}

/// The words that answer. None may mean that there are no words to compare; that the best row for a word is another one
/// than that of the same word, whose vector its text drew away; or that none comes close.
pub(crate) fn named_words(question: &Question, words: &RowWords, explanation: &Explanation) -> Named {
    let heaviest = heaviest(question);
    let rows = question.query.iter().flat_map(|query| query.vectors().rows());
    let asked: Vec<(&String, &[f32])> =
        question.token_words.iter().zip(rows).filter(|(word, _)| !word.is_empty()).collect();
    let is_there =
        |&(word, token): &(&String, &[f32])| length(token) >= MIN_WEIGHT * heaviest && words.hold(word);
    let can_be_far = words.name_rows() && !asked.is_empty() && !asked.iter().any(is_there);
    Named { matches: word_matches(question, words, explanation), can_be_far }
}

/// The weight of the heaviest token of a question.
fn heaviest(question: &Question) -> f32 {
    let rows = question.query.iter().flat_map(|query| query.vectors().rows());
    rows.map(length).fold(0.0, f32::max)
}

/// The pairs of words that are close, best first. What counts is the cosine of the words themselves: a row that several
/// tokens share lies between them.
fn word_matches(question: &Question, words: &RowWords, explanation: &Explanation) -> Vec<WordMatch> {
    let heaviest = heaviest(question);
    let close = explanation.parts.iter().filter_map(|part| {
        let token = question.token(part);
        let query = question.word(part)?;
        let (document, cosine) = words.closest(token, Some(&query), part.doc_token)?;
        // The same word answers, however far a document's topic drew its vector away.
        let is_same = query.to_lowercase() == document.to_lowercase();
        let is_answer = length(token) >= MIN_WEIGHT * heaviest && (is_same || cosine >= MIN_COSINE);
        if !is_answer {
            return None;
        }
        Some(WordMatch { query, document: document.to_owned(), cosine })
    });
    let mut matches: Vec<WordMatch> = close.collect();
    matches.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    // A word of several tokens may meet another one several times: its best counts.
    let mut met = HashSet::new();
    matches.retain(|word| met.insert((word.query.clone(), word.document.clone())));
    matches
}

/// Adds words of a document that share a term with a query, unless their vectors met already.
pub(crate) fn shared_words(
    analyzer: &WordsAnalyzer,
    terms: &WordsQuery,
    document: &StoredDocument,
    matches: &mut Vec<WordMatch>,
) {
    let met: HashSet<String> = matches.iter().map(|word| word.document.to_lowercase()).collect();
    let text = stored_text(document);
    let shared = analyzer.matches(terms, &text);
    let new = shared.into_iter().filter(|(_, word)| !met.contains(&word.to_lowercase()));
    matches.extend(new.map(|(query, word)| WordMatch { query, document: word.to_owned(), cosine: 1.0 }));
}
