//! Promises on token vectors of real models, by the length of queries.

use pleiad::{Batch, Collection, DocId, Document, MultiVector, Query, Schema, SearchParams, Snapshot};
use pleiad_encode::import::VectorFolder;
use std::collections::HashSet;
use std::path::PathBuf;

/// Tokens that queries are cut to; whole queries besides.
const LENGTHS: [usize; 3] = [2, 4, 16];

const UNOBSERVED: SearchParams = SearchParams { observe: false, ..SearchParams::DEFAULT };

fn folder(name: &str) -> Option<VectorFolder> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("PLEIAD_SHARED").map_or(beside, PathBuf::from);
    let path = shared.join("data/multivec").join(name);
    if path.exists() {
        return Some(VectorFolder::open(&path).unwrap());
    }
    eprintln!("NOT RUN: {} is missing: set PLEIAD_SHARED to the folder of shared data", path.display());
    None
}

fn cut(query: &Query, num_tokens: usize) -> Option<Query> {
    let vectors = query.vectors();
    let values = vectors.data().get(..num_tokens * vectors.dim())?.to_vec();
    Some(Query::new(MultiVector::new(values, vectors.dim()).unwrap()))
}

fn ids(snapshot: &Snapshot, queries: &[Query], params: &SearchParams) -> Vec<HashSet<DocId>> {
    let answers = snapshot.search_batch(queries, params).into_iter();
    answers.map(|answer| answer.unwrap().hits.into_iter().map(|hit| hit.id).collect()).collect()
}

/// Checks that queries find what they are promised, less a hundredth and two standard errors of their own mean.
fn check(snapshot: &Snapshot, queries: &[Query], exact: &[HashSet<DocId>], what: &str) {
    for recall in [0.9, 0.95, 0.99] {
        let params = SearchParams { recall: Some(recall), ..UNOBSERVED };
        let hits = ids(snapshot, queries, &params);
        let shares = hits.iter().zip(exact);
        let found: Vec<f64> = shares
            .map(|(hits, exact)| hits.intersection(exact).count() as f64 / exact.len() as f64)
            .collect();
        let num = found.len() as f64;
        let mean = found.iter().sum::<f64>() / num;
        let variance = found.iter().map(|found| (found - mean).powi(2)).sum::<f64>() / (num - 1.0);
        let slack = 0.01 + 2.0 * (variance / num).sqrt();
        let plan = snapshot.plan(&queries[0], &params).unwrap();
        assert!(mean >= recall - slack, "{what}: {mean} of {recall}: {plan}, {}", plan.basis);
    }
}

#[test]
fn promises_hold_on_real_tokens_for_every_length() {
    for name in ["cranfield", "colbertv2-lotte500"] {
        let Some(folder) = folder(name) else { continue };
        let scratch = tempfile::tempdir().unwrap();
        let collection =
            Collection::create(scratch.path().join("collection"), &Schema::new(folder.dim())).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        for (key, vectors) in folder.documents().unwrap().map(Result::unwrap) {
            if !vectors.is_empty() {
                batch.upsert(Document::new(key, vectors).unwrap());
            }
        }
        writer.apply(batch).unwrap();
        writer.close().unwrap();
        let queries: Vec<Query> = folder.queries().unwrap().into_iter().map(|(_, query)| query).collect();
        let given: Vec<Query> = queries.iter().step_by(2).cloned().collect();
        let held_out: Vec<Query> = queries.iter().skip(1).step_by(2).take(60).cloned().collect();
        let snapshot = collection.snapshot().unwrap();
        let tuned = snapshot.clone().with_calibration(snapshot.calibrate(&given).unwrap());
        for num_tokens in LENGTHS.map(Some).into_iter().chain([None]) {
            let cut =
                |query: &Query| num_tokens.map_or(Some(query.clone()), |num_tokens| cut(query, num_tokens));
            let queries: Vec<Query> = held_out.iter().filter_map(cut).collect();
            if queries.len() < 30 {
                continue;
            }
            let exact = ids(&snapshot, &queries, &SearchParams { exact: true, ..UNOBSERVED });
            check(&snapshot, &queries, &exact, &format!("{name}, documents, {num_tokens:?} tokens"));
            check(&tuned, &queries, &exact, &format!("{name}, queries, {num_tokens:?} tokens"));
        }
    }
}
