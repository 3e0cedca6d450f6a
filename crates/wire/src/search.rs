use crate::{Problem, Vectors, is_false};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The question.
    pub query: Query,
    /// Hits wanted, 10 where it is left out; groups of them with `group_by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// Hits passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// The work that may be done.
    #[serde(flatten)]
    pub budget: Budget,
    /// Documents that may be hits; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The ranking; the best that the collection and the question can give where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Share of the vectors' part in a hybrid score, from 0 to 1; words have the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f32>,
    /// The least score of a hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f32>,
    /// The attribute whose values make groups of hits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_by: Option<String>,
    /// Hits of one group, at most; 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<usize>,
    /// Parts of a hit and of the answer beside key and score; attributes where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<Include>>,
    /// The attributes that a hit has, by name; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// The tenant whose documents are searched, in a collection that keeps tenants apart; `*` for those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Milliseconds until the search is ended without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// The work of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// Share of the exact hits that is to be found, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Every document is scored exactly.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exact: bool,
    /// Candidates of the scan; overrules `recall`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_candidates: Option<usize>,
    /// Candidates that are scored exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_reranked: Option<usize>,
}

/// A question: a text, token vectors, or both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The text. What stands between double quotes is a phrase that every hit must have, where words rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Token vectors, for a collection of ready-made ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
}

/// A filter: a condition as text, such as `year >= 2020 AND tag IN ("a", "b")`, or the JSON of a Qdrant filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(pub Value);

impl JsonSchema for Filter {
    fn schema_name() -> Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A condition as text, such as `year >= 2020 AND tag IN (\"a\", \"b\")`, or the JSON of a Qdrant filter.",
            "anyOf": [{ "type": "string" }, { "type": "object" }],
        })
    }
}

/// Rankings of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One score of vectors and words.
    Hybrid,
    /// MaxSim of token vectors.
    Vectors,
    /// BM25 of shared words.
    Words,
}

/// Parts of an answer that are left out unless they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Include {
    /// The attributes of a hit, its title among them.
    Attributes,
    /// The whole text of a hit.
    Text,
    /// The stretch of a hit's text that answers best.
    Snippet,
    /// Words of a hit that answer words of the question.
    Matches,
    /// The plan of the search.
    Plan,
    /// The work of the search, counted.
    Work,
}

/// The answer to one search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchAnswer {
    /// The best documents, the best first; those of a group follow each other.
    pub hits: Vec<Hit>,
    /// Documents that pass the filter; all where there is none.
    pub num_matched: u64,
    /// The ranking.
    pub mode: Mode,
    /// Shares of the parts of a hybrid score; they add up to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weights>,
    /// The recall that the plan keeps; null where nothing is promised.
    pub promised_recall: Option<f64>,
    /// The recall that was measured for the plan.
    pub expected_recall: Option<f64>,
    /// Sources of candidates and budgets, with `include`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Value>,
    /// The work, with `include`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// Warnings, such as of an attribute that no document has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The number of the last batch that was searched.
    pub sequence: u64,
    /// Milliseconds from the arrival of the request to its answer.
    pub took_ms: f64,
}

/// Shares of the parts of a hybrid score, or those parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weights {
    /// MaxSim of token vectors.
    pub vectors: f64,
    /// The cosine of sentence vectors; 0 where there are none.
    pub sentence: f64,
    /// BM25, in parts of its upper bound for the question.
    pub words: f64,
}

/// The parts of a hit's hybrid score, which add up to it.
pub type HitPart = Weights;

/// One document of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The place, from 1 on; hits of a group have one.
    pub rank: usize,
    /// The key of the document.
    pub key: String,
    /// Its tenant, where those of all were searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The score; higher is better.
    pub score: f32,
    /// The parts of a hybrid score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<HitPart>,
    /// The value that the documents of its group share, where hits are grouped; null for a document without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Value>,
    /// The attributes, the title among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Map<String, Value>>,
    /// The whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The stretch of the text that answers best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
    /// Words that answer words of the question, the closest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<WordMatch>>,
}

/// A stretch of a text, with the words in it that answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snippet {
    /// The stretch.
    pub text: String,
    /// Its first byte in the stored text.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// The line of its first byte, from 1 on.
    pub line: usize,
    /// Words that answer.
    pub marks: Vec<Mark>,
}

/// A word of a snippet that answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// Its first byte in the snippet.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// Value of the answer, up to 1: the cosine with the word of the question.
    pub weight: f32,
}

/// A word of a document that answers a word of the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WordMatch {
    /// The word of the question.
    pub query: String,
    /// The word of the document.
    pub document: String,
    /// The cosine between the vectors of both; 1 for a term that both share.
    pub cosine: f32,
}

/// The work of a search, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// Codes of documents that were scanned.
    pub num_scanned: u64,
    /// Entries of postings that were read.
    pub num_postings: u64,
    /// Documents scored on their token codes.
    pub num_rescored: u64,
    /// Documents of those that do not pass the filter.
    pub num_others: u64,
    /// Documents scored exactly.
    pub num_reranked: u64,
    /// Bytes of codes that were read.
    pub read_bytes: u64,
}

/// Several searches of one collection, all of one state of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The searches, 256 at most.
    pub searches: Vec<SearchRequest>,
    /// Milliseconds until all of them are ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// The answers to several searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchAnswer {
    /// One for each search, in their order.
    pub answers: Vec<BatchItem>,
}

/// The answer to one of several searches, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BatchItem {
    /// The answer.
    Answer(Box<SearchAnswer>),
    /// The reason.
    Failed {
        /// Failure of this query.
        error: Problem,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Result<SearchRequest, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_left_to_the_server() {
        let short = read(json!({ "query": { "text": "alps" } })).unwrap();
        assert_eq!((short.k, &short.filter, &short.include), (None, &None, &None));
        assert_eq!(serde_json::to_value(&short).unwrap(), json!({ "query": { "text": "alps" } }));
        let whole = json!({
            "query": { "text": "alps", "vectors": [[1.0, 0.5]] },
            "k": 3, "offset": 0, "recall": 0.95, "exact": true, "num_candidates": 100, "num_reranked": 30,
            "filter": { "must": [] }, "mode": "hybrid", "alpha": 0.5, "min_score": 0.25, "group_by": "parent",
            "group_size": 2, "include": ["attributes", "text", "snippet", "matches", "plan", "work"],
            "attributes": ["title"], "tenant": "acme", "timeout_ms": 2000,
        });
        assert_eq!(serde_json::to_value(read(whole.clone()).unwrap()).unwrap(), whole);
    }

    #[test]
    fn a_field_that_is_not_known_is_an_error() {
        for (json, message) in [
            (json!({ "query": { "text": "x" }, "limit": 3 }), "unknown field `limit`"),
            (json!({ "query": { "txt": "x" } }), "unknown field `txt`"),
            (json!({ "k": 3 }), "missing field `query`"),
            (json!({ "query": { "text": "x" }, "mode": "fuzzy" }), "unknown variant `fuzzy`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
