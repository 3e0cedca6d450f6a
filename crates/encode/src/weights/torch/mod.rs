//! `pytorch_model.bin`: which tensor lies where, without running anything.
//!
//! The file is a zip archive (<https://pytorch.org/docs/stable/notes/serialization.html>): `data.pkl` describes the
//! tensors, `data/0`, `data/1`, … are their bytes, stored as they are. The first is a program for Python's pickle
//! machine; of that only what describes tensors is understood (`pickle`).

pub(crate) mod pickle;

use crate::import::Zip;
use crate::weights::safetensors::{Tensor, value_bytes};
use pickle::Described;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

/// Longest description that is read: real ones have some two hundred bytes per tensor.
const MAX_PICKLE_BYTES: u64 = 16 << 20;

/// Returns the positions of a file's tensors, or the reason why it cannot be read.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Tensor>, String> {
    let zip = Zip::open(path).map_err(|error| format!("not an archive of torch 1.6 or later ({error})"))?;
    let pickles = zip.names().find_map(|name| name.strip_suffix("data.pkl"));
    let root = pickles.ok_or("no data.pkl in the archive")?.to_owned();
    if zip.names().any(|name| name == format!("{root}byteorder"))
        && small(path, &zip, &format!("{root}byteorder"))? != b"little"
    {
        return Err("its numbers begin with their high bytes".to_owned());
    }
    let described = pickle::read(&small(path, &zip, &format!("{root}data.pkl"))?)?;
    let place = |(name, described): (String, Rc<Described>)| {
        let tensor = place(&zip, &root, &described).map_err(|reason| format!("tensor `{name}`: {reason}"))?;
        Ok((name, tensor))
    };
    described.into_iter().map(place).collect()
}

/// The bytes of an entry that is not packed: torch packs none, and a packed one could unpack to any size.
fn small(path: &Path, zip: &Zip, name: &str) -> Result<Vec<u8>, String> {
    let place = zip.stored(name).map_err(|error| error.to_string())?;
    let num_bytes = place.end - place.start;
    if num_bytes > MAX_PICKLE_BYTES {
        return Err(format!(
            "{name} takes {num_bytes} bytes, more than the {MAX_PICKLE_BYTES} that are read"
        ));
    }
    let mut bytes = Vec::new();
    let mut read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(place.start))?;
        file.take(num_bytes).read_to_end(&mut bytes)
    };
    read().map_err(|error| format!("{name}: {error}"))?;
    Ok(bytes)
}

fn place(zip: &Zip, root: &str, described: &Described) -> Result<Tensor, String> {
    let dtype = dtype_of(&described.storage)?;
    let width = value_bytes(dtype).ok_or("an element type without a width")?;
    let bytes = zip.stored(&format!("{root}data/{}", described.key)).map_err(|error| error.to_string())?;
    let num_values = described.shape.iter().try_fold(1u64, |product, &size| product.checked_mul(size));
    let begin = described.offset.checked_mul(width).and_then(|skipped| skipped.checked_add(bytes.start));
    let end = begin.zip(num_values.and_then(|values| values.checked_mul(width)));
    match begin.zip(end.and_then(|(begin, length)| begin.checked_add(length))) {
        Some((begin, end)) if end <= bytes.end && is_row_major(&described.shape, &described.strides) => {
            let shape = described.shape.iter().map(|&size| size as usize).collect();
            Ok(Tensor { dtype: dtype.to_owned(), shape, begin, end })
        }
        Some((_, end)) if end <= bytes.end => Err("its values do not lie in order".to_owned()),
        _ => Err(format!("it needs more than the {} bytes of its storage", bytes.end - bytes.start)),
    }
}

/// Returns whether a tensor's values stand row by row. A size of one needs no stride.
fn is_row_major(shape: &[u64], strides: &[u64]) -> bool {
    let mut expected = 1u64;
    shape.len() == strides.len()
        && shape.iter().zip(strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected = expected.saturating_mul(size);
            fits
        })
}

fn dtype_of(storage: &str) -> Result<&'static str, String> {
    Ok(match storage {
        "FloatStorage" => "F32",
        "HalfStorage" => "F16",
        "BFloat16Storage" => "BF16",
        "DoubleStorage" => "F64",
        "LongStorage" => "I64",
        "IntStorage" => "I32",
        "ShortStorage" => "I16",
        "CharStorage" => "I8",
        "ByteStorage" => "U8",
        "BoolStorage" => "BOOL",
        other => return Err(format!("torch.{other} is no storage that is known")),
    })
}
