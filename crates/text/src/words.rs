//! Words of documents and questions, as the analyzer of a collection makes them.

use crate::error::{Error, ErrorKind, Result};
use crate::row_words::searchable_text;
use pleiad::{Schema, Terms, WordsQuery};
use pleiad_terms::{Analyzer, Term};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// The source of the field that holds a document's text.
const TEXT: &str = "_text";

/// The attribute that `pleiad add` keeps titles in.
pub(crate) const TITLE: &str = "title";

/// Positions between two values of one field, so that no phrase goes from one to the other.
const GAP: u32 = 100;

/// Names of the analyzers that a collection may be created with: all but that of the yardstick.
pub fn analyzer_names() -> impl Iterator<Item = &'static str> {
    Analyzer::names().filter(|name| !name.starts_with("plain-"))
}

/// Makes the terms of a collection's documents and queries.
pub struct WordsAnalyzer {
    analyzer: Analyzer,
    /// Origin of the text of each field.
    sources: Vec<String>,
}

impl WordsAnalyzer {
    /// The analyzer that a schema names; nothing where it names none.
    ///
    /// # Errors
    /// `Unsupported` when this version has no such analyzer.
    pub fn of(schema: &Schema) -> Result<Option<Self>> {
        let Some(words) = &schema.words else { return Ok(None) };
        let analyzer = Analyzer::named(&words.analyzer).map_err(|error| {
            Error::new(ErrorKind::Unsupported, format!("this collection's words: {error}"))
        })?;
        Ok(Some(Self { analyzer, sources: words.fields.iter().map(|field| field.source.clone()).collect() }))
    }

    /// The terms of a document, field by field. The text has the title before it, as encoders see it, unless the
    /// title is a field of its own. Attributes give their text, and all text in lists and objects below them.
    pub fn document(
        &self,
        title: Option<&str>,
        text: Option<&str>,
        attributes: &Map<String, Value>,
    ) -> Terms {
        let mut terms = Terms::default();
        let has_title_field = self.sources.iter().any(|source| source == TITLE);
        for (field, source) in (0..).zip(&self.sources) {
            let mut start = 0u32;
            let mut push = |text: &str| {
                let mut end = start;
                self.analyzer.for_each(text, |term| {
                    terms.push(field, term.text, start.saturating_add(term.position));
                    end = start.saturating_add(term.position);
                });
                start = end.saturating_add(GAP);
            };
            match source.as_str() {
                TEXT => push(&whole_text(title.filter(|_| !has_title_field), text)),
                TITLE if title.is_some() => title.into_iter().for_each(push),
                path => texts_at(attributes, path, &mut push),
            }
        }
        terms
    }

    /// Returns whether terms of documents come from one of these attributes.
    pub(crate) fn depends_on(&self, attributes: &Map<String, Value>) -> bool {
        let name = |source: &str| source.split('.').next().unwrap_or_default().to_owned();
        let is_source = |name: &String| attributes.contains_key(name);
        attributes.contains_key(TITLE)
            || self.sources.iter().map(|source| name(source)).any(|name| is_source(&name))
    }

    /// The terms of a question, each as often as it has it; none where it holds stop words alone.
    ///
    /// # Errors
    /// `InvalidArgument` when it has more than a query may.
    pub fn terms(&self, text: &str) -> Result<WordsQuery> {
        let mut terms = Vec::new();
        self.analyzer.for_each(text, |term| terms.push(term.text.to_owned()));
        Ok(WordsQuery::new(terms)?)
    }

    /// The same, with what stands between double quotes as phrases that every hit must have.
    ///
    /// # Errors
    /// As [`WordsAnalyzer::terms`].
    pub fn terms_with_phrases(&self, text: &str) -> Result<WordsQuery> {
        let mut query = self.terms(text)?;
        let mut pieces = text.split('"').skip(1);
        // A quote that is not closed opens no phrase.
        while let (Some(phrase), Some(_)) = (pieces.next(), pieces.next()) {
            let mut terms = Vec::new();
            self.analyzer.for_each(phrase, |term| terms.push((term.text.to_owned(), term.position)));
            query = query.with_phrase(terms);
        }
        Ok(query)
    }

    /// Words of a text whose terms a query has, each once, in order.
    pub fn matches<'t>(&self, query: &WordsQuery, text: &'t str) -> Vec<(String, &'t str)> {
        let wanted: HashSet<&str> = query.terms().map(|(term, _)| term).collect();
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        self.analyzer.for_each(text, |Term { text: term, span, .. }| {
            // The yardstick's analyzer counts bytes of the text in lower case.
            if let Some(word) = text.get(span).filter(|word| wanted.contains(term) && seen.insert(*word)) {
                found.push((term.to_owned(), word));
            }
        });
        found
    }
}

