//! Everything that a document has at its paths, as an index of attributes wants it.

use crate::leaf::{self, Leaf};
use crate::path::{MAX_PATH_BYTES, MAX_PATH_SEGMENTS};
use crate::time;
use crate::value::Scalar;
use serde_json::{Map, Value as Json};

/// Receives what a document has at its paths.
pub trait AttributeVisitor {
    /// A path that the visitor knows.
    type Path: Copy;

    /// The path of a name below another one; nothing where the visitor wants to hear no more of it.
    fn path(&mut self, above: Self::Path, name: &str) -> Option<Self::Path>;

    /// Something is stored at the path, for [`Test::Exists`](crate::Test::Exists); `is_filled` where that is neither null nor
    /// an empty array, for [`Test::IsEmpty`](crate::Test::IsEmpty).
    fn existing(&mut self, path: Self::Path, is_filled: bool);

    /// A leaf is null.
    fn null(&mut self, path: Self::Path);

    /// A leaf has a value. A text that reads as a time comes once more as that time.
    fn value(&mut self, path: Self::Path, value: Scalar<'_>);
}

/// Shows all paths of a document that a predicate can ask for, and what stands there, beginning at `root`.
///
/// Cost: O(size of the attributes · depth).
pub fn visit_attributes<V: AttributeVisitor>(attributes: &Map<String, Json>, root: V::Path, visitor: &mut V) {
    visit_object(attributes, root, (0, 0), visitor);
}

/// `above` is the number of names so far, and their bytes.
fn visit_object<V: AttributeVisitor>(
    object: &Map<String, Json>,
    path: V::Path,
    above: (usize, usize),
    visitor: &mut V,
) {
    for (name, value) in object {
        let above = (above.0 + 1, above.1 + name.len());
        if above.0 > MAX_PATH_SEGMENTS || above.1 > MAX_PATH_BYTES {
            continue;
        }
        let Some(path) = visitor.path(path, name) else { continue };
        let is_filled = match value {
            Json::Null => false,
            Json::Array(elements) => !elements.is_empty(),
            _ => true,
        };
        visitor.existing(path, is_filled);
        leaf::any_leaf(value, &mut |leaf| {
            match leaf {
                Leaf::Null => visitor.null(path),
                Leaf::Scalar(value) => {
                    visitor.value(path, value);
                    if let Scalar::Text(text) = value
                        && let Some(at) = time::parse(text)
                    {
                        visitor.value(path, Scalar::Time(at));
                    }
                }
                Leaf::Object(_) => {}
            }
            false
        });
        visit_below(value, path, above, visitor);
    }
}

/// Objects below a value: arrays on the way are entered.
fn visit_below<V: AttributeVisitor>(value: &Json, path: V::Path, above: (usize, usize), visitor: &mut V) {
    match value {
        Json::Object(object) => visit_object(object, path, above, visitor),
        Json::Array(elements) => elements.iter().for_each(|value| visit_below(value, path, above, visitor)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Writes down what it hears.
    #[derive(Default)]
    struct Heard(Vec<String>, Vec<String>);

    impl AttributeVisitor for Heard {
        type Path = usize;

        fn path(&mut self, above: usize, name: &str) -> Option<usize> {
            let above = if above == 0 { String::new() } else { format!("{}.", self.0[above - 1]) };
            self.0.push(format!("{above}{name}"));
            Some(self.0.len())
        }

        fn existing(&mut self, path: usize, is_filled: bool) {
            self.1.push(format!("{} {}", self.0[path - 1], if is_filled { "filled" } else { "empty" }));
        }

        fn null(&mut self, path: usize) {
            self.1.push(format!("{} null", self.0[path - 1]));
        }

        fn value(&mut self, path: usize, value: Scalar<'_>) {
            self.1.push(format!("{} {value:?}", self.0[path - 1]));
        }
    }

    #[test]
    fn arrays_are_entered_and_times_are_read() {
        let mut heard = Heard::default();
        let attributes = json!({"a": [{"b": 1}, {"b": [null, "x"]}, 2], "day": "2024-01-31", "e": []});
        visit_attributes(attributes.as_object().unwrap(), 0, &mut heard);
        let expected = [
            "a filled",
            "a Integer(2)",
            "a.b filled",
            "a.b Integer(1)",
            "a.b filled",
            "a.b null",
            "a.b Text(\"x\")",
            "day filled",
            "day Text(\"2024-01-31\")",
            "day Time(1706659200000000)",
            "e empty",
        ];
        assert_eq!(heard.1, expected);
    }

    #[test]
    fn paths_that_no_predicate_can_ask_for_are_passed_over() {
        let mut heard = Heard::default();
        let mut deep = json!(1);
        for _ in 0..20 {
            deep = json!({"n": deep});
        }
        let attributes = json!({"deep": deep, "x".repeat(300): 1});
        visit_attributes(attributes.as_object().unwrap(), 0, &mut heard);
        assert_eq!(heard.0.len(), MAX_PATH_SEGMENTS);
    }
}
