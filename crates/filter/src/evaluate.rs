//! Evaluation on one document: the meaning of every predicate.

use crate::leaf::{self, Leaf};
use crate::path::Path;
use crate::predicate::{KeyTest, Predicate, Test};
use crate::value::{Scalar, Value};
use crate::{time, words};
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use std::ops::Bound;

/// A document, as far as a predicate sees it.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its text, if it has one.
    pub text: Option<&'a str>,
    /// Its attributes.
    pub attributes: &'a Map<String, Json>,
}

impl Predicate {
    /// Decides about one document.
    ///
    /// Cost: O(size of the attributes · conditions) at most; a set of values costs the logarithm of its size.
    pub fn matches(&self, record: &Record<'_>) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::And(members) => members.iter().all(|member| member.matches(record)),
            Self::Or(members) => members.iter().any(|member| member.matches(record)),
            Self::Not(inner) => !inner.matches(record),
            Self::AtLeast { count, of } => {
                let wanted = *count as usize;
                of.iter().filter(|member| member.matches(record)).take(wanted).count() == wanted
            }
            Self::Element { path, inner } => {
                leaf::any_value(record.attributes, path.segments(), &mut |value| {
                    leaf::any_leaf(value, &mut |leaf| match leaf {
                        Leaf::Object(attributes) => inner.matches(&Record { attributes, ..*record }),
                        Leaf::Null | Leaf::Scalar(_) => false,
                    })
                })
            }
            Self::Attribute { path, test } if path.is_text() => test.of_text(record.text),
            Self::Attribute { path, test } => test.of_path(record.attributes, path),
            Self::Key(KeyTest::OneOf(keys)) => keys.contains(record.key),
            Self::Key(KeyTest::Prefix(prefix)) => record.key.starts_with(prefix.as_str()),
        }
    }
}

impl Test {
    fn of_path(&self, attributes: &Map<String, Json>, path: &Path) -> bool {
        let any_value =
            |found: &mut dyn FnMut(&Json) -> bool| leaf::any_value(attributes, path.segments(), found);
        match self {
            Self::Exists => any_value(&mut |_| true),
            Self::IsEmpty => !any_value(&mut |value| match value {
                Json::Null => false,
                Json::Array(elements) => !elements.is_empty(),
                _ => true,
            }),
            Self::Count { least, most } => {
                let mut count = 0_u32;
                any_value(&mut |value| {
                    leaf::any_leaf(value, &mut |leaf| {
                        count = count.saturating_add(u32::from(!matches!(leaf, Leaf::Null)));
                        false
                    })
                });
                (*least..=*most).contains(&count)
            }
            _ => any_value(&mut |value| leaf::any_leaf(value, &mut |leaf| self.of_leaf(leaf))),
        }
    }

    /// The text of a document is one leaf, or missing.
    fn of_text(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::Exists, text) => text.is_some(),
            (Self::IsEmpty, text) => text.is_none(),
            (Self::Count { least, most }, text) => (*least..=*most).contains(&u32::from(text.is_some())),
            (_, text) => text.is_some_and(|text| self.of_leaf(Leaf::Scalar(Scalar::Text(text)))),
        }
    }

    fn of_leaf(&self, leaf: Leaf<'_>) -> bool {
        match self {
            Self::OneOf(values) => leaf.scalar().is_some_and(|scalar| values.contains(scalar)),
            Self::OtherThan(values) => leaf.scalar().is_some_and(|scalar| !values.contains(scalar)),
            Self::Range { lower, upper } => is_between(leaf, lower, upper),
            Self::Prefix(prefix) => leaf.text().is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Words { mode, text: wanted } => {
                leaf.text().is_some_and(|text| words::matches(*mode, wanted, text))
            }
            Self::IsNull => matches!(leaf, Leaf::Null),
            Self::Within(area) => leaf.point().is_some_and(|point| area.contains(point)),
            // These look at all leaves of a path together.
            Self::Count { .. } | Self::Exists | Self::IsEmpty => false,
        }
    }
}

/// Returns whether a leaf of the kind of the ends lies between them.
fn is_between(leaf: Leaf<'_>, lower: &Bound<Value>, upper: &Bound<Value>) -> bool {
    let end = |bound: &Bound<Value>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(matches!(value, Value::Time(_))),
        Bound::Unbounded => None,
    };
    let asks_for_times = end(lower).or(end(upper)) == Some(true);
    let scalar = match leaf.scalar() {
        Some(Scalar::Text(text)) if asks_for_times => time::parse(text).map(Scalar::Time),
        Some(number @ (Scalar::Integer(_) | Scalar::Float(_))) if !asks_for_times => Some(number),
        _ => None,
    };
    let Some(scalar) = scalar else { return false };
    let is_above = match lower {
        Bound::Included(value) => scalar.compare(value.scalar()) != Ordering::Less,
        Bound::Excluded(value) => scalar.compare(value.scalar()) == Ordering::Greater,
        Bound::Unbounded => true,
    };
    is_above
        && match upper {
            Bound::Included(value) => scalar.compare(value.scalar()) != Ordering::Greater,
            Bound::Excluded(value) => scalar.compare(value.scalar()) == Ordering::Less,
            Bound::Unbounded => true,
        }
}
