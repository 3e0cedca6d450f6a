//! Changes of attributes, with the words that follow from them.

use crate::error::Result;
use crate::words::{TITLE, WordsAnalyzer};
use pleiad::{Amendment, Schema};
use serde_json::{Map, Value};

/// The amendment that merges a JSON object into the attributes of documents of a collection (RFC 7396). Where words come
/// from an attribute that it changes, the terms of each document are made anew.
///
/// # Errors
/// `Unsupported` when this version has no such analyzer as the collection names.
pub fn amendment(schema: &Schema, patch: Map<String, Value>) -> Result<Amendment> {
    let analyzer = WordsAnalyzer::of(schema)?.filter(|words| words.depends_on(&patch));
    let amendment = Amendment::merge(patch);
    Ok(match analyzer {
        None => amendment,
        Some(words) => amendment.with_terms(move |text, attributes| {
            words.document(attributes.get(TITLE).and_then(Value::as_str), text, attributes)
        }),
    })
}

/// An attribute that this changes and that vectors of documents were made of, of whatever set. They stay as they are.
pub fn changed_encoded_attribute<'a>(schema: &'a Schema, patch: &Map<String, Value>) -> Option<&'a str> {
    let of_sets = schema.sets.iter().filter_map(|set| set.source.as_deref());
    let sources = of_sets.map(|path| path.split('.').next().unwrap_or_default());
    let of_body = schema.encoder.is_some().then_some(TITLE);
    of_body.into_iter().chain(sources).find(|name| patch.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad::{Batch, Collection, DocKey, Document, MultiVector, SearchParams, WordsSchema};
    use serde_json::json;

    #[test]
    fn words_follow_a_title_that_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema { words: Some(WordsSchema::new("english-1")), ..Schema::new(2) };
        let collection = Collection::create(folder.path().join("collection"), &schema).unwrap();
        let words = WordsAnalyzer::of(&schema).unwrap().unwrap();
        let attributes = json!({ "title": "Storks", "year": 1 }).as_object().unwrap().clone();
        let document = Document::new("a", MultiVector::new(vec![1.0, 0.0], 2).unwrap()).unwrap();
        let document = document.with_text("build nests").unwrap().with_attributes(&attributes).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        batch.upsert(document.with_terms(words.document(Some("Storks"), Some("build nests"), &attributes)));
        writer.apply(batch).unwrap();
        let found = |text: &str| {
            let query = words.terms(text).unwrap();
            writer.snapshot().search_words(&query, &SearchParams::default()).unwrap().hits.len()
        };
        assert_eq!((found("storks"), found("nests")), (1, 1));
        for (patch, expected) in [
            (json!({ "year": 2 }), (1, 0)),
            (json!({ "title": "Herons" }), (0, 1)),
            (json!({ "title": null }), (0, 0)),
        ] {
            let mut batch = Batch::new();
            let patch = patch.as_object().unwrap().clone();
            batch.amend(DocKey::new("a").unwrap(), amendment(&schema, patch).unwrap());
            writer.apply(batch).unwrap();
            assert_eq!((found("storks"), found("herons")), expected);
            assert_eq!(found("nests"), 1);
        }
    }
}
