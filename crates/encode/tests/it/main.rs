//! Everything that needs recorded answers or the shared data.

mod folders;
mod layouts;
mod mini;
mod models;
mod npz;
#[cfg(feature = "onnx")]
mod onnx;
mod open;
mod word_piece;

use std::path::{Path, PathBuf};

/// A tiny checkpoint.
fn checkpoint(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(name)
}

/// A path below the folder of shared data: `PLEIAD_SHARED`, or `shared` beside the repository.
fn shared(path: &str) -> PathBuf {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("PLEIAD_SHARED").map_or(beside, PathBuf::from).join(path);
    assert!(path.exists(), "{} is missing: set PLEIAD_SHARED to the folder of shared data", path.display());
    path
}

/// Σ over query rows of the best inner product: the plain definition.
fn maxsim(query: impl Iterator<Item: AsRef<[f32]>>, document: &pleiad_vectors::MultiVector) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    query.map(|q| document.rows().map(|d| dot(q.as_ref(), d)).fold(f32::NEG_INFINITY, f32::max)).sum()
}
