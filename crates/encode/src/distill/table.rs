use super::project::principal;
use super::weigh::Frequencies;
use crate::error::EncodeError;
use crate::static_encoder::stems::{Params, key};
use std::collections::BTreeMap;

/// Why no table can be made.
#[derive(Debug, thiserror::Error)]
pub enum DistillError {
    /// A number of values in a row that cannot be had.
    #[error(
        "{dim} values in a row: at least 1, and at most the {model_dim} of the model and the {num_rows} rows"
    )]
    Dim {
        /// Value that was asked for.
        dim: usize,
        /// Values per token of the model.
        model_dim: usize,
        /// Stems and pieces learned.
        num_rows: usize,
    },
    /// The rules cannot be written.
    #[error("static.json: {0}")]
    Json(#[from] serde_json::Error),
    /// The model failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A table of stems and its rules, as `StaticEncoder::from_stems` takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticTable {
    /// The table: safetensors with `keys` U32 `[num_rows]`, `vectors` I8 `[num_rows, dim]` and `weights` F32
    /// `[num_rows]`.
    pub table: Vec<u8>,
    /// The rules, JSON.
    pub params: Vec<u8>,
    /// Rows of the table.
    pub num_rows: usize,
    /// Words and pieces that the model was shown by themselves.
    pub num_entries: usize,
}

/// A row before it is written.
struct Row {
    /// Decides between two stems of one key.
    num_met: u64,
    weight: f32,
    direction: Vec<f32>,
}

impl StaticTable {
    /// Projects the directions of stems and pieces, and adds what they weigh.
    pub(super) fn make(
        units: Vec<(String, Vec<f32>)>,
        frequencies: &Frequencies,
        num_entries: usize,
        dim: usize,
    ) -> Result<Self, DistillError> {
        let (names, directions): (Vec<String>, Vec<Vec<f32>>) = units.into_iter().unzip();
        let (num_rows, model_dim) = (names.len(), directions.first().map_or(0, Vec::len));
        if dim == 0 || dim > model_dim || dim > num_rows {
            return Err(DistillError::Dim { dim, model_dim, num_rows });
        }
        let projected = principal(&directions, dim);
        let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
        for (name, direction) in names.into_iter().zip(projected) {
            let row =
                Row { num_met: frequencies.num_met(&name), weight: frequencies.weight(&name), direction };
            if row.direction.iter().all(|&value| value == 0.0) {
                continue;
            }
            match rows.get(&key(&name)) {
                Some(other) if other.num_met >= row.num_met => {}
                _ => drop(rows.insert(key(&name), row)),
            }
        }
        let params = Params::new(frequencies.unknown_weight());
        let mut params = serde_json::to_vec_pretty(&params)?;
        params.push(b'\n');
        Ok(Self { table: to_bytes(&rows, dim), params, num_rows: rows.len(), num_entries })
    }
}

/// The bytes of a safetensors file.
fn to_bytes(rows: &BTreeMap<u32, Row>, dim: usize) -> Vec<u8> {
    let num_rows = rows.len();
    let (keys, vectors) = (4 * num_rows, (4 + dim) * num_rows);
    let mut header = serde_json::json!({
        "keys": { "dtype": "U32", "shape": [num_rows], "data_offsets": [0, keys] },
        "vectors": { "dtype": "I8", "shape": [num_rows, dim], "data_offsets": [keys, vectors] },
        "weights": { "dtype": "F32", "shape": [num_rows], "data_offsets": [vectors, vectors + 4 * num_rows] },
    })
    .to_string();
    // The format asks for blanks up to a multiple of eight bytes.
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(rows.keys().flat_map(|key| key.to_le_bytes()));
    rows.values().for_each(|row| bytes.extend(in_eight_bits(&row.direction)));
    bytes.extend(rows.values().flat_map(|row| row.weight.to_le_bytes()));
    bytes
}

/// A direction, its largest value as ±127.
fn in_eight_bits(direction: &[f32]) -> impl Iterator<Item = u8> {
    let largest = direction.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    direction.iter().map(move |value| (value / largest * 127.0).round() as i8 as u8)
}
