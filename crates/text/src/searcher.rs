//! One door to every ranking of a collection: it makes queries, searches, reads hits and explains them.

use crate::encoder::{EncoderOptions, has_words_alone, without_encoder};
use crate::error::{Error, ErrorKind, Result};
use crate::explained::{Explained, FusedExplanation, Naming};
use crate::hit::{HitView, Named, document_of, named_words, shared_words};
use crate::models::Models;
use crate::monitor::Monitor;
use crate::question::Question;
use crate::ranking::{Mode, QueryForm, Ranking, RankingOptions, Shares};
use crate::row_words::{RowWords, length};
use crate::words::WordsAnalyzer;
use pleiad::{
    Answer, Calibration, FilterRecall, Hit, HitParts, HybridQuery, HybridWeights, Page, PageParams, Part,
    Predicate, Query, Score, SearchParams, SetSchema, SetWeight, SetsCalibration, SetsQuery, Snapshot,
    StoredDocument, WordsQuery, Writer,
};
use pleiad_encode::Encoder;
use rayon::prelude::*;
use std::sync::Arc;

/// Documents whose rows say how long rows of ready-made vectors are.
const NUM_SAMPLED: usize = 32;

/// Message of a calibration that has nothing to measure.
const EXACT_WORDS: &str = "searches by words are exact: there is nothing to measure";

/// Difference from unit length that codes and other programs' rounding make.
const ROUNDING: f32 = 0.02;

/// Asks a collection in one ranking.
pub struct Searcher<'a> {
    snapshot: &'a Snapshot,
    encoder: Option<Arc<dyn Encoder>>,
    words: Option<WordsAnalyzer>,
    ranking: Ranking,
    /// The mean length of documents' rows, by which a hybrid score divides MaxSim.
    row_length: f32,
    /// The vector sets that rank; none where vectors rank as the first set alone.
    sets: Vec<SetWeight>,
}

impl<'a> Searcher<'a> {
    /// Settles the ranking, and opens what it needs. Cost: a model is opened only where texts have to become vectors.
    ///
    /// # Errors
    /// When the collection or the queries lack what is asked for, or the model cannot be had.
    pub fn open(
        snapshot: &'a Snapshot,
        models: &Models,
        options: &EncoderOptions,
        asked: RankingOptions,
        form: QueryForm,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let schema = snapshot.schema();
        if let (Some(id), true) = (&schema.encoder, form != QueryForm::Text) {
            let message =
                format!("this collection's vectors come from encoder {id}: ask it in words, not in vectors");
            return Err(Error::invalid(message));
        }
        let ranking = Ranking::settle(schema, asked, form)?;
        let is_encoded = ranking != Ranking::Words && form == QueryForm::Text;
        // A model that is named is held against the collection's, also where words alone rank.
        let is_named = form == QueryForm::Text && options.model.is_some();
        let encoder = match is_encoded || is_named {
            true => models.of_collection(snapshot, options, monitor)?.map(Arc::from).filter(|_| is_encoded),
            false => None,
        };
        if is_encoded && encoder.is_none() {
            return Err(without_encoder(schema, "use --query-vectors FILE"));
        }
        Self::with_encoder(snapshot, encoder, ranking)
    }

    /// Asks a collection by some of its vector sets: MaxSim of one, or the weighted sum of several. All take the same vectors:
    /// those that the collection's encoder makes of a text, or ready-made ones.
    ///
    /// # Errors
    /// When the collection has no such set, or its vectors come from elsewhere than those of the queries.
    pub fn open_sets(
        snapshot: &'a Snapshot,
        models: &Models,
        options: &EncoderOptions,
        sets: Vec<SetWeight>,
        form: QueryForm,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let schema = snapshot.schema();
        for SetWeight { set, .. } in &sets {
            snapshot.of_set(set)?;
            let own = schema.sets.iter().find(|known| known.name == *set);
            let encoder = own.map_or(&schema.encoder, |own| &own.encoder);
            match (encoder, form) {
                (Some(_), _) if has_words_alone(schema) => {
                    return Err(Error::invalid(
                        "this collection was made to be searched by its words alone: its texts were never encoded",
                    ));
                }
                (Some(id), QueryForm::Vectors | QueryForm::Both) => {
                    return Err(Error::invalid(format!(
                        "the vectors of the set {set:?} come from encoder {id}: ask it in words, not in vectors"
                    )));
                }
                (None, QueryForm::Text) => {
                    return Err(Error::invalid(format!(
                        "the set {set:?} holds ready-made vectors and no encoder: use --query-vectors FILE"
                    )));
                }
                _ => {}
            }
        }
        let encoder = match form {
            QueryForm::Text => models.of_collection(snapshot, options, monitor)?.map(Arc::from),
            QueryForm::Vectors | QueryForm::Both => None,
        };
        Self::with_sets(snapshot, encoder, sets)
    }

