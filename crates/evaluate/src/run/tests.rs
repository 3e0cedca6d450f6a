use super::*;
use crate::Lines;
use proptest::prelude::*;
use std::io::{self, Cursor};

fn read(text: impl Into<Vec<u8>>) -> Result<Run, String> {
    Run::read(Lines::from_reader("x.trec", Cursor::new(text.into())).unwrap()).map_err(|e| e.to_string())
}

fn documents<'a>(run: &'a Run, query: &str) -> Vec<&'a str> {
    run.answers(query).unwrap().iter().map(|entry| entry.document.as_str()).collect()
}

fn entry(document: &str, score: f32) -> RunEntry {
    RunEntry { document: document.into(), score }
}

#[test]
fn runs_are_ordered_as_trec_eval_orders_them() {
    // By score, whatever the ranks say; ties by document, the greater first; beyond 32 bits there is no difference.
    let run = read(
        "q Q0 b 2 9.5 t\nq Q0 a 1 0.5 t\nq Q0 c 3 9.5 t\nq Q0 d 4 9.50000001 t\nq Q0 e 5 -0 t\nq Q0 f 6 0 t\n",
    );
    assert_eq!(documents(&run.unwrap(), "q"), ["d", "c", "b", "a", "f", "e"]);
}

#[test]
fn written_scores_fall_strictly() {
    let mut run = Run::default();
    run.insert(
        "q",
        vec![entry("a", 1.0), entry("z", 1.0), entry("m", 1.0), entry("b", 0.0), entry("c", 0.0)],
    );
    let mut bytes = Vec::new();
    run.write_to(&mut bytes, "t").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let scores: Vec<f32> =
        text.lines().map(|line| line.split(' ').nth(4).unwrap().parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a > b), "{text}");
    assert!(scores[2] > 0.999_999, "{text}");
    assert_eq!(documents(&read(bytes).unwrap(), "q"), ["a", "z", "m", "b", "c"]);
}

#[test]
fn a_query_does_not_answer_itself() {
    let mut run = Run::default();
    run.insert("a", vec![entry("a", 2.0), entry("b", 1.0)]);
    run.insert("b", vec![entry("a", 2.0), entry("b", 1.0)]);
    run.insert("c", vec![entry("a", 2.0)]);
    assert_eq!(run.own_documents(), (2, 1));
    assert_eq!(run.leave_out_own_documents(), 2);
    assert_eq!(
        (documents(&run, "a"), documents(&run, "b"), documents(&run, "c")),
        (vec!["b"], vec!["a"], vec!["a"])
    );
}

#[test]
fn what_the_format_cannot_say_is_refused() {
    for (text, reason) in [
        ("q Q0 a 1 0.5\n", "x.trec:1: expected six"),
        ("q Q0 a 1 NaN t\n", "x.trec:1: the fifth"),
        ("q Q0 a 1 2 t\nq Q0 a 2 1 t\n", "x.trec:2: document \"a\" is ranked"),
        ("\n", "x.trec:1: the run is empty"),
    ] {
        let message = read(text).unwrap_err();
        assert!(message.starts_with(reason), "{message} should say {reason}");
    }
    let mut run = Run::default();
    run.insert("q", vec![entry("", 1.0)]);
    assert!(run.write_to(io::sink(), "t").unwrap_err().to_string().contains("is empty"));
    assert!(Run::default().write_to(io::sink(), "").is_err());
}

proptest! {
    #[test]
    fn written_runs_read_back(mut scores in prop::collection::vec(-1e30f32..1e30, 1..20), key in "[a-c \\\\x2]{1,6}") {
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.dedup();
        let answers = |prefix: &str| scores.iter().enumerate().map(|(at, &score)| entry(&format!("{prefix}{at}"), score)).collect();
        let mut run = Run::default();
        run.insert(key.as_str(), answers(&key));
        run.insert("q2", answers("d"));
        let mut bytes = Vec::new();
        run.write_to(&mut bytes, "tag").unwrap();
        prop_assert_eq!(read(bytes).unwrap(), run);
    }
}
