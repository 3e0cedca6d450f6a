use super::{Detected, Languages, OnConflict};
use crate::encoder::without_language;
use crate::error::{Error, Result};
use crate::input::{Consumed, Content, Place, Record, Records};
use crate::row_words::searchable_text;
use crate::words::WordsAnalyzer;
use pleiad::{Batch, DocKey, Document, MultiVector, Schema, SetSchema, Snapshot, Tenant};
use pleiad_encode::Encoder;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// Documents in one batch, at most, where a text costs next to nothing.
const MAX_BATCH_DOCUMENTS: usize = 1024;

/// The same where a model runs: what an interruption can lose.
const MAX_MODEL_DOCUMENTS: usize = 128;

/// The part of the memory that the documents of one batch may take: three batches are there at a time, one being
/// encoded, one waiting and one being written, each as vectors and as codes, its texts and attributes as they came
/// and as bytes.
const BATCH_SHARE: u64 = 16;

/// Bytes of text for each of its vectors, about; fewer in some languages, more in others.
const TEXT_BYTES_PER_TOKEN: usize = 5;

/// Makes batches of documents out of records.
pub struct Preparation {
    /// Encodes texts; nothing for ready-made vectors.
    pub encoder: Option<Arc<dyn Encoder>>,
    /// The identity of the encoder whose vectors the collection holds; nothing where it holds those of anybody.
    pub encoder_id: Option<String>,
    /// Attribute that holds the language of documents.
    pub languages: Option<Languages>,
    /// Makes the terms of documents, where the collection keeps words.
    pub words: Option<WordsAnalyzer>,
    /// True where the collection keeps a vector of each text as a whole.
    pub keeps_sentence: bool,
    /// Values per token vector.
    pub dim: usize,
    /// The named vector sets of the collection.
    pub sets: Vec<SetSchema>,
    /// True where a document without searchable text is an error.
    pub is_strict: bool,
    /// Treatment of documents whose keys are stored already.
    pub on_conflict: OnConflict,
    /// Bytes that the records have read of their sources.
    pub consumed: Consumed,
    /// True where a model encodes, so that each text costs much.
    pub runs_model: bool,
    /// The tenant of the documents, in a collection that keeps tenants apart.
    pub tenant: Option<Tenant>,
    /// State stored already, where a model encodes or what is stored stays: documents that need not be encoded are left
    /// alone.
    pub stored: Option<Snapshot>,
    /// Memory that all of the writing is to keep within.
    pub memory_bytes: u64,
}

/// A batch that is ready to be written.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The changes.
    pub batch: Batch,
    /// Token vectors of its documents.
    pub num_tokens: u64,
    /// Bytes of the sources that had been read when it was taken.
    pub consumed_bytes: u64,
    /// Documents whose key came before in the same input.
    pub num_duplicates: u64,
    /// Documents that are stored already, as they came.
    pub num_unchanged: u64,
    /// Documents passed over, since their keys are stored.
    pub num_kept: u64,
    /// Documents of which only the beginning is searchable.
    pub num_truncated: u64,
    /// Ready-made token vectors of zeros, which pad arrays and were left out.
    pub num_padding: u64,
    /// Documents that were encoded in several windows.
    pub num_in_windows: u64,
    /// Documents whose language was guessed.
    pub detected: Detected,
    /// Documents without searchable text: where and which. The batch removes what is stored under their keys.
    pub skipped: Vec<String>,
    /// Documents without searchable text that are stored for their text or attributes: where and which.
    pub without_vectors: Vec<String>,
    /// Records that can be no documents: where, and why.
    pub failed: Vec<(Place, Error)>,
    /// True where the batch writes documents: one that only removes some needs no new collection.
    pub has_documents: bool,
}

/// A document, or why there is none.
enum Outcome {
    Document {
        document: Box<Document>,
        num_tokens: usize,
        is_truncated: bool,
        is_in_windows: bool,
        /// Says where and which it is, if it has nothing that vectors could be made of.
        lacks_vectors: Option<String>,
    },
    /// Nothing could find it: what stood under its key goes, as it is replaced by nothing.
    Emptied { key: DocKey, message: String },
}

/// Bytes of the memory for which one key is remembered: its hash takes about 18.
const BYTES_PER_KEY: u64 = 256;

/// Keys seen so far, by their hash: 8 bytes a key, and a wrong count once in a blue moon is all that can happen.
pub(crate) struct Seen {
    hashes: HashSet<u64>,
    state: RandomState,
    /// Keys that are remembered: an input may have more of them than there is memory.
    max_keys: usize,
}

