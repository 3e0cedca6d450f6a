//! Promises of calibrations, and whether searches keep them.

use crate::support::{collection, document, query, scratch, vectors};
use pleiad::{
    Batch, Calibration, Collection, DocId, ErrorKind, PlanOrigin, PlanSource, Query, QueryClass, QueryOrigin,
    Schema, SearchParams, Snapshot, TokenCode, TokenEncoding, Writer,
};
use std::collections::HashSet;
use std::thread;

/// Queries near documents: half of a document's tokens, moved a little.
fn near_queries(snapshot: &Snapshot, first_seed: u64, num: usize) -> Vec<Query> {
    let documents: Vec<_> = snapshot.documents().map(Result::unwrap).collect();
    let near = |at: usize| {
        let seed = first_seed + at as u64;
        let document = &documents[(seed as usize * 7919) % documents.len()].vectors;
        let noise = vectors(seed, document.num_tokens(), document.dim());
        let tokens = document.rows().zip(noise.rows()).step_by(2);
        let data: Vec<f32> =
            tokens.flat_map(|(token, noise)| token.iter().zip(noise).map(|(t, n)| t + 0.5 * n)).collect();
        Query::new(pleiad::MultiVector::new(data, document.dim()).unwrap())
    };
    (0..num).map(near).collect()
}

/// The exact top 100 of each query.
fn exact(snapshot: &Snapshot, queries: &[Query]) -> Vec<Vec<DocId>> {
    let params = SearchParams { k: 100, exact: true, ..Default::default() };
    let ids = |query| snapshot.search(query, &params).unwrap().hits.into_iter().map(|hit| hit.id).collect();
    queries.iter().map(ids).collect()
}

fn recall(snapshot: &Snapshot, queries: &[Query], exact: &[Vec<DocId>], params: &SearchParams) -> f64 {
    let found = |(query, exact): (&Query, &Vec<DocId>)| {
        let exact: HashSet<_> = exact[..params.k].iter().collect();
        let hits = snapshot.search(query, params).unwrap().hits;
        hits.iter().filter(|hit| exact.contains(&hit.id)).count() as f64 / exact.len() as f64
    };
    queries.iter().zip(exact).map(found).sum::<f64>() / queries.len() as f64
}

#[test]
fn promises_are_kept_on_queries_that_were_not_seen() {
    for token_code in [TokenCode::Int8, TokenCode::F16, TokenCode::Int1] {
        let (_folder, path) = scratch();
        let collection = collection(
            &path,
            600,
            &Schema { tokens: TokenEncoding::new(token_code, None).unwrap(), ..Schema::new(16) },
        );
        let snapshot = collection.snapshot().unwrap();
        let held_out = near_queries(&snapshot, 10_000, 60);
        let exact = exact(&snapshot, &held_out);
        let given = near_queries(&snapshot, 0, 120);
        for calibration in [snapshot.calibrate(&given).unwrap(), by_itself(&snapshot)] {
            let snapshot = snapshot.clone().with_calibration(calibration);
            for (k, wanted) in [(10, 0.8), (10, 0.95), (10, 0.99), (40, 0.9), (100, 0.95)] {
                let params = SearchParams { k, recall: Some(wanted), ..Default::default() };
                let promises = held_out.iter().map(|query| snapshot.plan(query, &params).unwrap());
                let promises: Vec<f64> = promises.map(|plan| plan.promised_recall().unwrap()).collect();
                assert!(promises.iter().all(|promised| *promised >= wanted), "{promises:?}");
                let promised = promises.iter().sum::<f64>() / promises.len() as f64;
                let found = recall(&snapshot, &held_out, &exact, &params);
                assert!(found >= promised - 0.01, "{token_code:?} {k} {wanted}: {found} of {promised}");
            }
        }
    }
}

/// The calibration that the writer left when it was closed.
fn by_itself(snapshot: &Snapshot) -> Calibration {
    (*snapshot.calibration().unwrap().unwrap()).clone()
}

