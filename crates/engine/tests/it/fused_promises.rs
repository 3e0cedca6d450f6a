//! Promises of fused searches, and whether they are kept.

use crate::support::scratch;
use pleiad::{
    Batch, Collection, DocId, Document, HybridQuery, HybridWeights, MultiVector, PlanOrigin, Predicate,
    Query, QueryOrigin, Reduction, Schema, SearchParams, SentenceSchema, Snapshot, Terms, TokenEncoding,
    WordsQuery, WordsSchema,
};
use pleiad_vectors::{Generator, Seed};
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;

const DIM: usize = 16;
const SENTENCE_DIM: usize = 32;
const NUM_TOPICS: u64 = 50;
/// Tokens of documents that are kept whole: so many that looking for candidates pays.
const LONG_TOKENS: usize = 120;
/// More than are searched exactly for want of anything better.
const NUM_DOCUMENTS: u64 = 1200;

fn schema(has_sentence: bool, has_words: bool) -> Schema {
    Schema {
        words: has_words.then(|| WordsSchema::new("words")),
        sentence: has_sentence.then_some(SentenceSchema { dim: SENTENCE_DIM }),
        reduction: Reduction::Ward { factor: 2 },
        tokens: TokenEncoding::Int4 { centroids: None },
        ..Schema::new(DIM)
    }
}

/// Vectors around a topic's own, one after the other.
fn around(topic: u64, spread: f32, num_rows: usize, dim: usize, generator: &mut Generator) -> Vec<f32> {
    let mut center = Seed(topic).derive(dim as u64).generator();
    let center: Vec<f32> = (0..dim).map(|_| center.gaussian()).collect();
    let row = |_| -> Vec<f32> { center.iter().map(|value| value + spread * generator.gaussian()).collect() };
    (0..num_rows).flat_map(row).collect()
}

/// A word of the topic, or one that all topics share.
fn word(topic: u64, is_own: bool, generator: &mut Generator) -> String {
    let at = generator.below(20).min(generator.below(20));
    if is_own { format!("t{topic}w{at}") } else { format!("w{}", at * 3 + generator.below(3)) }
}

fn document(schema: &Schema, at: u64) -> Document {
    let (topic, mut generator) = (at % NUM_TOPICS, Seed(at).derive(1).generator());
    let num_tokens = match schema.reduction {
        Reduction::Keep => LONG_TOKENS,
        _ => 6 + generator.below(8) as usize,
    };
    let tokens = around(topic, 1.0, num_tokens, DIM, &mut generator);
    let attributes = json!({"topic": topic, "half": at / NUM_TOPICS % 2});
    let document = Document::new(format!("d{at}"), MultiVector::new(tokens, DIM).unwrap()).unwrap();
    let mut document = document.with_attributes(attributes.as_object().unwrap()).unwrap();
    if schema.sentence.is_some() {
        let sentence = around(topic, 0.7, 1, SENTENCE_DIM, &mut generator);
        document = document.with_sentence(sentence).unwrap();
    }
    if schema.words.is_some() {
        let mut terms = Terms::default();
        for position in 0..14 {
            terms.push(0, &word(topic, position % 3 == 0, &mut generator), position);
        }
        document = document.with_terms(terms);
    }
    document
}

/// A question about a topic, as far from its documents as they are from each other.
fn question(schema: &Schema, seed: u64) -> HybridQuery {
    let mut generator = Seed(seed).derive(2).generator();
    let topic = generator.below(NUM_TOPICS);
    let num_tokens = 3 + generator.below(10) as usize;
    let tokens = around(topic, 1.0, num_tokens, DIM, &mut generator);
    let vectors = Query::new(MultiVector::new(tokens, DIM).unwrap());
    let sentence = schema.sentence.map(|_| around(topic, 0.9, 1, SENTENCE_DIM, &mut generator));
    let num_words = if schema.words.is_some() { num_tokens.div_ceil(2) } else { 0 };
    let words = (0..num_words).map(|at| word(topic, at % 2 == 0, &mut generator));
    let words = WordsQuery::new(words).unwrap();
    HybridQuery { vectors, sentence, words, weights: HybridWeights::for_schema(schema) }
}

fn questions(schema: &Schema, seeds: std::ops::Range<u64>) -> Vec<HybridQuery> {
    seeds.map(|seed| question(schema, seed)).collect()
}

/// Closed, so that it is calibrated with what its documents give.
fn collection(path: &Path, schema: &Schema) -> Collection {
    let collection = Collection::create(path, schema).unwrap();
    let writer = collection.writer().unwrap();
    for start in (0..NUM_DOCUMENTS).step_by(400) {
        let mut batch = Batch::new();
        for at in start..start + 400 {
            batch.upsert(document(schema, at));
        }
        writer.apply(batch).unwrap();
        if start == 0 {
            writer.flush().unwrap();
        }
    }
    writer.close().unwrap();
    collection
}

