//! Fused searches against brute force over all documents, from the parts that are searched alone.

use super::{HybridQuery, HybridWeights};
use crate::{
    Batch, Collection, DocId, DocKey, Document, ErrorKind, MultiVector, PlanOrigin, PlanSource, Query,
    Reduction, Schema, SearchParams, SentenceSchema, Snapshot, Terms, TokenEncoding, WordsQuery, WordsSchema,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::{Generator, Seed};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const DIM: usize = 16;
const SENTENCE_DIM: usize = 24;

fn schema(has_sentence: bool, has_words: bool) -> Schema {
    Schema {
        words: has_words.then(|| WordsSchema::new("words")),
        sentence: has_sentence.then_some(SentenceSchema { dim: SENTENCE_DIM }),
        reduction: Reduction::Ward { factor: 2 },
        tokens: TokenEncoding::Int4 { centroids: None },
        ..Schema::new(DIM)
    }
}

fn rows(generator: &mut Generator, num_rows: usize, dim: usize) -> MultiVector {
    MultiVector::new((0..num_rows * dim).map(|_| generator.gaussian()).collect(), dim).unwrap()
}

/// Documents of few words that are often the same, with vectors that have nothing to do with them.
fn document(schema: &Schema, at: u64) -> Document {
    let mut generator = Seed(at).generator();
    let num_tokens = 1 + generator.below(9) as usize;
    let document = Document::new(format!("d{at}"), rows(&mut generator, num_tokens, DIM)).unwrap();
    let document = match schema.sentence {
        Some(_) => document.with_sentence(rows(&mut generator, 1, SENTENCE_DIM).data().to_vec()).unwrap(),
        None => document,
    };
    if schema.words.is_none() {
        return document;
    }
    let mut terms = Terms::default();
    for position in 0..generator.below(8) as u32 {
        terms.push(0, &word(&mut generator), position);
    }
    document.with_terms(terms)
}

fn word(generator: &mut Generator) -> String {
    format!("w{}", generator.below(30).min(generator.below(30)))
}

fn query(schema: &Schema, seed: u64, num_words: u64) -> HybridQuery {
    let mut generator = Seed(seed).derive(7).generator();
    let num_tokens = 1 + generator.below(6) as usize;
    let vectors = Query::new(rows(&mut generator, num_tokens, DIM));
    let sentence = schema.sentence.map(|_| rows(&mut generator, 1, SENTENCE_DIM).data().to_vec());
    let num_words = if schema.words.is_some() { num_words } else { 0 };
    let words = WordsQuery::new((0..num_words).map(|_| word(&mut generator))).unwrap();
    HybridQuery { vectors, sentence, words, weights: HybridWeights::for_schema(schema) }
}

/// A collection of some documents in several segments and the log, every eleventh deleted.
fn collection(schema: &Schema, num_documents: u64) -> Collection {
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), schema).unwrap();
    let writer = collection.writer().unwrap();
    for start in (0..num_documents).step_by(150) {
        let mut batch = Batch::new();
        for at in start..num_documents.min(start + 150) {
            batch.upsert(document(schema, at));
        }
        writer.apply(batch).unwrap();
        if start % 400 == 0 {
            writer.flush().unwrap();
        }
    }
    let mut deleted = Batch::new();
    (0..num_documents).step_by(11).for_each(|at| _ = deleted.delete(DocKey::new(format!("d{at}")).unwrap()));
    writer.apply(deleted).unwrap();
    drop(writer);
    collection
}

const EXACT: SearchParams = SearchParams { exact: true, observe: false, ..SearchParams::DEFAULT };

/// Fused scores of all documents, from searches by each part alone.
fn expected(snapshot: &Snapshot, asked: &HybridQuery) -> Vec<(f32, DocId)> {
    let all = SearchParams { k: 1 << 12, ..EXACT };
    let by_vectors = snapshot.search(&asked.vectors, &all).unwrap().hits;
    let (mut bm25, mut bound) = (HashMap::new(), 1.0);
    if snapshot.schema().words.is_some() {
        let answer = snapshot.search_words(&asked.words, &SearchParams { exact: false, ..all }).unwrap();
        bm25.extend(answer.hits.iter().map(|hit| (hit.id, hit.score.get())));
        bound = snapshot.explain_words(&asked.words, by_vectors[0].key.as_str()).unwrap().bound.max(1e-9);
    }
    let norm = |values: &[f32]| values.iter().map(|v| v * v).sum::<f32>().sqrt();
    let lengths: f32 = asked.vectors.vectors().rows().map(norm).sum();
    let of_hit = |hit: &crate::Hit| {
        let stored = snapshot.get(hit.key.as_str()).unwrap().unwrap();
        let cosine = match (&asked.sentence, &stored.sentence) {
            (Some(asked), Some(stored)) => {
                asked.iter().zip(stored).map(|(a, b)| a * b).sum::<f32>() / norm(asked)
            }
            _ => 0.0,
        };
        let weights = asked.weights;
        let words = weights.words * bm25.get(&hit.id).copied().unwrap_or(0.0) / bound;
        (weights.vectors * hit.score.get() / lengths + weights.sentence * cosine + words, hit.id)
    };
    let mut scores: Vec<(f32, DocId)> = by_vectors.iter().map(of_hit).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scores
}

