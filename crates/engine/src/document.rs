use crate::columns;
use crate::error::{Error, Result};
use crate::schema::{FieldSchema, Schema, SetSchema};
use pleiad_index::words::TermsBuilder;
use pleiad_vectors::{DocId, DocKey, MultiVector};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Largest text of one document, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 20;

/// Largest attributes of one document, in bytes of JSON.
const MAX_ATTRIBUTES_BYTES: usize = 16 << 20;

/// One document on its way in.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(crate) key: DocKey,
    /// Nothing for a document that is found by its attributes, its words and its key alone.
    pub(crate) vectors: Option<MultiVector>,
    pub(crate) text: Option<String>,
    /// A JSON object as it is stored; nothing for an empty one.
    pub(crate) attributes: Vec<u8>,
    pub(crate) terms: TermsBuilder,
    pub(crate) sentence: Option<Vec<f32>>,
    /// Token vectors of the named sets that it has.
    pub(crate) sets: BTreeMap<String, MultiVector>,
}

/// One document as it is kept. Its vectors are what the reduction and the token code preserved of
/// those that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDocument {
    /// The user's id.
    pub key: DocKey,
    /// The stable internal id.
    pub id: DocId,
    /// Token vectors, decoded; none of a document that came without.
    pub vectors: MultiVector,
    /// Token vectors of the named sets that it has, decoded.
    pub sets: BTreeMap<String, MultiVector>,
    /// The sentence vector, decoded, where the schema has one: of unit length but for what four bits lose, or zeros.
    pub sentence: Option<Vec<f32>>,
    /// The text, if one was given.
    pub text: Option<String>,
    /// The attributes, as they were given.
    pub attributes: Map<String, Value>,
}

/// A stored document without its vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFields {
    /// Its key.
    pub key: DocKey,
    /// Its id in this collection.
    pub id: DocId,
    /// The text, if one was given.
    pub text: Option<String>,
    /// The attributes; empty when none were given.
    pub attributes: Map<String, Value>,
}

impl Document {
    /// A document with at least one token vector.
    ///
    /// # Errors
    /// `InvalidArgument` when the key is not usable ([`DocKey::new`]) or there is no token vector.
    pub fn new(key: impl Into<Box<str>>, vectors: MultiVector) -> Result<Self> {
        let mut document = Self::without_vectors(key)?;
        let key = &document.key;
        if vectors.is_empty() {
            return Err(Error::invalid(format!(
                "document {key:?} has no token vectors: nothing could ever find it",
                key = key.as_str()
            )));
        }
        document.vectors = Some(vectors);
        Ok(document)
    }

    /// A document without token vectors: filters, words and its key find it, searches by vectors do not. It has to have text,
    /// attributes or vectors of a named set ([`Document::with_set`]) when it is written.
    ///
    /// Releases that do not know such documents refuse a collection from the first one on that is written.
    ///
    /// # Errors
    /// `InvalidArgument` when the key is not usable ([`DocKey::new`]).
    pub fn without_vectors(key: impl Into<Box<str>>) -> Result<Self> {
        Ok(Self {
            key: DocKey::new(key)?,
            vectors: None,
            text: None,
            attributes: Vec::new(),
            terms: TermsBuilder::default(),
            sentence: None,
            sets: BTreeMap::new(),
        })
    }

    /// Returns whether nothing could find it.
    pub(crate) fn is_empty(&self) -> bool {
        let has_text = self.text.as_ref().is_some_and(|text| !text.is_empty());
        let has_vectors = self.vectors.is_some() || !self.sets.is_empty();
        !has_vectors && !has_text && self.attributes.is_empty() && self.terms.is_empty()
    }

    /// The token vectors of a set, if it has some.
    pub(crate) fn vectors_of(&self, set: &str) -> Option<&MultiVector> {
        if set == SetSchema::BODY { self.vectors.as_ref() } else { self.sets.get(set) }
    }

    /// Checks that something can find it, and that its vectors are of sets of a schema and as long as these say.
    ///
    /// # Errors
    /// `InvalidArgument`, which names it, otherwise.
    pub(crate) fn check(&self, schema: &Schema) -> Result<()> {
        let key = self.key.as_str();
        if self.is_empty() {
            return Err(Error::invalid(format!(
                "document {key:?} has neither vectors nor text nor attributes: nothing could ever find it"
            )));
        }
        if let Some(unknown) = self.sets.keys().find(|set| schema.set_names().all(|name| name != **set)) {
            return Err(schema.no_set(unknown).within(&format!("document {key:?}")));
        }
        for FieldSchema { name, dim, .. } in schema.field_schemas() {
            let Some(found) = self.vectors_of(name).map(MultiVector::dim).filter(|found| *found != dim)
            else {
                continue;
            };
            return Err(Error::invalid(match name {
                SetSchema::BODY => format!(
                    "document {key:?} has vectors of dimension {found}; this collection holds dimension {dim}"
                ),
                _ => format!(
                    "document {key:?} has vectors of dimension {found} in the set {name:?}, which holds dimension {dim}"
                ),
            }));
        }
        Ok(())
    }

