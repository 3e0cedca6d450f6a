use super::attachment::bytes_of;
use super::{WordsQuery, WordsSchema, damaged, of_schema};
use crate::Snapshot;
use crate::columns::TERMS;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_index::words::{Scorer, Statistics, StoredTerms, Words, WordsError};
use pleiad_store::PartView;
use roaring::RoaringBitmap;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

/// The words of all parts of a view.
pub(super) struct WordsView<'a> {
    snapshot: &'a Snapshot,
    pub(super) schema: &'a WordsSchema,
    /// Lists that were made in memory, by part.
    built: Vec<Option<Arc<[u8]>>>,
}

impl<'a> WordsView<'a> {
    /// Cost: near nothing but for parts that are seen the first time and have no lists.
    pub(super) fn new(snapshot: &'a Snapshot) -> Result<Self> {
        let schema = of_schema(snapshot.schema())?;
        let parts = snapshot.view.parts();
        let lists = |part| snapshot.shared.words.lists(part, schema, parts.len());
        Ok(Self { snapshot, schema, built: parts.iter().map(lists).collect::<Result<_>>()? })
    }

    /// The parts, each with its lists if it has some.
    pub(super) fn parts(&self) -> impl Iterator<Item = Result<(&PartView, Option<Words<'_>>)>> {
        self.snapshot.view.parts().iter().zip(&self.built).map(|(part, built)| {
            let bytes = match built {
                Some(bytes) => Some(&**bytes),
                None => bytes_of(part, self.schema)?,
            };
            let words = bytes.map(Words::read).transpose().map_err(|error| damaged(&part.name(), error))?;
            Ok((part, words))
        })
    }

    /// Returns a scorer of rows for a query, by the statistics of all live documents. Cost: a look into the
    /// dictionary of each part for each term; where rows are deleted, the lists of these terms; the terms of rows
    /// without lists.
    pub(super) fn scorer(&self, query: &WordsQuery) -> Result<Scorer> {
        let (snapshot, weights) = (self.snapshot, self.schema.weights());
        let terms: Vec<(&str, u32)> = query.terms().collect();
        let mut num_with = vec![0u64; terms.len()];
        let mut totals = vec![0u64; weights.len()];
        for (at, part) in (0..).zip(self.parts()) {
            let (part, words) = part?;
            if let Some(own) = snapshot.own_rows_of(at) {
                let rows = &**own - part.deleted();
                count_own((part, words.as_ref()), &rows, &terms, &mut totals, &mut num_with)?;
                continue;
            }
            let num_parts = snapshot.view.parts().len();
            let of_part = snapshot.shared.words.totals(part, words.as_ref(), weights.len(), num_parts)?;
            totals.iter_mut().zip(&*of_part).for_each(|(sum, &total)| *sum += total);
            match words {
                Some(words) => count_in_lists(part, &words, &terms, &mut num_with)?,
                None => count_in_rows(part, weights.len(), &terms, &mut num_with)?,
            }
        }
        let statistics = Statistics { num_documents: snapshot.num_documents(), totals };
        let terms = terms.iter().zip(&num_with).map(|(&(term, count), &num_with)| (term, count, num_with));
        Scorer::new(&weights, &statistics, terms)
            .map_err(|error| Error::corrupt(error.to_string()).caused_by(error))
    }

    /// Number of distinct terms, by a hash of 64 bits.
    pub(super) fn num_terms(&self) -> Result<u64> {
        let (hasher, mut seen) = (RandomState::new(), HashSet::new());
        for part in self.parts() {
            let (part, words) = part?;
            match words {
                Some(words) => words
                    .for_each_term(|term, _| seen.extend([hasher.hash_one(term)]))
                    .map_err(|error| damaged(&part.name(), error))?,
                None => for_each_row(part, self.schema.fields.len(), |_, terms| {
                    terms.for_each(|term| {
                        seen.insert(hasher.hash_one(term.text.as_bytes()));
                        Ok(())
                    })
                })?,
            }
        }
        Ok(seen.len() as u64)
    }
}

/// The range that some rows lie in.
pub(super) fn range_of(rows: &RoaringBitmap) -> Range<u32> {
    rows.min().unwrap_or(0)..rows.max().map_or(0, |last| last + 1)
}

