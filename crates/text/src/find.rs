//! Search of texts that are asked once: words choose candidates, and the encoder reads those alone.

use crate::encoder::{EncoderOptions, built_in_schema};
use crate::error::{Error, ErrorKind, Result};
use crate::ingest::{Destination, Preparation, fill};
use crate::input::{Consumed, Content, Input, Place, Record, Records};
use crate::models::Models;
use crate::monitor::Monitor;
use crate::new_collection::{NewCollection, Settled};
use crate::question::Question;
use crate::ranking::{QueryForm, Ranking, RankingOptions};
use crate::searcher::Searcher;
use pleiad::{
    Answer, BuildParams, Collection, DocKey, Durability, HitParts, Plan, PlanOrigin, PlanSource, Schema,
    Score, SearchParams, Snapshot, StoredFields,
};
use pleiad_encode::{Encoder, WordsOnly};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Candidates by words that the encoder reads, at least: some ten milliseconds of processor time for each.
const NUM_CANDIDATES: usize = 20;

/// Documents of which all are candidates, so that one without a word of the question is found too.
const MAX_ENCODED: u64 = 64;

/// Texts of an input, with their words, in a folder that lasts no longer than the search.
pub struct Texts {
    by_words: Collection,
    /// The encoder that reads candidates, and the schema of its vectors; nothing where words alone rank.
    encoder: Option<(Arc<dyn Encoder>, Schema)>,
}

/// Candidates of a question, encoded.
pub struct Candidates {
    collection: Collection,
    encoder: Arc<dyn Encoder>,
    /// BM25 of each among all texts, in parts of its bound.
    words: HashMap<DocKey, f32>,
    num_documents: u64,
    num_matched: u64,
    has_all: bool,
}

impl Texts {
    /// Reads all texts of an input and makes their words. The encoder is the one that a new collection would get.
    ///
    /// # Errors
    /// When the encoder cannot be had, a record is not sound or there is none with a word; `Cancelled`.
    pub fn read(
        folder: &Path,
        input: Input,
        models: &Models,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let new = NewCollection::default();
        let Settled { encoder, schema, .. } =
            new.of_texts(models, options, || input.sample(monitor), monitor)?;
        let words = Schema { words: schema.words.clone(), ..built_in_schema(WordsOnly::ID)? };
        let encoder = encoder.filter(|encoder| encoder.id() != WordsOnly::ID);
        let consumed = input.consumed();
        let records = input.into_records();
        let by_words = filled(folder, &words, Arc::new(WordsOnly), consumed, records, monitor)?;
        if by_words.snapshot()?.num_documents() == 0 {
            return Err(Error::invalid("the input holds no document with a word that can be searched for"));
        }
        Ok(Self { by_words, encoder: encoder.map(|encoder| (Arc::from(encoder), schema)) })
    }

    /// All texts, to be searched by their words.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.by_words.snapshot()?)
    }

    /// Finds candidates by the words of a question and encodes them in a folder of their own; nothing where words alone
    /// rank. Cost: a pass of each candidate through the encoder.
    ///
    /// # Errors
    /// As the search by words, and when a candidate cannot be encoded; `Cancelled`.
    pub fn candidates(
        self,
        question: &str,
        params: &SearchParams,
        folder: &Path,
        monitor: &dyn Monitor,
    ) -> Result<Option<Candidates>> {
        let Some((encoder, schema)) = self.encoder else { return Ok(None) };
        let snapshot = self.by_words.snapshot()?;
        let num_documents = snapshot.num_documents();
        let has_all = num_documents <= MAX_ENCODED;
        let searcher = Searcher::with_encoder(&snapshot, None, Ranking::Words)?;
        let num_asked = if has_all { num_documents as usize } else { params.k.max(NUM_CANDIDATES) };
        let (num_matched, words) = match searcher.typed_question(question) {
            Ok(asked) => {
                shares_of_bound(&searcher, &asked, &SearchParams { k: num_asked, ..params.clone() })?
            }
            // Without a term of its own a question can still mean something.
            Err(_) => (snapshot.num_documents(), HashMap::new()),
        };
        let keys: Vec<DocKey> = match (has_all, &params.filter) {
            (true, Some(filter)) => snapshot.keys(filter, None, num_asked)?,
            (true, None) => snapshot.documents().map(|document| Ok(document?.key)).collect::<Result<_>>()?,
            (false, _) => words.keys().cloned().collect(),
        };
        let num_matched = if has_all { keys.len() as u64 } else { num_matched };
        let mut records = Vec::with_capacity(keys.len());
        for key in &keys {
            records.extend(snapshot.get_fields(key.as_str())?.map(|fields| Ok(record_of(fields))));
        }
        let records = Box::new(records.into_iter());
        let collection = filled(folder, &schema, encoder.clone(), Consumed::default(), records, monitor)?;
        Ok(Some(Candidates { collection, encoder, words, num_documents, num_matched, has_all }))
    }
}

