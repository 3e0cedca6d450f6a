use crate::error::{Error, Result};
use pleiad::{MultiVector, SetSchema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One document as an input gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Position, for messages.
    pub place: Place,
    /// Its key, unique in the collection.
    pub key: String,
    /// Its text or its vectors.
    pub content: Content,
    /// Ready-made token vectors of named sets.
    pub sets: BTreeMap<String, MultiVector>,
    /// Everything else that is known of it.
    pub attributes: Map<String, Value>,
}

/// A text that is still to be encoded, or vectors that are ready-made.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text for an encoder.
    Text {
        /// The beginning of what is encoded.
        title: Option<String>,
        /// The rest of it.
        text: String,
    },
    /// Ready-made token vectors.
    Vectors {
        /// `[num_tokens, dim]`.
        vectors: MultiVector,
        /// A title to show.
        title: Option<String>,
        /// A text to show.
        text: Option<String>,
        /// The identity of the encoder that made them, where the input says it.
        encoder: Option<Arc<str>>,
    },
}

/// A file, and a line or document in it from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: Arc<str>,
    /// The line in it, or the number of the document.
    pub line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// Fields that hold the key, the preferred one first.
const KEY_FIELDS: [&str; 3] = ["_id", "id", "key"];

impl Record {
    /// Reads a JSON object: key, title and text or vectors; what is left is attributes.
    ///
    /// # Errors
    /// When the key is missing or a field is not what it should be; the message begins with the place.
    pub fn from_json(place: Place, mut object: Map<String, Value>) -> Result<Self> {
        let parsed = key_of(&mut object).and_then(|key| Ok((key, content_of(&mut object)?)));
        match parsed {
            Ok((key, (content, sets))) => Ok(Self { place, key, content, sets, attributes: object }),
            Err(failure) => Err(failure.within(place)),
        }
    }

    /// Bytes of memory that key, texts and attributes take, about; vectors are not counted.
    pub fn text_bytes(&self) -> usize {
        let (title, text) = match &self.content {
            Content::Text { title, text } => (title, text.len()),
            Content::Vectors { title, text, .. } => (title, text.as_ref().map_or(0, String::len)),
        };
        let attributes =
            self.attributes.iter().map(|(name, value)| FIELD_BYTES + name.len() + value_bytes(value));
        self.key.len() + title.as_ref().map_or(0, String::len) + text + attributes.sum::<usize>()
    }
}

/// Memory of a JSON value and its place in an object, beside what it holds.
const FIELD_BYTES: usize = 2 * size_of::<Value>();

/// Memory that a JSON value holds, about.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(|value| size_of::<Value>() + value_bytes(value)).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| FIELD_BYTES + name.len() + value_bytes(value)).sum()
        }
    }
}

fn key_of(object: &mut Map<String, Value>) -> Result<String> {
    let Some(field) = KEY_FIELDS.iter().find(|field| object.contains_key(**field)) else {
        return Err(Error::invalid("no `_id`, `id` or `key`: every document needs one"));
    };
    match object.remove(*field) {
        Some(Value::String(key)) => Ok(key),
        Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        Some(Value::Number(number)) => Err(Error::invalid(format!(
            "`{field}` is {number}, neither a string nor an integer: put it in quotes"
        ))),
        other => Err(Error::invalid(format!("`{field}` is {}, not a string", kind_of(other.as_ref())))),
    }
}

/// The content of a record, and its vectors of named sets.
fn content_of(object: &mut Map<String, Value>) -> Result<(Content, BTreeMap<String, MultiVector>)> {
    // A text that is null is an empty one.
    let has_text = object.contains_key("text");
    let title = text_field(object, "title")?.filter(|title| !title.is_empty());
    let text = text_field(object, "text")?;
    let mut sets = BTreeMap::new();
    let vectors = match object.remove("vectors") {
        Some(Value::Object(of_sets)) => {
            sets = vectors_of_sets(&of_sets)?;
            sets.remove(SetSchema::BODY)
        }
        rows => rows.map(|rows| multi_vector("vectors", &rows)).transpose()?,
    };
    let content = match vectors {
        None if !sets.is_empty() => Content::Text { title, text: text.unwrap_or_default() },
        None if title.is_none() && text.is_none() && !has_text && !has_only_attributes(object) => {
            return Err(Error::invalid(nothing_to_find(object)));
        }
        None => Content::Text { title, text: text.unwrap_or_default() },
        Some(vectors) => Content::Vectors { vectors, title, text, encoder: None },
    };
    Ok((content, sets))
}