#[test]
fn a_search_that_asks_for_no_recall_is_promised_one_whatever_its_hits() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 1200, &Schema::new(16));
    let snapshot = collection.snapshot().unwrap();
    let held_out = near_queries(&snapshot, 10_000, 100);
    let exact = exact(&snapshot, &held_out);
    let calibration = snapshot.calibrate(&near_queries(&snapshot, 0, 120)).unwrap();
    let snapshot = snapshot.with_calibration(calibration);
    for k in [1, 2, 3, 10, 20, 100] {
        let params = SearchParams { k, ..Default::default() };
        let plan = snapshot.plan(&held_out[0], &params).unwrap();
        // Where the candidates would be all documents, all are scored on their codes and nothing is promised.
        let promised = plan.promised_recall().unwrap_or(if k == 100 { 0.98 } else { 0.0 });
        assert!(promised >= 0.95, "{k}: {plan}");
        let found = recall(&snapshot, &held_out, &exact, &params);
        // A hundred queries that find so much on average find three standard errors less once in a thousand times.
        let slack = 3.0 * (promised * (1.0 - promised) / held_out.len() as f64).sqrt();
        assert!(found >= promised - slack, "{k}: {found} by {plan}");
    }
    let plan = snapshot.plan_for(4, &SearchParams { k: 1000, ..Default::default() }).unwrap();
    assert!(plan.is_exact(), "{plan}");
}

#[test]
fn the_whole_recall_is_an_exact_search() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 400, &Schema::new(16)).snapshot().unwrap();
    let params = SearchParams { recall: Some(1.0), ..Default::default() };
    let exact = SearchParams { exact: true, ..Default::default() };
    for seed in 0..10 {
        let query = query(seed, 6, 16);
        let answer = snapshot.search(&query, &params).unwrap();
        assert_eq!(answer.hits, snapshot.search(&query, &exact).unwrap().hits);
        assert_eq!(answer.plan.basis, PlanOrigin::Unreachable { recall: 1.0, is_calibrated: true });
    }
}

#[test]
fn a_calibration_does_not_depend_on_threads_or_segments() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 600, &Schema::new(16));
    let before = collection.snapshot().unwrap();
    let queries = near_queries(&before, 0, 40);
    let expected = before.calibrate(&queries).unwrap();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(single.install(|| before.calibrate(&queries)).unwrap(), expected);
    let made = before.calibrate(&[]).unwrap();
    let writer = collection.writer().unwrap();
    writer.flush().unwrap();
    assert_eq!(writer.snapshot().calibrate(&queries).unwrap(), expected);
    assert_eq!(writer.snapshot().calibrate(&[]).unwrap(), made);
}

#[test]
fn it_is_kept_with_the_collection() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 300, &Schema::new(16));
    let first = by_itself(&collection.snapshot().unwrap());
    let is_of_documents =
        |class: &QueryClass| class.origin == QueryOrigin::Documents && class.num_documents == 300;
    assert!(first.classes.len() > 1 && first.classes.iter().all(is_of_documents), "{first:?}");
    let writer = collection.writer().unwrap();
    let queries: Vec<Query> = (0..50).map(|seed| query(seed, 3 + seed as usize % 2, 16)).collect();
    let tuned = writer.tune(&queries).unwrap();
    let origins: Vec<_> =
        tuned.classes.iter().map(|class| (class.min_tokens, class.origin, class.query_tokens)).collect();
    assert_eq!(origins[1], (3, QueryOrigin::Given, Some((3, 4))));
    assert_eq!((origins[0].1, origins[0].2), (QueryOrigin::Documents, Some((1, 2))));
    writer.close().unwrap();
    let reopened = Collection::open(&path).unwrap();
    assert_eq!(*reopened.snapshot().unwrap().calibration().unwrap().unwrap(), tuned);
}

fn grow(collection: &Collection, from: usize, to: usize) {
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in from..to {
        batch.upsert(document(&format!("d{at}"), 0, 16));
    }
    writer.apply(batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_collection_of_twice_the_size_is_calibrated_again() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 200, &Schema::new(16));
    let calibrated_at = || by_itself(&collection.snapshot().unwrap()).classes[0].num_documents;
    grow(&collection, 200, 399);
    assert_eq!(calibrated_at(), 200);
    grow(&collection, 399, 400);
    assert_eq!(calibrated_at(), 400);
}

