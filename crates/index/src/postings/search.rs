//! The search: probes are chosen, then the lists of a window are read and added up.

use super::WINDOW_ROWS;
use super::read::Window;
use super::{Postings, PostingsError};
use crate::Stats;
use pleiad_vectors::{Ranked, Score, TopK};

/// Rows of a window, as a length.
const ROWS: usize = WINDOW_ROWS as usize;

/// Rows looked at together for those that count: most groups have none.
const GROUP_ROWS: usize = 64;

/// The centroids that lie best for each token of a query, and what they add to the score of a row.
#[derive(Debug, Clone)]
pub struct Probes {
    num_centroids: u32,
    /// The end of the probes of each query token.
    ends: Vec<usize>,
    /// The centroid, and how much its score is above the one imputed; the best first.
    probes: Vec<(u32, f32)>,
}

impl Probes {
    /// Chooses the best `num_probes` centroids of each query token; the first of equals.
    ///
    /// `scores` is row-major `[num_query_tokens, num_centroids]`: the larger, the better a document token near the
    /// centroid answers the query token. To a row that meets none of its probes a token gives the score of the best
    /// centroid that was not probed: no row near another one can have more. Cost: one pass over the scores.
    ///
    /// # Errors
    /// [`PostingsError::Score`] when one that counts is not finite.
    ///
    /// # Panics
    /// When `scores` does not hold whole rows.
    pub fn choose(scores: &[f32], num_centroids: u32, num_probes: usize) -> Result<Self, PostingsError> {
        let mut probes = Self { num_centroids, ends: Vec::new(), probes: Vec::new() };
        if num_centroids == 0 {
            return Ok(probes);
        }
        let rows = scores.chunks_exact(num_centroids as usize);
        assert!(rows.remainder().is_empty(), "a score for each query token and centroid");
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(num_probes + 2);
        for (token, row) in rows.enumerate() {
            keep_best(row, num_probes + 1, &mut best);
            if best.is_empty() || best.iter().any(|(score, _)| !score.is_finite()) {
                return Err(PostingsError::Score { token });
            }
            let imputed = best[best.len() - 1].0;
            let probed = best.iter().take(num_probes);
            probes.probes.extend(probed.map(|&(score, centroid)| (centroid, score - imputed)));
            probes.ends.push(probes.probes.len());
        }
        Ok(probes)
    }

    /// Centroids that they were chosen among.
    pub fn num_centroids(&self) -> u32 {
        self.num_centroids
    }

    /// Centroids probed, by all query tokens together.
    pub fn num_probes(&self) -> usize {
        self.probes.len()
    }

    /// The probes of each query token in turn, the best first.
    fn tokens(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.probes[start..end])
    }
}

/// The `num` largest of a row and where they stand, in order. NaN is not among them.
fn keep_best(row: &[f32], num: usize, best: &mut Vec<(f32, u32)>) {
    best.clear();
    let mut least = f32::NEG_INFINITY;
    for (at, &score) in (0..).zip(row) {
        // One comparison turns nearly all away.
        if score > least || (best.len() < num && score == least) {
            let place = best.partition_point(|kept| kept.0 >= score);
            best.insert(place, (score, at));
            best.truncate(num);
            if best.len() == num {
                least = best[num - 1].0;
            }
        }
    }
}

/// Sums over the rows of a window: 384 KiB, to be used for any number of searches.
pub struct Scratch {
    /// The sum of each row so far.
    partial_scores: Box<[f32; ROWS]>,
    /// The mark of the last query token that met it.
    last: Box<[u16; ROWS]>,
    /// The mark of the last query token, of this search or the one before.
    mark: u16,
    /// Rows that may be kept, with what they met.
    kept: Vec<(f32, u32)>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { partial_scores: zeros(), last: zeros(), mark: 0, kept: Vec::new() }
    }
}

impl Scratch {
    /// A mark that no row has.
    fn next_mark(&mut self) -> u16 {
        if self.mark == u16::MAX {
            self.last.fill(0);
            self.mark = 0;
        }
        self.mark += 1;
        self.mark
    }
}

fn zeros<T: Clone + Default>() -> Box<[T; ROWS]> {
    let values = vec![T::default(); ROWS].into_boxed_slice();
    values.try_into().ok().expect("as many values as rows")
}

/// Shows every row of a window that met a probe, and its score: the sum over query tokens, in their order, of the best
/// centroid probed that the row has a token near, above the score imputed. What a row has less than the score of a row
/// that meets nothing is thus zero, and such rows are not shown.
///
/// Cost: one look for each posting of the probes, and a pass over the rows of the window.
///
/// # Errors
/// An error of `show`, and [`PostingsError`] for damaged lists or probes of other centroids.
pub fn visit_matches<E: From<PostingsError>>(
    postings: &Postings<'_>,
    window: u32,
    probes: &Probes,
    scratch: &mut Scratch,
    mut show: impl FnMut(u32, f32) -> Result<(), E>,
) -> Result<Stats, E> {
    let mut stats = sum_up(postings, window, probes, scratch)?;
    let num_rows = postings.window_rows(window) as usize;
    let first = window * WINDOW_ROWS;
    stats.num_scored =
        above_threshold(&scratch.partial_scores[..num_rows], 0.0, |row, gain| show(first + row, gain))?;
    Ok(stats)
}

