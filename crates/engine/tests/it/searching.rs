use crate::support::{collection, document, query, scratch};
use pleiad::{Batch, FdeParams, PlanSource, Schema, SearchParams, Snapshot, TokenCode, TokenEncoding};

fn brute_force(snapshot: &Snapshot, query: &pleiad::Query) -> Vec<(String, f32)> {
    let mut scores: Vec<(u64, String, f32)> = snapshot
        .documents()
        .map(|document| {
            let document = document.unwrap();
            let score = query
                .vectors()
                .rows()
                .map(|q| {
                    let dots =
                        document.vectors.rows().map(|d| q.iter().zip(d).map(|(a, b)| a * b).sum::<f32>());
                    dots.fold(f32::NEG_INFINITY, f32::max)
                })
                .sum();
            (document.id.0, document.key.as_str().to_owned(), score)
        })
        .collect();
    scores.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    scores.into_iter().map(|(_, key, score)| (key, score)).collect()
}

#[test]
fn exact_search_is_brute_force_over_what_is_stored() {
    for token_code in [TokenCode::F16, TokenCode::Int8, TokenCode::Int4] {
        let (_folder, path) = scratch();
        let snapshot = collection(
            &path,
            400,
            &Schema { tokens: TokenEncoding::new(token_code, None).unwrap(), ..Schema::new(24) },
        )
        .snapshot()
        .unwrap();
        // The last one is much work, and done on all cores.
        for (seed, num_tokens) in [(0, 7), (1, 1), (2, 7), (3, 500)] {
            let query = query(1000 + seed, num_tokens, 24);
            let answer =
                snapshot.search(&query, &SearchParams { k: 25, exact: true, ..Default::default() }).unwrap();
            assert_eq!(answer.hits.len(), 25);
            assert_eq!(answer.spent.num_reranked, 400);
            for (hit, (key, score)) in answer.hits.iter().zip(brute_force(&snapshot, &query)) {
                assert!(
                    (hit.score.get() - score).abs() < 1e-5 * (10 + num_tokens) as f32,
                    "{token_code:?}: {} {score}",
                    hit.score.get()
                );
                assert_eq!(hit.key.as_str(), key, "{token_code:?}");
            }
        }
    }
}

#[test]
fn large_collections_are_searched_alike() {
    let (_folder, path) = scratch();
    let fde = FdeParams { repetitions: 2, ..Schema::fde_params(8) };
    let snapshot = collection(&path, 4200, &Schema::new(8).with_fde(fde)).snapshot().unwrap();
    let query = query(77, 3, 8);
    let answer = snapshot.search(&query, &SearchParams { exact: true, ..Default::default() }).unwrap();
    let expected = brute_force(&snapshot, &query);
    let keys: Vec<&str> = answer.hits.iter().map(|hit| hit.key.as_str()).collect();
    assert!(keys.iter().eq(expected[..10].iter().map(|(key, _)| key)), "{keys:?} {:?}", &expected[..10]);
    // On the pool and beside it.
    let within =
        rayon::scope(|_| snapshot.search(&query, &SearchParams { exact: true, ..Default::default() }));
    assert_eq!(within.unwrap(), answer);
}

#[test]
fn budgets_that_cover_everything_give_the_exact_answer() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 300, &Schema::new(32)).snapshot().unwrap();
    let query = query(5, 9, 32);
    let exact = snapshot.search(&query, &SearchParams { exact: true, ..Default::default() }).unwrap();
    let params = |candidates, reranked| SearchParams {
        num_candidates: Some(candidates),
        num_reranked: Some(reranked),
        ..Default::default()
    };
    let all = snapshot.search(&query, &params(300, 300)).unwrap();
    assert_eq!((&all.hits, &all.plan.sources), (&exact.hits, &exact.plan.sources));
    let on_codes = snapshot.search(&query, &params(300, 100)).unwrap();
    assert_eq!((&on_codes.hits, on_codes.spent.num_rescored), (&exact.hits, 300));
    let almost_all = snapshot.search(&query, &params(299, 299)).unwrap();
    assert_eq!((almost_all.spent.num_scanned, almost_all.spent.num_reranked), (300, 299));
}

#[test]
fn halves_are_scored_exactly_at_once() {
    let (_folder, path) = scratch();
    let schema = Schema { tokens: TokenEncoding::F16, ..Schema::new(32) };
    let snapshot = collection(&path, 300, &schema).snapshot().unwrap();
    let params = SearchParams { num_candidates: Some(50), ..Default::default() };
    let spent = snapshot.search(&query(5, 9, 32), &params).unwrap().spent;
    assert_eq!((spent.num_scanned, spent.num_rescored, spent.num_reranked), (300, 0, 50));
}

#[test]
fn each_budget_bounds_its_own_step() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 300, &Schema::new(32)).snapshot().unwrap();
    let params =
        SearchParams { k: 5, num_candidates: Some(60), num_reranked: Some(20), ..Default::default() };
    let answer = snapshot.search(&query(6, 9, 32), &params).unwrap();
    assert_eq!(answer.hits.len(), 5);
    assert_eq!(answer.spent.num_scanned, 300);
    assert_eq!(answer.spent.num_rescored, 60);
    assert_eq!(answer.spent.num_reranked, 20);
    assert_eq!(answer.plan.sources, [PlanSource::FdeScan { num_candidates: 60, coarse_factor: None }]);
    assert_eq!((answer.plan.num_documents, answer.plan.num_reranked, answer.plan.k), (300, 20, 5));
}

