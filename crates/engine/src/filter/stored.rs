//! A filter among stored parameters: written in the string form, read in either form.

use pleiad_filter::Predicate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;

pub(crate) fn serialize<S: Serializer>(filter: &Option<Predicate>, serializer: S) -> Result<S::Ok, S::Error> {
    match filter {
        Some(filter) => serializer.collect_str(filter),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Predicate>, D::Error> {
    let filter = Option::<Value>::deserialize(deserializer)?;
    filter.map(|filter| Predicate::from_json(&filter)).transpose().map_err(D::Error::custom)
}
