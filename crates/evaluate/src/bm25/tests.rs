use super::Bm25;
use crate::fuse;
use crate::{Run, RunEntry};
use proptest::prelude::*;

fn terms(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    Bm25::default().analyzer.for_each(text, |term| found.push(term.text.to_owned()));
    found
}

fn of(texts: &[&str]) -> Bm25 {
    let mut bm25 = Bm25::default();
    texts.iter().enumerate().for_each(|(at, text)| bm25.push(format!("d{at}"), text));
    bm25
}

fn keys(answers: &[RunEntry]) -> Vec<&str> {
    answers.iter().map(|answer| answer.document.as_str()).collect()
}

#[test]
fn terms_are_stems_of_words() {
    assert_eq!(terms("The Foxes' running, x and my_name: ÉTÉS!"), ["fox", "run", "my_nam", "étés"]);
    assert!(terms("a I of 1 — ?").is_empty());
}

/// By hand: two documents of two terms, one of four, so a mean length of 8/3.
#[test]
fn scores_are_those_of_the_formula() {
    let bm25 = of(&["red fox", "blue fox", "red red red whale"]);
    let answers = bm25.search("red", 10);
    assert_eq!(keys(&answers), ["d2", "d0"]);
    let weight = (1.0f64 + 1.5 / 2.5).ln();
    let expected = [3.0 / (3.0 + 1.2 * (0.25 + 0.75 * 1.5)), 1.0 / (1.0 + 1.2 * (0.25 + 0.75 * 0.75))];
    for (answer, part) in answers.iter().zip(expected) {
        assert!((f64::from(answer.score) - weight * part).abs() < 1e-6, "{answer:?}");
    }
    let twice = bm25.search("red Reds", 10);
    assert!((twice[0].score - 2.0 * answers[0].score).abs() < 1e-6);
}

#[test]
fn equal_documents_come_in_their_order() {
    let bm25 = of(&["x1 y1", "x1 y1", "x1 y1", "z1"]);
    assert_eq!(keys(&bm25.search("y1", 2)), ["d0", "d1"]);
    assert_eq!(keys(&bm25.search("y1", 9)), ["d0", "d1", "d2"]);
    assert!(bm25.search("unheard", 9).is_empty() && Bm25::default().search("y1", 9).is_empty());
}

fn run(query: &str, documents: &[&str]) -> Run {
    let entry = |document: &&str| RunEntry { document: (*document).to_owned(), score: 0.0 };
    let mut run = Run::default();
    run.insert(query, documents.iter().map(entry).collect());
    run
}

#[test]
fn fusion_adds_reciprocal_ranks() {
    let fused = fuse(&[&run("q", &["a", "b"]), &run("q", &["b", "c"]), &run("other", &["z"])], 10);
    let answers = fused.answers("q").unwrap();
    assert_eq!(keys(answers), ["b", "a", "c"]);
    assert!((answers[0].score - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-6, "{answers:?}");
    assert_eq!(keys(fused.answers("other").unwrap()), ["z"]);
}

proptest! {
    #[test]
    fn fewer_hits_are_the_first_of_more(
        texts in prop::collection::vec("[ab ]{0,12}( cc| dd){0,3}", 1..20),
        k in 0usize..20,
    ) {
        let bm25 = of(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let all = bm25.search("cc dd aa bb", texts.len());
        prop_assert!(all.is_sorted_by(|a, b| a.score >= b.score));
        prop_assert_eq!(&bm25.search("cc dd aa bb", k)[..], &all[..k.min(all.len())]);
    }
}
