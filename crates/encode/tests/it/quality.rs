//! What the built-in encoder finds in a small judged collection.

use crate::{maxsim, shared};
use pleiad_encode::{Encoder, StaticEncoder};
use pleiad_evaluate::{BeirFolder, Metric, Run, RunEntry, evaluate};

#[test]
fn the_built_in_encoders_find_what_was_measured() {
    for (id, measured, tolerance) in [("static-v1", 0.4166, 2e-3), ("static-v2", 0.4368, 5e-3)] {
        let found = found_in_adi(&StaticEncoder::built_in(id).unwrap().unwrap());
        assert!((found - measured).abs() < tolerance, "{id}: nDCG@10 is {found}");
    }
    assert_eq!(StaticEncoder::load().unwrap().id(), "static-v1");
    assert!(StaticEncoder::built_in("static-v0").unwrap().is_none());
}

/// nDCG@10 of exact MaxSim.
fn found_in_adi(encoder: &StaticEncoder) -> f64 {
    let beir = BeirFolder::open(shared("data/beir/adi")).unwrap();
    let documents: Vec<_> = beir
        .documents()
        .unwrap()
        .map(|line| line.unwrap().value)
        .map(|d| (encoder.encode_document(&d.title_and_text()).unwrap().vectors, d.key))
        .collect();
    let qrels = beir.qrels("test").unwrap();
    let mut run = Run::default();
    for query in beir.judged_queries(&qrels).unwrap() {
        let asked = encoder.encode_query(&query.text).unwrap().vectors;
        let mut answers: Vec<RunEntry> = documents
            .iter()
            .map(|(vectors, key)| RunEntry { document: key.clone(), score: maxsim(asked.rows(), vectors) })
            .collect();
        answers.sort_by(|a, b| b.score.total_cmp(&a.score));
        run.insert(query.key, answers);
    }
    evaluate(&qrels, &run, &[Metric::Ndcg(10)]).means[0]
}