const UNOBSERVED: SearchParams = SearchParams { observe: false, ..SearchParams::DEFAULT };

/// The exact top 40 of each question.
fn exact(snapshot: &Snapshot, questions: &[HybridQuery]) -> Vec<Vec<DocId>> {
    let params = SearchParams { k: 40, exact: true, ..UNOBSERVED };
    let answers = snapshot.search_hybrid_batch(questions, &params).into_iter();
    answers.map(|answer| answer.unwrap().hits.into_iter().map(|hit| hit.id).collect()).collect()
}

#[test]
fn promises_are_kept_on_questions_that_were_not_seen() {
    for (has_sentence, has_words) in [(true, true), (false, true)] {
        let (_folder, path) = scratch();
        let schema = schema(has_sentence, has_words);
        let collection = collection(&path, &schema);
        let held_out = questions(&schema, 10_000..10_100);
        let exact = exact(&collection.snapshot().unwrap(), &held_out);
        for origin in [QueryOrigin::Documents, QueryOrigin::Given] {
            if origin == QueryOrigin::Given {
                let writer = collection.writer().unwrap();
                writer.tune_hybrid(&questions(&schema, 0..160)).unwrap();
            }
            let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
            let calibration = snapshot.hybrid_calibration().unwrap().unwrap();
            assert!(calibration.classes.iter().any(|class| class.origin == origin), "{origin:?}");
            for (k, wanted) in [(1, 0.9), (10, 0.8), (10, 0.95), (10, 0.99), (40, 0.9)] {
                let params = SearchParams { k, recall: Some(wanted), ..UNOBSERVED };
                let (mut found, mut promised) = (0.0, 0.0);
                for (question, exact) in held_out.iter().zip(&exact) {
                    let answer = snapshot.search_hybrid(question, &params).unwrap();
                    assert_eq!(answer.plan, snapshot.plan_hybrid(question, &params).unwrap());
                    let promise = answer.plan.promised_recall().unwrap();
                    assert!(answer.plan.is_fused && promise >= wanted, "{}", answer.plan);
                    let exact: HashSet<_> = exact[..k].iter().collect();
                    let hits = answer.hits.iter().filter(|hit| exact.contains(&hit.id)).count();
                    found += hits as f64 / (k * held_out.len()) as f64;
                    promised += promise / held_out.len() as f64;
                }
                // A hundred questions that find so much on average find three standard errors less once in a
                // thousand times.
                let slack = 3.0 * (promised * (1.0 - promised) / held_out.len() as f64).sqrt();
                assert!(found >= promised - slack, "{origin:?} {k} {wanted}: {found} of {promised}");
            }
        }
    }
}

#[test]
fn promises_are_kept_under_filters() {
    let (_folder, path) = scratch();
    let schema = Schema { reduction: Reduction::Keep, ..schema(true, true) };
    let collection = collection(&path, &schema);
    let writer = collection.writer().unwrap();
    let mut calibration = writer.tune_hybrid(&questions(&schema, 0..160)).unwrap();
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    assert!(calibration.levels().any(|level| level.under_filter.is_some()), "{calibration:?}");
    // As if documents were so long that not all that match are scored.
    for costs in calibration.classes.iter_mut().filter_map(|class| class.costs.as_mut()) {
        costs.rescore_ns = 1e6;
    }
    let snapshot = snapshot.with_calibration(calibration);
    let held_out = questions(&schema, 10_000..10_060);
    let mut num_behind_others = 0;
    for recall in [0.9, 0.95] {
        let (mut found, mut promised) = (0.0, 0.0);
        for question in &held_out {
            let best =
                snapshot.search_hybrid(question, &SearchParams { k: 1, exact: true, ..UNOBSERVED }).unwrap();
            let topic = best.hits[0].key.as_str()[1..].parse::<u64>().unwrap() % NUM_TOPICS;
            for filter in [format!("topic != {topic}"), "half = 0".to_owned(), format!("topic = {topic}")] {
                let filter = Some(Predicate::parse(&filter).unwrap());
                let params = SearchParams { recall: Some(recall), filter, ..UNOBSERVED };
                let answer = snapshot.search_hybrid(question, &params).unwrap();
                let exact = SearchParams { recall: None, exact: true, ..params };
                let exact = snapshot.search_hybrid(question, &exact).unwrap().hits;
                let ids: HashSet<_> = exact.iter().map(|hit| hit.id).collect();
                assert_eq!(answer.hits.len(), exact.len());
                num_behind_others += u32::from(answer.spent.num_others > 0);
                let hits = answer.hits.iter().filter(|hit| ids.contains(&hit.id)).count();
                found += hits as f64 / exact.len() as f64 / 180.0;
                promised += answer.plan.promised_recall().unwrap() / 180.0;
            }
        }
        let slack = 3.0 * (promised * (1.0 - promised) / 180.0).sqrt();
        assert!(found >= promised - slack, "{recall}: {found} of {promised}");
    }
    assert!(num_behind_others > 0, "no source looked behind what a filter leaves out");
}

