use super::read::Window;
use super::stored::WINDOW_ROWS;
use super::{Postings, PostingsError, Probes};
use crate::Stats;
use pleiad_vectors::{Ranked, Score, TopK};

/// Rows of a window, as a length.
const ROWS: usize = WINDOW_ROWS as usize;

/// Sums over the rows of a window: 384 KiB, to be used for any number of searches.
pub struct Scratch {
    /// What each row has met so far.
    gains: Box<[f32; ROWS]>,
    /// The last query token that met it, from 1.
    last: Box<[u16; ROWS]>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { gains: zeros(), last: zeros() }
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
/// What `show` says, and [`PostingsError`] for damaged lists or probes of other centroids.
pub fn met<E: From<PostingsError>>(
    postings: &Postings<'_>,
    window: u32,
    probes: &Probes,
    scratch: &mut Scratch,
    mut show: impl FnMut(u32, f32) -> Result<(), E>,
) -> Result<Stats, E> {
    if probes.num_centroids() != postings.num_centroids() {
        return Err(PostingsError::Stored { reason: "they are of other centroids than the query" }.into());
    }
    let no_window = PostingsError::Stored { reason: "they have no such window" };
    let lists = postings.window(window).ok_or(no_window)?;
    let num_rows = lists.num_rows() as usize;
    scratch.gains[..num_rows].fill(0.0);
    scratch.last[..num_rows].fill(0);
    let mut stats = Stats::default();
    for (at, token) in probes.tokens().enumerate() {
        let token_mark = (at % usize::from(u16::MAX)) as u16 + 1;
        if at > 0 && token_mark == 1 {
            // The marks begin again.
            scratch.last[..num_rows].fill(0);
        }
        stats += add(&lists, token, token_mark, scratch)?;
    }
    let first = window * WINDOW_ROWS;
    for (row, &gain) in (first..).zip(&scratch.gains[..num_rows]) {
        if gain > 0.0 {
            stats.num_scored += 1;
            show(row, gain)?;
        }
    }
    Ok(stats)
}

/// Adds to each row the best probe of one query token that it meets: the first one.
fn add(
    lists: &Window<'_>,
    probes: &[(u32, f32)],
    mark: u16,
    scratch: &mut Scratch,
) -> Result<Stats, PostingsError> {
    let mut stats = Stats::default();
    let Scratch { gains, last } = scratch;
    for &(centroid, gain) in probes {
        let list = lists.list(centroid)?;
        for row in list {
            let row = usize::from(u16::from_le_bytes(*row));
            // Without a branch: whether a row was met already is anyone's guess.
            gains[row] += if last[row] == mark { 0.0 } else { gain };
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
/// As [`met`].
pub fn search<I: Ord + Copy, E: From<PostingsError>>(
    postings: &Postings<'_>,
    window: u32,
    probes: &Probes,
    scratch: &mut Scratch,
    mut identify: impl FnMut(u32) -> Result<Option<I>, E>,
    top: &mut TopK<I>,
) -> Result<Stats, E> {
    met(postings, window, probes, scratch, |row, gain| {
        // Probes are finite, and so few that their sum is.
        let score = Score::new(gain).unwrap_or_else(|_| Score::new(f32::MAX).expect("a finite value"));
        if top.threshold().is_none_or(|worst| score >= worst)
            && let Some(id) = identify(row)?
        {
            top.push(Ranked { id, score });
        }
        Ok(())
    })
}
