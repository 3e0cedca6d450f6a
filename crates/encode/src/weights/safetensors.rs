//! The header of safetensors files: which tensor lies where.
//!
//! Format: <https://github.com/huggingface/safetensors>. Eight bytes little-endian header length, a JSON object
//! name → `{dtype, shape, data_offsets}`, then the tensor data.

use crate::error::SafetensorsError;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

/// Longest header that is read: real ones have a few hundred bytes per tensor.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// Position of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    /// First byte, counted from the beginning of the file.
    pub(crate) begin: u64,
    /// Byte after the last.
    pub(crate) end: u64,
}

/// The tensors of one file by name.
#[derive(Debug)]
pub(crate) struct Safetensors {
    tensors: BTreeMap<String, Tensor>,
}

#[derive(Deserialize)]
struct RawTensor {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The tensors of a header. Nothing else is kept of it: what the file says of itself may be of any form and size.
struct Header(BTreeMap<String, RawTensor>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Tensors;
        impl<'de> Visitor<'de> for Tensors {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut tensors = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        tensors.insert(name, map.next_value()?);
                    }
                }
                Ok(Header(tensors))
            }
        }
        source.deserialize_map(Tensors)
    }
}

/// Bytes per value of the element types that anything here reads.
pub(crate) fn value_bytes(dtype: &str) -> Option<u64> {
    match dtype {
        "I8" | "U8" | "BOOL" => Some(1),
        "F16" | "BF16" | "I16" | "U16" => Some(2),
        "F32" | "I32" | "U32" => Some(4),
        "F64" | "I64" | "U64" => Some(8),
        _ => None,
    }
}

impl Safetensors {
    /// Reads the header from the beginning of a file of `file_bytes` bytes.
    ///
    /// # Errors
    /// When the header is truncated, too large, not JSON or places a tensor outside the file.
    pub(crate) fn read_from(mut source: impl Read, file_bytes: u64) -> Result<Self, SafetensorsError> {
        let mut length = [0; 8];
        if file_bytes < 8 {
            return Err(SafetensorsError::Header { header_bytes: 8, found_bytes: file_bytes });
        }
        source.read_exact(&mut length)?;
        let header_bytes = u64::from_le_bytes(length);
        let found_bytes = file_bytes - 8;
        if header_bytes > found_bytes {
            return Err(SafetensorsError::Header { header_bytes, found_bytes });
        }
        if header_bytes > MAX_HEADER_BYTES {
            return Err(SafetensorsError::HeaderTooLarge { header_bytes, limit_bytes: MAX_HEADER_BYTES });
        }
        let mut header = vec![0; header_bytes as usize];
        source.read_exact(&mut header)?;
        Self::parse(&header, found_bytes - header_bytes)
    }

    fn parse(header: &[u8], data_bytes: u64) -> Result<Self, SafetensorsError> {
        let Header(raw) = serde_json::from_slice(header)?;
        let data_begin = 8 + header.len() as u64;
        let mut tensors = BTreeMap::new();
        for (name, raw) in raw {
            let tensor = place(&name, raw, data_begin, data_bytes)?;
            tensors.insert(name, tensor);
        }
        Ok(Self { tensors })
    }

    /// Names of all tensors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// All tensors by name.
    pub(crate) fn into_tensors(self) -> BTreeMap<String, Tensor> {
        self.tensors
    }

    /// Returns the position of a tensor.
    ///
    /// # Errors
    /// [`SafetensorsError::Missing`], naming the first tensors that are there.
    pub(crate) fn get(&self, name: &str) -> Result<&Tensor, SafetensorsError> {
        self.tensors.get(name).ok_or_else(|| SafetensorsError::Missing {
            name: name.to_owned(),
            present: self.tensors.keys().take(8).cloned().collect(),
        })
    }
}

fn place(name: &str, raw: RawTensor, data_begin: u64, data_bytes: u64) -> Result<Tensor, SafetensorsError> {
    let (begin, end) = raw.data_offsets;
    let expected_bytes = raw
        .shape
        .iter()
        .try_fold(1u64, |product, &size| product.checked_mul(size as u64))
        .and_then(|num_values| num_values.checked_mul(value_bytes(&raw.dtype)?));
    // An unknown element type is no error as long as nobody asks for that tensor's values.
    let fits = value_bytes(&raw.dtype).is_none() || expected_bytes == end.checked_sub(begin);
    if begin > end || end > data_bytes || !fits {
        return Err(SafetensorsError::Range {
            name: name.to_owned(),
            begin,
            end,
            data_bytes,
            expected_bytes,
        });
    }
    Ok(Tensor { dtype: raw.dtype, shape: raw.shape, begin: data_begin + begin, end: data_begin + end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data_bytes: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + data_bytes, 0);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Safetensors, SafetensorsError> {
        Safetensors::read_from(bytes, bytes.len() as u64)
    }

    #[test]
    fn tensors_are_placed() {
        let header = r#"{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]}}"#;
        let read = read(&file(header, 28)).unwrap();
        let begin = 8 + header.len() as u64 + 4;
        let expected = Tensor { dtype: "F32".into(), shape: vec![2, 3], begin, end: begin + 24 };
        assert_eq!(read.get("x").unwrap(), &expected);
        assert_eq!(read.get("y").unwrap_err().to_string(), "no tensor `y`; the file has [\"x\"]");
    }

    #[test]
    fn bad_files_are_refused() {
        let one = |shape: &str, range: &str| {
            format!(r#"{{"x":{{"dtype":"I8","shape":{shape},"data_offsets":{range}}}}}"#)
        };
        for (bytes, reason) in [
            (vec![1, 2, 3], "truncated"),
            (file("{}", 0)[..9].to_vec(), "truncated"),
            ((u64::MAX).to_le_bytes().to_vec(), "truncated"),
            (file("{", 0), "not valid"),
            (file(r#"{"x": 3}"#, 0), "not valid"),
            (file(&one("[2,2]", "[0,5]"), 5), "needs Some(4)"),
            (file(&one("[2,2]", "[0,4]"), 3), "of 3"),
            (file(&one("[2,2]", "[4,0]"), 4), "4..0"),
            (file(&one("[4294967296,4294967296,4294967296]", "[0,0]"), 0), "needs None"),
        ] {
            let message = read(&bytes).unwrap_err().to_string();
            assert!(message.contains(reason), "{message} should say {reason}");
        }
    }
}
