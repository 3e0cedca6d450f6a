use super::view::WordsView;
use super::{WordsQuery, damaged};
use crate::Snapshot;
use crate::columns::TERMS;
use crate::error::{Error, Result};
use pleiad_index::words::StoredTerms;
use pleiad_vectors::{DocId, DocKey, Score};
use std::fmt;

/// Why a document has its BM25 score: one part for each term of the query that it has. The parts add up to the score,
/// to the bit.
#[derive(Debug, Clone, PartialEq)]
pub struct WordsExplanation {
    /// The document's key.
    pub key: DocKey,
    /// Its internal id.
    pub id: DocId,
    /// BM25 over the collection's live documents.
    pub score: Score,
    /// Above every score of this query: the sum of its terms' weights.
    pub bound: f32,
    /// Contribution of each term, in the order of terms.
    pub parts: Vec<TermPart>,
}

/// One term's share of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct TermPart {
    /// The term, as the analyzer makes it.
    pub term: String,
    /// Its share.
    pub score: f32,
}

impl fmt::Display for WordsExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (num_terms, plural) = (self.parts.len(), if self.parts.len() == 1 { "" } else { "s" });
        writeln!(f, "{:.4}  {}  = sum over {num_terms} term{plural}", self.score.get(), self.key)?;
        for (at, part) in self.parts.iter().enumerate() {
            let branch = if at + 1 == self.parts.len() { "└─" } else { "├─" };
            writeln!(f, "{branch} {:>8.4}  {}", part.score, part.term)?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// Explains the BM25 score of a document by the terms of a query. The parts add up to the score of
    /// [`Snapshot::search_words`], to the bit.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search_words`].
    pub fn explain_words(&self, query: &WordsQuery, key: &str) -> Result<WordsExplanation> {
        explain(self, query, key)
    }
}

fn explain(snapshot: &Snapshot, query: &WordsQuery, key: &str) -> Result<WordsExplanation> {
    let view = WordsView::new(snapshot)?;
    let location = snapshot.locate(key)?.ok_or_else(|| Error::no_document(key))?;
    let scorer = view.scorer(query)?;
    let (mut sum, mut parts) = (0, Vec::new());
    let column = snapshot.column(location, TERMS)?;
    let terms = StoredTerms::read(column, view.schema.fields.len());
    let visited = terms.and_then(|terms| {
        scorer.for_each_part(&terms, |term, part| {
            sum += part;
            parts.push(TermPart { term: term.to_owned(), score: scorer.score(part) });
        })
    });
    visited.map_err(|error| damaged(&snapshot.place(location), error))?;
    let (score, bound) = (Score::new(scorer.score(sum))?, scorer.bound() as f32);
    Ok(WordsExplanation { key: snapshot.key(location)?, id: location.id, score, bound, parts })
}
