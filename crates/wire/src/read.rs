use crate::{Budget, Filter, Mode, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Documents to count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// Those for which this holds; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The tenant of the documents; `*` for those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// A number of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountAnswer {
    /// Documents that pass the filter.
    pub num_matched: u64,
    /// Documents of the collection, or of the tenant, that the key may see.
    pub num_documents: u64,
    /// The number of the last batch that was counted.
    pub sequence: u64,
}

/// Values of an attribute to count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValuesRequest {
    /// The attribute, as filters write it: `author.name`.
    pub attribute: String,
    /// Documents that are looked at; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Values listed, at most; 100 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The tenant of the documents; `*` for those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// The values that documents have of an attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValuesAnswer {
    /// Documents that were looked at.
    pub num_documents: u64,
    /// Documents of those that have a value.
    pub num_with: u64,
    /// Distinct values.
    pub num_distinct: u64,
    /// The least number; the least text where there are no numbers; null where there is neither.
    pub min: Value,
    /// The greatest.
    pub max: Value,
    /// The most common values, the most common first.
    pub values: Vec<ValueCount>,
    /// The number of the last batch that was looked at.
    pub sequence: u64,
}

/// A value, and its documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueCount {
    /// The value.
    pub value: Value,
    /// Documents that have it.
    pub num_documents: u64,
}

/// A document to explain the score of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The question.
    pub query: Query,
    /// The key of the document.
    pub key: String,
    /// The ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Share of the vectors' part in a hybrid score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f32>,
    /// The tenant of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// A search whose plan is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// Token vectors of the question: nothing else about it decides.
    pub num_tokens: usize,
    /// Hits wanted; 10 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// The work that may be done.
    #[serde(flatten)]
    pub budget: Budget,
    /// Documents that may be hits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Share of the vectors' part in a hybrid score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f32>,
    /// The tenant of the documents; `*` for those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// The plan of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanAnswer {
    /// Sources of candidates, budgets, and the measurement behind them.
    pub plan: Value,
    /// The same for people.
    pub text: String,
    /// The recall that it keeps; null where nothing is promised.
    pub promised_recall: Option<f64>,
    /// The number of the last batch of the state that it is for.
    pub sequence: u64,
}