/// Brings what each row of a window met into `scratch`.
fn sum_up(
    postings: &Postings<'_>,
    window: u32,
    probes: &Probes,
    scratch: &mut Scratch,
) -> Result<Stats, PostingsError> {
    if probes.num_centroids() != postings.num_centroids() {
        return Err(PostingsError::Stored { reason: "they are of other centroids than the query" });
    }
    let no_window = PostingsError::Stored { reason: "they have no such window" };
    let lists = postings.window(window).ok_or(no_window)?;
    scratch.partial_scores[..lists.num_rows() as usize].fill(0.0);
    let mut stats = Stats::default();
    for token in probes.tokens() {
        let mark = scratch.next_mark();
        stats += add(&lists, token, mark, scratch)?;
    }
    Ok(stats)
}

/// Shows the rows that met something, and no less than `least`; the number of those that met something. Cost: a pass in
/// groups of rows, of which those without a row to show take an instruction or so a row of a cache line.
fn above_threshold<E>(
    partial_scores: &[f32],
    least: f32,
    mut show: impl FnMut(u32, f32) -> Result<(), E>,
) -> Result<u64, E> {
    let mut num_met = 0;
    for (first, group) in (0..).step_by(GROUP_ROWS).zip(partial_scores.chunks(GROUP_ROWS)) {
        // What was met is not negative, so that its bits are in its order.
        let count = |(num, most): (u32, u32), gain: &f32| {
            (num + u32::from(gain.to_bits() > 0), most.max(gain.to_bits()))
        };
        let (num, most) = group.iter().fold((0, 0), count);
        num_met += u64::from(num);
        if num == 0 || f32::from_bits(most) < least {
            continue;
        }
        for (row, &gain) in (first..).zip(group) {
            if gain > 0.0 && gain >= least {
                show(row, gain)?;
            }
        }
    }
    Ok(num_met)
}

/// Adds to each row the best probe of one query token that it meets: the first one.
fn add(
    lists: &Window<'_>,
    probes: &[(u32, f32)],
    mark: u16,
    scratch: &mut Scratch,
) -> Result<Stats, PostingsError> {
    let mut stats = Stats::default();
    let Scratch { partial_scores, last, .. } = scratch;
    for &(centroid, gain) in probes {
        let list = lists.list(centroid)?;
        for row in list {
            let row = usize::from(u16::from_le_bytes(*row));
            // Without a branch: whether a row was met already is anyone's guess.
            partial_scores[row] += if last[row] == mark { 0.0 } else { gain };
            last[row] = mark;
        }
        stats.num_postings += list.len() as u64;
        // Where a list begins does not count, so that windows do not.
        stats.read_bytes += size_of_val(list) as u64;
    }
    Ok(stats)
}

/// Shows the rows of a window that met a probe and for which `identify` gives an id to `top`.
///
/// `identify` is asked only for rows that would be kept, so that it may be costly; `None` hides a row. Ties break by
/// the id, so the answer depends neither on how rows are split between windows nor on the order of these.
///
/// # Errors
/// As [`visit_matches`].
pub fn search<I: Ord + Copy, E: From<PostingsError>>(
    postings: &Postings<'_>,
    window: u32,
    probes: &Probes,
    scratch: &mut Scratch,
    mut identify: impl FnMut(u32) -> Result<Option<I>, E>,
    top: &mut TopK<I>,
) -> Result<Stats, E> {
    let mut stats = sum_up(postings, window, probes, scratch)?;
    let num_rows = postings.window_rows(window) as usize;
    let least = top.threshold().map_or(0.0, Score::get);
    let Scratch { partial_scores, kept, .. } = scratch;
    kept.clear();
    stats.num_scored = above_threshold(&partial_scores[..num_rows], least, |row, gain| {
        kept.push((gain, row));
        Ok::<_, PostingsError>(())
    })?;
    if (1..kept.len()).contains(&top.k()) {
        // The best first: then hardly any other is asked for its id.
        kept.select_nth_unstable_by(top.k() - 1, |a, b| b.0.total_cmp(&a.0));
    }
    for &(gain, row) in kept.iter() {
        // Probes are finite, and so few that their sum is.
        let score = Score::new(gain).unwrap_or_else(|_| Score::new(f32::MAX).expect("a finite value"));
        if top.threshold().is_none_or(|worst| score >= worst)
            && let Some(id) = identify(window * WINDOW_ROWS + row)?
        {
            top.push(Ranked { id, score });
        }
    }
    Ok(stats)
}
