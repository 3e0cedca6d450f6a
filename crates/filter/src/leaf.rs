//! Leaves: the values that a path yields.

use crate::area::Point;
use crate::value::Scalar;
use serde_json::{Map, Value};

/// A value without parts of its own, as far as tests see.
#[derive(Clone, Copy)]
pub(crate) enum Leaf<'a> {
    Null,
    Scalar(Scalar<'a>),
    Object(&'a Map<String, Value>),
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
        let number = |name: &str| object.get(name).and_then(Value::as_f64);
        Point::new(number("lat")?, number("lon")?).ok()
    }
}

/// Shows every value at the end of a path until one is what is looked for: arrays on the way are descended, one at the
/// end is a value.
pub(crate) fn any_value<'a>(
    object: &'a Map<String, Value>,
    names: &[Box<str>],
    found: &mut dyn FnMut(&'a Value) -> bool,
) -> bool {
    let Some((name, rest)) = names.split_first() else { return false };
    object.get(&**name).is_some_and(|value| any_below(value, rest, found))
}

fn any_below<'a>(value: &'a Value, names: &[Box<str>], found: &mut dyn FnMut(&'a Value) -> bool) -> bool {
    match value {
        value if names.is_empty() => found(value),
        Value::Object(object) => any_value(object, names, found),
        Value::Array(elements) => elements.iter().any(|element| any_below(element, names, found)),
        _ => false,
    }
}

/// Shows every leaf of a value until one is what is looked for: of an array, those of its elements.
pub(crate) fn any_leaf<'a>(value: &'a Value, found: &mut dyn FnMut(Leaf<'a>) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| any_leaf(element, found)),
        Value::Null => found(Leaf::Null),
        Value::Bool(value) => found(Leaf::Scalar(Scalar::Bool(*value))),
        Value::String(text) => found(Leaf::Scalar(Scalar::Text(text))),
        Value::Object(object) => found(Leaf::Object(object)),
        Value::Number(number) => {
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
