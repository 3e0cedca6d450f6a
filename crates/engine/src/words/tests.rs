use super::{ATTACHMENT, TextField, WordsQuery, WordsSchema};
use crate::{
    Answer, Batch, Collection, DocKey, Document, ErrorKind, HybridQuery, HybridWeights, MultiVector, Query,
    Schema, SearchParams, Terms, Writer,
};
use pleiad_evaluate::Bm25;
use pleiad_store::testing::MemoryBackend;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn schema(fields: &[(&str, f32)]) -> Schema {
    let field = |&(source, weight): &(&str, f32)| TextField { source: source.into(), weight };
    let words = WordsSchema { analyzer: "words".into(), fields: fields.iter().map(field).collect() };
    Schema { words: Some(words), ..Schema::new(2) }
}

/// A document of fields whose words are the terms.
fn document(key: &str, fields: &[&str]) -> Document {
    let mut terms = Terms::default();
    for (field, text) in (0..).zip(fields) {
        (0..).zip(text.split_whitespace()).for_each(|(at, term)| terms.push(field, term, at));
    }
    let vectors = MultiVector::new(vec![1.0, 0.0], 2).unwrap();
    Document::new(key, vectors).unwrap().with_terms(terms).with_text(fields.join(" ")).unwrap()
}

fn query(text: &str) -> WordsQuery {
    WordsQuery::new(text.split_whitespace()).unwrap()
}

fn ask(collection: &Collection, query: &WordsQuery, k: usize) -> Answer {
    let params = SearchParams { k, ..SearchParams::default() };
    collection.snapshot().unwrap().search_words(query, &params).unwrap()
}

/// Takes the lists of all segments away.
fn detach_all(writer: &Writer) {
    let view = writer.snapshot().view.clone();
    for part in view.parts().iter().filter(|part| part.attachment(ATTACHMENT).is_some()) {
        writer.store.with(|store| store.detach(part.part_id(), ATTACHMENT)).unwrap();
    }
}

fn num_lists(collection: &Collection) -> usize {
    let snapshot = collection.snapshot().unwrap();
    snapshot.view.parts().iter().filter(|part| part.attachment(ATTACHMENT).is_some()).count()
}

/// Step of a model test.
#[derive(Debug, Clone)]
enum Step {
    Add(Vec<(u8, Vec<u8>)>),
    Delete(Vec<u8>),
    Flush,
    Compact,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = prop::collection::vec((0u8..25, 0u8..25).prop_map(|(a, b)| a.min(b)), 0..9);
    prop::collection::vec(
        prop_oneof![
            4 => prop::collection::vec((any::<u8>(), text), 1..150).prop_map(Step::Add),
            2 => prop::collection::vec(any::<u8>(), 1..30).prop_map(Step::Delete),
            2 => Just(Step::Flush),
            1 => Just(Step::Compact),
        ],
        1..7,
    )
}

fn text(numbers: &[u8]) -> String {
    numbers.iter().map(|number| format!("w{number:02} ")).collect()
}

