use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A set of token vectors: rows of numbers, or the same bytes in base64.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Vectors {
    /// Rows of one length.
    Rows(Vec<Vec<f32>>),
    /// Rows back to back, little-endian. A tenth of the work of numbers to read.
    Encoded(EncodedVectors),
}

/// Rows of numbers as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EncodedVectors {
    /// The bytes in base64, with padding.
    pub b64: String,
    /// The type of a number.
    pub dtype: DataType,
    /// Numbers of a row.
    pub dim: usize,
}

/// Types of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// 32 bits (IEEE 754).
    F32,
    /// 16 bits (IEEE 754).
    F16,
}

/// Why something is no set of vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VectorsError {
    /// There are no rows, or rows of nothing.
    Empty,
    /// A row has another length than the first.
    Uneven {
        /// The row.
        row: usize,
        /// Its length.
        found: usize,
        /// Length of the first.
        expected: usize,
    },
    /// The text is no base64.
    Base64(String),
    /// The bytes are no whole rows.
    Length {
        /// Bytes that there are.
        found: usize,
        /// Bytes of a row.
        of_row: usize,
    },
}

impl Vectors {
    /// Rows as bytes of 32 bits a number.
    pub fn encoded(rows: &[f32], dim: usize) -> Self {
        let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::Encoded(EncodedVectors { b64: BASE64_STANDARD.encode(bytes), dtype: DataType::F32, dim })
    }

    /// The numbers row by row, and the length of a row.
    ///
    /// # Errors
    /// When they are no rows of one length.
    pub fn into_rows(self) -> Result<(Vec<f32>, usize), VectorsError> {
        match self {
            Self::Rows(rows) => joined(rows),
            Self::Encoded(encoded) => encoded.decoded(),
        }
    }
}

fn joined(rows: Vec<Vec<f32>>) -> Result<(Vec<f32>, usize), VectorsError> {
    let expected = rows.first().map_or(0, Vec::len);
    if expected == 0 {
        return Err(VectorsError::Empty);
    }
    let mut values = Vec::with_capacity(expected.saturating_mul(rows.len()));
    for (row, of_row) in rows.into_iter().enumerate() {
        let found = of_row.len();
        if found != expected {
            return Err(VectorsError::Uneven { row, found, expected });
        }
        values.extend(of_row);
    }
    Ok((values, expected))
}

impl EncodedVectors {
    fn decoded(self) -> Result<(Vec<f32>, usize), VectorsError> {
        let Self { b64, dtype, dim } = self;
        let bytes = BASE64_STANDARD.decode(b64).map_err(|error| VectorsError::Base64(error.to_string()))?;
        let width = match dtype {
            DataType::F32 => 4,
            DataType::F16 => 2,
        };
        let of_row = dim.saturating_mul(width);
        if of_row == 0 || bytes.is_empty() {
            return Err(VectorsError::Empty);
        }
        if bytes.len() % of_row != 0 {
            return Err(VectorsError::Length { found: bytes.len(), of_row });
        }
        let values = match dtype {
            DataType::F32 => {
                bytes.chunks_exact(4).map(|of| f32::from_le_bytes([of[0], of[1], of[2], of[3]])).collect()
            }
            DataType::F16 => {
                bytes.chunks_exact(2).map(|of| widened(u16::from_le_bytes([of[0], of[1]]))).collect()
            }
        };
        Ok((values, dim))
    }
}

