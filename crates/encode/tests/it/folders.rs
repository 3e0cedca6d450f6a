//! Real token vectors: what is read must score as the exact answers that lie beside it.

use crate::{maxsim, shared};
use pleiad_encode::import::VectorFolder;
use pleiad_vectors::MultiVector;
use std::collections::HashMap;

/// Reads a folder and scores its first queries against their exact best documents.
fn check(name: &str, num_documents: usize, num_vectors: usize, dim: usize, num_queries: usize) {
    let folder = VectorFolder::open(shared("data/multivec").join(name)).unwrap();
    assert_eq!(
        (folder.num_documents(), folder.num_vectors(), folder.dim()),
        (num_documents, num_vectors, dim)
    );
    let documents: HashMap<String, MultiVector> = folder.documents().unwrap().map(Result::unwrap).collect();
    assert_eq!(documents.len(), num_documents);
    let queries = folder.queries().unwrap();
    let exact = folder.exact_top().unwrap().unwrap();
    assert_eq!(queries.len(), exact.len());
    for ((_, query), exact) in queries.iter().zip(&exact).take(num_queries) {
        for (id, score) in exact.iter().take(20) {
            let found = maxsim(query.vectors().rows(), &documents[*id]);
            assert!((found - score).abs() < 2e-3, "{name}, document {id}: {found}, recorded {score}");
        }
    }
}

#[test]
fn half_floats_score_as_recorded() {
    check("adi", 82, 5452, 128, 35);
    check("colbertv2-lotte500", 500, 56_658, 128, 5);
}

#[test]
fn scaled_bytes_score_as_recorded() {
    check("scifact", 5183, 268_613, 128, 5);
}

#[test]
fn floats_are_read() {
    let folder = VectorFolder::open(shared("data/multivec/colbertv2-nanofiqa35")).unwrap();
    let documents: Vec<_> = folder.documents().unwrap().map(Result::unwrap).collect();
    assert_eq!((documents.len(), folder.num_vectors()), (35, 4430));
    let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!(
        documents.iter().flat_map(|(_, vectors)| vectors.rows()).all(|row| (length(row) - 1.0).abs() < 1e-2)
    );
}
