use super::draw::{CalibrationQuery, SEED};
use crate::calibration::{CalibratedRanking, MIN_TOKENS};
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use crate::{HybridQuery, HybridWeights, MultiVector, Query, Snapshot, WordsQuery, words};
use pleiad_vectors::Generator;

/// Queries made from one document, at most: where there are few documents.
const QUERIES_PER_DOCUMENT: usize = 4;

/// Token vectors of a question for each of its terms: stop words have none, and rare words have several pieces.
const TOKENS_PER_TERM: usize = 2;

/// Share of another document's sentence vector in that of a query made from a document.
const SHARE_OF_ANOTHER: f32 = 0.5;

/// Makes queries of given lengths from documents: some tokens of one document, searched for among the others.
pub(super) struct QueriesOfDocuments<'a> {
    snapshot: &'a Snapshot,
    ranking: CalibratedRanking,
    /// With the tokens of each.
    documents: Vec<(DocAddress, usize)>,
}

impl<'a> QueriesOfDocuments<'a> {
    /// Cost: the lengths of all documents are read.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        ranking: CalibratedRanking,
        documents: &[DocAddress],
    ) -> Result<Self> {
        let codec = snapshot.token_codec()?;
        let with_length = |&location: &DocAddress| {
            let num_tokens = codec
                .num_tokens(snapshot.token_codes(location)?.len())
                .map_err(|error| Error::corrupt(snapshot.place(location)).caused_by(error))?;
            Ok((location, num_tokens))
        };
        let documents = documents.iter().map(with_length).collect::<Result<_>>()?;
        Ok(Self { snapshot, ranking, documents })
    }

    /// Returns whether there are no documents.
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// At most `num` queries of the lengths of a class, from documents that have so many tokens.
    pub(super) fn of_length(&self, class: usize, num: usize) -> Result<Vec<CalibrationQuery>> {
        self.make(class, num, MIN_TOKENS[class])
    }

    /// At most `num` queries of the lengths of a class; shorter ones where a document has fewer tokens.
    pub(super) fn of_any_length(&self, class: usize, num: usize) -> Result<Vec<CalibrationQuery>> {
        self.make(class, num, 1)
    }

    fn make(&self, class: usize, num: usize, min_tokens: usize) -> Result<Vec<CalibrationQuery>> {
        let long_enough = self.documents.iter().filter(|(_, num_tokens)| *num_tokens >= min_tokens);
        let chosen = pick(long_enough.map(|(location, _)| *location).collect(), num, class as u64);
        let rounds = num.div_ceil(chosen.len().max(1)).clamp(1, QUERIES_PER_DOCUMENT) as u64;
        let pairs = (0..rounds).flat_map(|round| chosen.iter().map(move |&location| (round, location)));
        pairs.take(num).map(|(round, location)| self.of_document(location, class, round)).collect()
    }

    /// Some tokens of a document, as a query for the other documents.
    fn of_document(&self, location: DocAddress, class: usize, round: u64) -> Result<CalibrationQuery> {
        let seed = SEED.derive(3).derive(class as u64).derive(round).derive(location.id.0);
        let mut generator = seed.generator();
        let mut values = Vec::new();
        let codec = self.snapshot.token_codec()?;
        codec
            .decode(self.snapshot.token_codes(location)?, &mut values)
            .map_err(|error| Error::corrupt(self.snapshot.place(location)).caused_by(error))?;
        let mut rows: Vec<&[f32]> = values.chunks_exact(codec.dim()).collect();
        generator.shuffle(&mut rows);
        let least = MIN_TOKENS[class];
        let end = MIN_TOKENS.get(class + 1).copied().unwrap_or(2 * least);
        rows.truncate(least + generator.below((end - least) as u64) as usize);
        let mut query = HybridQuery::of_vectors(Query::new(MultiVector::new(rows.concat(), codec.dim())?));
        if self.ranking == CalibratedRanking::Fused {
            let schema = self.snapshot.schema();
            query.weights = HybridWeights::for_schema(schema);
            let mut generator = seed.derive(1).generator();
            query.words = self.words_of(location, rows.len(), &mut generator)?;
            query.sentence = self.sentence_of(location, &mut generator)?;
        }
        Ok(CalibrationQuery { query, excluded: Some(location), seed: seed.derive(0) })
    }

    /// Some terms of a document, for a query of so many tokens.
    fn words_of(
        &self,
        location: DocAddress,
        num_tokens: usize,
        generator: &mut Generator,
    ) -> Result<WordsQuery> {
        let mut terms = words::terms_of(self.snapshot, location)?;
        generator.shuffle(&mut terms);
        terms.truncate(num_tokens.div_ceil(TOKENS_PER_TERM));
        WordsQuery::new(terms)
    }

    /// A direction between a document's sentence vector and that of another: a question is farther from the documents that
    /// answer it than they are from each other.
    fn sentence_of(&self, location: DocAddress, generator: &mut Generator) -> Result<Option<Vec<f32>>> {
        let Some(field) = &self.snapshot.shared.sentence else { return Ok(None) };
        let read = |at: DocAddress| {
            let place = || self.snapshot.place(at);
            field.decode(self.snapshot.column(at, field.column)?, place)
        };
        let other = self.documents[generator.below(self.documents.len() as u64) as usize].0;
        let (mut own, other) = (read(location)?, read(other)?);
        own.iter_mut().zip(other).for_each(|(own, other)| *own += SHARE_OF_ANOTHER * other);
        Ok(Some(own))
    }
}

/// `num` of the documents, those of least hash: the same ones whatever order they come in.
fn pick(mut all: Vec<DocAddress>, num: usize, label: u64) -> Vec<DocAddress> {
    if num < all.len() {
        all.select_nth_unstable_by_key(num, |location| {
            (SEED.derive(2).derive(label).derive(location.id.0).0, *location)
        });
        all.truncate(num);
    }
    all.sort_unstable();
    all
}
