use crate::support::{query, scratch, vectors};
use pleiad::{
    Batch, Collection, Document, ErrorKind, MultiVector, Query, Reduction, Schema, SearchParams, Snapshot,
    TokenEncoding,
};
use std::collections::BTreeSet;

const DIM: usize = 24;
const REDUCTIONS: [Reduction; 5] = [
    Reduction::Ward { factor: 2 },
    Reduction::Ward { factor: 3 },
    Reduction::Ward { factor: 6 },
    Reduction::Neighbors { factor: 2 },
    Reduction::Neighbors { factor: 4 },
];

/// Half floats, so that a row that stands for one token is that token but for its last bits.
fn schema(reduction: Reduction) -> Schema {
    Schema { reduction, tokens: TokenEncoding::F16, ..Schema::new(DIM) }
}

fn tokens(at: u64) -> MultiVector {
    vectors(at, 1 + (at as usize * 7) % 40, DIM)
}

fn filled(schema: &Schema, num_documents: u64) -> (tempfile::TempDir, Snapshot) {
    let (folder, path) = scratch();
    let collection = Collection::create(&path, schema).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..num_documents {
        batch.upsert(Document::new(format!("d{at}"), tokens(at)).unwrap());
    }
    writer.apply(batch).unwrap();
    writer.close().unwrap();
    // Opened anew: the reduction is the one in the manifest.
    (folder, Collection::open(&path).unwrap().snapshot().unwrap())
}

fn stored(snapshot: &Snapshot, at: u64) -> MultiVector {
    snapshot.get(&format!("d{at}")).unwrap().unwrap().vectors
}

fn factor(reduction: Reduction) -> usize {
    match reduction {
        Reduction::Keep => 1,
        Reduction::Ward { factor } | Reduction::Neighbors { factor } => factor as usize,
    }
}

#[test]
fn documents_keep_as_many_rows_as_the_factor_says() {
    for reduction in REDUCTIONS {
        let (_folder, snapshot) = filled(&schema(reduction), 40);
        let mut num_rows = 0;
        for at in 0..40 {
            let kept = (tokens(at).num_tokens() / factor(reduction)).max(1);
            assert_eq!(stored(&snapshot, at).num_tokens(), kept, "{reduction:?}, document {at}");
            num_rows += kept as u64;
        }
        assert_eq!(snapshot.info().unwrap().num_tokens, num_rows);
        assert_eq!(snapshot.info().unwrap().schema.reduction, reduction);
    }
}

#[test]
fn every_token_knows_its_row() {
    for reduction in REDUCTIONS.into_iter().chain([Reduction::Keep]) {
        let schema = schema(reduction);
        let (_folder, snapshot) = filled(&schema, 40);
        for at in 0..40 {
            let (tokens, kept) = (tokens(at), stored(&snapshot, at));
            let rows = schema.reduced_rows(&tokens).unwrap();
            assert_eq!(rows.len(), tokens.num_tokens());
            let met: BTreeSet<u32> = rows.iter().copied().collect();
            assert_eq!(met, (0..kept.num_tokens() as u32).collect(), "{reduction:?}, document {at}");
            for (row, expected) in kept.rows().zip(0..) {
                let members: Vec<&[f32]> = tokens
                    .rows()
                    .zip(&rows)
                    .filter(|(_, row)| **row == expected)
                    .map(|(token, _)| token)
                    .collect();
                assert_near(row, &mean_at_unit_length(&members));
            }
        }
    }
}

/// The mean direction of unit vectors.
fn mean_at_unit_length(tokens: &[&[f32]]) -> Vec<f32> {
    let sum: Vec<f32> = (0..DIM).map(|d| tokens.iter().map(|token| token[d]).sum()).collect();
    let length = sum.iter().map(|v| v * v).sum::<f32>().sqrt();
    sum.into_iter().map(|v| v / length).collect()
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-3, "{found:?} is not {expected:?}");
    }
}

#[test]
fn explanations_speak_of_stored_rows() {
    let schema = schema(Reduction::Ward { factor: 3 });
    let (_folder, snapshot) = filled(&schema, 60);
    let query = query(7, 6, DIM);
    for hit in snapshot.search(&query, &SearchParams::default()).unwrap().hits {
        let explanation = snapshot.explain(&query, hit.key.as_str()).unwrap();
        assert_eq!(explanation.score, hit.score);
        let kept = snapshot.get(hit.key.as_str()).unwrap().unwrap().vectors;
        let best = |token: &[f32]| {
            kept.rows().map(|row| row.iter().zip(token).map(|(a, b)| a * b).sum()).fold(f32::MIN, f32::max)
        };
        for (part, token) in explanation.parts.iter().zip(query.vectors().rows()) {
            assert!((part.doc_token as usize) < kept.num_tokens());
            assert!((part.similarity - best(token)).abs() < 1e-5);
        }
    }
}

#[test]
fn a_document_is_still_found_by_its_own_tokens() {
    for reduction in [Reduction::Ward { factor: 2 }, Reduction::Neighbors { factor: 2 }] {
        let (_folder, snapshot) = filled(&schema(reduction), 300);
        let params = SearchParams { k: 1, ..Default::default() };
        let finds = |at: &u64| {
            let answer = snapshot.search(&Query::new(tokens(*at)), &params).unwrap();
            answer.hits[0].key.as_str() == format!("d{at}")
        };
        // Sets of one or two random tokens may lose to a larger set that happens to point there.
        let long: Vec<u64> = (0..300).filter(|&at| tokens(at).num_tokens() >= 4).collect();
        let num_found = long.iter().filter(|at| finds(at)).count();
        assert_eq!(num_found, long.len(), "{reduction:?}");
    }
}

#[test]
fn impossible_reductions_and_vectors_are_named() {
    let (_folder, path) = scratch();
    for factor in [0, 1, 65_537] {
        for reduction in [Reduction::Ward { factor }, Reduction::Neighbors { factor }] {
            let schema = schema(reduction);
            let error = Collection::create(&path, &schema).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().contains(&format!("factor is {factor}")), "{error}");
            assert!(!path.exists());
            assert_eq!(schema.reduced_rows(&tokens(3)).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
    let error = schema(REDUCTIONS[0]).reduced_rows(&vectors(1, 3, DIM + 1)).unwrap_err();
    assert!(error.to_string().contains("dimension 25"), "{error}");
}

#[test]
fn tokens_that_add_up_to_infinity_name_their_document() {
    let (_folder, path) = scratch();
    let schema = Schema { reduction: Reduction::Ward { factor: 2 }, ..Schema::new(2) };
    let collection = Collection::create(&path, &schema).unwrap();
    let writer = collection.writer().unwrap();
    let longest = MultiVector::new(vec![f32::MAX, f32::MAX, f32::MAX, -f32::MAX], 2).unwrap();
    let mut batch = Batch::new();
    batch.upsert(Document::new("huge", longest).unwrap());
    let error = writer.apply(batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("\"huge\""), "{error}");
    assert_eq!(writer.snapshot().num_documents(), 0);
}