#[test]
fn every_part_of_every_document_counts_and_explanations_add_up() {
    for (has_sentence, has_words) in [(true, true), (true, false), (false, true), (false, false)] {
        let schema = schema(has_sentence, has_words);
        let collection = collection(&schema, 700);
        let snapshot = collection.snapshot().unwrap();
        proptest!(ProptestConfig::with_cases(12), |(seed: u64, num_words in 0u64..5, alpha in 0.0f32..1.0, k in 1usize..40)| {
            let mut asked = query(&schema, seed, num_words);
            if seed % 2 == 0 && has_words {
                asked.weights = HybridWeights::mean_of_tokens(alpha);
            }
            let expected = expected(&snapshot, &asked);
            let exact = snapshot.search_hybrid(&asked, &SearchParams { k, ..EXACT }).unwrap();
            prop_assert!(exact.plan.is_fused && exact.plan.promised_recall() == Some(1.0));
            prop_assert_eq!(exact.hits.len(), k);
            for (hit, (score, _)) in exact.hits.iter().zip(&expected) {
                prop_assert!((hit.score.get() - score).abs() < 1e-5, "{:?} {}", hit, score);
                let parts = hit.parts.unwrap();
                prop_assert_eq!(parts.vectors + parts.sentence + parts.words, hit.score.get());
                let why = snapshot.explain_hybrid(&asked, hit.key.as_str()).unwrap();
                prop_assert_eq!((why.score, why.parts), (hit.score, parts));
                let tokens: f32 = why.vectors.parts.iter().map(|part| part.similarity * why.token_value).sum();
                prop_assert!((tokens - parts.vectors).abs() < 1e-5);
                prop_assert!((why.sentence * why.sentence_value - parts.sentence).abs() < 1e-6);
                let terms: f32 = why.words.iter().flat_map(|words| &words.parts).map(|part| part.score * why.term_value).sum();
                prop_assert!((terms - parts.words).abs() < 1e-5);
            }
            // Whatever the budgets, a hit has the score that it has in the exact answer; enough of them give that answer.
            for (num_candidates, is_all) in [(40, false), (700, true)] {
                let params = SearchParams { k, num_candidates: Some(num_candidates), num_reranked: Some(40), exact: false, ..EXACT };
                let few = snapshot.search_hybrid(&asked, &params).unwrap();
                for hit in &few.hits {
                    let why = snapshot.explain_hybrid(&asked, hit.key.as_str()).unwrap();
                    prop_assert_eq!((why.score, Some(why.parts)), (hit.score, hit.parts));
                }
                prop_assert!(few.hits.windows(2).all(|two| two[0].score >= two[1].score));
                prop_assert!(!is_all || few.hits[0] == exact.hits[0], "forty are scored exactly");
            }
        });
    }
}

#[test]
fn default_budgets_promise_nothing_and_small_collections_are_searched_exactly() {
    for (num_documents, is_exact) in [(300, true), (1300, false)] {
        for (has_sentence, has_words) in [(true, true), (false, true)] {
            let schema = schema(has_sentence, has_words);
            let collection = collection(&schema, num_documents);
            let snapshot = collection.snapshot().unwrap();
            let asked = query(&schema, 5, 3);
            let params = SearchParams { observe: false, ..SearchParams::default() };
            let answer = snapshot.search_hybrid(&asked, &params).unwrap();
            assert_eq!(answer.plan, snapshot.plan_hybrid(&asked, &params).unwrap());
            assert_eq!(answer.plan.is_exact(), is_exact, "{}", answer.plan);
            assert_eq!(answer.plan.promised_recall(), is_exact.then_some(1.0));
            if !is_exact {
                let budget = 200;
                assert!(answer.plan.sources.contains(&PlanSource::Words { num_candidates: budget }));
                let by_sentence =
                    answer.plan.sources.contains(&PlanSource::Sentence { num_candidates: budget });
                assert_eq!(by_sentence, has_sentence, "{}", answer.plan);
                assert!(answer.plan.to_string().contains("words of"), "{}", answer.plan);
            }
            let recall = SearchParams { recall: Some(0.9), ..params };
            assert!(snapshot.plan_hybrid(&asked, &recall).unwrap().is_exact(), "nothing is calibrated");
        }
    }
}