/// A number of 16 bits in 32.
fn widened(half: u16) -> f32 {
    let sign = u32::from(half >> 15) << 31;
    let exponent = u32::from(half >> 10 & 0x1f);
    let fraction = u32::from(half & 0x3ff);
    match exponent {
        // A subnormal counts units of 2^-24.
        0 => f32::from_bits(sign | (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits()),
        0x1f => f32::from_bits(sign | 0xff << 23 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// Rows are read as they come: an untagged enum would keep every number twice.
impl<'de> Deserialize<'de> for Vectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfVectors;

        impl<'de> Visitor<'de> for OfVectors {
            type Value = Vectors;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("rows of numbers, or an object of b64, dtype and dim")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Vectors, A::Error> {
                let mut all = Vec::new();
                while let Some(row) = rows.next_element()? {
                    all.push(row);
                }
                Ok(Vectors::Rows(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Vectors, A::Error> {
                let encoded = EncodedVectors::deserialize(MapAccessDeserializer::new(fields));
                encoded.map(Vectors::Encoded).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(OfVectors)
    }
}

impl fmt::Display for VectorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no token vectors: give at least one row of numbers"),
            Self::Uneven { row, found, expected } => {
                write!(f, "row {row} has {found} numbers, row 0 has {expected}: all rows have one length")
            }
            Self::Base64(error) => write!(f, "b64 is no base64: {error}"),
            Self::Length { found, of_row } => {
                write!(
                    f,
                    "b64 holds {found} bytes, which are no whole rows of {of_row} bytes: is dim or dtype another?"
                )
            }
        }
    }
}

impl std::error::Error for VectorsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rows(json: Value) -> Result<(Vec<f32>, usize), String> {
        let vectors: Vectors = serde_json::from_value(json).map_err(|error| error.to_string())?;
        vectors.into_rows().map_err(|error| error.to_string())
    }

    #[test]
    fn rows_come_as_numbers_and_as_bytes() {
        let expected = (vec![1.0, 2.5, 3.0, -4.0], 2);
        assert_eq!(rows(json!([[1, 2.5], [3, -4]])).unwrap(), expected);
        let encoded = Vectors::encoded(&expected.0, 2);
        assert_eq!(rows(serde_json::to_value(encoded).unwrap()).unwrap(), expected);
        let halves = [0x3c00_u16, 0x4100, 0x4200, 0xc400].map(u16::to_le_bytes).concat();
        let b64 = BASE64_STANDARD.encode(halves);
        assert_eq!(rows(json!({ "b64": b64, "dtype": "f16", "dim": 2 })).unwrap(), expected);
    }

    #[test]
    fn what_is_no_set_is_refused_with_the_place() {
        for (json, message) in [
            (json!([]), "no token vectors"),
            (json!([[]]), "no token vectors"),
            (json!([[1, 2], [3]]), "row 1 has 1 numbers"),
            (json!("x"), "rows of numbers"),
            (json!([1, 2]), "expected a sequence"),
            (json!([[1, null]]), "invalid type: null"),
            (json!({ "b64": "AAAA", "dtype": "f32", "dim": 2 }), "3 bytes"),
            (json!({ "b64": "AAA", "dtype": "f32", "dim": 2 }), "no base64"),
            (json!({ "b64": "", "dtype": "f32", "dim": 2 }), "no token vectors"),
            (json!({ "b64": "AAAAAA==", "dtype": "f32", "dim": 0 }), "no token vectors"),
            (json!({ "b64": "AAAAAA==", "dtype": "f32", "dim": u64::MAX }), "no whole rows"),
            (json!({ "b64": "AAAAAA==", "dtype": "f64", "dim": 1 }), "unknown variant"),
            (json!({ "b64": "AAAAAA==", "dtype": "f32" }), "missing field `dim`"),
            (json!({ "b64": "AAAAAA==", "dtype": "f32", "dim": 1, "rows": 1 }), "unknown field `rows`"),
        ] {
            let error = rows(json.clone()).unwrap_err();
            assert!(error.contains(message), "{json}: {error}");
        }
    }

    /// Every number of 16 bits, by the definition of the standard.
    #[test]
    fn halves_are_widened_as_the_standard_says() {
        for half in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f64::from(half & 0x3ff));
            let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
            let expected = match exponent {
                0 => sign * fraction * 2f64.powi(-24),
                0x1f if fraction == 0.0 => sign * f64::INFINITY,
                0x1f => f64::NAN,
                _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
            };
            let found = f64::from(widened(half));
            assert!(
                found == expected || found.is_nan() && expected.is_nan(),
                "{half:#x}: {found} {expected}"
            );
        }
    }
}
