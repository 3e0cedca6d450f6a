use crate::Snapshot;
use crate::error::Result;
use crate::snapshot::DocAddress;
use crate::sources::{RowScores, SourceRankings};
use pleiad_vectors::Seed;

/// Bands of ranks, at most: enough for more documents than a collection can hold.
const MAX_BANDS: usize = 32;

/// Documents that one may stand for, at most. The one in a thousand hits that no list has among the first sixteen times
/// `depth` would otherwise decide a mean by whether it happens to be drawn: where .99 of a hundred hits were promised
/// among a million documents, one that stood for 64 asked for 116,481 candidates, and 1,200 find .995.
const MAX_WEIGHT: u32 = 16;

/// The documents that are scored for one query, each with the number of documents that it stands for: all that some list
/// has among its first `depth`, half of as many after those, a quarter of the twice as many after those, and so on. In
/// the order of their ids.
///
/// What is sought is nearly always among the first of some list, and what no list has there is still met, as often as it
/// is counted for: the sums of these numbers over any documents are those over all documents, on average, whatever the
/// lists are worth (Horvitz and Thompson, JASA 1952), but for those that would stand for more than [`MAX_WEIGHT`]. A document has one random number for all lists, so that it is drawn
/// exactly where the list that ranks it best draws it. `seed` is that of the query.
///
/// Cost: a few passes over the lists.
pub(super) fn sample(
    snapshot: &Snapshot,
    rankings: &SourceRankings<'_>,
    depth: usize,
    seed: Seed,
) -> Result<Vec<(DocAddress, u32)>> {
    let mut drawn = Vec::new();
    for list in rankings.lists() {
        draw(snapshot, list, depth, seed, &mut drawn)?;
    }
    // The least number of each: that of the list that ranks it best.
    drawn.sort_unstable();
    drawn.dedup_by_key(|(location, _)| *location);
    Ok(drawn)
}

fn draw(
    snapshot: &Snapshot,
    list: &RowScores,
    depth: usize,
    seed: Seed,
    drawn: &mut Vec<(DocAddress, u32)>,
) -> Result<()> {
    let ends = band_ends(list.rows().iter().map(|&(.., score)| score).collect(), depth);
    for &(part, row, score) in list.rows() {
        let band = ends.partition_point(|&end| score <= end);
        let location = snapshot.location(part, row)?;
        if band == 0 || seed.derive(location.id.0).0.leading_zeros() as usize >= band {
            drawn.push((location, MAX_WEIGHT.min(1 << band)));
        }
    }
    Ok(())
}

/// For ranks `depth`, twice that, four times and so on the score there: those above it are before it. Equal ones are
/// after it, so that no band is longer than it should be however many are equal.
fn band_ends(mut scores: Vec<f32>, depth: usize) -> Vec<f32> {
    let ranks = (0..MAX_BANDS - 1).map(|band| depth.saturating_mul(1 << band));
    let ranks: Vec<usize> = ranks.take_while(|&rank| rank < scores.len()).collect();
    let mut ends = vec![0.0; ranks.len()];
    // From the last on, each looks at those before the one after it alone.
    for (end, &rank) in ends.iter_mut().zip(&ranks).rev() {
        *end = *scores.select_nth_unstable_by(rank, |a, b| b.total_cmp(a)).1;
        scores.truncate(rank);
    }
    ends
}

/// The depth at which a list of so many documents has about `num_scored` drawn: `depth · (1 + log2(documents / depth) / 2)`
/// of them. Two lists have up to twice as many.
pub(super) fn depth_for(num_scored: usize, num_documents: usize) -> usize {
    let octaves = (num_documents as f64 / num_scored.max(1) as f64).log2().max(0.0);
    ((num_scored as f64 / (1.0 + octaves)) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::CalibratedRanking;
    use crate::row_mask::DocumentMask;
    use crate::sources::{SearchContext, measurable};
    use crate::{Batch, Collection, Document, MultiVector, Query, Schema};
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Documents, so many that nothing stands for more than is allowed.
    const NUM_DOCUMENTS: u32 = 1500;
    const DEPTH: usize = 100;
    const NUM_SEEDS: u64 = 40;

    proptest! {
        #[test]
        fn bands_end_where_a_sort_says(scores in prop::collection::vec(-50i8..50, 0..600), depth in 1usize..80) {
            let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
            let ends = band_ends(scores.clone(), depth);
            let mut sorted = scores.clone();
            sorted.sort_unstable_by(|a, b| b.total_cmp(a));
            let expected: Vec<f32> =
                (0..20).map(|band| depth << band).take_while(|&rank| rank < sorted.len()).map(|rank| sorted[rank]).collect();
            prop_assert_eq!(&ends, &expected);
            for (band, end) in ends.iter().enumerate() {
                prop_assert!(scores.iter().filter(|score| *score > end).count() <= depth << band);
            }
        }
    }

    /// Documents of one token on a circle, and what is certain to be drawn for a query.
    #[test]
    fn those_drawn_stand_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::create(folder.path().join("c"), &Schema::new(2)).unwrap();
        let writer = collection.writer().unwrap();
        let vector = |at: u32| {
            let angle = at as f32 / NUM_DOCUMENTS as f32;
            MultiVector::new(vec![angle.cos(), angle.sin()], 2).unwrap()
        };
        let mut batch = Batch::new();
        for at in 0..NUM_DOCUMENTS {
            batch.upsert(Document::new(format!("d{at}"), vector(at)).unwrap());
        }
        writer.apply(batch).unwrap();
        let (snapshot, query) = (writer.snapshot(), Query::new(vector(NUM_DOCUMENTS / 3)));
        let (mask, sources) =
            (DocumentMask::live(&snapshot.view), measurable(&snapshot, CalibratedRanking::Vectors).unwrap());
        let field = snapshot.field();
        let context = SearchContext {
            snapshot: &snapshot,
            field,
            query: &query,
            words: None,
            sentence: None,
            mask: &mask,
        };
        let rankings = SourceRankings::new(context, &sources).unwrap();
        let (mut sum, mut sizes, mut sets) = (0.0, 0, HashSet::new());
        for seed in 0..NUM_SEEDS {
            let drawn = sample(&snapshot, &rankings, DEPTH, Seed(seed)).unwrap();
            assert_eq!(drawn, sample(&snapshot, &rankings, DEPTH, Seed(seed)).unwrap());
            assert!(drawn.is_sorted_by(|a, b| a.0.id < b.0.id), "each once, by id");
            sum += drawn.iter().map(|&(_, weight)| f64::from(weight)).sum::<f64>() / NUM_SEEDS as f64;
            sizes += drawn.len();
            sets.insert(drawn.iter().map(|(location, _)| location.row).collect::<Vec<_>>());
        }
        let (all, size) = (f64::from(NUM_DOCUMENTS), sizes / NUM_SEEDS as usize);
        assert!((sum / all - 1.0).abs() < 0.05, "{sum} of {all}");
        assert!(size < NUM_DOCUMENTS as usize / 2, "{size}");
        assert_eq!(sets.len(), NUM_SEEDS as usize, "every query draws others");
    }

    #[test]
    fn fewer_are_certain_the_more_there_are() {
        assert_eq!(depth_for(1000, 1000), 1000);
        assert_eq!(depth_for(1000, 8000), 250);
        assert_eq!(depth_for(0, 10), 1);
    }
}