#[test]
fn questions_that_do_not_fit_are_refused() {
    let with_all = collection(&schema(true, true), 20).snapshot().unwrap();
    let with_none = collection(&schema(false, false), 20).snapshot().unwrap();
    let asked = |snapshot: &Snapshot| query(snapshot.schema(), 3, 2);
    let refused = |snapshot: &Snapshot, asked: &HybridQuery| {
        let error = snapshot.search_hybrid(asked, &SearchParams::default()).unwrap_err();
        assert_eq!(snapshot.explain_hybrid(asked, "d1").unwrap_err().to_string(), error.to_string());
        (error.kind(), error.to_string())
    };
    for value in [-0.1, f32::NAN, f32::INFINITY] {
        let weights = HybridWeights { sentence: value, ..HybridWeights::TEXT };
        let (kind, told) = refused(&with_all, &HybridQuery { weights, ..asked(&with_all) });
        assert!(kind == ErrorKind::InvalidArgument && told.contains("weight of sentence"), "{told}");
    }
    let sentence = Some(vec![1.0; SENTENCE_DIM + 1]);
    let (kind, told) = refused(&with_all, &HybridQuery { sentence, ..asked(&with_all) });
    assert!(kind == ErrorKind::InvalidArgument && told.contains("dimension 25"), "{told}");
    let sentence = Some(vec![f32::NAN; SENTENCE_DIM]);
    assert_eq!(
        refused(&with_all, &HybridQuery { sentence, ..asked(&with_all) }).0,
        ErrorKind::InvalidArgument
    );
    let sentence = Some(vec![1.0; SENTENCE_DIM]);
    assert_eq!(
        refused(&with_none, &HybridQuery { sentence, ..asked(&with_none) }).0,
        ErrorKind::InvalidArgument
    );
    let words = WordsQuery::new(["w1"]).unwrap();
    assert_eq!(refused(&with_none, &HybridQuery { words, ..asked(&with_none) }).0, ErrorKind::Unsupported);
    // Without a part its share is 0, and so it is for zeros.
    for sentence in [None, Some(vec![0.0; SENTENCE_DIM])] {
        let answer = with_all.search_hybrid(&HybridQuery { sentence, ..asked(&with_all) }, &EXACT).unwrap();
        assert!(answer.hits.iter().all(|hit| hit.parts.unwrap().sentence == 0.0));
    }
}

#[test]
fn a_phrase_that_was_asked_for_is_in_every_hit() {
    let schema = schema(true, true);
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &schema).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..1200u64 {
        let mut terms = Terms::default();
        let (first, second) = if at % 100 == 7 { ("red", "fox") } else { ("fox", "red") };
        terms.push(0, first, 0);
        terms.push(0, second, 1);
        batch.upsert(document(&schema, at).with_terms(terms));
    }
    writer.apply(batch).unwrap();
    drop(writer);
    let snapshot = collection.snapshot().unwrap();
    let phrase = [("red".to_owned(), 0), ("fox".to_owned(), 1)];
    let words = WordsQuery::new(["red", "fox"]).unwrap().with_phrase(phrase);
    let asked = HybridQuery { words, ..query(&schema, 1, 0) };
    let params = SearchParams { k: 100, ..SearchParams::default() };
    let answer = snapshot.search_hybrid(&asked, &params).unwrap();
    let mut keys: Vec<&str> = answer.hits.iter().map(|hit| hit.key.as_str()).collect();
    assert!(!answer.plan.is_exact() && keys.len() == 12, "{}", answer.plan);
    let exact = snapshot.search_hybrid(&asked, &SearchParams { k: 100, ..EXACT }).unwrap();
    assert_eq!(answer.hits, exact.hits);
    keys.sort_unstable();
    assert!(keys.iter().all(|key| key.ends_with('7')), "{keys:?}");
}

#[test]
fn a_fused_search_asks_for_calibrations_as_others_do() {
    let schema = schema(true, true);
    let collection = collection(&schema, 1200);
    collection.writer().unwrap().close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    snapshot.shared.is_searched.store(false, Ordering::Relaxed);
    let answer = snapshot.search_hybrid(&query(&schema, 1, 3), &SearchParams::default()).unwrap();
    assert!(matches!(answer.plan.basis, PlanOrigin::Calibration { .. } | PlanOrigin::Unreachable { .. }));
    assert!(snapshot.shared.is_searched.load(Ordering::Relaxed), "what grows meanwhile is calibrated again");
}
