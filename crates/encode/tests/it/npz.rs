//! Archives written by NumPy (`fixtures/record_npz.py`), whole and damaged.

use pleiad_encode::import::{ImportError, VectorFile};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn read(path: &Path) -> Result<Vec<(String, Vec<f32>)>, ImportError> {
    let documents = VectorFile::open(path)?.documents()?;
    documents.map(|document| document.map(|(id, vectors)| (id, vectors.into_data()))).collect()
}

#[test]
fn stored_and_packed_archives_are_read() {
    let stored = [("0", vec![1.0, -2.0, 3.0, 4.0]), ("1", vec![]), ("2", vec![0.5, 0.25])];
    assert_eq!(read(&fixture("stored.npz")).unwrap(), stored.map(|(id, data)| (id.to_owned(), data)));
    let packed = [("0", vec![1.0, -2.0, 3.0, 4.0]), ("1", vec![]), ("2", vec![0.25, 31.75])];
    assert_eq!(read(&fixture("packed.npz")).unwrap(), packed.map(|(id, data)| (id.to_owned(), data)));
}

/// No cut makes it read something else, whatever the error.
#[test]
fn every_truncation_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.npz");
    for name in ["stored.npz", "packed.npz"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path).is_err(), "{name} cut to {cut} of {} bytes", whole.len());
        }
    }
}

/// A flipped bit is an error, or it hit bytes that say nothing about the values.
#[test]
fn no_damage_changes_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.npz");
    for name in ["stored.npz", "packed.npz"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        let expected = read(&fixture(name)).unwrap();
        let mut num_refused = 0;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&path, &damaged).unwrap();
            match read(&path) {
                Ok(found) => assert_eq!(found, expected, "{name}, byte {at}"),
                Err(_) => num_refused += 1,
            }
        }
        assert!(num_refused > whole.len() / 3, "{name}: {num_refused} of {} refused", whole.len());
    }
}

#[test]
fn missing_arrays_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let mut bytes = std::fs::read(fixture("stored.npz")).unwrap();
    // Another name of the same length, in the entry and in the directory.
    while let Some(at) = bytes.windows(7).position(|window| window == b"vectors") {
        bytes[at..at + 7].copy_from_slice(b"vektors");
    }
    std::fs::write(&path, bytes).unwrap();
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("[\"offsets\", \"vektors\"]: there is no `vectors`"), "{message}");
}
