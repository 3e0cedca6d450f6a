//! Documents of requests as the ingestion takes them.

use crate::failure::{Result, invalid_field, vectors_problem};
use crate::limits::MAX_DOCUMENT_ROWS;
use pleiad::{MultiVector, Tenant};
use pleiad_text::input::{Content, Place, Record};
use pleiad_wire::{Document, Kind, Problem};
use ring::digest::{Context, SHA256};
use serde_json::Value;
use std::collections::BTreeMap;

/// Digits of a key that is made: 128 bits.
const KEY_DIGITS: usize = 32;

/// A document as a record at a place of its request.
///
/// # Errors
/// `InvalidArgument` for vectors that are none, and for a document without anything.
pub(super) fn record(document: Document, place: Place, tenant: Option<&Tenant>) -> Result<Record> {
    let key = match &document.key {
        Some(key) => key.clone(),
        None => made_key(&document, tenant)?,
    };
    let Document { text, mut attributes, vectors, .. } = document;
    let title = match attributes.remove("title") {
        Some(Value::String(title)) if !title.is_empty() => Some(title),
        other => {
            attributes.extend(other.map(|other| ("title".to_owned(), other)));
            None
        }
    };
    let content = match vectors {
        None => Content::Text { title, text: text.unwrap_or_default() },
        Some(vectors) => {
            let (values, dim) =
                vectors.into_rows().map_err(|error| vectors_problem(&error).within(&place))?;
            if values.len() / dim > MAX_DOCUMENT_ROWS {
                let detail = format!("{place}: there are more than {MAX_DOCUMENT_ROWS} rows");
                return Err(Problem::new(Kind::TooLarge, detail).of_field("vectors"));
            }
            let vectors = MultiVector::new(values, dim)
                .map_err(|error| invalid_field("vectors", format!("{place}: vectors: {error}")))?;
            Content::Vectors { vectors, title, text, encoder: None }
        }
    };
    Ok(Record { place, key, content, sets: BTreeMap::new(), attributes })
}

/// A key that follows from what the document says, so that sending it again changes nothing.
fn made_key(document: &Document, tenant: Option<&Tenant>) -> Result<String> {
    if document.text.as_deref().unwrap_or_default().is_empty() && document.attributes.is_empty() {
        return Err(invalid_field("key", "a document without text and attributes needs a key"));
    }
    let mut digest = Context::new(&SHA256);
    let attributes = Value::Object(document.attributes.clone()).to_string();
    let tenant = tenant.map_or("", |tenant| tenant.as_str());
    for part in [tenant, document.text.as_deref().unwrap_or_default(), &attributes] {
        digest.update(&(part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    Ok(crate::keys::hex(digest.finish().as_ref())[..KEY_DIGITS].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Result<Record> {
        let document: Document = serde_json::from_value(json).unwrap();
        record(document, Place { file: "line".into(), line: Some(3) }, None)
    }

    #[test]
    fn a_key_that_is_left_out_follows_from_the_content() {
        let key = |json| read(json).unwrap().key;
        let first = key(json!({ "text": "a", "attributes": { "x": 1, "y": 2 } }));
        assert_eq!(first.len(), KEY_DIGITS);
        assert_eq!(first, key(json!({ "attributes": { "y": 2, "x": 1 }, "text": "a" })));
        for other in [json!({ "text": "a" }), json!({ "text": "b", "attributes": { "x": 1, "y": 2 } })] {
            assert_ne!(first, key(other));
        }
        let acme = Tenant::new("acme").unwrap();
        let document = Document { text: Some("a".to_owned()), ..Document::default() };
        let place = Place { file: "line".into(), line: None };
        let of_tenant = record(document, place, Some(&acme)).unwrap().key;
        assert_ne!(of_tenant, key(json!({ "text": "a" })));
        assert!(read(json!({ "vectors": [[1]] })).unwrap_err().detail.contains("needs a key"));
    }

    #[test]
    fn titles_and_vectors_find_their_place() {
        let text =
            read(json!({ "key": "a", "text": "x", "attributes": { "title": "T", "year": 3 } })).unwrap();
        assert_eq!(text.content, Content::Text { title: Some("T".to_owned()), text: "x".to_owned() });
        assert_eq!(Value::Object(text.attributes), json!({ "year": 3 }));
        let odd = read(json!({ "key": "a", "text": "x", "attributes": { "title": 7 } })).unwrap();
        assert_eq!(Value::Object(odd.attributes), json!({ "title": 7 }));
        for (json, message) in [
            (json!({ "key": "a", "vectors": [[1, 2], [3]] }), "line:3: vectors: row 1 has 1"),
            (json!({ "key": "a", "vectors": [[1e39]] }), "line:3: vectors: "),
        ] {
            let detail = read(json).unwrap_err().detail;
            assert!(detail.contains(message), "{detail}");
        }
    }
}