impl Seen {
    /// Remembers as many keys as a sixteenth of the memory holds.
    pub(crate) fn within(memory_bytes: u64) -> Self {
        let max_keys = usize::try_from(memory_bytes / BYTES_PER_KEY).unwrap_or(usize::MAX);
        Self { hashes: HashSet::new(), state: RandomState::new(), max_keys }
    }

    /// Returns whether the key is new; nothing where that is not known any more.
    fn insert(&mut self, key: &str) -> Option<bool> {
        let hash = self.state.hash_one(key);
        if self.hashes.len() >= self.max_keys {
            return self.hashes.contains(&hash).then_some(false);
        }
        Some(self.hashes.insert(hash))
    }
}

impl Preparation {
    /// Prepares documents for a collection with this schema; a document without searchable text is left out.
    ///
    /// # Errors
    /// `Unsupported` when this version does not know the analyzer of the schema.
    pub fn new(
        schema: &Schema,
        encoder: Option<Arc<dyn Encoder>>,
        consumed: Consumed,
        memory_bytes: u64,
    ) -> Result<Self> {
        Ok(Self {
            encoder_id: schema.encoder.clone(),
            languages: None,
            words: WordsAnalyzer::of(schema)?,
            keeps_sentence: schema.sentence.is_some(),
            dim: schema.dim,
            sets: schema.sets.clone(),
            is_strict: false,
            on_conflict: OnConflict::default(),
            tenant: None,
            consumed,
            runs_model: encoder.as_ref().is_some_and(|encoder| encoder.runs_model()),
            encoder,
            stored: None,
            memory_bytes,
        })
    }

    /// Leaves alone what is stored in a state already, where that saves a text from being encoded or a document from being
    /// written: where a model runs, or what is stored stays.
    ///
    /// # Errors
    /// When the collection keeps tenants apart and none is named here, or the other way round.
    pub fn beside(mut self, stored: Option<Snapshot>) -> Result<Self> {
        let saves_work = self.runs_model || self.on_conflict == OnConflict::Skip;
        self.stored = match (stored.filter(|_| saves_work), &self.tenant) {
            (Some(stored), Some(tenant)) => Some(stored.of_tenant(tenant)?),
            (stored, _) => stored,
        };
        Ok(self)
    }

    /// The next batch; nothing when the records are at their end.
    pub(crate) fn next(&mut self, records: &mut Records, seen: &mut Seen) -> Result<Option<Prepared>> {
        let most = if self.runs_model { MAX_MODEL_DOCUMENTS } else { MAX_BATCH_DOCUMENTS };
        let batch = self.take_batch(records, most)?;
        if batch.is_empty() {
            return Ok(None);
        }
        let mut prepared = self.prepared(batch, seen)?;
        // The earliest one is reported, whichever core met it.
        match prepared.failed.is_empty() {
            true => Ok(Some(prepared)),
            false => Err(prepared.failed.remove(0).1),
        }
    }

    /// A batch of some records. One that can be no document is left out and told, in the order of the records.
    ///
    /// # Errors
    /// When the encoder fails, or what is stored cannot be read.
    pub fn prepare(&mut self, records: Vec<Record>) -> Result<Prepared> {
        self.prepared(records, &mut Seen::within(self.memory_bytes))
    }

    fn prepared(&mut self, mut batch: Vec<Record>, seen: &mut Seen) -> Result<Prepared> {
        let consumed_bytes = self.consumed.num_bytes();
        let empty = self.tenant.clone().map_or_else(Batch::new, Batch::of_tenant);
        let mut prepared = Prepared { batch: empty, consumed_bytes, ..Prepared::default() };
        prepared.num_padding = leave_out_padding(&mut batch)?;
        self.leave_out_unchanged(&mut batch, seen, &mut prepared)?;
        let encoded = self.encode_texts(&batch, &mut prepared.detected)?;
        self.encode_sets(&mut batch)?;
        let preparation = &*self;
        let outcomes: Vec<(Place, Result<Outcome>)> = batch
            .into_par_iter()
            .zip(encoded)
            .map(|(record, encoded)| (record.place.clone(), preparation.document(record, encoded)))
            .collect();
        for (place, outcome) in outcomes {
            match outcome {
                Err(error) => prepared.failed.push((place, error)),
                Ok(Outcome::Emptied { key, message }) => {
                    prepared.skipped.push(message);
                    preparation.on_conflict.remove(&mut prepared.batch, key);
                }
                Ok(Outcome::Document {
                    document,
                    num_tokens,
                    is_truncated,
                    is_in_windows,
                    lacks_vectors,
                }) => {
                    prepared.without_vectors.extend(lacks_vectors);
                    prepared.num_tokens += num_tokens as u64;
                    prepared.num_truncated += u64::from(is_truncated);
                    prepared.num_in_windows += u64::from(is_in_windows);
                    prepared.has_documents = true;
                    preparation.on_conflict.write(&mut prepared.batch, *document);
                }
            }
        }
        Ok(prepared)
    }