    /// The same with an encoder that is open, or without one where nothing is to be encoded.
    ///
    /// # Errors
    /// As [`Searcher::with_encoder`].
    pub fn with_sets(
        snapshot: &'a Snapshot,
        encoder: Option<Arc<dyn Encoder>>,
        sets: Vec<SetWeight>,
    ) -> Result<Self> {
        Ok(Self { sets, ..Self::with_encoder(snapshot, encoder, Ranking::Vectors)? })
    }

    /// Measures what budgets of several sets together reach which recall, and keeps that with the collection. Questions without
    /// vectors are left out.
    ///
    /// # Errors
    /// As [`Writer::tune_sets`].
    pub fn tune_sets(&self, writer: &Writer, questions: &[Question]) -> Result<SetsCalibration> {
        let queries = questions.iter().filter_map(|asked| asked.query.as_ref());
        let queries = queries.map(|query| self.sets_query(query)).collect::<Result<Vec<_>>>()?;
        Ok(writer.tune_sets(&queries)?)
    }

    /// Asks a collection in a ranking with an encoder that is open: that of the collection, where texts have to become
    /// vectors.
    ///
    /// # Errors
    /// `Unsupported` when this version has no such analyzer as the collection names.
    pub fn with_encoder(
        snapshot: &'a Snapshot,
        encoder: Option<Arc<dyn Encoder>>,
        ranking: Ranking,
    ) -> Result<Self> {
        let row_length = match (ranking, &snapshot.schema().encoder) {
            (Ranking::Hybrid(_), None) => mean_row_length(snapshot)?,
            _ => 1.0,
        };
        Self::with_row_length(snapshot, encoder, ranking, row_length)
    }

    /// The same where the rows of this snapshot were measured before: [`Searcher::row_length`] of another searcher of the
    /// same ranking.
    ///
    /// # Errors
    /// As [`Searcher::with_encoder`].
    pub fn with_row_length(
        snapshot: &'a Snapshot,
        encoder: Option<Arc<dyn Encoder>>,
        ranking: Ranking,
        row_length: f32,
    ) -> Result<Self> {
        let schema = snapshot.schema();
        let words = match ranking {
            Ranking::Vectors => None,
            Ranking::Hybrid(_) | Ranking::Words => WordsAnalyzer::of(schema)?,
        };
        Ok(Self { snapshot, encoder, words, ranking, row_length, sets: Vec::new() })
    }

    /// The length of rows by which a hybrid score divides MaxSim. Documents are sampled for it where vectors came ready-made.
    pub fn row_length(&self) -> f32 {
        self.row_length
    }

    /// The collection that is asked.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// The ranking that was settled.
    pub fn ranking(&self) -> Ranking {
        self.ranking
    }

    /// Returns whether hits can say which words answered.
    pub fn names_words(&self) -> bool {
        self.encoder.is_some() || self.words.is_some()
    }

    /// A question in words; quotes mean nothing, as in texts that were not typed as a query.
    ///
    /// # Errors
    /// When it holds no word that could be searched for, or the model fails.
    pub fn question(&self, text: &str) -> Result<Question> {
        self.text_question(text, |words| words.terms(text))
    }

