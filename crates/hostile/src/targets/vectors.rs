//! Token vectors that another model made: files, their ids, and records.

use super::BYTES_PER_BYTE;
use pleiad_encode::import::{VectorFile, VectorFolder, VectorRecord};
use std::fs;
use std::path::Path;

/// Deflate makes at most about 1,030 bytes of one.
pub(super) const DEFLATE_RATIO: usize = 1032 * BYTES_PER_BYTE;

/// Documents that are looked at: offsets may name many empty ones.
const MAX_DOCUMENTS: usize = 1000;

/// Calls `read` with a file of these bytes.
pub(super) fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    read(&path);
}

fn read_file(path: &Path) {
    let Ok(file) = VectorFile::open(path) else { return };
    if let Ok(documents) = file.documents() {
        documents.take(MAX_DOCUMENTS).for_each(drop);
    }
}

pub(super) fn npy(bytes: &[u8]) {
    with_file("vectors.npy", bytes, read_file);
}

pub(super) fn npz(bytes: &[u8]) {
    with_file("vectors.npz", bytes, read_file);
}

pub(super) fn safetensors(bytes: &[u8]) {
    with_file("vectors.safetensors", bytes, read_file);
}

/// A folder of three documents whose ids are these bytes, or whose offsets are.
pub(super) fn ids(bytes: &[u8]) {
    for replaced in ["doc_ids.json", "docs.off.npy"] {
        with_file(replaced, bytes, |path| {
            let folder = path.parent().unwrap_or(path);
            for (name, sound) in folder_files().iter().filter(|(name, _)| *name != replaced) {
                fs::write(folder.join(name), sound).unwrap_or_else(|error| panic!("cannot write: {error}"));
            }
            if let Ok(opened) = VectorFolder::open(folder)
                && let Ok(documents) = opened.documents()
            {
                documents.take(MAX_DOCUMENTS).for_each(drop);
            }
        });
    }
}

pub(super) fn record(bytes: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<VectorRecord>(bytes) {
        assert!(record.vectors.data().iter().all(|value| value.is_finite()));
    }
}

fn array(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), values].concat()
}

fn folder_files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("docs.f32.npy", array("<f4", "(3, 2)", &[0; 24])),
        ("doc_ids.json", br#"["a", "b", "c"]"#.to_vec()),
        ("docs.off.npy", array("<i8", "(4,)", &[0u64, 2, 2, 3].map(u64::to_le_bytes).concat())),
    ]
}

pub(super) fn id_lists() -> Vec<Vec<u8>> {
    folder_files().into_iter().skip(1).map(|(_, bytes)| bytes).collect()
}

pub(super) fn npys() -> Vec<Vec<u8>> {
    let half = [0x00, 0x3c].repeat(24);
    vec![array("<f4", "(3, 2)", &[0; 24]), array("<f2", "(3, 4, 2)", &half), array("<f2", "(3, 0, 2)", &[])]
}

pub(super) fn tensors() -> Vec<Vec<u8>> {
    let header = r#"{"vectors":{"dtype":"I8","shape":[3,2],"data_offsets":[0,6]},"scale":{"dtype":"F16","shape":[3],"data_offsets":[6,12]},"offsets":{"dtype":"I64","shape":[3],"data_offsets":[16,40]}}"#;
    let offsets = [0u64, 2, 3].map(u64::to_le_bytes).concat();
    let length = (header.len() as u64).to_le_bytes();
    let data = [&[1, 2, 3, 4, 5, 6, 0, 0x3c, 0, 0x3c, 0, 0x3c, 0, 0, 0, 0][..], &offsets].concat();
    vec![[&length[..], header.as_bytes(), &data].concat()]
}

/// An archive with one stored and one deflated array, as `numpy.savez` and `savez_compressed` make them.
pub(super) fn npzs() -> Vec<Vec<u8>> {
    vec![
        include_bytes!("../../seeds/stored.npz").to_vec(),
        include_bytes!("../../seeds/deflated.npz").to_vec(),
    ]
}

pub(super) fn records() -> Vec<Vec<u8>> {
    vec![
        br#"{"_id": "a", "vectors": [[1, 2.5], [3, -4e-3]], "text": "x", "year": 3, "tags": ["b", {}]}"#
            .to_vec(),
        br#"{"key": 7, "text": null, "vectors": [[0]]}"#.to_vec(),
    ]
}
