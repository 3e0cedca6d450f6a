//! Token vectors as `.npy` files: what every engine reads.

use pleiad_vectors::MultiVector;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Writes `SIDE.f32.npy`, `[tokens, dim]`, and `SIDE.off.npy`, where each set begins and the last one ends.
pub fn write(folder: &Path, side: &str, sets: &[MultiVector]) -> Result<()> {
    let (dim, num_tokens) = (sets[0].dim(), sets.iter().map(MultiVector::num_tokens).sum::<usize>());
    let mut file = create(&folder.join(format!("{side}.f32.npy")), "<f4", &format!("({num_tokens}, {dim})"))?;
    for value in sets.iter().flat_map(MultiVector::data) {
        file.write_all(&value.to_le_bytes())?;
    }
    file.flush()?;
    let mut file = create(&folder.join(format!("{side}.off.npy")), "<i8", &format!("({},)", sets.len() + 1))?;
    let mut end = 0u64;
    file.write_all(&end.to_le_bytes())?;
    for set in sets {
        end += set.num_tokens() as u64;
        file.write_all(&end.to_le_bytes())?;
    }
    file.flush()
}

/// A file with its header: version 1, padded to a multiple of 64 bytes.
fn create(path: &Path, descr: &str, shape: &str) -> Result<BufWriter<File>> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header.len() as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    Ok(file)
}
