use super::Detected;
use serde::Serialize;

/// Result of one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Documents written, new or in place of an older one.
    pub num_documents: u64,
    /// Documents of those that replaced an older one, from before or from the same input.
    pub num_replaced: u64,
    /// Documents whose key came before in the same input: the later one counts.
    pub num_duplicates: u64,
    /// Documents that were stored already as they came, and were not encoded again.
    pub num_unchanged: u64,
    /// Documents passed over, since what is stored under their keys stays.
    pub num_kept: u64,
    /// Documents without searchable text that are stored for their attributes or what text they have.
    pub num_without_vectors: u64,
    /// Documents without searchable text, and without anything else.
    pub num_skipped: u64,
    /// Files of folders that could not be read.
    pub num_unread: u64,
    /// Documents that were removed, as what came in their place has no searchable text.
    pub num_removed: u64,
    /// Documents of which only the beginning is searchable.
    pub num_truncated: u64,
    /// Ready-made token vectors of zeros that were left out as padding.
    pub num_padding: u64,
    /// Documents longer than the encoder takes at once, all of whose windows are searchable.
    pub num_in_windows: u64,
    /// Documents whose language was guessed, by language.
    #[serde(skip_serializing_if = "Detected::is_empty")]
    pub detected_languages: Detected,
    /// Token vectors that came in: a collection with a reduction keeps fewer.
    pub num_tokens: u64,
    /// Time from the first record to the last sync.
    pub seconds: f64,
    /// Documents per second.
    pub documents_per_second: f64,
    /// Token vectors per second.
    pub tokens_per_second: f64,
    /// Documents in the collection now.
    pub num_stored: u64,
    /// Bytes of the collection's files per document.
    pub bytes_per_document: f64,
    /// True where the caller ended it early.
    pub is_interrupted: bool,
}

impl Summary {
    /// Fills in what follows from time and size.
    pub(super) fn finish(&mut self, seconds: f64, info: &pleiad::Info) {
        self.seconds = seconds;
        self.documents_per_second = self.num_documents as f64 / seconds.max(1e-9);
        self.tokens_per_second = self.num_tokens as f64 / seconds.max(1e-9);
        self.num_stored = info.num_documents;
        self.bytes_per_document = info.bytes_per_document();
    }
}