impl Candidates {
    /// The candidates, to be searched with the encoder.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.collection.snapshot()?)
    }

    /// Asks the candidates, in the ranking that a collection of such texts would have.
    ///
    /// # Errors
    /// As [`Searcher::with_encoder`].
    pub fn searcher<'a>(&self, snapshot: &'a Snapshot) -> Result<Searcher<'a>> {
        let ranking = Ranking::settle(snapshot.schema(), RankingOptions::default(), QueryForm::Text)?;
        Searcher::with_encoder(snapshot, Some(self.encoder.clone()), ranking)
    }

    /// Ranks all candidates by the fused score that the whole input would give them.
    ///
    /// # Errors
    /// As [`Searcher::search`].
    pub fn rank(&self, searcher: &Searcher<'_>, question: &Question, k: usize) -> Result<Answer> {
        let num_candidates = self.collection.snapshot()?.num_documents() as usize;
        let params = SearchParams { k: num_candidates.max(1), exact: true, ..SearchParams::default() };
        let mut answer = searcher.search(question, &params)?;
        if let Some(shares) = searcher.ranking().shares() {
            for hit in &mut answer.hits {
                let Some(parts) = &mut hit.parts else { continue };
                parts.words = shares.words * self.words.get(&hit.key).copied().unwrap_or(0.0);
                let HitParts { vectors, sentence, words } = *parts;
                hit.score = Score::new(vectors + sentence + words)?;
            }
            answer.hits.sort_by(|a, b| b.score.cmp(&a.score).then(a.key.cmp(&b.key)));
        }
        answer.hits.truncate(k);
        answer.num_matched = self.num_matched;
        answer.plan = self.plan(answer.plan, k);
        Ok(answer)
    }

    /// The plan of both searches: exact where all documents were candidates.
    fn plan(&self, exact: Plan, k: usize) -> Plan {
        let num_documents = self.num_documents;
        if self.has_all {
            return Plan { num_documents, k, ..exact };
        }
        let sources = vec![PlanSource::Words { num_candidates: exact.num_reranked }];
        Plan { num_documents, k, sources, basis: PlanOrigin::Defaults, is_fused: true, ..exact }
    }
}

/// The documents that match, and BM25 of the best by words in parts of its bound.
fn shares_of_bound(
    searcher: &Searcher<'_>,
    asked: &Question,
    params: &SearchParams,
) -> Result<(u64, HashMap<DocKey, f32>)> {
    let answer = searcher.search(asked, params)?;
    let (Some(first), Some(terms)) = (answer.hits.first(), &asked.terms) else {
        return Ok((answer.num_matched, HashMap::new()));
    };
    let bound = searcher.snapshot().explain_words(terms, first.key.as_str())?.bound;
    let shares = answer.hits.iter().map(|hit| (hit.key.clone(), hit.score.get() / bound));
    Ok((answer.num_matched, shares.collect()))
}

/// A collection in a new folder with all records, which nobody will open again.
fn filled(
    folder: &Path,
    schema: &Schema,
    encoder: Arc<dyn Encoder>,
    consumed: Consumed,
    records: Records,
    monitor: &dyn Monitor,
) -> Result<Collection> {
    let collection = Collection::create(folder, schema)?;
    let params = BuildParams { durability: Durability::None, ..BuildParams::default() };
    let mut destination = Destination::there(collection.clone(), params, monitor)?;
    let preparation = Preparation::new(schema, Some(encoder), consumed, params.memory_bytes)?;
    let summary = fill(&mut destination, preparation, records, monitor)?;
    match summary.is_interrupted {
        true => Err(Error::new(ErrorKind::Cancelled, "interrupted")),
        false => Ok(collection),
    }
}

/// A stored document as an input would give it.
fn record_of(fields: StoredFields) -> Record {
    let StoredFields { key, text, mut attributes, .. } = fields;
    let title = attributes.remove("title").and_then(|title| title.as_str().map(str::to_owned));
    let content = Content::Text { title, text: text.unwrap_or_default() };
    let place = Place { file: key.as_str().into(), line: None };
    Record { place, key: key.as_str().to_owned(), content, sets: BTreeMap::new(), attributes }
}