#[test]
fn a_promise_is_for_questions_like_those_that_were_measured() {
    let (_folder, path) = scratch();
    let schema = schema(true, true);
    let collection = collection(&path, &schema);
    let snapshot = collection.snapshot().unwrap();
    let told = snapshot.info().unwrap().hybrid_promises;
    assert!(
        !told.is_empty()
            && told.iter().all(|promise| promise.basis.to_string().contains("made from documents"))
    );
    let asked = question(&schema, 3);
    let params = SearchParams { recall: Some(0.9), ..UNOBSERVED };
    let plan = snapshot.plan_hybrid(&asked, &params).unwrap();
    assert!(matches!(plan.basis, PlanOrigin::Calibration { .. }), "{plan}");
    assert_eq!(plan.expected_recall().is_some(), plan.promised_recall().is_some());
    let phrase = [("w1".to_owned(), 0), ("w2".to_owned(), 1)];
    let others = [
        HybridQuery { weights: HybridWeights::mean_of_tokens(0.5), ..asked.clone() },
        HybridQuery { sentence: None, ..asked.clone() },
        HybridQuery { words: WordsQuery::default(), ..asked.clone() },
        HybridQuery { words: asked.words.clone().with_phrase(phrase), ..asked.clone() },
    ];
    for other in others {
        let plan = snapshot.plan_hybrid(&other, &params).unwrap();
        assert_eq!(plan.basis, PlanOrigin::Unreachable { recall: 0.9, is_calibrated: false });
        let plan = snapshot.plan_hybrid(&other, &UNOBSERVED).unwrap();
        assert!(plan.promised_recall().is_none() && !plan.is_exact(), "{plan}");
        assert_eq!(plan.basis, PlanOrigin::Defaults);
    }
    let whole = snapshot.plan_hybrid(&asked, &SearchParams { recall: Some(1.0), ..UNOBSERVED }).unwrap();
    assert_eq!(whole.basis, PlanOrigin::Unreachable { recall: 1.0, is_calibrated: true });
    // What was calibrated for token vectors alone stands beside it.
    assert!(snapshot.calibration().unwrap().unwrap().weights.is_none());
    assert_eq!(snapshot.hybrid_calibration().unwrap().unwrap().weights, Some(HybridWeights::TEXT));
}

#[test]
fn observed_questions_calibrate_the_fused_score() {
    let (_folder, path) = scratch();
    let schema = schema(true, true);
    let collection = collection(&path, &schema);
    let writer = collection.writer().unwrap();
    let snapshot = collection.snapshot().unwrap();
    // Of 9 to 12 tokens, as some of these are: a class with a threshold of 48.
    let asked = questions(&schema, 500..800).into_iter();
    let asked = asked.filter(|question| question.vectors.vectors().num_tokens() >= 9);
    let params = SearchParams { audit_every: Some(10), ..SearchParams::default() };
    let asked: Vec<HybridQuery> = asked.collect();
    assert!(asked.len() >= 48, "{}", asked.len());
    for question in &asked {
        snapshot.search_hybrid(question, &params).unwrap();
    }
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    let calibration = snapshot.hybrid_calibration().unwrap().unwrap();
    let origins: Vec<_> = calibration.classes.iter().map(|class| (class.min_tokens, class.origin)).collect();
    assert!(origins.contains(&(9, QueryOrigin::Observed)), "{origins:?}");
    let vectors = snapshot.calibration().unwrap().unwrap();
    assert!(vectors.classes.iter().all(|class| class.origin == QueryOrigin::Documents));
}

#[test]
fn vectors_that_tell_nothing_are_not_calibrated() {
    let (_folder, path) = scratch();
    let schema = Schema { words: Some(WordsSchema::new("words")), ..Schema::new(1) };
    let collection = Collection::create(&path, &schema).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..100 {
        let mut terms = Terms::default();
        terms.push(0, &format!("w{}", at % 10), 0);
        let document = Document::new(format!("d{at}"), MultiVector::new(vec![1.0], 1).unwrap()).unwrap();
        batch.upsert(document.with_terms(terms));
    }
    writer.apply(batch).unwrap();
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    assert!(snapshot.calibration().unwrap().is_none() && snapshot.hybrid_calibration().unwrap().is_none());
    let found = snapshot.search_words(&WordsQuery::new(["w3"]).unwrap(), &UNOBSERVED).unwrap();
    assert_eq!(found.hits.len(), 10);
}
