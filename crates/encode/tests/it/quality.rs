//! What the built-in encoder finds in a small judged collection.

use crate::{maxsim, shared};
use pleiad_encode::{Encoder, StaticEncoder};
use pleiad_evaluate::{BeirFolder, Metric, Run, RunEntry, evaluate};

#[test]
fn the_built_in_encoder_finds_what_was_measured() {
    let encoder = StaticEncoder::load().unwrap();
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
    let found = evaluate(&qrels, &run, &[Metric::Ndcg(10)]).means[0];
    assert!((found - 0.4166).abs() < 2e-3, "nDCG@10 is {found}");
}
