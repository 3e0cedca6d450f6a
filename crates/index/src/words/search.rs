use super::cursor::Cursor;
use super::{Scorer, Words, WordsError};
use crate::Stats;
use pleiad_vectors::{Ranked, Score, TopK};
use std::ops::Range;

/// Rows of a window: their sums stay in the first-level cache.
const WINDOW: u32 = 4096;

/// Rows of a group that a bit stands for.
const GROUP: usize = 64;

/// Sums over the rows of a window: 16 KiB, to be used for any number of searches.
pub struct Scratch {
    /// Zero between searches.
    sums: Box<[u32]>,
    /// Rows of a window that have enough from some terms, and their sums.
    candidates: Vec<(u32, u32)>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { sums: vec![0; WINDOW as usize].into_boxed_slice(), candidates: Vec::new() }
    }
}

/// Shows the rows that have a term of the query, and all of `required`, to `top`; `identify` gives them their ids.
///
/// `identify` is asked only for rows that would be kept, so that it may be costly; `None` hides a row. Ties break by
/// the id, so the answer depends neither on how rows are split between segments nor on the order of these.
///
/// Cost: O(postings of the terms) at most; less the further `top` is filled.
///
/// # Errors
/// An error of `identify`, and [`WordsError`] for damaged words, or words whose fields have other weights.
pub fn search<I: Ord + Copy, E: From<WordsError>>(
    words: &Words<'_>,
    scorer: &Scorer,
    required: &[&str],
    scratch: &mut Scratch,
    identify: impl FnMut(u32) -> Result<Option<I>, E>,
    top: &mut TopK<I>,
) -> Result<Stats, E> {
    search_range(words, scorer, required, 0..words.num_rows(), scratch, identify, top)
}

/// The same of some rows next to each other. Cost: O(postings of these rows), and a look at the head of each block before
/// them; where terms are required, whole lists of those.
///
/// # Errors
/// As [`search`].
pub fn search_range<I: Ord + Copy, E: From<WordsError>>(
    words: &Words<'_>,
    scorer: &Scorer,
    required: &[&str],
    range: Range<u32>,
    scratch: &mut Scratch,
    identify: impl FnMut(u32) -> Result<Option<I>, E>,
    top: &mut TopK<I>,
) -> Result<Stats, E> {
    let mut cursors = Vec::new();
    for term in 0..scorer.terms().len() {
        cursors.extend(Cursor::new(words, scorer, term)?);
    }
    let mut search = Search { scorer, identify, top, num_scored: 0 };
    if required.is_empty() {
        // What a damaged list left must not reach the next search.
        search.windows(range, words, &mut cursors, scratch).inspect_err(|_| scratch.sums.fill(0))?;
    } else {
        let mut rows = required_rows(words, required)?;
        rows.retain(|row| range.contains(row));
        for window in rows.chunk_by_mut(|a, b| a / WINDOW == b / WINDOW) {
            scratch.candidates.clear();
            scratch.candidates.extend(window.iter().map(|&row| (row, 0)));
            let bound = u32::MAX;
            let mut rest: Vec<(u32, &mut Cursor<'_>)> =
                cursors.iter_mut().map(|cursor| (0, cursor)).collect();
            search.complete(&mut rest, bound, &mut scratch.candidates)?;
            search.show(&scratch.candidates)?;
        }
    }
    let num_postings = cursors.iter().map(|cursor| cursor.num_postings).sum();
    Ok(Stats { num_scored: search.num_scored, num_postings, read_bytes: 4 * num_postings })
}

/// Rows that have all of some terms, ascending.
fn required_rows(words: &Words<'_>, required: &[&str]) -> Result<Vec<u32>, WordsError> {
    let mut by_length =
        required.iter().map(|term| Ok((words.num_rows_with(term)?, *term))).collect::<Result<Vec<_>, _>>()?;
    by_length.sort_unstable();
    let mut rows: Option<Vec<u32>> = None;
    for (_, term) in by_length {
        let mut found = Vec::new();
        match &rows {
            None => words.for_each_row(term, |row| found.push(row))?,
            Some(rows) => {
                let mut rest = rows.iter().copied().peekable();
                words.for_each_row(term, |row| {
                    while rest.next_if(|&other| other < row).is_some() {}
                    found.extend(rest.next_if_eq(&row));
                })?;
            }
        }
        rows = Some(found);
    }
    Ok(rows.unwrap_or_default())
}

struct Search<'s, I, F> {
    scorer: &'s Scorer,
    identify: F,
    top: &'s mut TopK<I>,
    num_scored: u64,
}