    /// Returns the key.
    pub fn key(&self) -> &DocKey {
        &self.key
    }

    /// Keeps the text beside the vectors.
    ///
    /// # Errors
    /// `InvalidArgument` above 64 MiB.
    pub fn with_text(mut self, text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_size(&self.key, "text", text.len(), MAX_TEXT_BYTES)?;
        self.text = Some(text);
        Ok(self)
    }

    /// Gives the document token vectors of a further set of the collection's schema
    /// ([`Schema::sets`](crate::Schema::sets)), or of the first one, whose name is [`SetSchema::BODY`]; in the place of
    /// those that it has there. A set that the collection does not have is refused when the document is written.
    ///
    /// # Errors
    /// `InvalidArgument` when there is no token vector: a document that lacks a set is one without it.
    pub fn with_set(mut self, set: &str, vectors: MultiVector) -> Result<Self> {
        if vectors.is_empty() {
            return Err(Error::invalid(format!(
                "document {:?} has no token vectors for the set {set:?}: leave out a set that it lacks",
                self.key.as_str()
            )));
        }
        match set {
            SetSchema::BODY => self.vectors = Some(vectors),
            _ => drop(self.sets.insert(set.to_owned(), vectors)),
        }
        Ok(self)
    }

    /// Makes the document findable by terms, as the analyzer of the collection's schema makes them of its text.
    #[must_use]
    pub fn with_terms(self, terms: TermsBuilder) -> Self {
        Self { terms, ..self }
    }

    /// Gives the document one vector for its whole text, which a collection whose schema has a
    /// [`SentenceSchema`](crate::SentenceSchema) wants of every document that has token vectors. Its direction counts alone; zeros have a cosine
    /// of zero with everything.
    ///
    /// # Errors
    /// `InvalidArgument` for a value that is not finite. Another dimension than the schema's is refused when the document
    /// is written.
    pub fn with_sentence(self, sentence: Vec<f32>) -> Result<Self> {
        if let Some(at) = sentence.iter().position(|value| !value.is_finite()) {
            let (key, value) = (self.key.as_str(), sentence[at]);
            let message = format!(
                "document {key:?}: value {at} of its sentence vector is {value}; every value must be finite"
            );
            return Err(Error::invalid(message));
        }
        Ok(Self { sentence: Some(sentence), ..self })
    }

    /// Keeps a JSON object beside the vectors. Cost: it is made into the bytes that are stored, here and once.
    ///
    /// # Errors
    /// `InvalidArgument` when it is above 16 MiB of JSON, and for names that begin with `_`: these are kept for what Pleiad
    /// itself knows of a document.
    pub fn with_attributes(mut self, attributes: &Map<String, Value>) -> Result<Self> {
        check_names(&self.key, attributes.keys())?;
        self.attributes = encode_attributes(&self.key, attributes)?;
        Ok(self)
    }
}

/// Checks that no name of an attribute is one of Pleiad's own, which begin with `_`.
///
/// # Errors
/// `InvalidArgument`, which lists those that are.
pub(crate) fn check_names<'a>(key: &DocKey, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let own: Vec<&str> = names.map(String::as_str).filter(|name| name.starts_with('_')).collect();
    if own.is_empty() {
        return Ok(());
    }
    let (key, own) = (key.as_str(), own.join(", "));
    Err(Error::invalid(format!(
        "document {key:?} has attributes whose names begin with _, which are Pleiad's own: rename {own}"
    )))
}

/// The attributes of a document as they are stored.
///
/// # Errors
/// `InvalidArgument` when they are above 16 MiB of JSON.
pub(crate) fn encode_attributes(key: &DocKey, attributes: &Map<String, Value>) -> Result<Vec<u8>> {
    let encoded = columns::encode_attributes(attributes).map_err(|error| {
        let key = key.as_str();
        Error::invalid(format!("attributes of document {key:?} are not JSON")).caused_by(error)
    })?;
    check_size(key, "attributes", encoded.len(), MAX_ATTRIBUTES_BYTES)?;
    Ok(encoded)
}

fn check_size(key: &DocKey, what: &str, size: usize, limit: usize) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    let key = key.as_str();
    Err(Error::invalid(format!(
        "{what} of document {key:?} has {size} bytes, more than {limit}: split the document"
    )))
}
