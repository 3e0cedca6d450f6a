use crate::{Filter, Problem, Vectors, is_false};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A document on its way in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its key. Where it is left out, one is made of tenant, text and attributes, so that the same document sent twice is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Everything else that is known of it. A `title` is searchable as its text is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// Its token vectors, in a collection of ready-made ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
}

/// Treatment of documents whose keys are stored already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// They take the place of what is stored.
    #[default]
    Replace,
    /// Stored documents stay.
    Skip,
    /// Nothing of the batch is stored.
    Fail,
}

/// Documents to store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDocuments {
    /// The documents: all of them become visible together, or none.
    pub documents: Vec<Document>,
    /// Treatment of those whose keys are stored already.
    #[serde(default)]
    pub on_conflict: OnConflict,
    /// With `replace`: only stored documents for which this holds are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_if: Option<Filter>,
    /// The tenant of the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Receipt of documents: when it arrives, they are durable, and every search that is asked from then on sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The number of the batch; that of the last one where nothing had to be written.
    pub sequence: u64,
    /// Documents written.
    pub num_documents: u64,
    /// Documents of those that replaced an older one.
    pub num_replaced: u64,
    /// Documents that were stored already as they came, and were not written again.
    pub num_unchanged: u64,
    /// Documents passed over, since what is stored under their keys stays.
    pub num_kept: u64,
    /// Documents stored without vectors, as they have nothing to make some of.
    pub num_without_vectors: u64,
    /// Documents with nothing that could be found: not stored, and what was stored under their keys is removed.
    pub num_skipped: u64,
    /// The last line of a stream that the receipt is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_line: Option<u64>,
}

/// A line of a stream that was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineFailed {
    /// The line, from 1 on.
    pub line: u64,
    /// The reason.
    pub error: Problem,
}

/// The last line of the answer to a stream. An answer without it was cut off: what its receipts name is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamEnd {
    /// True where all lines were read.
    pub done: bool,
    /// Documents written.
    pub num_documents: u64,
    /// Lines that were not stored.
    pub num_failed: u64,
    /// The number of the last batch.
    pub sequence: u64,
    /// The reason why the stream ended before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
}

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredDocument {
    /// Its key.
    pub key: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its attributes, the title among them.
    pub attributes: Map<String, Value>,
    /// Its token vectors as they are kept, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
}

/// Documents in an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentList {
    /// Those of this page.
    pub documents: Vec<StoredDocument>,
    /// Value of `after` for the next page; left out at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The number of the last batch that was read.
    pub sequence: u64,
}

/// Documents to delete, by their keys or by a filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteDocuments {
    /// Keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Documents for which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Nothing is deleted, only counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// The tenant of the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Receipt of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    /// Documents that were there when it was asked for.
    pub num_matched: u64,
    /// Documents that are gone now.
    pub num_deleted: u64,
    /// The number of the batch; that of the last one where nothing was written.
    pub sequence: u64,
}

/// Attributes to change, of documents by their keys or by a filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchDocuments {
    /// Keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Documents for which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Merged into the attributes (RFC 7396): null removes one.
    pub attributes: Map<String, Value>,
    /// The tenant of the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Receipt of changed attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Patched {
    /// Documents that have the attributes now, those that had them already included.
    pub num_amended: u64,
    /// Keys that no document has.
    pub num_missing: u64,
    /// The number of the batch; that of the last one where nothing was written.
    pub sequence: u64,
}
