use pleiad_vectors::{MAX_DIM, MAX_TOKENS, MultiVector};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// One document with ready-made token vectors, as a line of JSON has it: `_id` (or `id`, or `key`), `vectors` as a
/// list of rows, `text` where there is one, and attributes.
///
/// Read it with any `serde` JSON reader. Rows are taken straight from the text, without a tree of values between.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorRecord {
    /// The user's id.
    pub key: String,
    /// The token vectors, `[num_tokens, dim]`.
    pub vectors: MultiVector,
    /// The text they stand for.
    pub text: Option<String>,
    /// Every other field.
    pub attributes: Map<String, Value>,
}

/// Names of the field that holds the id, the preferred one first.
const KEY_FIELDS: [&str; 3] = ["_id", "id", "key"];

impl<'de> Deserialize<'de> for VectorRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = VectorRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an id and `vectors`")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<VectorRecord, A::Error> {
        let (mut vectors, mut text, mut attributes) = (None, None, Map::new());
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "vectors" => vectors = Some(map.next_value::<Rows>()?),
                "text" => text = map.next_value()?,
                _ => {
                    attributes.insert(field, map.next_value()?);
                }
            }
        }
        let key = take_key(&mut attributes).map_err(de::Error::custom)?;
        let rows = vectors.ok_or_else(|| de::Error::custom("the object has no `vectors`"))?;
        let vectors = MultiVector::new(rows.values, rows.dim).map_err(de::Error::custom)?;
        Ok(VectorRecord { key, vectors, text, attributes })
    }
}

fn take_key(attributes: &mut Map<String, Value>) -> Result<String, &'static str> {
    let field = KEY_FIELDS.into_iter().find(|&field| attributes.contains_key(field));
    match field.and_then(|field| attributes.remove(field)) {
        Some(Value::String(key)) => Ok(key),
        Some(Value::Number(key)) if !key.is_f64() => Ok(key.to_string()),
        Some(_) => Err("the id must be a string or an integer"),
        None => Err("the object has no `_id`, `id` or `key`"),
    }
}

/// Rows of one length, flat.
struct Rows {
    values: Vec<f32>,
    dim: usize,
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows, each a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Rows, A::Error> {
        let (mut values, mut dim, mut row) = (Vec::new(), 0, 0);
        while rows.next_element_seed(Row(&mut values))?.is_some() {
            let length = values.len() - row * dim;
            if row == 0 {
                dim = length;
            }
            if length != dim || dim == 0 || dim > MAX_DIM {
                return Err(de::Error::custom(format!(
                    "row {row} of `vectors` has {length} values, row 0 has {dim}: all need the same, 1 to {MAX_DIM}"
                )));
            }
            row += 1;
            if row > MAX_TOKENS {
                return Err(de::Error::custom(format!("more than {MAX_TOKENS} rows: split the document")));
            }
        }
        if row == 0 {
            return Err(de::Error::custom("`vectors` is empty: leave out a document without vectors"));
        }
        Ok(Rows { values, dim })
    }
}

/// Appends one row to the values.
struct Row<'a>(&'a mut Vec<f32>);

impl<'de> de::DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        while let Some(value) = row.next_element()? {
            self.0.push(value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<VectorRecord, String> {
        serde_json::from_str(text).map_err(|error: serde_json::Error| error.to_string())
    }

    #[test]
    fn rows_and_attributes_are_taken() {
        let record =
            parse(r#"{"year": 3, "vectors": [[1, 2.5], [3, -4]], "_id": "a", "id": 9, "text": "x"}"#)
                .unwrap();
        assert_eq!((record.key.as_str(), record.text.as_deref()), ("a", Some("x")));
        assert_eq!(record.vectors.data(), [1.0, 2.5, 3.0, -4.0]);
        assert_eq!(Value::Object(record.attributes), serde_json::json!({ "year": 3, "id": 9 }));
        assert_eq!(parse(r#"{"key": 7, "text": null, "vectors": [[0]]}"#).unwrap().key, "7");
    }

    #[test]
    fn bad_records_say_what_and_where() {
        for (text, reason) in [
            (r#"{"vectors": [[1]]}"#, "no `_id`"),
            (r#"{"_id": [], "vectors": [[1]]}"#, "the id must be"),
            (r#"{"_id": "a"}"#, "no `vectors`"),
            (r#"{"_id": "a", "vectors": []}"#, "`vectors` is empty"),
            (r#"{"_id": "a", "vectors": [[]]}"#, "row 0 of `vectors` has 0 values"),
            (r#"{"_id": "a", "vectors": [[1, 2], [3]]}"#, "row 1 of `vectors` has 1 values, row 0 has 2"),
            (r#"{"_id": "a", "vectors": [[1, null]]}"#, "invalid type: null"),
            (r#"{"_id": "a", "vectors": [1]}"#, "expected a row of numbers"),
            (r#"{"_id": "a", "vectors": [[1, 1e39]]}"#, "number out of range"),
            (r#"{"_id": "a", "vectors": [[1]], "text": 3}"#, "expected a string"),
            ("[]", "expected an object with an id"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(reason), "{message} should say {reason}");
        }
    }
}