    /// A question that a person typed: what stands between double quotes is a phrase that every hit must have, unless
    /// vectors alone rank.
    ///
    /// # Errors
    /// As [`Searcher::question`].
    pub fn typed_question(&self, text: &str) -> Result<Question> {
        self.text_question(text, |words| words.terms_with_phrases(text))
    }

    /// A question in ready-made vectors, with its text where words rank too.
    ///
    /// # Errors
    /// When words rank alone and the text has none.
    pub fn vector_question(&self, query: Query, text: Option<&str>) -> Result<Question> {
        let query = (self.ranking != Ranking::Words).then_some(query);
        let terms = self.words.as_ref().map(|words| words.terms(text.unwrap_or_default())).transpose()?;
        checked(Question { query, terms, ..Question::default() }, text.unwrap_or_default())
    }

    fn text_question(
        &self,
        text: &str,
        terms: impl Fn(&WordsAnalyzer) -> Result<WordsQuery>,
    ) -> Result<Question> {
        let mut question = match &self.encoder {
            Some(encoder) => Question::encoded(encoder.encode_query(text)?, text),
            None => Question::default(),
        };
        question.terms = self.words.as_ref().map(terms).transpose()?;
        checked(question, text)
    }

    /// The best documents for a question.
    ///
    /// # Errors
    /// As the searches of [`Snapshot`].
    pub fn search(&self, question: &Question, params: &SearchParams) -> Result<Answer> {
        match (self.ranking, &question.query, &question.terms) {
            (Ranking::Hybrid(shares), None, Some(terms)) => self.search_fused_words(terms, shares, params),
            (Ranking::Hybrid(shares), Some(query), _) => {
                Ok(self.snapshot.search_hybrid(&self.fused(query, question, shares), params)?)
            }
            (Ranking::Vectors, Some(query), _) if !self.sets.is_empty() => {
                Ok(self.snapshot.search_sets(&self.sets_query(query)?, params)?)
            }
            (Ranking::Vectors, Some(query), _) => Ok(self.snapshot.search(query, params)?),
            (Ranking::Words, _, Some(terms)) => Ok(self.snapshot.search_words(terms, params)?),
            _ => Err(Error::new(ErrorKind::Internal, "the question lacks what this ranking needs")),
        }
    }

    /// A part of the ranking for a question: from some place on, from some score on, or by groups.
    ///
    /// # Errors
    /// As [`Searcher::search`] and [`Snapshot::page`].
    pub fn page(&self, question: &Question, page: &PageParams, params: &SearchParams) -> Result<Page> {
        self.snapshot.page(page, params, |params| self.search(question, params))
    }

    /// Many pages on all cores, with the answers of [`Searcher::page`] in the order of the questions.
    pub fn page_batch(
        &self,
        questions: &[Question],
        page: &PageParams,
        params: &SearchParams,
    ) -> Vec<Result<Page>> {
        questions.par_iter().map(|question| self.page(question, page, params)).collect()
    }

    /// Many searches on all cores, with the answers of [`Searcher::search`] in the order of the questions.
    pub fn search_batch(&self, questions: &[Question], params: &SearchParams) -> Vec<Result<Answer>> {
        questions.par_iter().map(|question| self.search(question, params)).collect()
    }

    /// A hybrid search for a text without token vectors: the part of words alone, on the scale that it has.
    fn search_fused_words(
        &self,
        terms: &WordsQuery,
        shares: Shares,
        params: &SearchParams,
    ) -> Result<Answer> {
        // Words score every document that has one: budgets have nothing to limit.
        let (recall, filter) = (params.recall, params.filter.clone());
        let params = SearchParams { k: params.k, recall, filter, ..SearchParams::default() };
        let mut answer = self.snapshot.search_words(terms, &params)?;
        if answer.hits.is_empty() {
            return Ok(answer);
        }
        let bound = self.snapshot.words_bound(terms)?;
        for hit in &mut answer.hits {
            let words = shares.words * (hit.score.get() / bound);
            hit.score = Score::new(words)?;
            hit.parts = Some(HitParts { vectors: 0.0, sentence: 0.0, words });
        }
        Ok(answer)
    }