/// Adds up the lengths of some live rows of a part, and counts those that have each term.
fn count_own(
    (part, words): (&PartView, Option<&Words<'_>>),
    rows: &RoaringBitmap,
    terms: &[(&str, u32)],
    totals: &mut [u64],
    num_with: &mut [u64],
) -> Result<()> {
    let Some(words) = words else {
        let num_fields = totals.len();
        for row in rows {
            let counted = StoredTerms::read(part.column(TERMS, row)?, num_fields).and_then(|stored| {
                totals.iter_mut().zip(stored.lengths()).for_each(|(sum, &length)| *sum += u64::from(length));
                count_in_row(&stored, terms, num_with)
            });
            counted.map_err(|error| damaged(&format!("{}, row {row}", part.name()), error))?;
        }
        return Ok(());
    };
    rows.iter().filter_map(|row| words.row_lengths(row)).for_each(|lengths| {
        totals.iter_mut().zip(lengths).for_each(|(sum, length)| *sum += u64::from(length));
    });
    for ((term, _), num_with) in terms.iter().zip(num_with) {
        let count = |row| *num_with += u64::from(rows.contains(row));
        let counted = words.for_each_row_in(term, range_of(rows), count);
        counted.map_err(|error| damaged(&part.name(), error))?;
    }
    Ok(())
}

/// Calls `visit` with the terms of each live row of a part.
pub(super) fn for_each_row(
    part: &PartView,
    num_fields: usize,
    visit: impl FnMut(u32, &StoredTerms<'_>) -> std::result::Result<(), WordsError>,
) -> Result<()> {
    for_each_of(part, (0..part.num_rows()).filter(|&row| !part.is_deleted(row)), num_fields, visit)
}

/// The same of some rows.
pub(super) fn for_each_of(
    part: &PartView,
    rows: impl Iterator<Item = u32>,
    num_fields: usize,
    mut visit: impl FnMut(u32, &StoredTerms<'_>) -> std::result::Result<(), WordsError>,
) -> Result<()> {
    for row in rows {
        let visited =
            StoredTerms::read(part.column(TERMS, row)?, num_fields).and_then(|terms| visit(row, &terms));
        visited.map_err(|error| damaged(&format!("{}, row {row}", part.name()), error))?;
    }
    Ok(())
}

fn count_in_lists(
    part: &PartView,
    words: &Words<'_>,
    terms: &[(&str, u32)],
    num_with: &mut [u64],
) -> Result<()> {
    for ((term, _), num_with) in terms.iter().zip(num_with) {
        let counted = if part.deleted().is_empty() {
            words.num_rows_with(term).map(|num_rows| *num_with += u64::from(num_rows))
        } else {
            words.for_each_row(term, |row| *num_with += u64::from(!part.is_deleted(row)))
        };
        counted.map_err(|error| damaged(&part.name(), error))?;
    }
    Ok(())
}

/// The terms of rows and of the query both ascend.
fn count_in_rows(
    part: &PartView,
    num_fields: usize,
    terms: &[(&str, u32)],
    num_with: &mut [u64],
) -> Result<()> {
    for_each_row(part, num_fields, |_, row| count_in_row(row, terms, num_with))
}

fn count_in_row(
    row: &StoredTerms<'_>,
    terms: &[(&str, u32)],
    num_with: &mut [u64],
) -> std::result::Result<(), WordsError> {
    row.for_each(|found| {
        if let Ok(at) = terms.binary_search_by(|(term, _)| (*term).cmp(found.text)) {
            num_with[at] += 1;
        }
        Ok(())
    })
}

/// The distinct terms of a document, ascending; none where the collection keeps no words.
pub(crate) fn terms_of(snapshot: &Snapshot, document: DocAddress) -> Result<Vec<String>> {
    let Some(schema) = &snapshot.schema().words else { return Ok(Vec::new()) };
    let mut terms = Vec::new();
    let column = snapshot.column(document, TERMS)?;
    let visited = StoredTerms::read(column, schema.fields.len()).and_then(|stored| {
        stored.for_each(|term| {
            terms.push(term.text.to_owned());
            Ok(())
        })
    });
    visited.map_err(|error| damaged(&snapshot.place(document), error))?;
    Ok(terms)
}