/// Vectors by the name of their set.
fn vectors_of_sets(of_sets: &Map<String, Value>) -> Result<BTreeMap<String, MultiVector>> {
    if of_sets.is_empty() {
        return Err(Error::invalid(
            "`vectors` names no set: give rows of numbers, or such as {\"title\": [[...]]}",
        ));
    }
    let of_set =
        |(set, rows): (&String, &Value)| Ok((set.clone(), multi_vector(&format!("vectors.{set}"), rows)?));
    of_sets.iter().map(of_set).collect()
}

/// Names that other programs give to the text.
const OTHER_NAMES: [&str; 6] = ["contents", "content", "body", "passage", "document", "embedding"];

/// Returns whether this is a document of attributes alone, none of which looks like its text or its vectors.
fn has_only_attributes(object: &Map<String, Value>) -> bool {
    !object.is_empty() && !OTHER_NAMES.iter().any(|name| object.contains_key(*name))
}

fn nothing_to_find(object: &Map<String, Value>) -> String {
    let nothing = "no `text`, `title`, `vectors` or attributes: nothing could ever find this document";
    match OTHER_NAMES.iter().find(|name| object.contains_key(**name)) {
        None => nothing.to_owned(),
        Some(name) => {
            let ours = if *name == "embedding" { "vectors" } else { "text" };
            format!("{nothing}; is `{name}` its `{ours}`? Then name it so")
        }
    }
}

fn text_field(object: &mut Map<String, Value>, field: &str) -> Result<Option<String>> {
    match object.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Error::invalid(format!("`{field}` is {}, not a string", kind_of(Some(&other))))),
    }
}

/// Rows of numbers, all of one length, of a field.
fn multi_vector(field: &str, rows: &Value) -> Result<MultiVector> {
    let wrong = |what: &Value| {
        Error::invalid(format!("`{field}` holds {}, not rows of numbers", kind_of(Some(what))))
    };
    let rows = rows.as_array().ok_or_else(|| wrong(rows))?;
    let mut dim = 0;
    let mut values = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let row = row.as_array().ok_or_else(|| wrong(row))?;
        if at == 0 {
            dim = row.len();
        }
        if row.len() != dim {
            let message = format!("`{field}`: row {at} has {} values, row 0 has {dim}", row.len());
            return Err(Error::invalid(message));
        }
        for value in row {
            values.push(value.as_f64().ok_or_else(|| wrong(value))? as f32);
        }
    }
    if values.is_empty() {
        return Err(Error::invalid(format!("`{field}` is empty: nothing could ever find this document")));
    }
    MultiVector::new(values, dim).map_err(|error| Error::from(error).within(format!("`{field}`")))
}

fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a truth value",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use serde_json::json;

    fn read(value: Value) -> Result<Record> {
        let Value::Object(object) = value else { panic!("not an object") };
        Record::from_json(Place { file: "docs.jsonl".into(), line: Some(7) }, object)
    }

    #[test]
    fn fields_find_their_place() {
        let record = read(json!({"_id": "a", "id": "b", "title": "T", "text": "x", "year": 3})).unwrap();
        assert_eq!(record.key, "a");
        assert_eq!(record.content, Content::Text { title: Some("T".into()), text: "x".into() });
        assert_eq!(Value::Object(record.attributes), json!({"id": "b", "year": 3}));
        assert_eq!(read(json!({"id": 5, "text": ""})).unwrap().key, "5");
        let without = read(json!({"_id": "a", "year": 3})).unwrap();
        assert_eq!(without.content, Content::Text { title: None, text: String::new() });
        assert_eq!(Value::Object(without.attributes), json!({"year": 3}));
        let Content::Vectors { vectors, .. } =
            read(json!({"key": "v", "vectors": [[1, 2.5], [3, -4]]})).unwrap().content
        else {
            panic!("no vectors")
        };
        assert_eq!(vectors.data(), [1.0, 2.5, 3.0, -4.0]);
    }

    #[test]
    fn vectors_may_be_of_several_sets() {
        let record = read(json!({"_id": "a", "vectors": {"title": [[1, 2]], "body": [[3]]}})).unwrap();
        let Content::Vectors { vectors, .. } = &record.content else { panic!("no vectors") };
        assert_eq!((vectors.data(), record.sets["title"].data()), (&[3.0][..], &[1.0, 2.0][..]));
        assert_eq!(record.sets.len(), 1);
        let record = read(json!({"_id": "a", "text": "x", "vectors": {"title": [[1, 2]]}})).unwrap();
        assert_eq!(record.content, Content::Text { title: None, text: "x".into() });
        let record = read(json!({"_id": "a", "vectors": {"title": [[1, 2]]}})).unwrap();
        assert_eq!(
            (record.content, record.attributes.len()),
            (Content::Text { title: None, text: "".into() }, 0)
        );
    }

    #[test]
    fn everything_that_a_record_holds_is_counted() {
        let bytes = |value| read(value).unwrap().text_bytes();
        let small = bytes(json!({"_id": "a", "text": ""}));
        for large in [
            json!({"_id": "a", "text": "x".repeat(1000)}),
            json!({"_id": "a", "text": "", "title": "x".repeat(1000)}),
            json!({"_id": "a", "text": "", "note": "x".repeat(1000)}),
            json!({"_id": "a", "text": "", "x".repeat(1000): null}),
            json!({"_id": "a", "text": "", "notes": [{"note": "x".repeat(1000)}]}),
            json!({"_id": "a", "text": "", "numbers": vec![0; 100]}),
            json!({"_id": "a", "text": "x".repeat(1000), "vectors": [[1]]}),
        ] {
            assert!(bytes(large) >= small + 1000);
        }
        assert_eq!(
            read(json!({"_id": "a", "text": null})).unwrap().content,
            Content::Text { title: None, text: String::new() }
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (value, message) in [
            (json!({"text": "x"}), "no `_id`"),
            (json!({"_id": 1.5, "text": "x"}), "`_id` is 1.5, neither a string nor an integer"),
            (json!({"_id": "a"}), "no `text`"),
            (json!({"_id": "a", "contents": "x"}), "is `contents` its `text`?"),
            (json!({"_id": "a", "embedding": [[1]]}), "is `embedding` its `vectors`?"),
            (json!({"_id": "a", "text": ["x"]}), "`text` is an array"),
            (json!({"_id": "a", "vectors": "x"}), "`vectors` holds a string"),
            (json!({"_id": "a", "vectors": [1, 2]}), "`vectors` holds a number"),
            (json!({"_id": "a", "vectors": [[1, null]]}), "`vectors` holds null"),
            (json!({"_id": "a", "vectors": [[1, 2], [3]]}), "row 1 has 1 values, row 0 has 2"),
            (json!({"_id": "a", "vectors": []}), "`vectors` is empty"),
            (json!({"_id": "a", "vectors": {}}), "`vectors` names no set"),
            (json!({"_id": "a", "vectors": {"title": [[1, 2], [3]]}}), "`vectors.title`: row 1 has 1 values"),
            (json!({"_id": "a", "vectors": {"title": 3}}), "`vectors.title` holds a number"),
            (json!({"_id": "a", "vectors": [[1e39]]}), "row 0, dimension 0"),
        ] {
            let failure = read(value).unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::InvalidArgument);
            let text = failure.to_string();
            assert!(text.contains("docs.jsonl:7: ") && text.contains(message), "{text}");
        }
    }
}
