//! Relevance of the built-in encoder on a small judged collection.

use crate::{maxsim, shared};
use pleiad_encode::{Encoder, StaticEncoder};
use pleiad_evaluate::{BeirFolder, Metric, Run, RunEntry, evaluate};

#[test]
fn the_built_in_encoders_find_what_was_measured() {
    for (id, measured, tolerance) in [("static-v1", 0.4166, 2e-3), ("static-v3", 0.4746, 5e-3)] {
        let found = found_in_adi(&StaticEncoder::built_in(id).unwrap().unwrap());
        assert!((found - measured).abs() < tolerance, "{id}: nDCG@10 is {found}");
    }
    assert_eq!(StaticEncoder::load().unwrap().id(), "static-v3");
    assert!(StaticEncoder::built_in("static-v0").unwrap().is_none());
}

/// nDCG@10 of exact MaxSim, with queries weighed by the collection.
fn found_in_adi(encoder: &StaticEncoder) -> f64 {
    let beir = BeirFolder::open(shared("data/beir/adi")).unwrap();
    let texts: Vec<(String, String)> = beir
        .documents()
        .unwrap()
        .map(|line| line.unwrap().value)
        .map(|document| (document.title_and_text(), document.key))
        .collect();
    let documents: Vec<_> =
        texts.iter().map(|(text, key)| (encoder.encode_document(text).unwrap().vectors, key)).collect();
    let queries = encoder.for_collection(&texts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>());
    let qrels = beir.qrels("test").unwrap();
    let mut run = Run::default();
    for query in beir.judged_queries(&qrels).unwrap() {
        let asked = queries.encode(&query.text).unwrap().vectors;
        let mut answers: Vec<RunEntry> = documents
            .iter()
            .map(|(vectors, key)| RunEntry {
                document: key.to_string(),
                score: maxsim(asked.rows(), vectors),
            })
            .collect();
        answers.sort_by(|a, b| b.score.total_cmp(&a.score));
        run.insert(query.key, answers);
    }
    evaluate(&qrels, &run, &[Metric::Ndcg(10)]).means[0]
}