    /// Records until there are so many, or they take their share of the memory: at least one.
    fn take_batch(&self, records: &mut Records, most: usize) -> Result<Vec<Record>> {
        let max_bytes = self.memory_bytes / BATCH_SHARE;
        let (mut batch, mut num_bytes) = (Vec::new(), 0);
        while batch.len() < most && num_bytes < max_bytes {
            let Some(record) = records.next().transpose()? else { break };
            num_bytes += (self.num_values(&record) * size_of::<f32>() + record.text_bytes()) as u64;
            batch.push(record);
        }
        Ok(batch)
    }

    /// Returns the number of values of its vectors, for a text roughly.
    fn num_values(&self, record: &Record) -> usize {
        let of_sets = record.sets.values().map(|vectors| vectors.num_tokens() * vectors.dim()).sum::<usize>();
        let of_content = match &record.content {
            Content::Text { title, text } => {
                (title.as_ref().map_or(0, String::len) + text.len()) / TEXT_BYTES_PER_TOKEN * self.dim
            }
            Content::Vectors { vectors, .. } => vectors.num_tokens() * vectors.dim(),
        };
        of_content + of_sets
    }

    /// Drops what is stored already as it came, or what gives way to what is stored; a key that comes again in one input
    /// is never dropped, as the last one counts.
    fn leave_out_unchanged(
        &self,
        batch: &mut Vec<Record>,
        seen: &mut Seen,
        prepared: &mut Prepared,
    ) -> Result<()> {
        let mut kept = Vec::with_capacity(batch.len());
        for record in batch.drain(..) {
            let is_new = seen.insert(&record.key);
            prepared.num_duplicates += u64::from(is_new == Some(false));
            match &self.stored {
                Some(stored) if self.on_conflict == OnConflict::Skip && stored.contains(&record.key)? => {
                    prepared.num_kept += 1;
                }
                Some(stored) if is_new == Some(true) && is_stored(stored, &record)? => {
                    prepared.num_unchanged += 1;
                }
                _ => kept.push(record),
            }
        }
        *batch = kept;
        Ok(())
    }

    /// The vectors of each text of a batch; nothing for what brings its own, or where there is no encoder.
    fn encode_texts(
        &mut self,
        batch: &[Record],
        detected: &mut Detected,
    ) -> Result<Vec<Option<pleiad_encode::Encoded>>> {
        let text_of = |record: &Record| match &record.content {
            Content::Text { title, text } => Some(searchable_text(title.as_deref(), text).into_owned()),
            Content::Vectors { .. } => None,
        };
        self.encode(batch, &batch.iter().map(text_of).collect::<Vec<_>>(), detected)
    }

    /// The vectors of a text of each record, where it has one and there is an encoder.
    pub(super) fn encode(
        &mut self,
        batch: &[Record],
        texts: &[Option<String>],
        detected: &mut Detected,
    ) -> Result<Vec<Option<pleiad_encode::Encoded>>> {
        let Some(encoder) = &self.encoder else { return Ok(batch.iter().map(|_| None).collect()) };
        let given: Vec<(&Record, &str)> =
            batch.iter().zip(texts).filter_map(|(record, text)| Some((record, text.as_deref()?))).collect();
        let encoded = match &mut self.languages {
            Some(languages) => languages.encode(&**encoder, &given, detected)?,
            None => encoder.encode_documents(&given.iter().map(|&(_, text)| text).collect::<Vec<_>>())?,
        };
        let mut encoded = encoded.into_iter();
        Ok(texts.iter().map(|text| text.as_ref().and_then(|_| encoded.next())).collect())
    }

    fn document(&self, record: Record, encoded: Option<pleiad_encode::Encoded>) -> Result<Outcome> {
        let place = record.place.clone();
        self.document_of(record, encoded).map_err(|failure| failure.within(place))
    }

