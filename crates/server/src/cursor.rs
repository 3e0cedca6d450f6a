use crate::failure::{Result, invalid_field, problem};
use crate::operations::order_text;
use pleiad::{AttributeValue, DocKey, ListedKey, OrderBy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The place in a listing behind which the next page begins. It travels as text that nobody else has to read, and says of
/// which order it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    #[serde(rename = "k")]
    key: String,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

impl Cursor {
    pub(crate) fn new(place: &ListedKey, order: Option<&OrderBy>) -> Self {
        Self {
            key: place.key.to_string(),
            value: place.value.as_ref().map(AttributeValue::to_json),
            order: order.map(|order| order_text(&order.path, order.is_descending)),
        }
    }

    /// # Errors
    /// `InvalidArgument` for what no page gave, and for a place in another order.
    pub(crate) fn parse(text: &str, order: Option<&OrderBy>) -> Result<Self> {
        let wrong = || {
            invalid_field("after", "after is no place in a listing: take `next` of the page before as it is")
        };
        let bytes = crate::keys::from_base64url(text).ok_or_else(wrong)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        let order = order.map(|order| order_text(&order.path, order.is_descending));
        if cursor.order == order {
            return Ok(cursor);
        }
        Err(invalid_field(
            "after",
            "after is a place in a listing of another order: begin anew, or take the same order_by",
        ))
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// # Errors
    /// `InvalidArgument` where it holds no key.
    pub(crate) fn place(&self) -> Result<ListedKey> {
        let key = DocKey::new(self.key.as_str())
            .map_err(|error| problem(pleiad::Error::from(error)).of_field("after"))?;
        Ok(ListedKey { value: self.value.as_ref().and_then(AttributeValue::from_json), key })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&crate::keys::to_base64url(&json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad::AttributePath;

    #[test]
    fn a_place_comes_back_as_it_went_out() {
        let order = OrderBy { path: AttributePath::parse("year").unwrap(), is_descending: true };
        let place = ListedKey { value: Some(AttributeValue::Integer(3)), key: DocKey::new("ä/b").unwrap() };
        let text = Cursor::new(&place, Some(&order)).to_string();
        assert_eq!(Cursor::parse(&text, Some(&order)).unwrap().place().unwrap(), place);
        for (text, order) in [(text.as_str(), None), ("x", Some(&order)), ("", None), ("bm8", None)] {
            assert!(Cursor::parse(text, order).is_err(), "{text}");
        }
    }
}
