use super::{WordsSchema, damaged};
use crate::Schema;
use crate::columns::TERMS;
use crate::error::{Error, Result};
use crate::maintenance::attachment::Attachment;
use pleiad_index::words::{StoredTerms, Words, WordsBuilder};
use pleiad_store::PartView;

/// The name of the attachment.
pub(crate) const ATTACHMENT: &str = "words";

/// First bytes of lists of this version.
const MAGIC: &[u8] = b"PLWORDS1";

/// Rows from which on a segment has lists: the terms of fewer are looked at one by one.
const MIN_ROWS: u32 = 64;

/// The bytes of a part's lists; nothing where it has none, or has them as another release writes them.
pub(super) fn bytes_of<'a>(part: &'a PartView, schema: &WordsSchema) -> Result<Option<&'a [u8]>> {
    let Some(blob) = part.attachment(ATTACHMENT) else { return Ok(None) };
    let bytes = blob.bytes()?;
    if !bytes.starts_with(MAGIC) {
        return Ok(None);
    }
    let damaged = |error: &dyn std::fmt::Display| {
        Error::corrupt(format!("{}: {error}: `pleiad repair` leaves them out", blob.file()))
    };
    let words = Words::read(bytes).map_err(|error| damaged(&error))?;
    if words.num_rows() != part.num_rows() || words.weights() != schema.weights() {
        return Err(damaged(&"these are words of another segment"));
    }
    Ok(Some(bytes))
}

/// The lists of all rows of a part, deleted ones included: what was stored tells them anew at any time.
///
/// # Errors
/// `Corrupt` when the terms of a row cannot be read.
pub(super) fn build_all(part: &PartView, schema: &WordsSchema) -> Result<Vec<u8>> {
    let weights = schema.weights();
    let impossible = |error| damaged(&part.name(), error);
    let mut builder = WordsBuilder::new(&weights).map_err(impossible)?;
    for row in 0..part.num_rows() {
        let terms = StoredTerms::read(part.column(TERMS, row)?, weights.len());
        let pushed = terms.and_then(|terms| builder.push(&terms));
        pushed.map_err(|error| damaged(&format!("{}, row {row}", part.name()), error))?;
    }
    builder.finish().map_err(impossible)
}

/// Builds the attachment: one pass over the terms of a segment.
pub(crate) struct WordsAttachment {
    schema: WordsSchema,
}

impl WordsAttachment {
    /// Returns the attachment of a collection; nothing where it keeps no words.
    pub(crate) fn of(schema: &Schema) -> Option<Self> {
        schema.words.clone().map(|schema| Self { schema })
    }
}

impl Attachment for WordsAttachment {
    fn name(&self) -> &str {
        ATTACHMENT
    }

    fn is_missing(&self, segment: &PartView) -> Result<bool> {
        Ok(segment.num_rows() >= MIN_ROWS && bytes_of(segment, &self.schema)?.is_none())
    }

    fn build(&self, segment: &PartView) -> Result<Vec<u8>> {
        build_all(segment, &self.schema)
    }

    /// Twice the bytes of lists: as they are collected, and as they are written.
    fn merge_bytes_per_row(&self, parts: &[PartView]) -> u64 {
        let with_lists =
            || parts.iter().filter_map(|part| Some((part.attachment(ATTACHMENT)?.len() as u64, part)));
        let num_bytes: u64 = with_lists().map(|(num_bytes, _)| num_bytes).sum();
        let num_rows: u64 = with_lists().map(|(_, part)| u64::from(part.num_rows())).sum();
        2 * num_bytes.div_ceil(num_rows.max(1))
    }
}
