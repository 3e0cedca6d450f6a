use super::*;
use crate::{Judgments, Qrels, Run, RunEntry};
use proptest::prelude::*;

fn judgments(pairs: &[(&str, i32)]) -> Judgments {
    pairs.iter().map(|&(document, grade)| (document.to_owned(), grade)).collect()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn values_worked_out_by_hand() {
    let judged = judgments(&[("a", 3), ("b", 1), ("c", 0), ("d", -1), ("e", 2)]);
    let ranking = ["x", "b", "d", "a"];
    // Found: 1 at rank 2, 3 at rank 4; ideal: 3, 2, 1.
    let ideal = 3.0 + 2.0 / 3f64.log2() + 0.5;
    close(ndcg(&ranking, &judged, 10), (1.0 / 3f64.log2() + 3.0 / 5f64.log2()) / ideal);
    close(ndcg(&ranking, &judged, 2), (1.0 / 3f64.log2()) / (3.0 + 2.0 / 3f64.log2()));
    close(recall(&ranking, &judged, 10), 2.0 / 3.0);
    close(recall(&ranking, &judged, 2), 1.0 / 3.0);
    close(precision(&ranking, &judged, 10), 0.2);
    close(reciprocal_rank(&ranking, &judged, 10), 0.5);
    close(reciprocal_rank(&ranking, &judged, 1), 0.0);
    close(success(&ranking, &judged, 1), 0.0);
    close(success(&ranking, &judged, 2), 1.0);
    close(average_precision(&ranking, &judged), (0.5 + 0.5) / 3.0);
}

#[test]
fn nothing_relevant_is_zero() {
    let none = judgments(&[("a", 0)]);
    for metric in [Metric::Ndcg(5), Metric::Recall(5), Metric::Mrr(5), Metric::Map, Metric::Precision(5)] {
        close(metric.of(&["a", "b"], &none), 0.0);
        close(metric.of::<&str>(&[], &judgments(&[("a", 1)])), 0.0);
    }
}

#[test]
fn unanswered_queries_count_as_zero_and_unjudged_ones_not_at_all() {
    let mut qrels = Qrels::default();
    qrels.insert("q1", "a", 1);
    qrels.insert("q2", "a", 1);
    let mut run = Run::default();
    let answer = |document: &str| vec![RunEntry { document: document.into(), score: 1.0 }];
    run.insert("q1", answer("a"));
    run.insert("q3", answer("z"));
    let evaluation = evaluate(&qrels, &run, &[Metric::Map, Metric::Recall(1)]);
    assert_eq!(evaluation.means, [0.5, 0.5]);
    assert_eq!(evaluation.mean(Metric::Recall(1)), Some(0.5));
    assert_eq!(evaluation.mean(Metric::Recall(2)), None);
    assert_eq!(evaluation.num_unanswered, 1);
    assert_eq!(evaluation.queries["q2"], [0.0, 0.0]);
    assert_eq!(evaluate(&Qrels::default(), &run, &[Metric::Map]).means, [0.0]);
}

#[test]
fn metrics_print_and_parse() {
    for metric in [
        Metric::Ndcg(10),
        Metric::Recall(100),
        Metric::Mrr(10),
        Metric::Map,
        Metric::Precision(1),
        Metric::Success(5),
    ] {
        assert_eq!(metric.to_string().parse(), Ok(metric));
    }
    assert_eq!("NDCG@5".parse(), Ok(Metric::Ndcg(5)));
    for bad in ["", "ndcg", "ndcg@0", "ndcg@x", "map@3", "f1@3"] {
        assert!(bad.parse::<Metric>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn metrics_stay_in_range_and_the_ideal_order_is_perfect(
        grades in prop::collection::vec(-1i32..4, 1..12), k in 1usize..15, seed in any::<u64>(),
    ) {
        let named: Vec<(String, i32)> =
            grades.iter().enumerate().map(|(at, &grade)| (format!("d{at}"), grade)).collect();
        let judged: Judgments = named.iter().cloned().collect();
        let mut ranking = named.clone();
        ranking.sort_by_key(|(name, _)| name.bytes().fold(seed, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)));
        let keys: Vec<&str> = ranking.iter().map(|(name, _)| name.as_str()).collect();
        for metric in [Metric::Ndcg(k), Metric::Recall(k), Metric::Mrr(k), Metric::Map, Metric::Precision(k)] {
            let value = metric.of(&keys, &judged);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{} is {}", metric, value);
        }
        ranking.sort_by_key(|&(_, grade)| -grade);
        let best: Vec<&str> = ranking.iter().map(|(name, _)| name.as_str()).collect();
        if grades.iter().any(|&grade| grade > 0) {
            prop_assert!((ndcg(&best, &judged, k) - 1.0).abs() < 1e-12);
            prop_assert!((average_precision(&best, &judged) - 1.0).abs() < 1e-12);
        }
    }
}