    fn document_of(&self, record: Record, encoded: Option<pleiad_encode::Encoded>) -> Result<Outcome> {
        let Record { place, key, content, sets, mut attributes } = record;
        let Encoded { vectors, sentence, title, text, is_truncated, is_in_windows } =
            self.content(&key, content, !sets.is_empty(), encoded)?;
        self.check_sets(&key, &sets)?;
        if vectors.dim() != self.dim {
            let dim = vectors.dim();
            let message = format!(
                "document {key:?} has vectors of dimension {dim}; this collection holds {}",
                self.dim
            );
            return Err(Error::invalid(message));
        }
        let text = text.filter(|text| !vectors.is_empty() || !text.trim().is_empty());
        let mut lacks_vectors = None;
        if vectors.is_empty() && sets.is_empty() {
            let nothing = format!("document {key:?} holds nothing that can be searched for");
            // What holds no letter and no digit is no text.
            let has_words =
                |text: &Option<String>| text.iter().any(|text| text.chars().any(char::is_alphanumeric));
            let is_kept = has_words(&text) || has_words(&title) || !attributes.is_empty();
            if self.is_strict {
                let else_ = if is_kept { "stored without vectors" } else { "skipped" };
                return Err(Error::invalid(format!("{nothing}; without --strict it would be {else_}")));
            }
            if !is_kept {
                return Ok(Outcome::Emptied {
                    key: DocKey::new(key)?,
                    message: format!("{place}: {nothing}"),
                });
            }
            lacks_vectors = Some(format!("{place}: {nothing}"));
        }
        let terms =
            self.words.as_ref().map(|words| words.document(title.as_deref(), text.as_deref(), &attributes));
        if let Some(title) = title {
            attributes.insert("title".to_owned(), Value::String(title));
        }
        let num_tokens = vectors.num_tokens() + sets.values().map(MultiVector::num_tokens).sum::<usize>();
        let document = match vectors.is_empty() {
            false => Document::new(key, vectors)?,
            true => Document::without_vectors(key)?,
        };
        let mut document = document.with_attributes(&attributes)?;
        for (set, vectors) in sets {
            document = document.with_set(&set, vectors)?;
        }
        if let Some(text) = text {
            document = document.with_text(text)?;
        }
        if let Some(terms) = terms {
            document = document.with_terms(terms);
        }
        if let Some(sentence) = sentence.filter(|_| self.keeps_sentence) {
            document = document.with_sentence(sentence)?;
        }
        let document = Box::new(document);
        Ok(Outcome::Document { document, num_tokens, is_truncated, is_in_windows, lacks_vectors })
    }

    /// Vectors as this collection wants them: of its encoder, or ready-made.
    fn content(
        &self,
        key: &str,
        content: Content,
        has_sets: bool,
        encoded: Option<pleiad_encode::Encoded>,
    ) -> Result<Encoded> {
        match (content, encoded) {
            (Content::Text { title, text }, Some(encoded)) => {
                let (is_truncated, is_in_windows) = (encoded.num_truncated > 0, encoded.num_windows > 1);
                let (vectors, sentence, text) = (encoded.vectors, encoded.sentence, Some(text));
                Ok(Encoded { vectors, sentence, title, text, is_truncated, is_in_windows })
            }
            (Content::Text { title: None, text }, None) if text.trim().is_empty() => {
                Ok(Encoded::of_ready_made(MultiVector::new(Vec::new(), self.dim)?, None, None))
            }
            // A text to show, beside vectors of other sets.
            (Content::Text { title, text }, None) if has_sets && self.encoder_id.is_none() => {
                let text = (!text.is_empty()).then_some(text);
                Ok(Encoded::of_ready_made(MultiVector::new(Vec::new(), self.dim)?, title, text))
            }
            (Content::Text { .. }, None) => Err(Error::invalid(match &self.encoder_id {
                None => text_without_encoder(key, self.dim),
                Some(own) => {
                    format!("document {key:?} is text, and nothing was named to encode it as {own} does")
                }
            })),
            (Content::Vectors { vectors, title, text, encoder }, _) => match &self.encoder_id {
                Some(own) if encoder.as_deref().map(without_language) != Some(without_language(own)) => {
                    Err(Error::invalid(vectors_beside_encoder(key, own, encoder.as_deref())))
                }
                Some(own) if self.keeps_sentence => Err(Error::invalid(format!(
                    "document {key:?} brings vectors of its tokens alone, but this collection also keeps one of each \
                     whole text, which {own} made: put them into a collection of their own"
                ))),
                _ => Ok(Encoded::of_ready_made(vectors, title, text)),
            },
        }
    }
}