/// Turns what was written into a segment, and waits for what is done because of it.
fn settle(writer: &Writer) {
    writer.flush().unwrap();
    while writer.maintenance().is_at_work {
        thread::yield_now();
    }
}

#[test]
fn a_collection_that_is_searched_while_it_grows_is_calibrated_beside_merges() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(16)).unwrap();
    let writer = collection.writer().unwrap();
    let add = |from: usize, to: usize| {
        let mut batch = Batch::new();
        (from..to).for_each(|at| {
            batch.upsert(document(&format!("d{at}"), 0, 16));
        });
        writer.apply(batch).unwrap();
    };
    let calibrated_at = || {
        let calibration = writer.snapshot().calibration().unwrap();
        calibration.map_or(0, |calibration| calibration.classes[0].num_documents)
    };
    let search = || writer.snapshot().search(&query(3, 5, 16), &SearchParams::default()).unwrap();
    add(0, 100);
    settle(&writer);
    assert_eq!(calibrated_at(), 0, "nobody searches");
    search();
    add(100, 200);
    settle(&writer);
    assert_eq!(calibrated_at(), 200);
    search();
    add(200, 300);
    settle(&writer);
    assert_eq!(calibrated_at(), 200, "not yet twice as many");
    add(300, 400);
    settle(&writer);
    assert_eq!(calibrated_at(), 200, "nobody searched since");
    search();
    add(400, 401);
    settle(&writer);
    assert_eq!(calibrated_at(), 401);
}

#[test]
fn the_smallest_collections_are_calibrated_too() {
    for num_documents in [1, 2, 5, 50] {
        let (_folder, path) = scratch();
        let snapshot = collection(&path, num_documents, &Schema::new(16)).snapshot().unwrap();
        assert!(snapshot.calibration().unwrap().is_some());
        for k in [1, 10, 200] {
            let params = SearchParams { k, recall: Some(0.95), ..Default::default() };
            let answer = snapshot.search(&query(3, 5, 16), &params).unwrap();
            assert_eq!(answer.hits.len(), k.min(num_documents));
        }
    }
}

#[test]
fn nothing_and_misfits_cannot_be_measured() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(16)).unwrap();
    let snapshot = collection.snapshot().unwrap();
    assert_eq!(snapshot.calibrate(&[]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    collection.writer().unwrap().close().unwrap();
    grow(&collection, 0, 5);
    let snapshot = collection.snapshot().unwrap();
    assert_eq!(snapshot.calibrate(&[query(1, 3, 8)]).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn probed_searches_tell_what_they_found() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 900, &Schema::new(16));
    let snapshot = collection.snapshot().unwrap();
    assert_eq!((collection.recall_audit().num_audited, collection.recall_audit().recall), (0, 1.0));
    let params = SearchParams { num_candidates: Some(12), audit_every: Some(2), ..Default::default() };
    for query in near_queries(&snapshot, 0, 41) {
        let answer = snapshot.search(&query, &params).unwrap();
        assert_eq!((answer.spent.num_scanned, answer.spent.num_reranked), (900, 12));
    }
    let probed = collection.recall_audit();
    assert_eq!(probed.num_audited, 20);
    assert!(probed.recall < 1.0 && !probed.has_drifted, "{probed:?}: budgets promise nothing");
}

#[test]
fn a_broken_promise_is_noticed_and_measured_again() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 900, &Schema::new(16));
    let snapshot = collection.snapshot().unwrap();
    // A calibration that promises what its budgets cannot keep.
    let mut wrong = by_itself(&snapshot);
    for level in wrong.classes.iter_mut().flat_map(|class| &mut class.levels) {
        level.sources = vec![PlanSource::FdeScan { num_candidates: level.k, coarse_factor: None }];
        level.num_reranked = level.k;
    }
    let snapshot = snapshot.with_calibration(wrong);
    let params = SearchParams { recall: Some(0.98), audit_every: Some(1), ..Default::default() };
    for query in near_queries(&snapshot, 0, 25) {
        snapshot.search(&query, &params).unwrap();
    }
    assert!(collection.recall_audit().has_drifted, "{:?}", collection.recall_audit());
    collection.writer().unwrap().close().unwrap();
    assert_eq!(collection.recall_audit().num_audited, 0);
}
