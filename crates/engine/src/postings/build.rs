use super::{PostingCentroids, of_part};
use crate::error::{Error, Result};
use crate::row_mask::RowMask;
use crate::vector_field::VectorField;
use pleiad_compress::TokenCodec;
use pleiad_index::postings::{PostingsBuilder, WINDOW_ROWS};
use pleiad_store::PartView;
use rayon::prelude::*;
use std::ops::Range;

/// Rows whose tokens are decoded and met by centroids together.
const BATCH_ROWS: u32 = 256;

/// The centroids of each row of a few.
struct Assigned {
    /// End of each row's entries.
    ends: Vec<usize>,
    centroids: Vec<u32>,
}

/// The postings of the live rows of some parts, as they follow each other in the segment that these are merged into; of
/// one part all rows, the deleted ones without a centroid, if `keeps_deleted`.
///
/// Cost: rows of parts that have postings already are looked up there; the tokens of others are decoded, and each met
/// by some `5 · √num_centroids` centroids, on all cores.
///
/// # Errors
/// `Corrupt` when a row cannot be read.
pub(crate) fn build(
    field: &VectorField,
    codec: &TokenCodec,
    centroids: &PostingCentroids,
    parts: &[PartView],
    keeps_deleted: bool,
) -> Result<Vec<u8>> {
    let impossible = |error: pleiad_index::postings::PostingsError| {
        Error::corrupt(format!("postings cannot be built: {error}")).caused_by(error)
    };
    let mut builder = PostingsBuilder::new(centroids.num_centroids() as u32).map_err(impossible)?;
    for part in parts {
        let (known, live) = (of_part(field, part, centroids)?, RowMask::live(part));
        for (window, rows) in (0..).zip(windows(part.num_rows())) {
            let (first, mut assigned, mut listed) = (rows.start, Vec::new(), None);
            match &known {
                Some(postings) => listed = Some(postings.row_centroids(window).map_err(impossible)?),
                None => assigned = assign((field, codec), centroids, part, rows.clone())?,
            }
            for row in rows {
                let is_deleted = !live.contains(row);
                if is_deleted && !keeps_deleted {
                    continue;
                }
                let of_row = match &listed {
                    _ if is_deleted => &[][..],
                    Some(listed) => listed.of(row - first),
                    None => assigned[((row - first) / BATCH_ROWS) as usize].of((row - first) % BATCH_ROWS),
                };
                builder.push(of_row).map_err(impossible)?;
            }
        }
    }
    Ok(builder.finish(centroids.id()))
}

fn windows(num_rows: u32) -> impl Iterator<Item = Range<u32>> {
    let starts = (0..num_rows).step_by(WINDOW_ROWS as usize);
    starts.map(move |start| start..num_rows.min(start.saturating_add(WINDOW_ROWS)))
}

/// The centroids of rows, in batches of [`BATCH_ROWS`].
fn assign(
    (field, codec): (&VectorField, &TokenCodec),
    centroids: &PostingCentroids,
    part: &PartView,
    rows: Range<u32>,
) -> Result<Vec<Assigned>> {
    let batch = |start: u32| -> Result<Assigned> {
        let (mut ends, mut tokens, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let live = RowMask::live(part);
        for row in start..rows.end.min(start + BATCH_ROWS) {
            // Nobody asks for those of deleted rows.
            if live.contains(row) {
                codec.decode(part.column(field.columns.tokens, row)?, &mut values).map_err(|error| {
                    Error::corrupt(format!("{}, row {row}", part.name())).caused_by(error)
                })?;
                tokens.extend_from_slice(&values);
            }
            ends.push(tokens.len() / codec.dim());
        }
        Ok(Assigned { ends, centroids: centroids.nearest(&tokens) })
    };
    let starts: Vec<u32> = rows.clone().step_by(BATCH_ROWS as usize).collect();
    starts.into_par_iter().map(batch).collect()
}

impl Assigned {
    fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.centroids[start..self.ends[row]]
    }
}