/// Does the steps to a collection and to a map of texts.
fn does(writer: &Writer, steps: &[Step]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for step in steps {
        let mut batch = Batch::new();
        match step {
            Step::Add(documents) => {
                for (key, numbers) in documents {
                    let key = format!("k{key}");
                    batch.upsert(document(&key, &[&text(numbers)]));
                    texts.insert(key, text(numbers));
                }
                writer.apply(batch).unwrap();
            }
            Step::Delete(keys) => {
                for key in keys {
                    let key = format!("k{key}");
                    texts.remove(&key);
                    batch.delete(DocKey::new(key).unwrap());
                }
                writer.apply(batch).unwrap();
            }
            Step::Flush => writer.flush().unwrap(),
            Step::Compact => writer.compact().unwrap(),
        }
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was done, scores are those of the yardstick over the documents that are there; neither lists nor merges
    /// change a bit of an answer.
    #[test]
    fn answers_are_those_of_the_yardstick(steps in steps(), asked in prop::collection::vec(0u8..27, 0..5), k in 1usize..40) {
        let folder = MemoryBackend::new();
        let collection = Collection::create_on(Arc::new(folder.clone()), &schema(&[("_text", 1.0)])).unwrap();
        let writer = collection.writer().unwrap();
        let texts = does(&writer, &steps);
        let mut yardstick = Bm25::default();
        texts.iter().for_each(|(key, text)| yardstick.push(key.as_str(), text));
        let (words, all) = (query(&text(&asked)), texts.len());
        let expected: BTreeMap<String, f32> =
            yardstick.search(&text(&asked), all).into_iter().map(|entry| (entry.document, entry.score)).collect();
        let answer = ask(&collection, &words, all.max(1));
        prop_assert_eq!(answer.hits.len(), expected.len());
        for hit in &answer.hits {
            let expected = expected[hit.key.as_str()];
            // Parts are rounded to 2^-22 of the bound, five of them, and a bound is under 40.
            prop_assert!((hit.score.get() - expected).abs() < 1e-4, "{} {expected}", hit.score.get());
            let why = collection.snapshot().unwrap().explain_words(&words, hit.key.as_str()).unwrap();
            prop_assert_eq!(why.score, hit.score);
            prop_assert_eq!(why.parts.iter().map(|part| part.score).sum::<f32>(), hit.score.get());
        }
        let few = ask(&collection, &words, k);
        prop_assert_eq!(&few.hits[..], &answer.hits[..k.min(answer.hits.len())]);
        detach_all(&writer);
        let again = Collection::open_on(Arc::new(folder.clone())).unwrap();
        prop_assert_eq!(&ask(&again, &words, k).hits, &few.hits);
        writer.compact().unwrap();
        prop_assert_eq!(&ask(&again, &words, k).hits, &few.hits);
        writer.close().unwrap();
        let verified = again.verify_deep(&mut |_, _| {}).unwrap();
        prop_assert!(verified.is_clean(), "{verified:?}");
    }
}

fn filled(num_documents: usize) -> (MemoryBackend, Collection) {
    let folder = MemoryBackend::new();
    let collection =
        Collection::create_on(Arc::new(folder.clone()), &schema(&[("title", 2.0), ("_text", 1.0)])).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..num_documents {
        let title = if at.is_multiple_of(10) { "red fox" } else { "grey whale" };
        batch.upsert(document(&format!("d{at}"), &[title, "the red red sun sets over a fox"]));
    }
    writer.apply(batch).unwrap();
    writer.flush().unwrap();
    writer.close().unwrap();
    (folder, collection)
}

#[test]
fn a_word_of_the_title_counts_for_more() {
    let (_folder, collection) = filled(100);
    assert_eq!(num_lists(&collection), 1, "made on flush");
    let answer = ask(&collection, &query("fox"), 20);
    let titles = answer.hits.iter().take(10).all(|hit| hit.key.as_str().ends_with('0'));
    assert!(titles && answer.hits[9].score > answer.hits[10].score, "{:?}", answer.hits);
}

#[test]
fn a_phrase_has_to_be_there() {
    let (_folder, collection) = filled(100);
    let phrase =
        |terms: &[(&str, u32)]| terms.iter().map(|(term, at)| ((*term).to_owned(), *at)).collect::<Vec<_>>();
    let found = |terms: &[(&str, u32)]| {
        ask(&collection, &query("red fox").with_phrase(phrase(terms)), 100).hits.len()
    };
    assert_eq!(found(&[("red", 4), ("fox", 5)]), 10);
    assert_eq!(found(&[("red", 0), ("sun", 1)]), 100);
    assert_eq!(found(&[("fox", 0), ("red", 1)]), 0);
    assert_eq!(found(&[("red", 0), ("unheard", 1)]), 0);
    assert_eq!(found(&[("red", 0), ("red", 1), ("sun", 2)]), 100);
}

#[test]
fn lists_of_other_documents_are_noticed() {
    let (folder, collection) = filled(100);
    let writer = collection.writer().unwrap();
    let other = {
        let (_folder, other) = filled(100);
        let writer = other.writer().unwrap();
        let mut batch = Batch::new();
        batch.upsert(document("d3", &["something else", "here"]));
        writer.apply(batch).unwrap();
        writer.compact().unwrap();
        let snapshot = writer.snapshot();
        snapshot.view.parts()[0].attachment(ATTACHMENT).unwrap().bytes().unwrap().to_vec()
    };
    let part = writer.snapshot().view.parts()[0].part_id();
    writer.store.with(|store| store.attach(part, ATTACHMENT, &other)).unwrap();
    writer.close().unwrap();
    let collection = Collection::open_on(Arc::new(folder)).unwrap();
    assert!(collection.verify(&mut |_, _| {}).unwrap().is_clean(), "every byte is what was written");
    let found = collection.verify_deep(&mut |_, _| {}).unwrap().findings;
    assert!(found.len() == 1 && found[0].contains("its words are not those of its documents"), "{found:?}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let (_folder, collection) = filled(1);
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    batch.upsert(document("d", &["one", "two", "three"]));
    let error = writer.apply(batch).unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidArgument && error.to_string().contains("document \"d\""),
        "{error}"
    );
    let plain = Collection::create_on(Arc::new(MemoryBackend::new()), &Schema::new(2)).unwrap();
    let error = plain.snapshot().unwrap().search_words(&query("x"), &SearchParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let mut batch = Batch::new();
    batch.upsert(document("d", &["one"]));
    let error = plain.writer().unwrap().apply(batch).unwrap_err();
    assert!(error.to_string().contains("keeps no words"), "{error}");
    for fields in [&[][..], &[("a", 1.0), ("a", 1.0)], &[("", 1.0)], &[("a", 0.0)], &[("a", f32::NAN)]] {
        let error = Collection::create_on(Arc::new(MemoryBackend::new()), &schema(fields)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{fields:?}");
    }
}

#[test]
fn a_schema_with_words_comes_back_and_says_its_version() {
    let written = schema(&[("title", 2.5), ("_text", 1.0)]);
    let bytes = written.to_bytes().unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\"version\":5"));
    assert_eq!(Schema::from_bytes(&bytes).unwrap(), written);
    let plain = Schema::new(2).to_bytes().unwrap();
    assert!(String::from_utf8_lossy(&plain).contains("\"version\":1"), "older programs open what they can");
}

/// Documents whose vectors and words disagree: the nearest by vectors have no word of the question.
fn divided() -> Collection {
    let collection =
        Collection::create_on(Arc::new(MemoryBackend::new()), &schema(&[("_text", 1.0)])).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..400u32 {
        let angle = at as f32 / 400.0;
        let text = if at.is_multiple_of(3) { format!("fox w{at}") } else { format!("whale w{at}") };
        let vectors = MultiVector::new(vec![angle.cos(), angle.sin()], 2).unwrap();
        let mut terms = Terms::default();
        (0..).zip(text.split(' ')).for_each(|(at, term)| terms.push(0, term, at));
        batch.upsert(Document::new(format!("d{at}"), vectors).unwrap().with_terms(terms));
    }
    writer.apply(batch).unwrap();
    writer.close().unwrap();
    collection
}

#[test]
fn a_fused_search_without_known_words_ranks_by_vectors_and_keeps_to_phrases() {
    let collection = divided();
    let snapshot = collection.snapshot().unwrap();
    let vectors = Query::new(MultiVector::new(vec![0.6, 0.8], 2).unwrap());
    let weights = HybridWeights::mean_of_tokens(0.6);
    let params = SearchParams::default();
    let asked = HybridQuery { vectors: vectors.clone(), sentence: None, words: query("unheard"), weights };
    let keys = |answer: &Answer| answer.hits.iter().map(|hit| hit.key.clone()).collect::<Vec<_>>();
    let fused = snapshot.search_hybrid(&asked, &params).unwrap();
    assert_eq!(keys(&fused), keys(&snapshot.search(&vectors, &params).unwrap()));
    let words = query("fox w9").with_phrase([("fox".to_owned(), 0), ("w9".to_owned(), 1)]);
    let asked = HybridQuery { vectors, sentence: None, words, weights };
    assert_eq!(keys(&snapshot.search_hybrid(&asked, &params).unwrap()), [DocKey::new("d9").unwrap()]);
}
