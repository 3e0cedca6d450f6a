use super::{Detected, told};
use crate::output::{bytes, counted, thousands};
use serde::Serialize;
use std::fmt;

/// What one input became.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Documents written, new or in place of an older one.
    pub(crate) num_documents: u64,
    /// Of those, documents that replaced an older one, from before or from the same input.
    pub(crate) num_replaced: u64,
    /// Documents whose key came before in the same input: the later one counts.
    pub(crate) num_duplicates: u64,
    /// Documents that were stored already as they came, and were not encoded again.
    pub(crate) num_unchanged: u64,
    /// Documents without searchable text.
    pub(crate) num_skipped: u64,
    /// Documents that were removed, as what came in their place has no searchable text.
    pub(crate) num_removed: u64,
    /// Documents of which only the beginning is searchable.
    pub(crate) num_truncated: u64,
    /// Documents whose language was guessed, by language.
    #[serde(skip_serializing_if = "Detected::is_empty")]
    pub(crate) detected_languages: Detected,
    /// Token vectors that came in: a collection with a reduction keeps fewer.
    pub(crate) num_tokens: u64,
    /// Time from the first record to the last sync.
    pub(crate) seconds: f64,
    /// Documents per second.
    pub(crate) documents_per_second: f64,
    /// Token vectors per second.
    pub(crate) tokens_per_second: f64,
    /// Documents in the collection now.
    pub(crate) num_stored: u64,
    /// Bytes of the collection's files per document.
    pub(crate) bytes_per_document: f64,
    /// Whether Ctrl-C ended it early.
    pub(crate) is_interrupted: bool,
}

impl Summary {
    /// Fills in what follows from time and size.
    pub(crate) fn finish(&mut self, seconds: f64, info: &pleiad::Info) {
        self.seconds = seconds;
        self.documents_per_second = self.num_documents as f64 / seconds.max(1e-9);
        self.tokens_per_second = self.num_tokens as f64 / seconds.max(1e-9);
        self.num_stored = info.num_documents;
        self.bytes_per_document = info.bytes_per_document();
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "added {}", counted(self.num_documents, "document"))?;
        let asides = [
            (self.num_replaced, "replaced"),
            (self.num_duplicates, "repeated in the input, the last counts"),
            (self.num_unchanged, "stored already"),
            (self.num_skipped, "skipped without searchable text"),
            (self.num_removed, "removed by those"),
            (self.num_truncated, "searchable only in their beginning"),
        ];
        let asides: Vec<String> = asides
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", thousands(*number)))
            .collect();
        if !asides.is_empty() {
            write!(f, " ({})", asides.join(", "))?;
        }
        write!(
            f,
            " in {:.1} s: {} documents/s, {} tokens/s, {} per document{}",
            self.seconds,
            thousands(self.documents_per_second as u64),
            thousands(self.tokens_per_second as u64),
            bytes(self.bytes_per_document as u64),
            told(&self.detected_languages)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_told() {
        let mut summary =
            Summary { num_documents: 1200, seconds: 2.0, documents_per_second: 600.0, ..Summary::default() };
        assert_eq!(
            summary.to_string(),
            "added 1,200 documents in 2.0 s: 600 documents/s, 0 tokens/s, 0 B per document"
        );
        summary.num_skipped = 2;
        assert!(
            summary.to_string().starts_with("added 1,200 documents (2 skipped without searchable text) in")
        );
    }
}
