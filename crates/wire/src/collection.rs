use crate::is_false;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Settings of a new collection, fixed for its life. Those that are left out suit texts in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    /// Numbers of a token vector, for a collection of ready-made vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
    /// Origin of vectors: `mini` where it is left out, `words` for texts in other languages, `none` with `dim`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<Encoder>,
    /// Language of the texts, such as `de`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Analyzer of words, such as `english-1` or `unicode-1`, or `none`; that of the language where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Code of token vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenCode>,
    /// Documents belong to tenants, which see nothing of each other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tenants: bool,
}

/// Origins of vectors. No model is named here: a server fetches nothing that a client names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoder {
    /// The model that is part of the program.
    Mini,
    /// No vectors: texts are found by their words alone.
    Words,
    /// The client.
    None,
}

/// Codes of token vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenCode {
    /// 8 bits a number.
    Int8,
    /// 4 bits a number.
    Int4,
    /// 2 bits a number.
    Int2,
    /// 1 bit a number.
    Int1,
    /// 16 bits a number.
    F16,
}

/// A collection that is there now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Created {
    /// Its name.
    pub name: String,
    /// True where this request made it; false where it was there already with the same settings.
    pub is_new: bool,
    /// The schema as it is stored.
    pub schema: Value,
}

/// Collections by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionList {
    /// Those of this page, ascending.
    pub collections: Vec<CollectionSummary>,
    /// Value of `after` for the next page; left out at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A collection in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionSummary {
    /// Its name.
    pub name: String,
    /// Its documents; left out where it cannot be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_documents: Option<u64>,
    /// The number of its last batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Why it cannot be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Counts, bytes and parameters of a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionInfo {
    /// Its name.
    pub name: String,
    /// The number of its last batch.
    pub sequence: u64,
    /// Everything that `pleiad info --json` prints.
    #[serde(flatten)]
    pub info: Map<String, Value>,
}

/// Tenants by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantList {
    /// Those of this page that have documents, ascending.
    pub tenants: Vec<TenantSummary>,
    /// Value of `after` for the next page; left out at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A tenant in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantSummary {
    /// Its name.
    pub tenant: String,
    /// Its documents.
    pub num_documents: u64,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// Its version.
    pub version: String,
    /// The instruction set of its kernels on this machine.
    pub isa: String,
}