    /// Measures what budgets of this ranking reach which recall and keeps that with the collection: with these questions, or,
    /// for lengths of which there are fewer than 40, with queries made from documents. Questions without vectors are left out.
    ///
    /// Cost: as [`Snapshot::calibrate`].
    ///
    /// # Errors
    /// `InvalidArgument` where words alone rank, whose searches are exact; as [`Writer::tune`] otherwise.
    pub fn tune(&self, writer: &Writer, questions: &[Question]) -> Result<Calibration> {
        Ok(match self.ranking {
            Ranking::Vectors => {
                let set = self.sets.first().map_or(SetSchema::BODY, |set| set.set.as_str());
                writer.tune_set(set, &self.vectors_of(questions))?
            }
            Ranking::Hybrid(shares) => writer.tune_hybrid(&self.fused_of(questions, shares))?,
            Ranking::Words => return Err(Error::invalid(EXACT_WORDS)),
        })
    }

    /// Measures searches of this ranking for these questions under filters, and has those do more that find less than they
    /// promise. Questions without vectors are left out.
    ///
    /// Cost: as [`Writer::tune_filters`].
    ///
    /// # Errors
    /// `InvalidArgument` where words alone rank, whose searches are exact; as [`Writer::tune_filters`] otherwise.
    pub fn tune_filters(
        &self,
        writer: &Writer,
        questions: &[Question],
        filters: &[Predicate],
    ) -> Result<Vec<FilterRecall>> {
        Ok(match self.ranking {
            Ranking::Vectors => writer.tune_filters(&self.vectors_of(questions), filters)?,
            Ranking::Hybrid(shares) => {
                writer.tune_hybrid_filters(&self.fused_of(questions, shares), filters)?
            }
            Ranking::Words => return Err(Error::invalid(EXACT_WORDS)),
        })
    }

    fn vectors_of(&self, questions: &[Question]) -> Vec<Query> {
        questions.iter().filter_map(|asked| asked.query.clone()).collect()
    }

    fn fused_of(&self, questions: &[Question], shares: Shares) -> Vec<HybridQuery> {
        let fused = |asked: &Question| Some(self.fused(asked.query.as_ref()?, asked, shares));
        questions.iter().filter_map(fused).collect()
    }

    fn fused(&self, query: &Query, question: &Question, shares: Shares) -> HybridQuery {
        let Shares { vectors, sentence, words } = shares;
        HybridQuery {
            vectors: query.clone(),
            sentence: question.sentence.clone().filter(|_| self.snapshot.schema().sentence.is_some()),
            words: question.terms.clone().unwrap_or_default(),
            weights: HybridWeights { vectors: vectors / self.row_length, sentence, words },
        }
    }

    /// Reads the document of a hit, and which of its words answered. Cost: that of [`RowWords::read`] where texts are
    /// encoded; the text is cut into terms where words rank.
    ///
    /// # Errors
    /// When the document cannot be read or encoded.
    pub fn view(&self, question: &Question, rank: usize, hit: &Hit) -> Result<HitView> {
        let document = document_of(self.snapshot, hit)?;
        let mut named = match (&self.encoder, &question.query) {
            (Some(encoder), Some(query)) if self.asks_body() => {
                let own = self.snapshot.of_hit(hit)?;
                let words = RowWords::read(&own, &**encoder, &document)?;
                named_words(question, &words, &own.explain(query, hit.key.as_str())?)
            }
            _ => Named::default(),
        };
        if let (Some(analyzer), Some(terms)) = (&self.words, &question.terms) {
            shared_words(analyzer, terms, &document, &mut named.matches);
        }
        Ok(HitView::of(document, rank, hit, named))
    }

