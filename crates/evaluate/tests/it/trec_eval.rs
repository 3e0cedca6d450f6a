//! The metrics against recorded answers of trec_eval.

use pleiad_evaluate::{Judgments, Metric};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Made by `fixtures/record_trec_eval.py`.
const RECORDED: &str = include_str!("../fixtures/trec_eval.json");

#[derive(Deserialize)]
struct Case {
    qrels: Judgments,
    ranking: Vec<String>,
    values: BTreeMap<String, f64>,
}

#[test]
fn metrics_are_those_of_trec_eval() {
    let cases: Vec<Case> = serde_json::from_str(RECORDED).unwrap();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    for (at, case) in cases.iter().enumerate() {
        assert_eq!(case.values.len(), 15);
        for (name, expected) in &case.values {
            let metric: Metric = name.parse().unwrap();
            let found = metric.of(&case.ranking, &case.qrels);
            assert!((found - expected).abs() < 1e-9, "case {at}, {name}: {found}, trec_eval says {expected}");
        }
    }
}
