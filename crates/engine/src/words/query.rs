use crate::error::{Error, Result};
use pleiad_index::words::Phrase;
use std::collections::BTreeMap;

/// Most distinct terms of a query.
const MAX_TERMS: usize = 4096;

/// Terms to search for, as the collection's analyzer makes them, and phrases that every hit must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordsQuery {
    /// Occurrences of each term in the query.
    terms: BTreeMap<String, u32>,
    phrases: Vec<Phrase>,
}

impl WordsQuery {
    /// A query of terms, each as often as it is given: a term that is asked for twice counts twice.
    ///
    /// # Errors
    /// `InvalidArgument` above 4,096 distinct terms.
    pub fn new<T: Into<String>>(terms: impl IntoIterator<Item = T>) -> Result<Self> {
        let mut query = Self::default();
        for term in terms {
            *query.terms.entry(term.into()).or_insert(0) += 1;
        }
        if query.terms.len() > MAX_TERMS {
            let found = query.terms.len();
            return Err(Error::invalid(format!(
                "the query has {found} distinct terms; at most {MAX_TERMS} are searched for"
            )));
        }
        Ok(query)
    }

    /// Adds terms that every hit must have in one field, at the distances that their positions here have. They count
    /// for the score only if they are among the query's terms.
    #[must_use]
    pub fn with_phrase(mut self, terms: impl IntoIterator<Item = (String, u32)>) -> Self {
        let phrase = Phrase::new(terms);
        if !phrase.terms().is_empty() {
            self.phrases.push(phrase);
        }
        self
    }

    /// Distinct terms, ascending, with how often the query has each.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.terms.iter().map(|(term, &count)| (term.as_str(), count))
    }

    /// Returns whether it searches for nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns whether hits must have a phrase.
    pub(crate) fn has_phrases(&self) -> bool {
        !self.phrases.is_empty()
    }

    pub(super) fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Terms that every hit must have somewhere, each once.
    pub(super) fn required(&self) -> Vec<&str> {
        let terms = self.phrases.iter().flat_map(Phrase::terms).map(|(term, _)| term.as_str());
        let mut required: Vec<&str> = terms.collect();
        required.sort_unstable();
        required.dedup();
        required
    }
}
