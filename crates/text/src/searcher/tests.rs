use super::*;
use crate::encoder::built_in_schema;
use pleiad::{Batch, Collection, Document, Schema, WordsSchema};
use pleiad_encode::{EncodeError, Encoded, Encoder, ModelEncoder, TokenSpan};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The built-in model, and how many queries and documents it was run for.
#[derive(Clone)]
struct Counting {
    model: ModelEncoder,
    num_queries: Arc<AtomicUsize>,
    num_documents: Arc<AtomicUsize>,
}

impl Encoder for Counting {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn dim(&self) -> usize {
        self.model.dim()
    }

    fn sentence_dim(&self) -> Option<usize> {
        self.model.sentence_dim()
    }

    fn encode_query(&self, text: &str) -> std::result::Result<Encoded, EncodeError> {
        self.num_queries.fetch_add(1, Ordering::Relaxed);
        self.model.encode_query(text)
    }

    fn encode_document(&self, text: &str) -> std::result::Result<Encoded, EncodeError> {
        self.num_documents.fetch_add(1, Ordering::Relaxed);
        self.model.encode_document(text)
    }

    fn document_tokens(&self, text: &str) -> std::result::Result<Vec<TokenSpan>, EncodeError> {
        self.model.document_tokens(text)
    }

    fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
        self.model.occurrences(text, token)
    }
}

const NUM_DOCUMENTS: usize = 12;

fn filled(folder: &std::path::Path, schema: &Schema, model: &ModelEncoder) -> Collection {
    let collection = Collection::create(folder, schema).unwrap();
    let analyzer = WordsAnalyzer::of(schema).unwrap().unwrap();
    let mut batch = Batch::new();
    for number in 0..NUM_DOCUMENTS {
        let text = format!("Extract archive number {number} or create one from many files.");
        let encoded = model.encode_document(&text).unwrap();
        let terms = analyzer.document(None, Some(&text), &Default::default());
        let document = Document::new(number.to_string(), encoded.vectors).unwrap();
        let document = document.with_sentence(encoded.sentence.unwrap()).unwrap();
        batch.upsert(document.with_text(text).unwrap().with_terms(terms));
    }
    let writer = collection.writer().unwrap();
    writer.apply(batch).unwrap();
    writer.close().unwrap();
    collection
}

#[test]
fn hits_of_pooled_collections_are_named_without_running_the_model() {
    let model = ModelEncoder::built_in(ModelEncoder::MINI).unwrap().unwrap();
    for has_labels in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let words = Some(WordsSchema::new("english-1"));
        let schema = built_in_schema(ModelEncoder::MINI).unwrap();
        let schema = Schema { words, row_labels: has_labels, ..schema };
        let snapshot = filled(&folder.path().join("c"), &schema, &model).snapshot().unwrap();
        let counting =
            Counting { model: model.clone(), num_queries: Arc::default(), num_documents: Arc::default() };
        let counts = counting.clone();
        let ranking = Ranking::settle(&schema, RankingOptions::default(), QueryForm::Text).unwrap();
        let searcher = Searcher::with_encoder(&snapshot, Some(Arc::new(counting)), ranking).unwrap();
        let question = searcher.question("unpack archives").unwrap();
        let answer = searcher.search(&question, &SearchParams { k: 200, ..SearchParams::default() }).unwrap();
        assert_eq!(answer.hits.len(), NUM_DOCUMENTS);
        for (at, hit) in answer.hits.iter().enumerate() {
            let view = searcher.view(&question, at + 1, hit).unwrap();
            let named = |query: &str| view.matches.iter().find(|word| word.query == query).unwrap();
            assert_eq!(named("archives").document, "archive", "{view:?}");
        }
        searcher.explain(&question, "0", Naming::Phrase).unwrap();
        // Without labels, as in collections of older releases, each document is encoded again.
        let num_runs = if has_labels { 0 } else { NUM_DOCUMENTS + 1 };
        assert_eq!(counts.num_queries.load(Ordering::Relaxed), 1);
        assert_eq!(counts.num_documents.load(Ordering::Relaxed), num_runs);
    }
}