fn whole_text<'a>(title: Option<&str>, text: Option<&'a str>) -> Cow<'a, str> {
    match (title, text) {
        (title, Some(text)) => searchable_text(title, text),
        (title, None) => Cow::Owned(title.unwrap_or_default().to_owned()),
    }
}

/// Calls `visit` with all text at a path of attribute names joined by dots; lists are entered.
pub(crate) fn texts_at(attributes: &Map<String, Value>, path: &str, visit: &mut impl FnMut(&str)) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    if let Some(value) = attributes.get(name) {
        texts_in(value, rest, visit);
    }
}

fn texts_in(value: &Value, path: Option<&str>, visit: &mut impl FnMut(&str)) {
    match (value, path) {
        (Value::Array(values), _) => values.iter().for_each(|value| texts_in(value, path, visit)),
        (Value::Object(attributes), Some(path)) => texts_at(attributes, path, visit),
        (Value::Object(attributes), None) => {
            attributes.values().for_each(|value| texts_in(value, None, visit));
        }
        (Value::String(text), None) => visit(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad::{TextField, WordsSchema};
    use serde_json::json;

    fn analyzer(sources: &[&str]) -> WordsAnalyzer {
        let field = |source: &&str| TextField { source: (*source).to_owned(), weight: 1.0 };
        let fields = sources.iter().map(field).collect();
        let words = WordsSchema { analyzer: "english-1".into(), fields };
        let schema = Schema { words: Some(words), ..Schema::new(4) };
        WordsAnalyzer::of(&schema).unwrap().unwrap()
    }

    fn terms(occurrences: &[(u16, &str, u32)]) -> Terms {
        let mut terms = Terms::default();
        occurrences.iter().for_each(|&(field, term, position)| terms.push(field, term, position));
        terms
    }

    #[test]
    fn the_title_begins_the_text_unless_it_is_a_field() {
        let none = Map::new();
        let found = analyzer(&["_text"]).document(Some("Red foxes"), Some("run"), &none);
        assert_eq!(found, terms(&[(0, "red", 0), (0, "fox", 1), (0, "run", 2)]));
        let found = analyzer(&["title", "_text"]).document(Some("Red foxes"), Some("run"), &none);
        assert_eq!(found, terms(&[(0, "red", 0), (0, "fox", 1), (1, "run", 0)]));
        assert_eq!(analyzer(&["_text"]).document(Some("fox"), None, &none), terms(&[(0, "fox", 0)]));
    }

    #[test]
    fn attributes_give_the_text_in_lists_and_objects() {
        let attributes = json!({ "tags": ["red", 7, "fox"], "author": { "name": "Ann", "born": 1900 } });
        let attributes = attributes.as_object().unwrap();
        let found = analyzer(&["tags", "author.name"]).document(None, None, attributes);
        assert_eq!(found, terms(&[(0, "red", 0), (0, "fox", 100), (1, "ann", 0)]));
        let found = analyzer(&["author"]).document(None, None, attributes);
        assert_eq!(found, terms(&[(0, "ann", 0)]));
    }

    #[test]
    fn quotes_make_phrases() {
        let analyzer = analyzer(&["_text"]);
        let plain = analyzer.terms("red foxes run").unwrap();
        let phrase = |terms: &[(&str, u32)]| {
            terms.iter().map(|(term, at)| ((*term).to_owned(), *at)).collect::<Vec<_>>()
        };
        let quoted = analyzer.terms_with_phrases("\"red foxes\" run").unwrap();
        assert_eq!(quoted, plain.clone().with_phrase(phrase(&[("red", 0), ("fox", 1)])));
        assert_eq!(analyzer.terms_with_phrases("red \"foxes run").unwrap(), plain, "never closed");
        assert!(analyzer.terms("of the").unwrap().is_empty());
    }

    #[test]
    fn an_analyzer_that_nobody_knows_is_told() {
        let schema = Schema { words: Some(WordsSchema::new("klingon-1")), ..Schema::new(4) };
        let error = WordsAnalyzer::of(&schema).err().unwrap().to_string();
        assert!(error.contains("klingon-1") && error.contains("english-1"), "{error}");
        assert!(WordsAnalyzer::of(&Schema::new(4)).unwrap().is_none());
    }
}
