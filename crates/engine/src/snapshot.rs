use crate::calibrate::{self, Calibration, CalibrationBudget, RealQueries};
use crate::collection::Shared;
use crate::columns::{self, ATTRIBUTES, TEXT};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::PlanContext;
use crate::postings;
use crate::row_mask::{DocumentMask, RowMask};
use crate::sample::sample;
use crate::search::{self, Answer};
use crate::sources::AuxiliaryIndex;
use crate::vector_field::VectorField;
use crate::{
    Explanation, Info, Plan, Schema, SearchParams, StoredDocument, StoredFields, WordsExplanation,
    WordsQuery, coarse, words,
};
use pleiad_compress::TokenCodec;
use pleiad_store::View;
use pleiad_vectors::{DocId, DocKey, MultiVector, Query};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A consistent view of a collection. It never changes, whatever is written meanwhile; cheap to clone.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) shared: Arc<Shared>,
    pub(crate) view: View,
    calibration: Option<Arc<Calibration>>,
}

/// Address of a document. Ordered by id, so that ties break by id and never by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DocAddress {
    pub(crate) id: DocId,
    pub(crate) part: u32,
    pub(crate) row: u32,
}

/// The name of the asset that holds a note: one that no other asset has.
pub(crate) fn note_asset(name: &str) -> String {
    format!("note-{name}")
}

impl Snapshot {
    pub(crate) fn new(shared: Arc<Shared>, view: View) -> Self {
        Self { shared, view, calibration: None }
    }

