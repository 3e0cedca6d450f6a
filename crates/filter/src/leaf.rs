//! Leaves: the values that a path yields.

use crate::area::Point;
use crate::path::Path;
use crate::value::{Scalar, Value, Values};
use serde_json::{Map, Value as Json};

/// A value without parts of its own, as far as tests see.
#[derive(Clone, Copy)]
pub(crate) enum Leaf<'a> {
    Null,
    Scalar(Scalar<'a>),
    Object(&'a Map<String, Json>),
}

impl<'a> Leaf<'a> {
    pub(crate) fn scalar(self) -> Option<Scalar<'a>> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            Self::Null | Self::Object(_) => None,
        }
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Scalar(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The place on the earth that an object says.
    pub(crate) fn point(self) -> Option<Point> {
        let Self::Object(object) = self else { return None };
        let number = |name: &str| object.get(name).and_then(Json::as_f64);
        Point::new(number("lat")?, number("lon")?).ok()
    }
}

/// Shows every value at the end of a path until one is what is looked for: arrays on the way are descended, one at the
/// end is a value.
pub(crate) fn any_value<'a>(
    object: &'a Map<String, Json>,
    names: &[Box<str>],
    found: &mut dyn FnMut(&'a Json) -> bool,
) -> bool {
    let Some((name, rest)) = names.split_first() else { return false };
    object.get(&**name).is_some_and(|value| any_below(value, rest, found))
}

fn any_below<'a>(value: &'a Json, names: &[Box<str>], found: &mut dyn FnMut(&'a Json) -> bool) -> bool {
    match value {
        value if names.is_empty() => found(value),
        Json::Object(object) => any_value(object, names, found),
        Json::Array(elements) => elements.iter().any(|element| any_below(element, names, found)),
        _ => false,
    }
}

impl Path {
    /// The truth values, numbers and texts that it yields in some attributes: ascending, each once, whole numbers as
    /// integers. Arrays give those of their elements; nulls and objects are none.
    pub fn values(&self, attributes: &Map<String, Json>) -> Vec<Value> {
        let mut values = Vec::new();
        any_value(attributes, self.segments(), &mut |value| {
            any_leaf(value, &mut |leaf| {
                values.extend(leaf.scalar().map(Scalar::to_value));
                false
            })
        });
        Values::new(values).into_vec()
    }
}

/// Shows every leaf of a value until one is what is looked for: of an array, those of its elements.
pub(crate) fn any_leaf<'a>(value: &'a Json, found: &mut dyn FnMut(Leaf<'a>) -> bool) -> bool {
    match value {
        Json::Array(elements) => elements.iter().any(|element| any_leaf(element, found)),
        Json::Null => found(Leaf::Null),
        Json::Bool(value) => found(Leaf::Scalar(Scalar::Bool(*value))),
        Json::String(text) => found(Leaf::Scalar(Scalar::Text(text))),
        Json::Object(object) => found(Leaf::Object(object)),
        Json::Number(number) => {
            let scalar = match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Scalar::Integer(integer),
                // Integers beyond 64 bits with a sign are floats.
                (None, Some(float)) => Scalar::Float(float),
                (None, None) => return false,
            };
            found(Leaf::Scalar(scalar))
        }
    }
}
