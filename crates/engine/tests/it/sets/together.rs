//! One ranking by several sets, against brute force.

use super::{SETS, Spec, document, schema, vectors_of, write};
use crate::support::{query, scratch};
use pleiad::{
    Batch, Collection, DocKey, ErrorKind, PlanOrigin, Predicate, Query, Schema, SearchParams, SetsQuery,
    Snapshot, Tenant, Writer,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One change: a key, a tenant, and a document or nothing for a deletion.
type Change = (u8, bool, Option<(u16, [bool; 3])>);

/// Documents by tenant and key.
type Model = BTreeMap<(bool, String), Spec>;

/// The sets that are asked for with their weights, in any order.
fn asked(mask: u8, weights: [u8; 3], seed: u64) -> Vec<(usize, f32, Query)> {
    let chosen = (0..SETS.len()).rev().filter(|set| mask >> set & 1 == 1);
    let of_set = |set: usize| {
        let weight = 0.25 * f32::from(weights[set] % 12 + 1);
        (set, weight, query(seed + set as u64, 2 + (seed as usize + set) % 4, SETS[set].1))
    };
    chosen.map(of_set).collect()
}

fn sets_query(asked: &[(usize, f32, Query)]) -> SetsQuery {
    let with = |query: SetsQuery, (set, weight, own): &(usize, f32, Query)| {
        query.with(SETS[*set].0, *weight, own.clone()).unwrap()
    };
    asked.iter().fold(SetsQuery::new(), with)
}

/// MaxSim over the stored vectors of one set, one product at a time; nothing where there are none.
fn max_sim(stored: &pleiad::StoredDocument, set: usize, query: &Query) -> Option<f64> {
    let vectors = if set == 0 { Some(&stored.vectors) } else { stored.sets.get(SETS[set].0) };
    let vectors = vectors.filter(|vectors| !vectors.is_empty())?;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let best = |token: &[f32]| vectors.rows().map(|row| dot(token, row)).fold(f64::NEG_INFINITY, f64::max);
    Some(query.vectors().rows().map(best).sum())
}

/// The score of a document by brute force; nothing where it has none of the sets.
fn expected(stored: &pleiad::StoredDocument, asked: &[(usize, f32, Query)]) -> Option<f64> {
    let parts = || {
        asked.iter().map(|(set, weight, query)| {
            let unit = f64::from(*weight) / query.vectors().num_tokens() as f64;
            max_sim(stored, *set, query)
                .map(|max_sim| if asked.len() == 1 { max_sim } else { unit * max_sim })
        })
    };
    parts().any(|part| part.is_some()).then(|| parts().flatten().sum())
}

/// Every ranking that a snapshot can give is that of brute force.
fn check(snapshot: &Snapshot, own: &[(String, Spec)], asked: &[(usize, f32, Query)], is_all: bool) {
    let query = sets_query(asked);
    let filter = Some(Predicate::parse("number >= 2").unwrap());
    let all = SearchParams { k: 500, ..Default::default() };
    let budgets = SearchParams { num_candidates: Some(500), num_reranked: Some(500), ..all.clone() };
    for params in [
        SearchParams { exact: true, ..all.clone() },
        SearchParams { recall: Some(0.9), ..all.clone() },
        SearchParams { filter, ..all.clone() },
        budgets,
        all,
    ] {
        let answer = snapshot.search_sets(&query, &params).unwrap();
        let passes = |number: u64| params.filter.is_none() || number % 4 >= 2;
        let mut scores: BTreeMap<String, f64> = BTreeMap::new();
        for (key, (number, has)) in own.iter().filter(|(_, (number, _))| passes(*number)) {
            if is_all {
                if asked.iter().any(|(set, ..)| has[*set]) {
                    scores.insert(format!("{key} {number}"), 0.0);
                }
            } else if let Some(score) = expected(&snapshot.get(key).unwrap().unwrap(), asked) {
                scores.insert(key.clone(), score);
            }
        }
        assert_eq!(
            (answer.num_matched, answer.hits.len()),
            (scores.len() as u64, scores.len()),
            "{}",
            answer.plan
        );
        assert_eq!(answer.plan, snapshot.plan_sets(&query, &params).unwrap());
        assert!(answer.hits.is_sorted_by(|a, b| (b.score, a.id) <= (a.score, b.id)), "ties by id");
        let few = snapshot.search_sets(&query, &SearchParams { k: 3, exact: true, ..params.clone() });
        if params.num_candidates.is_none() {
            assert_eq!(few.unwrap().hits[..], answer.hits[..answer.hits.len().min(3)]);
        }
        if is_all {
            continue;
        }
        for hit in &answer.hits {
            let score = scores[hit.key.as_str()];
            assert!((f64::from(hit.score.get()) - score).abs() < 1e-3, "{} {score}", hit.score.get());
            let why = snapshot.explain_sets(&query, hit.key.as_str()).unwrap();
            assert_eq!(why.score, hit.score);
            let parts: Vec<(&str, f32)> = why.sets.iter().map(|set| (set.set.as_str(), set.score)).collect();
            if asked.len() > 1 {
                assert_eq!(
                    hit.sets.iter().map(|part| (part.set.as_str(), part.score)).collect::<Vec<_>>(),
                    parts
                );
            }
            assert_eq!(parts.iter().map(|part| part.1).sum::<f32>(), hit.score.get());
            for set in &why.sets {
                let sum: f32 = set.vectors.parts.iter().map(|part| set.token_value * part.similarity).sum();
                assert!((sum - set.score).abs() < 1e-4);
            }
        }
    }
}

fn apply(writer: &Writer, model: &mut Model, changes: &[Change], has_tenants: bool) {
    for tenant in [false, true] {
        let mut batch = match has_tenants {
            true => Batch::of_tenant(Tenant::new(if tenant { "b" } else { "a" }).unwrap()),
            false => Batch::new(),
        };
        for (key, is_of, change) in changes {
            if has_tenants && *is_of != tenant || !has_tenants && tenant {
                continue;
            }
            let key = format!("k{}", key % 30);
            match change {
                Some((number, has)) => {
                    let spec = (u64::from(*number), *has);
                    batch.upsert(document(&key, spec));
                    model.insert((tenant, key), spec);
                }
                None => {
                    batch.delete(DocKey::new(key.as_str()).unwrap());
                    model.remove(&(tenant, key));
                }
            }
        }
        writer.apply(batch).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn several_sets_rank_as_brute_force_says(
        batches in prop::collection::vec(prop::collection::vec(any::<Change>(), 1..40), 1..5),
        flushes in any::<u8>(),
        mask in 1u8..8,
        weights in any::<[u8; 3]>(),
        seed in any::<u16>(),
        has_tenants in any::<bool>(),
    ) {
        let (_folder, path) = scratch();
        let schema = Schema { tenants: has_tenants, ..schema() };
        let writer = Collection::create(&path, &schema).unwrap().writer().unwrap();
        let mut model = Model::new();
        for (at, changes) in batches.iter().enumerate() {
            apply(&writer, &mut model, changes, has_tenants);
            if flushes >> at & 1 == 1 {
                writer.flush().unwrap();
            }
        }
        let asked = asked(mask, weights, u64::from(seed));
        let own = |tenant: Option<bool>| -> Vec<(String, Spec)> {
            let own = model.iter().filter(|((of, _), _)| tenant.is_none_or(|tenant| tenant == *of));
            own.map(|((of, key), spec)| (if tenant.is_none() { format!("{of} {key}") } else { key.clone() }, *spec)).collect()
        };
        for _ in 0..2 {
            let snapshot = writer.snapshot();
            if has_tenants {
                for (name, tenant) in [("a", false), ("b", true)] {
                    let narrowed = snapshot.of_tenant(&Tenant::new(name).unwrap()).unwrap();
                    check(&narrowed, &own(Some(tenant)), &asked, false);
                }
                check(&snapshot.of_all_tenants().unwrap(), &own(None), &asked, true);
                let refused = snapshot.search_sets(&sets_query(&asked), &SearchParams::default());
                prop_assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidArgument);
            } else {
                check(&snapshot, &own(Some(false)), &asked, false);
            }
            writer.compact().unwrap();
        }
    }
}

#[test]
fn a_question_that_does_not_fit_is_refused_by_name() {
    let (_folder, path) = scratch();
    let writer = Collection::create(&path, &schema()).unwrap().writer().unwrap();
    write(&writer, [document("d", (1, [true; 3]))]);
    let snapshot = writer.snapshot();
    let refused = |query: &SetsQuery| {
        let error = snapshot.search_sets(query, &SearchParams::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(snapshot.explain_sets(query, "d").unwrap_err().to_string(), error.to_string());
        error.to_string()
    };
    let body = || SetsQuery::new().with("body", 1.0, query(1, 2, 8)).unwrap();
    assert_eq!(
        refused(&SetsQuery::new()),
        "the query asks for no vector set: name some of body, title, tags_2"
    );
    assert_eq!(
        refused(&body().with("titel", 1.0, query(1, 2, 16)).unwrap()),
        "this collection has no vector set \"titel\": its sets are body, title, tags_2"
    );
    assert_eq!(
        refused(&body().with("title", 1.0, query(1, 2, 8)).unwrap()),
        "the query has dimension 8; the set \"title\" holds dimension 16"
    );
    let nothing = Query::new(pleiad::MultiVector::new(vec![], 16).unwrap());
    assert!(refused(&body().with("title", 1.0, nothing).unwrap()).contains("no token vectors"));
    let both = body().with("title", 1.0, query(1, 2, 16)).unwrap();
    let params = SearchParams { exact: true, num_candidates: Some(9), ..Default::default() };
    let error = snapshot.search_sets(&both, &params).unwrap_err();
    assert!(error.to_string().contains("leave out the budgets"), "{error}");
    let error = snapshot.explain_sets(&both, "e").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = writer.tune_sets(&vec![both.clone(); 39]).unwrap_err();
    assert!(
        error.to_string().starts_with("39 queries for a combination of vector sets: at least 40"),
        "{error}"
    );
    let error = writer.tune_sets(&vec![body(); 40]).unwrap_err();
    assert_eq!(error.to_string(), "\"body\" alone is no combination: a set has a calibration of its own");
    let other = body().with("title", 2.0, query(1, 2, 16)).unwrap();
    let mixed: Vec<SetsQuery> = std::iter::repeat_n(both, 39).chain([other]).collect();
    let error = writer.tune_sets(&mixed).unwrap_err();
    assert!(error.to_string().starts_with("query 39 has other sets or weights"), "{error}");
}

/// A question whose vectors lie near those of a document in each set.
fn near(number: u64, weights: [f32; 2]) -> SetsQuery {
    let noisy = |set: usize| {
        let (own, noise) = (vectors_of(number, set), query(70_000 + number, 8, SETS[set].1));
        let rows = (0..4).flat_map(|row| {
            let own = own.rows().nth(row % own.num_tokens()).unwrap().to_vec();
            let noise = noise.vectors().rows().nth(row).unwrap().to_vec();
            own.into_iter().zip(noise).map(|(own, noise)| own + 0.6 * noise)
        });
        Query::new(pleiad::MultiVector::new(rows.collect(), SETS[set].1).unwrap())
    };
    let query = SetsQuery::new().with("body", weights[0], noisy(0)).unwrap();
    query.with("title", weights[1], noisy(1)).unwrap()
}

/// Held-out queries find what was promised, with the weights that were measured and with those at the ends of what counts as
/// the same, from far fewer documents than there are.
fn check_promises(snapshot: &Snapshot) {
    for weights in [[1.0, 0.4], [1.0, 0.8], [1.0, 0.2], [7.0, 2.8]] {
        for recall in [0.8, 0.9, 0.95] {
            let (mut found, mut num_candidates) = (0.0, 0);
            for at in 0..120 {
                let asked = near(13 + at * 29, weights);
                let params = SearchParams { recall: Some(recall), ..Default::default() };
                let answer = snapshot.search_sets(&asked, &params).unwrap();
                assert_eq!(answer.plan.promised_recall().unwrap(), recall, "{}", answer.plan);
                assert!(!answer.plan.is_exact());
                let exact = SearchParams { exact: true, ..Default::default() };
                let exact = snapshot.search_sets(&asked, &exact).unwrap();
                let is_hit = |hit: &&pleiad::Hit| exact.hits.iter().any(|exact| exact.id == hit.id);
                found += answer.hits.iter().filter(is_hit).count() as f64 / exact.hits.len() as f64;
                num_candidates += answer.spent.num_reranked;
            }
            let mean = found / 120.0;
            assert!(mean >= recall - 0.01, "{mean} of {recall} at {weights:?}");
            assert!(num_candidates < 120 * 4000 / 2, "{num_candidates}");
        }
    }
}

#[test]
fn a_recall_is_promised_where_the_combination_was_measured() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &schema()).unwrap();
    let writer = collection.writer().unwrap();
    // A fifth of the documents lacks a title, a seventh the body.
    let has = |number: u64| [!number.is_multiple_of(7), !number.is_multiple_of(5), false];
    for part in [0..2000u64, 2000..4000] {
        write(&writer, part.map(|number| document(&format!("d{number}"), (number, has(number)))));
        writer.flush().unwrap();
    }
    let weights = [1.0, 0.4];
    let params = |recall| SearchParams { recall: Some(recall), ..Default::default() };
    let snapshot = writer.snapshot();
    let plan = snapshot.plan_sets(&near(1, weights), &params(0.9)).unwrap();
    assert!(plan.is_exact(), "{plan}");
    assert_eq!(plan.basis, PlanOrigin::Unreachable { recall: 0.9, is_calibrated: false });
    let default = snapshot.plan_sets(&near(1, weights), &SearchParams::default()).unwrap();
    assert_eq!((default.promised_recall(), default.basis), (None, PlanOrigin::Defaults), "{default}");
    let measured: Vec<SetsQuery> = (0..150).map(|at| near(at * 26, weights)).collect();
    let calibration = writer.tune_sets(&measured).unwrap();
    assert_eq!((calibration.num_queries, calibration.query_tokens), (150, (4, 4)));
    let snapshot = writer.snapshot();
    check_promises(&snapshot);
    let is_exact =
        |query: &SetsQuery, params: &SearchParams| snapshot.plan_sets(query, params).unwrap().is_exact();
    assert!(is_exact(&near(1, [1.0, 0.9]), &params(0.9)), "other weights were not measured");
    assert!(is_exact(&near(1, [0.4, 1.0]), &params(0.9)));
    let filter = Some(Predicate::parse("number >= 2").unwrap());
    assert!(
        is_exact(&near(1, weights), &SearchParams { filter, ..params(0.9) }),
        "filters were not measured"
    );
    let short = SetsQuery::new().with("body", 1.0, query(1, 4, 8)).unwrap();
    let short = short.with("title", 0.4, query(1, 3, 16)).unwrap();
    assert!(is_exact(&short, &params(0.9)), "shorter queries were not measured");
    assert!(
        is_exact(&near(1, weights), &SearchParams { k: 101, ..params(0.9) }),
        "no more hits than were measured"
    );
    // A search that asks for nothing takes what was measured.
    let basis = snapshot.plan_sets(&near(1, weights), &SearchParams::default()).unwrap().basis;
    assert!(matches!(basis, PlanOrigin::Calibration { .. }), "{basis}");
    writer.close().unwrap();
    let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.sets_calibration(&near(1, weights)).unwrap().as_deref(), Some(&calibration));
    assert!(!snapshot.plan_sets(&near(1, weights), &params(0.9)).unwrap().is_exact());
    // Twice as many documents were not measured.
    let writer = collection.writer().unwrap();
    write(&writer, (4000..8200).map(|number| document(&format!("d{number}"), (number, has(number)))));
    let plan = writer.snapshot().plan_sets(&near(1, weights), &params(0.9)).unwrap();
    assert!(plan.is_exact(), "{plan}");
}