    /// Explains the score of a document for a question.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Searcher::search`] and [`Searcher::view`].
    pub fn explain(&self, question: &Question, key: &str, naming: Naming) -> Result<Explained> {
        let document = self.snapshot.get(key)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no document {key:?} in this collection"))
        })?;
        let named = |explanation: pleiad::Explanation| self.named(explanation, question, &document, naming);
        Ok(match (self.ranking, &question.query, &question.terms) {
            (Ranking::Vectors, Some(query), _) if !self.sets.is_empty() => {
                let mut explanation = self.snapshot.explain_sets(&self.sets_query(query)?, key)?;
                for set in &mut explanation.sets {
                    let vectors = set.vectors.clone();
                    set.vectors = match set.set == SetSchema::BODY {
                        true => named(vectors)?,
                        false => vectors.with_texts(|part| question.word(part), |_| None),
                    };
                }
                Explained::Sets(explanation)
            }
            (Ranking::Vectors, Some(query), _) => {
                Explained::Vectors(named(self.snapshot.explain(query, key)?)?)
            }
            (Ranking::Words, _, Some(terms)) => Explained::Words(self.snapshot.explain_words(terms, key)?),
            (Ranking::Hybrid(shares), Some(query), _) => {
                let fused = self.fused(query, question, shares);
                let mut explanation = self.snapshot.explain_hybrid(&fused, key)?;
                explanation.vectors = named(explanation.vectors)?;
                Explained::Fused(FusedExplanation::new(&explanation, shares))
            }
            (Ranking::Hybrid(shares), None, Some(terms)) => Explained::Fused(FusedExplanation::of_words(
                &self.snapshot.explain_words(terms, key)?,
                shares,
            )),
            _ => return Err(Error::new(ErrorKind::Internal, "the question lacks what this ranking needs")),
        })
    }

    fn named(
        &self,
        explanation: pleiad::Explanation,
        question: &Question,
        document: &StoredDocument,
        naming: Naming,
    ) -> Result<pleiad::Explanation> {
        let Some(encoder) = &self.encoder else { return Ok(explanation) };
        let words = RowWords::read(self.snapshot, &**encoder, document)?;
        let of_row = |part: &Part| {
            let (token, word) = (question.token(part), question.word(part));
            match naming {
                Naming::Closest => {
                    words.closest(token, word.as_deref(), part.doc_token).map(|(word, _)| word.to_owned())
                }
                Naming::Phrase => words.phrase(token, word.as_deref(), part.doc_token),
            }
        };
        Ok(explanation.with_texts(|part| question.word(part), of_row))
    }

    /// The vector sets that rank, with their weights; none where vectors rank as the first set alone.
    pub fn sets(&self) -> &[SetWeight] {
        &self.sets
    }

    /// A question to the sets that rank, which all take the same vectors.
    ///
    /// # Errors
    /// For weights out of range.
    pub fn sets_query(&self, query: &Query) -> Result<SetsQuery> {
        let with = |asked: SetsQuery, set: &SetWeight| asked.with(&set.set, set.weight, query.clone());
        Ok(self.sets.iter().try_fold(SetsQuery::new(), with)?)
    }

    /// Returns whether the first set is among those that rank.
    fn asks_body(&self) -> bool {
        self.sets.is_empty() || self.sets.iter().any(|set| set.set == SetSchema::BODY)
    }

    /// The mode of the ranking.
    pub fn mode(&self) -> Mode {
        self.ranking.mode()
    }
}

/// The question, unless it asks for nothing.
fn checked(question: Question, text: &str) -> Result<Question> {
    if question.is_empty() { Err(no_word(text)) } else { Ok(question) }
}

/// The error about a query that asks for nothing.
pub fn no_word(text: &str) -> Error {
    Error::invalid(format!(
        "the query {text:?} holds no word that can be searched for: use letters or digits, not only stop words"
    ))
}

/// The mean length of the rows of a sample of documents; 1 for unit vectors, and where there are none.
fn mean_row_length(snapshot: &Snapshot) -> Result<f32> {
    let sample = snapshot.sample(NUM_SAMPLED)?;
    let lengths = || sample.iter().flat_map(|document| document.vectors.rows()).map(length);
    let (sum, number) = (lengths().sum::<f32>(), lengths().count());
    let mean = sum / number.max(1) as f32;
    Ok(if mean <= 0.0 || (mean - 1.0).abs() < ROUNDING { 1.0 } else { mean })
}

#[cfg(test)]
mod tests;
