use super::view::{WordsView, for_each_row};
use super::{WordsQuery, damaged};
use crate::Snapshot;
use crate::columns::TERMS;
use crate::error::{Error, Result};
use crate::row_mask::DocumentMask;
use crate::search::Spent;
use crate::snapshot::Location;
use pleiad_index::words::{Scorer, StoredTerms, Words, WordsError, search as search_lists};
use pleiad_store::PartView;
use pleiad_vectors::{Ranked, Score, TopK};

/// The best `k` documents of a mask by BM25, best first, ties by id: those that have a term of the query, and all of its
/// phrases. Statistics are those of all documents, whatever the mask.
///
/// # Errors
/// `Unsupported` where the collection keeps no words, `Corrupt` when what had to be read cannot be.
pub(crate) fn search(
    snapshot: &Snapshot,
    query: &WordsQuery,
    mask: &DocumentMask<'_>,
    k: usize,
    spent: &mut Spent,
) -> Result<Vec<Ranked<Location>>> {
    let view = WordsView::new(snapshot)?;
    let scorer = view.scorer(query)?;
    let search = Search { snapshot, query, mask, scorer: &scorer, num_fields: view.schema.fields.len() };
    let mut top = TopK::new(k);
    for (at, part) in (0..).zip(view.parts()) {
        match part? {
            (part, Some(words)) => search.in_lists(at, part, &words, &mut top, spent)?,
            (part, None) => search.in_rows(at, part, &mut top, spent)?,
        }
    }
    Ok(top.into_sorted())
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a WordsQuery,
    mask: &'a DocumentMask<'a>,
    scorer: &'a Scorer,
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

impl Search<'_> {
    fn in_lists(
        &self,
        at: u32,
        part: &PartView,
        words: &Words<'_>,
        top: &mut TopK<Location>,
        spent: &mut Spent,
    ) -> Result<()> {
        let mask = self.mask.part(at);
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
        let stats = search_lists(words, self.scorer, &required, &mut scratch, identify, top);
        let stats = stats.map_err(|failed| match failed {
            Failed::Engine(error) => error,
            Failed::Words(error) => damaged(&format!("the words of {}", part.name()), error),
        })?;
        spent.num_postings += stats.num_postings;
        spent.read_bytes += stats.read_bytes;
        Ok(())
    }

    fn in_rows(&self, at: u32, part: &PartView, top: &mut TopK<Location>, spent: &mut Spent) -> Result<()> {
        let (mask, mut found) = (self.mask.part(at), Vec::new());
        for_each_row(part, self.num_fields, |row, terms| {
            if mask.contains(row) {
                let sum = self.scorer.score_row(terms)?;
                if sum > 0 && self.has_phrases(terms)? {
                    found.push((row, sum));
                }
            }
            Ok(())
        })?;
        spent.num_scanned += u64::from(part.num_live_rows());
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