/// A document's vectors beside what is kept of its text.
struct Encoded {
    vectors: MultiVector,
    sentence: Option<Vec<f32>>,
    title: Option<String>,
    text: Option<String>,
    is_truncated: bool,
    is_in_windows: bool,
}

impl Encoded {
    fn of_ready_made(vectors: MultiVector, title: Option<String>, text: Option<String>) -> Self {
        Self { vectors, sentence: None, title, text, is_truncated: false, is_in_windows: false }
    }
}

fn text_without_encoder(key: &str, dim: usize) -> String {
    format!(
        "document {key:?} is text, but this collection holds ready-made vectors of dimension {dim}: \
         add `vectors`, or put texts into a collection of their own"
    )
}

fn vectors_beside_encoder(key: &str, encoder: &str, made_by: Option<&str>) -> String {
    let made_by = made_by.map_or("its own vectors".to_owned(), |id| format!("vectors of encoder {id}"));
    format!(
        "document {key:?} brings {made_by}, but this collection's come from encoder {encoder}: \
         put them into a collection of their own (pleiad create DIR --dim D)"
    )
}

/// Leaves rows of zeros out of ready-made vectors, and counts them: arrays of texts of different lengths are padded
/// with them, and a row of zeros scores above every row that points away from a query.
fn leave_out_padding(batch: &mut [Record]) -> Result<u64> {
    let mut num_padding = 0;
    for vectors in batch.iter_mut().flat_map(vectors_of) {
        let dim = vectors.dim();
        let is_padding = |row: &[f32]| row.iter().all(|&value| value == 0.0);
        let num_zeros = vectors.data().chunks_exact(dim).filter(|row| is_padding(row)).count();
        if num_zeros > 0 {
            let rows = vectors.data().chunks_exact(dim).filter(|row| !is_padding(row));
            *vectors = MultiVector::new(rows.flatten().copied().collect(), dim)?;
            num_padding += num_zeros as u64;
        }
    }
    batch.iter_mut().for_each(|record| record.sets.retain(|_, vectors| !vectors.is_empty()));
    Ok(num_padding)
}

/// All ready-made vectors of a record.
fn vectors_of(record: &mut Record) -> impl Iterator<Item = &mut MultiVector> {
    let of_content = match &mut record.content {
        Content::Vectors { vectors, .. } => Some(vectors),
        Content::Text { .. } => None,
    };
    of_content.into_iter().chain(record.sets.values_mut())
}

/// Returns whether a text is stored with this key, title and attributes.
fn is_stored(stored: &Snapshot, record: &Record) -> Result<bool> {
    let (Content::Text { title, text }, Some(document)) = (&record.content, stored.get(&record.key)?) else {
        return Ok(false);
    };
    // Vectors are not compared with what is kept of them.
    if !record.sets.is_empty() {
        return Ok(false);
    }
    let mut attributes = record.attributes.clone();
    if let Some(title) = title {
        attributes.insert("title".to_owned(), Value::String(title.clone()));
    }
    Ok(document.text.as_deref() == Some(text) && document.attributes == attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn preparation(memory_bytes: u64) -> Preparation {
        Preparation::new(&Schema::new(2), None, Consumed::default(), memory_bytes).unwrap()
    }

    /// Endless documents of one vector with a field of a megabyte.
    fn records(field: &'static str) -> Records {
        let record = move |number: u64| {
            let value = json!({ "_id": number, "vectors": [[1, 2]], field: "x".repeat(1 << 20) });
            let place = crate::input::Place { file: "x.jsonl".into(), line: Some(number) };
            Record::from_json(place, value.as_object().cloned().unwrap_or_default())
        };
        Box::new((0..).map(record))
    }

    #[test]
    fn batches_are_cut_by_all_that_documents_hold() {
        for field in ["text", "title", "note"] {
            for (memory, most) in [(64 << 20, 4), (1 << 30, 64)] {
                let mut preparation = preparation(memory);
                let mut seen = Seen::within(memory);
                let prepared = preparation.next(&mut records(field), &mut seen).unwrap().unwrap();
                assert!((1..=most).contains(&prepared.batch.len()), "{field}: {}", prepared.batch.len());
            }
        }
    }

    #[test]
    fn keys_are_remembered_while_there_is_memory() {
        let mut seen = Seen::within(2 * BYTES_PER_KEY);
        let found = ["a", "b", "a", "c", "c", "b"].map(|key| seen.insert(key));
        assert_eq!(found, [Some(true), Some(true), Some(false), None, None, Some(false)]);
    }
}