    /// The bytes that a layer above keeps with the collection under a name
    /// ([`Writer::set_note`](crate::Writer::set_note)), as they were when this snapshot was taken.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn note(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(blob) = self.view.asset(&note_asset(name)) else { return Ok(None) };
        Ok(Some(blob.bytes()?.to_vec()))
    }

    /// Returns the schema, fixed at creation.
    pub fn schema(&self) -> &Schema {
        &self.shared.schema
    }

    /// Documents in this view.
    pub fn num_documents(&self) -> u64 {
        self.view.num_documents()
    }

    /// The plan that a search for this query with these parameters would follow.
    ///
    /// # Errors
    /// `InvalidArgument` when `k` is 0 or above 2^20, a recall is not in `0..=1`, a budget is too small for what
    /// follows it, or a budget is given for an exact search.
    pub fn plan(&self, query: &Query, params: &SearchParams) -> Result<Plan> {
        self.plan_for(query.vectors().num_tokens(), params)
    }

    /// The plan for any query of so many tokens: nothing else about a query decides.
    ///
    /// # Errors
    /// As [`Snapshot::plan`].
    pub fn plan_for(&self, num_query_tokens: usize, params: &SearchParams) -> Result<Plan> {
        let (num_documents, codes_are_cheap) = (self.num_documents(), self.field().codes_are_cheap);
        let calibration = if params.has_budgets() {
            None
        } else {
            // Every search reads what lies beside this: it is written only where that changes something.
            let is_searched = &self.shared.is_searched;
            if !is_searched.load(Ordering::Relaxed) {
                is_searched.store(true, Ordering::Relaxed);
            }
            self.calibration()?
        };
        let available = self.auxiliary_indexes()?;
        let calibration = calibration.as_deref();
        params.plan(PlanContext {
            num_documents,
            num_query_tokens,
            codes_are_cheap,
            available: &available,
            calibration,
        })
    }

    /// Returns the calibration: the budgets that reach each recall, if the collection was calibrated.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read: [`Writer::tune`](crate::Writer::tune) makes a new one.
    pub fn calibration(&self) -> Result<Option<Arc<Calibration>>> {
        match &self.calibration {
            Some(calibration) => Ok(Some(calibration.clone())),
            None => self.field().calibration(&self.view),
        }
    }

    /// Measures what budgets reach which recall: with these queries or, if there are none, with queries made from
    /// documents. [`Writer::tune`](crate::Writer::tune) also keeps it with the collection.
    ///
    /// Cost: 192 to 512 queries, each with scans over all FDE codes, looks into all postings, and MaxSim on the codes
    /// of some ten thousand documents: five CPU seconds for ten thousand documents, some seventy for a million.
    /// Memory: 24 bytes for each document and thread.
    ///
    /// # Errors
    /// `InvalidArgument` for a query that does not fit the collection and for a collection without documents,
    /// `Corrupt` when a document cannot be read.
    pub fn calibrate(&self, queries: &[Query]) -> Result<Calibration> {
        calibrate::calibrate(self, RealQueries::new(queries, &[]), CalibrationBudget::THOROUGH)
    }

    /// The same documents, searched as this calibration says.
    #[must_use]
    pub fn with_calibration(self, calibration: Calibration) -> Self {
        Self { calibration: Some(Arc::new(calibration)), ..self }
    }

    /// The auxiliary indexes that are there.
    pub(crate) fn auxiliary_indexes(&self) -> Result<Vec<AuxiliaryIndex>> {
        let mut indexes = Vec::new();
        if postings::are_there(self.field(), &self.view)? {
            indexes.push(AuxiliaryIndex::Postings);
        }
        if coarse::are_there(self.field(), &self.view)? {
            indexes.push(AuxiliaryIndex::CoarseFdes);
        }
        Ok(indexes)
    }

    /// The vector set of the documents.
    pub(crate) fn field(&self) -> &VectorField {
        &self.shared.field
    }

    /// The best documents for a query, on all cores.
    ///
    /// # Errors
    /// `InvalidArgument` for a query without token vectors or of another dimension and for impossible budgets;
    /// `Corrupt` when a document that had to be read cannot be: never a missing hit.
    pub fn search(&self, query: &Query, params: &SearchParams) -> Result<Answer> {
        search::search(self, query, params)
    }

    /// Many searches on all cores, with the answers of [`Snapshot::search`] in the order of the queries. A query
    /// that fails is an error in its place.
    pub fn search_batch(&self, queries: &[Query], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search(query, params)).collect()
    }

    /// The best documents by BM25 for terms, as the analyzer of the schema makes them. Statistics are those of the
    /// documents of this view; every document that has a term is considered, so that `recall` is met whatever it is.
    ///
    /// Cost: O(postings of the terms) at most. Parts without lists of words take a look at each of their documents.
    ///
    /// # Errors
    /// `Unsupported` where the schema has no words, `InvalidArgument` for an impossible `k` and for budgets,
    /// `Corrupt` when what had to be read cannot be.
    pub fn search_words(&self, query: &WordsQuery, params: &SearchParams) -> Result<Answer> {
        search::search_words(self, query, params)
    }

    /// Many searches for words on all cores, with the answers of [`Snapshot::search_words`] in the order of the
    /// queries. A query that fails is an error in its place.
    pub fn search_words_batch(&self, queries: &[WordsQuery], params: &SearchParams) -> Vec<Result<Answer>> {
        queries.par_iter().map(|query| self.search_words(query, params)).collect()
    }

    /// Explains the BM25 score of a document by the terms of a query. The parts add up to the score of
    /// [`Snapshot::search_words`], to the bit.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search_words`].
    pub fn explain_words(&self, query: &WordsQuery, key: &str) -> Result<WordsExplanation> {
        words::explain(self, query, key)
    }

    /// Explains the score of a document by the nearest token to each token of a query. The parts add up to the score.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search`].
    pub fn explain(&self, query: &Query, key: &str) -> Result<Explanation> {
        crate::explain::explain(self, query, key)
    }

    /// One document, or nothing when there is none of that key.
    ///
    /// # Errors
    /// `Corrupt` when it is there but cannot be read.
    pub fn get(&self, key: &str) -> Result<Option<StoredDocument>> {
        self.locate(key)?.map(|location| self.read(location)).transpose()
    }

    /// Text and attributes of one document, or nothing when there is none of that key. They can be read where the
    /// vectors cannot: when what these were encoded with is lost.
    ///
    /// # Errors
    /// `Corrupt` when they are there but cannot be read.
    pub fn get_fields(&self, key: &str) -> Result<Option<StoredFields>> {
        self.locate(key)?.map(|location| self.fields(location)).transpose()
    }

    /// All documents in no particular order.
    pub fn documents(&self) -> impl Iterator<Item = Result<StoredDocument>> + '_ {
        (0..).zip(self.view.parts()).flat_map(move |(at, part)| {
            let mask = RowMask::live(part);
            let visible = (0..part.num_rows()).filter(move |&row| mask.contains(row));
            visible.map(move |row| self.read(self.location(at, row)?))
        })
    }

    /// At most `num` documents, spread evenly over the collection: the same ones each time. All of them where there
    /// are no more. Cost: that of reading them.
    ///
    /// # Errors
    /// `Corrupt` when one of them cannot be read.
    pub fn sample(&self, num: usize) -> Result<Vec<StoredDocument>> {
        sample(self, &DocumentMask::live(&self.view), num)?
            .into_iter()
            .map(|location| self.read(location))
            .collect()
    }

    /// Counts, bytes and parameters. Cost: the sizes of all documents are read, not the documents.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub fn info(&self) -> Result<Info> {
        crate::info::info(self)
    }

    /// Every document, by part and row. Cost: all ids are read.
    pub(crate) fn live_documents(&self) -> Result<Vec<DocAddress>> {
        DocumentMask::live(&self.view).documents(self)
    }

    pub(crate) fn locate(&self, key: &str) -> Result<Option<DocAddress>> {
        let Some((part, row)) = self.view.find(key)? else { return Ok(None) };
        self.location(part as u32, row).map(Some)
    }

    pub(crate) fn location(&self, part: u32, row: u32) -> Result<DocAddress> {
        let id = DocId(self.view.parts()[part as usize].id(row)?);
        Ok(DocAddress { id, part, row })
    }

    pub(crate) fn column(&self, location: DocAddress, column: usize) -> Result<&[u8]> {
        Ok(self.view.parts()[location.part as usize].column(column, location.row)?)
    }

    pub(crate) fn key(&self, location: DocAddress) -> Result<DocKey> {
        let key = self.view.parts()[location.part as usize].key(location.row)?;
        DocKey::new(key).map_err(|error| Error::corrupt(self.place(location)).caused_by(error))
    }

    /// Returns the codec of token codes.
    pub(crate) fn token_codec(&self) -> Result<&TokenCodec> {
        self.field().token_codec(&self.view)
    }

    /// A document's place, for error messages.
    pub(crate) fn place(&self, location: DocAddress) -> String {
        format!("{}, row {}", self.view.parts()[location.part as usize].name(), location.row)
    }

    pub(crate) fn check_query(&self, query: &Query) -> Result<()> {
        let vectors = query.vectors();
        let dim = self.schema().dim;
        if vectors.dim() != dim {
            let message =
                format!("the query has dimension {}; this collection holds dimension {dim}", vectors.dim());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        if vectors.is_empty() {
            return Err(Error::invalid("the query has no token vectors: nothing can be searched for"));
        }
        Ok(())
    }

    fn read(&self, location: DocAddress) -> Result<StoredDocument> {
        let place = || self.place(location);
        let mut values = Vec::new();
        self.token_codec()?
            .decode(self.field().token_codes(self, location)?, &mut values)
            .map_err(|error| Error::corrupt(place()).caused_by(error))?;
        let vectors = MultiVector::new(values, self.schema().dim)
            .map_err(|error| Error::corrupt(format!("{}: {error}", place())).caused_by(error))?;
        let StoredFields { key, id, text, attributes } = self.fields(location)?;
        Ok(StoredDocument { key, id, vectors, text, attributes })
    }

    fn fields(&self, location: DocAddress) -> Result<StoredFields> {
        let place = || self.place(location);
        Ok(StoredFields {
            key: self.key(location)?,
            id: location.id,
            text: columns::decode_text(self.column(location, TEXT)?, place)?.map(str::to_owned),
            attributes: columns::decode_attributes(self.column(location, ATTRIBUTES)?, place)?,
        })
    }
}