impl<I: Ord + Copy, F> Search<'_, I, F> {
    /// The least sum that may be kept.
    fn least(&self) -> u32 {
        self.top.threshold().map_or(1, |score| self.scorer.least_sum(score.get()).max(1))
    }

    fn windows<E: From<WordsError>>(
        &mut self,
        range: Range<u32>,
        words: &Words<'_>,
        cursors: &mut [Cursor<'_>],
        scratch: &mut Scratch,
    ) -> Result<(), E>
    where
        F: FnMut(u32) -> Result<Option<I>, E>,
    {
        let (mut start, last) = (range.start, range.end.min(words.num_rows()));
        loop {
            // Where lists are short, most windows have nothing.
            let mut next = None;
            for cursor in cursors.iter() {
                next = cursor.next_row()?.into_iter().chain(next).min();
            }
            let Some(next) = next.filter(|&next| next < last) else { return Ok(()) };
            start = next.max(start);
            let end = start.saturating_add(WINDOW).min(last);
            if start >= end {
                return Ok(());
            }
            self.window(start, end, cursors, scratch)?;
            start = end;
        }
    }

    fn window<E: From<WordsError>>(
        &mut self,
        start: u32,
        end: u32,
        cursors: &mut [Cursor<'_>],
        scratch: &mut Scratch,
    ) -> Result<(), E>
    where
        F: FnMut(u32) -> Result<Option<I>, E>,
    {
        let mut bounded = Vec::with_capacity(cursors.len());
        for cursor in cursors {
            let bound = cursor.bound_in(start, end)?;
            if bound > 0 {
                bounded.push((bound, cursor));
            }
        }
        bounded.sort_by_key(|(bound, _)| *bound);
        let (least, mut aside, mut num_aside) = (self.least(), 0u32, 0);
        for (bound, _) in &bounded {
            // Rows that have only these terms cannot be kept.
            if aside.saturating_add(*bound) >= least {
                break;
            }
            (aside, num_aside) = (aside + bound, num_aside + 1);
        }
        let (rest, essential) = bounded.split_at_mut(num_aside);
        let mut groups = 0;
        for (_, cursor) in essential {
            cursor.add_to(start, end, &mut scratch.sums, &mut groups)?;
        }
        scratch.candidates.clear();
        collect(&mut scratch.sums, groups, least.saturating_sub(aside).max(1), |place, sum| {
            scratch.candidates.push((start + place, sum));
        });
        self.complete(rest, aside, &mut scratch.candidates)?;
        self.show(&scratch.candidates)
    }

    /// Adds the parts of the terms that were left aside, those with the largest bounds first, as long as a row may still be
    /// kept. `bound` is the sum of theirs.
    fn complete<E: From<WordsError>>(
        &mut self,
        rest: &mut [(u32, &mut Cursor<'_>)],
        mut bound: u32,
        candidates: &mut Vec<(u32, u32)>,
    ) -> Result<(), E> {
        self.num_scored += candidates.len() as u64;
        for (of_term, cursor) in rest.iter_mut().rev() {
            let least = self.least();
            candidates.retain(|(_, sum)| sum.saturating_add(bound) >= least);
            for (row, sum) in candidates.iter_mut() {
                *sum += cursor.part_of(*row)?;
            }
            bound -= *of_term;
        }
        Ok(())
    }

    fn show<E>(&mut self, candidates: &[(u32, u32)]) -> Result<(), E>
    where
        F: FnMut(u32) -> Result<Option<I>, E>,
    {
        let mut least = self.least();
        for &(row, sum) in candidates {
            if sum < least {
                continue;
            }
            if let Some(id) = (self.identify)(row)? {
                // A sum has too few bits to be anything but finite.
                let score = Score::new(self.scorer.score(sum)).expect("a finite value");
                self.top.push(Ranked { id, score });
                least = self.least();
            }
        }
        Ok(())
    }
}

/// Shows sums that reach the least one, and leaves zeros behind.
fn collect(sums: &mut [u32], mut groups: u64, least: u32, mut show: impl FnMut(u32, u32)) {
    while groups != 0 {
        let group = groups.trailing_zeros() as usize;
        groups &= groups - 1;
        let first = group * GROUP;
        let sums = &mut sums[first..first + GROUP];
        if sums.iter().fold(0, |most, &sum| most.max(sum)) >= least {
            for (place, &sum) in (first as u32..).zip(&*sums) {
                if sum >= least {
                    show(place, sum);
                }
            }
        }
        sums.fill(0);
    }
}
