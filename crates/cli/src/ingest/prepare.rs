use crate::exit::{Failure, Result};
use crate::input::{Consumed, Content, Record, Records};
use pleiad::{Batch, Document, MultiVector};
use pleiad_encode::{Encoder, StaticEncoder};
use rayon::prelude::*;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Documents in one batch, at most.
const MAX_BATCH_DOCUMENTS: usize = 1024;

/// Bytes of records in one batch, about: a batch is held in memory as text, as vectors and as codes.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// Makes batches of documents out of records.
pub(crate) struct Preparation {
    pub(crate) encoder: Option<StaticEncoder>,
    pub(crate) dim: usize,
    /// Whether a document without searchable text is an error.
    pub(crate) is_strict: bool,
    /// Bytes that the records have read of their sources.
    pub(crate) consumed: Consumed,
}

/// A batch that is ready to be written.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(crate) batch: Batch,
    pub(crate) num_tokens: u64,
    /// Bytes of the sources that had been read when it was taken.
    pub(crate) consumed_bytes: u64,
    /// Documents whose key came before in the same input.
    pub(crate) num_duplicates: u64,
    /// Documents of which only the beginning is searchable.
    pub(crate) num_truncated: u64,
    /// Documents without searchable text: where and which.
    pub(crate) skipped: Vec<String>,
}

/// A document, or why there is none.
enum Outcome {
    Document { document: Box<Document>, num_tokens: usize, is_truncated: bool },
    Skipped(String),
}

/// Keys seen so far, by their hash: 8 bytes a key, and a wrong count once in a blue moon is all that can happen.
#[derive(Default)]
pub(crate) struct Seen {
    hashes: HashSet<u64>,
    state: RandomState,
}

impl Seen {
    /// Whether the key is new.
    fn insert(&mut self, key: &str) -> bool {
        self.hashes.insert(self.state.hash_one(key))
    }
}

impl Preparation {
    /// The next batch; nothing when the records are at their end.
    pub(crate) fn next(&self, records: &mut Records, seen: &mut Seen) -> Result<Option<Prepared>> {
        let batch = take_batch(records)?;
        if batch.is_empty() {
            return Ok(None);
        }
        let consumed_bytes = self.consumed.num_bytes();
        let num_duplicates = batch.iter().filter(|record| !seen.insert(&record.key)).count() as u64;
        let mut prepared = Prepared { num_duplicates, consumed_bytes, ..Prepared::default() };
        // Collected before the first error is looked for: the earliest one is reported, whichever core met it.
        let outcomes: Vec<Result<Outcome>> =
            batch.into_par_iter().map(|record| self.document(record)).collect();
        for outcome in outcomes {
            match outcome? {
                Outcome::Skipped(message) => prepared.skipped.push(message),
                Outcome::Document { document, num_tokens, is_truncated } => {
                    prepared.num_tokens += num_tokens as u64;
                    prepared.num_truncated += u64::from(is_truncated);
                    prepared.batch.upsert(*document);
                }
            }
        }
        Ok(Some(prepared))
    }

    fn document(&self, record: Record) -> Result<Outcome> {
        let place = record.place.clone();
        self.document_of(record).map_err(|failure| failure.within(place))
    }

    fn document_of(&self, record: Record) -> Result<Outcome> {
        let Record { place, key, content, mut attributes } = record;
        let Encoded { vectors, title, text, is_truncated } = self.encode(&key, content)?;
        if vectors.dim() != self.dim {
            let dim = vectors.dim();
            let message = format!(
                "document {key:?} has vectors of dimension {dim}; this collection holds {}",
                self.dim
            );
            return Err(Failure::invalid(message));
        }
        if vectors.is_empty() {
            let nothing = format!("document {key:?} holds nothing that can be searched for");
            return match self.is_strict {
                true => Err(Failure::invalid(format!("{nothing}; without --strict it would be skipped"))),
                false => Ok(Outcome::Skipped(format!("{place}: {nothing}"))),
            };
        }
        if let Some(title) = title {
            attributes.insert("title".to_owned(), Value::String(title));
        }
        let num_tokens = vectors.num_tokens();
        let mut document = Document::new(key, vectors)?.with_attributes(attributes)?;
        if let Some(text) = text {
            document = document.with_text(text)?;
        }
        Ok(Outcome::Document { document: Box::new(document), num_tokens, is_truncated })
    }

    /// Vectors as this collection wants them: of its encoder, or ready-made.
    fn encode(&self, key: &str, content: Content) -> Result<Encoded> {
        match (content, &self.encoder) {
            (Content::Text { title, text }, Some(encoder)) => {
                let encoded = encoder.encode_document(&searchable_text(title.as_deref(), &text))?;
                let is_truncated = encoded.num_truncated > 0;
                Ok(Encoded { vectors: encoded.vectors, title, text: Some(text), is_truncated })
            }
            (Content::Vectors { vectors, title, text }, None) => {
                Ok(Encoded { vectors, title, text, is_truncated: false })
            }
            (Content::Text { .. }, None) => Err(Failure::invalid(text_without_encoder(key, self.dim))),
            (Content::Vectors { .. }, Some(encoder)) => {
                Err(Failure::invalid(vectors_beside_encoder(key, encoder.id())))
            }
        }
    }
}

/// A document's vectors beside what is kept of its text.
struct Encoded {
    vectors: MultiVector,
    title: Option<String>,
    text: Option<String>,
    is_truncated: bool,
}

fn text_without_encoder(key: &str, dim: usize) -> String {
    format!(
        "document {key:?} is text, but this collection holds ready-made vectors of dimension {dim}: \
         add `vectors`, or put texts into a collection of their own"
    )
}

fn vectors_beside_encoder(key: &str, encoder: &str) -> String {
    format!(
        "document {key:?} brings its own vectors, but this collection's come from encoder {encoder}: \
         put them into a collection of their own (pleiad create DIR --dim D)"
    )
}

fn take_batch(records: &mut Records) -> Result<Vec<Record>> {
    let mut batch = Vec::new();
    let mut num_bytes = 0;
    while batch.len() < MAX_BATCH_DOCUMENTS && num_bytes < MAX_BATCH_BYTES {
        let Some(record) = records.next().transpose()? else { break };
        num_bytes += record.num_bytes();
        batch.push(record);
    }
    Ok(batch)
}

/// What of a document is encoded: the title is the beginning of the text.
pub(crate) fn searchable_text<'a>(title: Option<&str>, text: &'a str) -> Cow<'a, str> {
    title.map_or(Cow::Borrowed(text), |title| Cow::Owned(format!("{title}\n{text}")))
}
