//! tantivy over the same terms: one segment in memory, terms separated by blanks, BM25 with its frequencies.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, TantivyError, Term};

/// Memory of its writer: all texts fit into one segment.
const WRITER_BYTES: usize = 1 << 30;

/// The index, ready to be searched.
pub struct Rival {
    searcher: Searcher,
    field: Field,
}

impl Rival {
    /// Indexes texts whose terms are separated by blanks, on one thread.
    ///
    /// # Errors
    /// An error of tantivy.
    pub fn build(texts: &[String]) -> Result<Self, TantivyError> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("terms")
            .set_index_option(IndexRecordOption::WithFreqs);
        let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register("terms", TextAnalyzer::from(WhitespaceTokenizer::default()));
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for text in texts {
            let mut document = TantivyDocument::default();
            document.add_text(field, text);
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(Self { searcher: index.reader()?.searcher(), field })
    }

    /// Segments that it has.
    pub fn num_segments(&self) -> usize {
        self.searcher.segment_readers().len()
    }

    /// The best `k` texts, by their numbers.
    ///
    /// # Errors
    /// An error of tantivy.
    pub fn search(&self, terms: &[&str], k: usize) -> Result<Vec<u32>, TantivyError> {
        let clause = |term: &&str| -> (Occur, Box<dyn Query>) {
            let term = Term::from_field_text(self.field, term);
            (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)))
        };
        let query = BooleanQuery::new(terms.iter().map(clause).collect());
        let hits = self.searcher.search(&query, &TopDocs::with_limit(k).order_by_score())?;
        Ok(hits.into_iter().map(|(_, address)| address.doc_id).collect())
    }
}