#[test]
fn a_document_is_found_by_its_own_tokens() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 500, &Schema::new(48)).snapshot().unwrap();
    let mut num_found = 0;
    for at in 0..50 {
        let key = format!("d{}", at * 10);
        let query = pleiad::Query::new(snapshot.get(&key).unwrap().unwrap().vectors);
        let answer = snapshot.search(&query, &SearchParams { k: 1, ..Default::default() }).unwrap();
        num_found += usize::from(answer.hits[0].key.as_str() == key);
    }
    assert_eq!(num_found, 50);
}

#[test]
fn batches_and_thread_counts_do_not_change_answers() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 700, &Schema::new(32)).snapshot().unwrap();
    let queries: Vec<_> = (0..20).map(|seed| query(seed, 1 + seed as usize % 12, 32)).collect();
    let params = SearchParams { k: 10, num_candidates: Some(40), ..Default::default() };
    let together: Vec<_> = snapshot.search_batch(&queries, &params).into_iter().map(Result::unwrap).collect();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for (query, expected) in queries.iter().zip(&together) {
        assert_eq!(&snapshot.search(query, &params).unwrap(), expected);
        assert_eq!(&single.install(|| snapshot.search(query, &params)).unwrap(), expected);
    }
}

#[test]
fn segments_and_merges_do_not_change_answers() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 600, &Schema::new(32));
    let before = collection.snapshot().unwrap();
    let writer = collection.writer().unwrap();
    writer.flush().unwrap();
    let params = SearchParams { k: 20, num_candidates: Some(50), ..Default::default() };
    for seed in 0..10 {
        let query = query(seed, 8, 32);
        let expected = before.search(&query, &params).unwrap();
        assert_eq!(writer.snapshot().search(&query, &params).unwrap().hits, expected.hits);
    }
}

#[test]
fn equal_scores_break_by_id() {
    let (_folder, path) = scratch();
    let collection = pleiad::Collection::create(&path, &Schema::new(8)).unwrap();
    let writer = collection.writer().unwrap();
    let shared = document("same", 1, 8);
    for at in 0..30 {
        let mut batch = Batch::new();
        let vectors = pleiad::MultiVector::new(vec![0.5; 8], 8).unwrap();
        batch.upsert(pleiad::Document::new(format!("k{}", 99 - at), vectors).unwrap());
        batch.upsert(shared.clone());
        writer.apply(batch).unwrap();
        if at % 7 == 0 {
            writer.flush().unwrap();
        }
    }
    let query = pleiad::Query::new(pleiad::MultiVector::new(vec![1.0; 8], 8).unwrap());
    for exact in [true, false] {
        let params = SearchParams { k: 10, exact, ..Default::default() };
        let answer = writer.snapshot().search(&query, &params).unwrap();
        let keys: Vec<_> = answer.hits.iter().map(|hit| hit.key.as_str().to_owned()).collect();
        let expected: Vec<_> = (0..10).map(|at| format!("k{}", 99 - at)).collect();
        assert_eq!(keys, expected, "exact: {exact}");
    }
}

#[test]
fn explanations_add_up_to_the_score() {
    for token_code in [TokenCode::F16, TokenCode::Int8, TokenCode::Int4] {
        let (_folder, path) = scratch();
        let snapshot = collection(
            &path,
            120,
            &Schema { tokens: TokenEncoding::new(token_code, None).unwrap(), ..Schema::new(20) },
        )
        .snapshot()
        .unwrap();
        let query = query(77, 11, 20);
        for hit in snapshot.search(&query, &SearchParams::default()).unwrap().hits {
            let explanation = snapshot.explain(&query, hit.key.as_str()).unwrap();
            assert_eq!(explanation.id, hit.id);
            assert_eq!(explanation.score, hit.score);
            assert_eq!(explanation.parts.len(), 11);
            let sum: f32 = explanation.parts.iter().map(|part| part.similarity).sum();
            assert!((sum - hit.score.get()).abs() < 1e-5);
            let stored = snapshot.get(hit.key.as_str()).unwrap().unwrap();
            for part in &explanation.parts {
                let (q, d) = (part.query_token as usize, part.doc_token as usize);
                let q = query.vectors().rows().nth(q).unwrap();
                let d = stored.vectors.rows().nth(d).unwrap();
                let dot: f32 = q.iter().zip(d).map(|(a, b)| a * b).sum();
                assert!((dot - part.similarity).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn an_empty_collection_has_no_hits() {
    let (_folder, path) = scratch();
    let collection = pleiad::Collection::create(&path, &Schema::new(8)).unwrap();
    let snapshot = collection.snapshot().unwrap();
    for exact in [true, false] {
        let answer = snapshot.search(&query(1, 3, 8), &SearchParams { exact, ..Default::default() }).unwrap();
        assert!(answer.hits.is_empty());
    }
}
