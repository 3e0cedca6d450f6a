//! Values that leaves are compared with.

use crate::{leaf, time};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// A value of a filter.
#[derive(Debug, Clone)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// Text, compared byte by byte.
    Text(String),
    /// A time in microseconds since 1970-01-01T00:00:00Z. Text that reads as a time is compared with it.
    Time(i64),
}

/// A value that is borrowed. Values of one kind are in order; kinds follow each other.
#[derive(Debug, Clone, Copy)]
pub enum Scalar<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A time in microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

impl Value {
    /// The value without its memory.
    pub(crate) fn scalar(&self) -> Scalar<'_> {
        match self {
            Self::Bool(value) => Scalar::Bool(*value),
            Self::Integer(value) => Scalar::Integer(*value),
            Self::Float(value) => Scalar::Float(*value),
            Self::Text(text) => Scalar::Text(text),
            Self::Time(at) => Scalar::Time(*at),
        }
    }

    /// Returns the value with whole numbers as integers, which they equal.
    pub(crate) fn whole(self) -> Self {
        // Every float of this range is within `i64`.
        match self {
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e18 => Self::Integer(value as i64),
            other => other,
        }
    }

    /// The same in JSON; a time as its text.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool(value) => Json::from(*value),
            Self::Integer(value) => Json::from(*value),
            Self::Float(value) => Json::from(*value),
            Self::Text(text) => Json::from(text.as_str()),
            Self::Time(_) => Json::from(self.to_string()),
        }
    }

    /// The value of a truth value, a number or a text of JSON; nothing for anything else.
    pub fn from_json(json: &Json) -> Option<Self> {
        let mut found = None;
        if !json.is_array() {
            leaf::any_leaf(json, &mut |leaf| {
                found = leaf.scalar().map(Scalar::to_value);
                true
            });
        }
        found.map(Self::whole)
    }

    /// Returns whether ranges may end here.
    pub(crate) fn has_order(&self) -> bool {
        !matches!(self, Self::Bool(_) | Self::Text(_))
    }

    /// Returns whether both are numbers or both are times.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.scalar().kind() == other.scalar().kind()
    }
}

impl<'a> Scalar<'a> {
    fn kind(self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Integer(_) | Self::Float(_) => 1,
            Self::Text(_) => 2,
            Self::Time(_) => 3,
        }
    }

    /// The same with memory of its own.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Float(value) => Value::Float(value),
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Time(at) => Value::Time(at),
        }
    }

    /// Compares exactly: an integer is never rounded to a float.
    pub(crate) fn compare(self, other: Scalar<'_>) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Scalar::Bool(b)) => a.cmp(&b),
            (Self::Integer(a), Scalar::Integer(b)) | (Self::Time(a), Scalar::Time(b)) => a.cmp(&b),
            (Self::Float(a), Scalar::Float(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.total_cmp(&b)),
            (Self::Integer(a), Scalar::Float(b)) => compare_exactly(a, b),
            (Self::Float(a), Scalar::Integer(b)) => compare_exactly(b, a).reverse(),
            (Self::Text(a), Scalar::Text(b)) => a.cmp(b),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

/// Compares an integer with a float as the exact numbers that they are.
fn compare_exactly(integer: i64, float: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float >= BEYOND {
        return Ordering::Less;
    }
    if float < -BEYOND {
        return Ordering::Greater;
    }
    integer.cmp(&(float as i64)).then_with(|| {
        let fraction = float - float.trunc();
        0.0.partial_cmp(&fraction).unwrap_or(Ordering::Equal)
    })
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.scalar().compare(other.scalar())
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

/// A set of values, in order. A look-up costs the logarithm of their number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(Vec<Value>);

impl Values {
    /// A set of these values; whole numbers are integers in it.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Self {
        let mut values: Vec<Value> = values.into_iter().map(Value::whole).collect();
        values.sort_unstable();
        values.dedup();
        Self(values)
    }

    /// The values, in the order of [`Values::as_slice`].
    pub(crate) fn into_vec(self) -> Vec<Value> {
        self.0
    }

    /// The values, ascending: truth values, numbers, texts, times.
    pub fn as_slice(&self) -> &[Value] {
        &self.0
    }

    /// Returns whether a leaf equals one of them: text also if it reads as one of the times.
    pub(crate) fn contains(&self, leaf: Scalar<'_>) -> bool {
        let has =
            |scalar: Scalar<'_>| self.0.binary_search_by(|value| value.scalar().compare(scalar)).is_ok();
        if has(leaf) {
            return true;
        }
        match (leaf, self.0.last()) {
            (Scalar::Text(text), Some(Value::Time(_))) => {
                time::parse(text).is_some_and(|at| has(Scalar::Time(at)))
            }
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
