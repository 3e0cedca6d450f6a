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
    /// dictionary of each part for each term; where rows are deleted or a tenant's alone count, the lists of these terms;
    /// the terms of rows without lists.
    pub(super) fn scorer(&self, query: &WordsQuery) -> Result<Scorer> {
        let (snapshot, weights) = (self.snapshot, self.schema.weights());
        let terms: Vec<(&str, u32)> = query.terms().collect();
        let mut num_with = vec![0u64; terms.len()];
        for (at, part) in (0..).zip(self.parts()) {
            let (part, words) = part?;
            match (snapshot.own_rows_of(at), words) {
                (Some(own), words) => {
                    let rows = &**own - part.deleted();
                    count_own((part, words.as_ref()), &rows, weights.len(), &terms, &mut num_with)?;
                }
                (None, Some(words)) => count_in_lists(part, &words, &terms, &mut num_with)?,
                (None, None) => count_in_rows(part, weights.len(), &terms, &mut num_with)?,
            }
        }
        let totals = match snapshot.own_word_totals() {
            None => self.totals(weights.len())?,
            Some(known) => match known.get() {
                Some(totals) => totals.to_vec(),
                None => {
                    let totals = self.own_totals(weights.len())?;
                    known.get_or_init(|| totals.into()).to_vec()
                }
            },
        };
        let statistics = Statistics { num_documents: snapshot.num_documents(), totals };
        let terms = terms.iter().zip(&num_with).map(|(&(term, count), &num_with)| (term, count, num_with));
        Scorer::new(&weights, &statistics, terms)
            .map_err(|error| Error::corrupt(error.to_string()).caused_by(error))
    }

    /// The sum of the lengths of each field, over live rows.
    fn totals(&self, num_fields: usize) -> Result<Vec<u64>> {
        let (mut totals, num_parts) = (vec![0; num_fields], self.built.len());
        for part in self.parts() {
            let (part, words) = part?;
            let of_part = self.snapshot.shared.words.totals(part, words.as_ref(), num_fields, num_parts)?;
            totals.iter_mut().zip(&*of_part).for_each(|(sum, &total)| *sum += total);
        }
        Ok(totals)
    }

    /// The same over the live rows of the tenant alone. Cost: O(rows of the tenant).
    fn own_totals(&self, num_fields: usize) -> Result<Vec<u64>> {
        let mut totals = vec![0; num_fields];
        for (at, part) in (0..).zip(self.parts()) {
            let (part, words) = part?;
            let Some(own) = self.snapshot.own_rows_of(at) else { continue };
            let rows = &**own - part.deleted();
            match words {
                Some(words) => rows
                    .iter()
                    .filter_map(|row| words.row_lengths(row))
                    .for_each(|lengths| add_lengths(&mut totals, lengths)),
                None => for_each_of(part, rows.iter(), num_fields, |_, terms| {
                    add_lengths(&mut totals, terms.lengths().iter().copied());
                    Ok(())
                })?,
            }
        }
        Ok(totals)
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

fn add_lengths(totals: &mut [u64], lengths: impl Iterator<Item = u32>) {
    totals.iter_mut().zip(lengths).for_each(|(sum, length)| *sum += u64::from(length));
}

/// The range that some rows lie in.
pub(super) fn range_of(rows: &RoaringBitmap) -> Range<u32> {
    rows.min().unwrap_or(0)..rows.max().map_or(0, |last| last + 1)
}

/// Counts the rows that have each term, of some live rows of a part.
fn count_own(
    (part, words): (&PartView, Option<&Words<'_>>),
    rows: &RoaringBitmap,
    num_fields: usize,
    terms: &[(&str, u32)],
    num_with: &mut [u64],
) -> Result<()> {
    let Some(words) = words else {
        return for_each_of(part, rows.iter(), num_fields, |_, row| count_in_row(row, terms, num_with));
    };
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
