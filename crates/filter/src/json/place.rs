//! Places of the JSON form, and fields of its objects.

use crate::error::FilterError;
use serde_json::{Map, Value};
use std::fmt::{self, Display, Formatter};

type Result<T> = std::result::Result<T, FilterError>;

/// Place of a value in a filter. It is written out for an error only.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Filter,
    Field(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> FilterError {
        FilterError::new(message).within(self)
    }

    /// The error of a value of another kind than has to stand here.
    pub(super) fn expected(&self, what: &str, found: &Value) -> FilterError {
        self.wrong(format!("expected {what}, found {}", kind(found)))
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter => f.write_str("filter"),
            Self::Field(place, name) => write!(f, "{place}.{name}"),
            Self::Element(place, at) => write!(f, "{place}[{at}]"),
        }
    }
}

/// The kind of a value, short enough for any message.
fn kind(value: &Value) -> String {
    const SHOWN: usize = 40;
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.len() > SHOWN => {
            format!("{:?}", &text[..text.floor_char_boundary(SHOWN)])
        }
        other => other.to_string(),
    }
}

/// The fields of an object that are given: those that are null are left out, as clients write what they do not set.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) object: &'a Map<String, Value>,
    pub(super) place: &'a Place<'a>,
}

impl<'a> Fields<'a> {
    /// The fields of an object that has no others than these.
    pub(super) fn of(value: &'a Value, place: &'a Place<'a>, known: &[&str]) -> Result<Self> {
        let Value::Object(object) = value else { return Err(place.expected("an object", value)) };
        let fields = Self { object, place };
        match fields.names().find(|name| !known.contains(name)) {
            None => Ok(fields),
            Some(name) => {
                let name: String = name.chars().take(64).collect();
                Err(place.wrong(format!("unknown field {name:?}; known: {}", known.join(", "))).unsupported())
            }
        }
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.object.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str())
    }

    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn require(self, name: &str) -> Result<&'a Value> {
        self.get(name).ok_or_else(|| self.place.wrong(format!("{name} is missing")))
    }

    /// A finite number that has to be there.
    pub(super) fn number(self, name: &str) -> Result<f64> {
        let value = self.require(name)?;
        value.as_f64().ok_or_else(|| self.place.field(name).expected("a number", value))
    }

    /// A text that has to be there.
    pub(super) fn text(self, name: &str) -> Result<&'a str> {
        let value = self.require(name)?;
        value.as_str().ok_or_else(|| self.place.field(name).expected("text", value))
    }
}

/// A list, or one value that stands for a list of itself.
pub(super) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        one => std::slice::from_ref(one),
    }
}

/// The place of an element of a list, or of the one that stands for it.
pub(super) fn place_of<'a>(list: &Value, place: &'a Place<'a>, at: usize) -> Place<'a> {
    if list.is_array() { Place::Element(place, at) } else { *place }
}
