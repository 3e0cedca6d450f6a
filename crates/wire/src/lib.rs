//! Requests and answers of the server, as they travel: JSON, and rows of numbers in base64.
//!
//! The types are what both sides agree on, and nothing else: they know no engine, open no file and decide nothing. What a
//! field means stands behind its name, and the server's description of itself is made of that ([`schemars::JsonSchema`]).
//!
//! Requests refuse fields that they do not know, so that a misspelled one is an error and not a wish that nobody heard.
//! Answers may gain fields.

mod collection;
mod document;
mod problem;
mod read;
mod search;
mod vectors;

pub use collection::{
    CollectionInfo, CollectionList, CollectionSummary, Created, Encoder, NewCollection, TenantList,
    TenantSummary, TokenCode, Version,
};
pub use document::{
    AddDocuments, Added, DeleteDocuments, Deleted, Document, DocumentList, LineFailed, OnConflict,
    PatchDocuments, Patched, StoredDocument, StreamEnd,
};
pub use problem::{Kind, Problem};
pub use read::{
    CountAnswer, CountRequest, ExplainRequest, PlanAnswer, PlanRequest, ValueCount, ValuesAnswer,
    ValuesRequest,
};
pub use search::{
    BatchAnswer, BatchItem, BatchRequest, Budget, Filter, Hit, HitPart, Include, Mark, Mode, Query,
    SearchAnswer, SearchRequest, Snippet, Weights, WordMatch, Work,
};
pub use vectors::{DataType, EncodedVectors, Vectors, VectorsError};

/// The content type of JSON.
pub const JSON: &str = "application/json";

/// The content type of one JSON value a line.
pub const NDJSON: &str = "application/x-ndjson";

/// The content type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

fn is_false(value: &bool) -> bool {
    !value
}
