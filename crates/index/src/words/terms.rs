use super::{MAX_FIELDS, MAX_TERM_BYTES, WordsError};
use crate::varint;
use std::collections::BTreeMap;

/// Version of the bytes of a row's terms.
const VERSION: u8 = 1;

/// Terms of one row on their way in: each with its positions in each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsBuilder {
    /// Field and position of each occurrence.
    terms: BTreeMap<Box<str>, Vec<(u16, u32)>>,
}

impl TermsBuilder {
    /// Notes an occurrence of a term. Empty terms are not noted.
    pub fn push(&mut self, field: u16, term: &str, position: u32) {
        if term.is_empty() {
            return;
        }
        match self.terms.get_mut(term) {
            Some(occurrences) => occurrences.push((field, position)),
            None => drop(self.terms.insert(term.into(), vec![(field, position)])),
        }
    }

    /// Returns whether no occurrence was noted.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns the bytes that [`StoredTerms`] reads, for a row of so many fields; none for a row without terms.
    ///
    /// # Errors
    /// [`WordsError::Fields`] for an occurrence in a field that there is not, [`WordsError::TooMany`] for a term of
    /// more than [`MAX_TERM_BYTES`].
    pub fn finish(&self, num_fields: usize) -> Result<Vec<u8>, WordsError> {
        let mut out = Vec::new();
        if self.terms.is_empty() {
            return Ok(out);
        }
        let mut lengths = vec![0u32; num_fields.min(MAX_FIELDS)];
        for &(field, _) in self.terms.values().flatten() {
            let no_field = WordsError::Fields { reason: "a term is in a field that there is not" };
            let length = lengths.get_mut(usize::from(field)).ok_or(no_field)?;
            *length = length.checked_add(1).ok_or(WordsError::TooMany { what: "terms of a row" })?;
        }
        out.push(VERSION);
        varint::push(&mut out, self.terms.len() as u32);
        lengths.iter().for_each(|&length| varint::push(&mut out, length));
        let mut before: &str = "";
        for (term, occurrences) in &self.terms {
            if term.len() > MAX_TERM_BYTES {
                return Err(WordsError::TooMany { what: "bytes of a term" });
            }
            push_term(&mut out, before, term);
            let mut occurrences = occurrences.clone();
            occurrences.sort_unstable();
            for field in 0..lengths.len() {
                let of_field = || occurrences.iter().filter(|(of, _)| usize::from(*of) == field);
                varint::push(&mut out, of_field().count() as u32);
                let mut last = 0;
                for &(_, position) in of_field() {
                    varint::push(&mut out, position - std::mem::replace(&mut last, position));
                }
            }
            before = term;
        }
        Ok(out)
    }
}

/// Adds a term, less the bytes that it shares with the one before it.
pub(super) fn push_term(out: &mut Vec<u8>, before: &str, term: &str) {
    let shared = before.bytes().zip(term.bytes()).take_while(|(a, b)| a == b).count();
    varint::push(out, shared as u32);
    varint::push(out, (term.len() - shared) as u32);
    out.extend_from_slice(&term.as_bytes()[shared..]);
}

/// Takes what [`push_term`] added: `term` becomes the next one. Nothing where the bytes say none.
pub(super) fn take_term(bytes: &mut &[u8], term: &mut Vec<u8>) -> Option<()> {
    let (shared, len) = (varint::take(bytes)? as usize, varint::take(bytes)? as usize);
    if shared > term.len() || shared + len > MAX_TERM_BYTES {
        return None;
    }
    term.truncate(shared);
    term.extend_from_slice(varint::take_bytes(bytes, len)?);
    Some(())
}

/// The terms of one row, as they are stored: the truth that postings repeat.
///
/// ```text
/// version u8 = 1; number of terms; terms in each field, counted with repetition
/// each term, ascending: bytes shared with the one before, further bytes and their number;
///     for each field: occurrences, the first position, and the distances of the others
/// ```
/// Numbers have seven bits a byte, the lowest first. A row without terms has no bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTerms<'a> {
    num_terms: u32,
    lengths: Vec<u32>,
    terms: &'a [u8],
}

/// One term of a row.
#[derive(Debug)]
pub struct StoredTerm<'a> {
    /// The term.
    pub text: &'a str,
    /// Occurrences in each field.
    pub counts: &'a [u32],
    /// Positions, field by field.
    pub positions: &'a [u32],
}

impl<'a> StoredTerms<'a> {
    /// Reads the head; [`StoredTerms::for_each`] reads the terms.
    ///
    /// # Errors
    /// [`WordsError::Terms`] when this is no head.
    pub fn read(mut bytes: &'a [u8], num_fields: usize) -> Result<Self, WordsError> {
        if bytes.is_empty() {
            return Ok(Self { num_terms: 0, lengths: vec![0; num_fields], terms: bytes });
        }
        let mut head = || {
            let version = varint::take_bytes(&mut bytes, 1)?[0];
            let num_terms = varint::take(&mut bytes)?;
            let lengths = (0..num_fields).map(|_| varint::take(&mut bytes)).collect::<Option<Vec<u32>>>()?;
            Some((version, num_terms, lengths))
        };
        let (version, num_terms, lengths) =
            head().ok_or(WordsError::Terms { reason: "their head is cut" })?;
        if version != VERSION {
            return Err(WordsError::Terms { reason: "they are of another version" });
        }
        Ok(Self { num_terms, lengths, terms: bytes })
    }

    /// Number of distinct terms.
    pub fn num_terms(&self) -> u32 {
        self.num_terms
    }

    /// Number of terms in each field, counted with repetition: its length for BM25.
    pub fn lengths(&self) -> &[u32] {
        &self.lengths
    }

    /// Calls `visit` with each term, ascending. Cost: a pass over the bytes.
    ///
    /// # Errors
    /// [`WordsError::Terms`] when they are damaged, and what `visit` says.
    pub fn for_each<E: From<WordsError>>(
        &self,
        mut visit: impl FnMut(StoredTerm<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let cut = || WordsError::Terms { reason: "they end too soon" };
        let (mut rest, mut term, mut before) = (self.terms, Vec::new(), Vec::new());
        let (mut counts, mut positions) = (vec![0; self.lengths.len()], Vec::new());
        let mut lengths = vec![0u64; self.lengths.len()];
        for _ in 0..self.num_terms {
            before.clone_from(&term);
            take_term(&mut rest, &mut term).ok_or_else(cut)?;
            if term <= before {
                return Err(WordsError::Terms { reason: "they do not ascend" }.into());
            }
            positions.clear();
            for (count, length) in counts.iter_mut().zip(&mut lengths) {
                *count = varint::take(&mut rest).ok_or_else(cut)?;
                *length += u64::from(*count);
                let mut last = 0u32;
                for _ in 0..*count {
                    let distance = varint::take(&mut rest).ok_or_else(cut)?;
                    let too_far = WordsError::Terms { reason: "a position is beyond 2^32" };
                    last = last.checked_add(distance).ok_or(too_far)?;
                    positions.push(last);
                }
            }
            if positions.is_empty() {
                return Err(WordsError::Terms { reason: "a term occurs nowhere" }.into());
            }
            let text = std::str::from_utf8(&term);
            let text = text.map_err(|_| WordsError::Terms { reason: "a term is not UTF-8" })?;
            visit(StoredTerm { text, counts: &counts, positions: &positions })?;
        }
        let is_whole = rest.is_empty() && self.lengths.iter().zip(&lengths).all(|(a, b)| u64::from(*a) == *b);
        if !is_whole {
            return Err(WordsError::Terms { reason: "they are not as many as they say" }.into());
        }
        Ok(())
    }
}
