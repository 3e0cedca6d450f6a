use super::view::{WordsView, for_each_of, range_of};
use super::{WordsQuery, damaged};
use crate::Snapshot;
use crate::answer::SearchStats;
use crate::columns::TERMS;
use crate::error::{Error, Result};
use crate::row_mask::{DocumentMask, RowMask};
use crate::snapshot::DocAddress;
use pleiad_index::words::{Scorer, StoredTerms, Words, WordsError, search_range as search_lists};
use pleiad_store::PartView;
use pleiad_vectors::{Ranked, Score, TopK};

impl Snapshot {
    /// The sum of the weights of a query's terms, which no score of [`Snapshot::search_words`] exceeds.
    ///
    /// # Errors
    /// As [`Snapshot::search_words`].
    pub fn words_bound(&self, query: &WordsQuery) -> Result<f32> {
        self.check_scope()?;
        Ok(WordsSearch::new(self, query)?.bound())
    }
}

/// The words of a view, ready to be asked one query.
pub(crate) struct WordsSearch<'a> {
    snapshot: &'a Snapshot,
    query: &'a WordsQuery,
    view: WordsView<'a>,
    scorer: Scorer,
    num_fields: usize,
}

/// Why lists could not be searched.
enum Failed {
    Engine(Error),
    Words(WordsError),
}

impl From<WordsError> for Failed {
    fn from(error: WordsError) -> Self {
        Self::Words(error)
    }
}

impl<'a> WordsSearch<'a> {
    /// Gathers the statistics of the query's terms, which are those of all documents, whatever a mask hides. Cost: a look
    /// into each dictionary for each term, the terms of rows without lists, lists where rows are deleted.
    ///
    /// # Errors
    /// `Unsupported` where the collection keeps no words, `Corrupt` when what had to be read cannot be.
    pub(crate) fn new(snapshot: &'a Snapshot, query: &'a WordsQuery) -> Result<Self> {
        let view = WordsView::new(snapshot)?;
        let (scorer, num_fields) = (view.scorer(query)?, view.schema.fields.len());
        Ok(Self { snapshot, query, view, scorer, num_fields })
    }

    /// The sum of the terms' weights: above every score.
    pub(crate) fn bound(&self) -> f32 {
        self.scorer.bound() as f32
    }

    /// The best `k` documents of a mask, best first, ties by id: those that have a term of the query, and all of its
    /// phrases.
    ///
    /// # Errors
    /// `Corrupt` when what had to be read cannot be.
    pub(crate) fn best(
        &self,
        mask: &DocumentMask<'_>,
        k: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Ranked<DocAddress>>> {
        // No list is longer than all documents.
        let all = usize::try_from(self.snapshot.num_documents()).unwrap_or(usize::MAX / 4);
        let mut top = TopK::new(k.min(all));
        for (at, part) in (0..).zip(self.view.parts()) {
            self.snapshot.check_cancelled()?;
            let mask = (at, mask.part(at));
            match part? {
                (part, Some(words)) => self.in_lists(mask, part, &words, &mut top, spent)?,
                (part, None) => self.in_rows(mask, part, &mut top, spent)?,
            }
        }
        Ok(top.into_sorted())
    }

    /// The score of one document, 0 where it has no term; nothing where it lacks a phrase.
    ///
    /// # Errors
    /// As [`WordsSearch::best`].
    pub(crate) fn score_of(&self, location: DocAddress) -> Result<Option<f32>> {
        let score =
            StoredTerms::read(self.snapshot.column(location, TERMS)?, self.num_fields).and_then(|terms| {
                let sum = self.scorer.score_row(&terms)?;
                Ok(self.has_phrases(&terms)?.then(|| self.scorer.score(sum)))
            });
        score.map_err(|error| damaged(&self.snapshot.place(location), error))
    }

    fn in_lists(
        &self,
        (at, mask): (u32, &RowMask<'_>),
        part: &PartView,
        words: &Words<'_>,
        top: &mut TopK<DocAddress>,
        spent: &mut SearchStats,
    ) -> Result<()> {
        let identify = |row: u32| {
            let has_phrases = || -> std::result::Result<bool, Failed> {
                if self.query.phrases().is_empty() {
                    return Ok(true);
                }
                let bytes = part.column(TERMS, row).map_err(|error| Failed::Engine(error.into()))?;
                Ok(self.has_phrases(&StoredTerms::read(bytes, self.num_fields)?)?)
            };
            if !mask.contains(row) || !has_phrases()? {
                return Ok(None);
            }
            self.snapshot.location(at, row).map(Some).map_err(Failed::Engine)
        };
        let mut scratch = self.snapshot.shared.word_sums.take();
        let required = self.query.required();
        // The rows of a tenant lie together.
        let range = self.snapshot.own_rows_of(at).map_or(0..part.num_rows(), |own| range_of(own));
        let stats = search_lists(words, &self.scorer, &required, range, &mut scratch, identify, top);
        let stats = stats.map_err(|failed| match failed {
            Failed::Engine(error) => error,
            Failed::Words(error) => damaged(&format!("the words of {}", part.name()), error),
        })?;
        spent.num_postings += stats.num_postings;
        spent.read_bytes += stats.read_bytes;
        Ok(())
    }

    fn in_rows(
        &self,
        (at, mask): (u32, &RowMask<'_>),
        part: &PartView,
        top: &mut TopK<DocAddress>,
        spent: &mut SearchStats,
    ) -> Result<()> {
        let mut found = Vec::new();
        let mut num_scanned = 0;
        for_each_of(part, mask.rows(), self.num_fields, |row, terms| {
            num_scanned += 1;
            let sum = self.scorer.score_row(terms)?;
            if sum > 0 && self.has_phrases(terms)? {
                found.push((row, sum));
            }
            Ok(())
        })?;
        spent.num_scanned += num_scanned;
        for (row, sum) in found {
            // A sum has too few bits to be anything but finite.
            let score = Score::new(self.scorer.score(sum))?;
            top.push(Ranked { id: self.snapshot.location(at, row)?, score });
        }
        Ok(())
    }

    fn has_phrases(&self, terms: &StoredTerms<'_>) -> std::result::Result<bool, WordsError> {
        for phrase in self.query.phrases() {
            if !phrase.is_in(terms)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
