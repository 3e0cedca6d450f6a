use crate::Snapshot;
use crate::answer::SearchStats;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_compress::quantize::{Precision, TokenScorer};
use pleiad_kernels::prefetch;
use pleiad_vectors::{Query, Ranked, Score, TopK};
use rayon::prelude::*;

/// Documents that one core scores before it looks for more work, and whose places are read together.
const MIN_DOCUMENTS: usize = 16;

/// Products of values that the calling thread computes sooner than others wake up to help: a few tenths of a
/// millisecond. A machine whose cores are busy may take a hundred times as long to wake them.
const FEW_PRODUCTS: usize = 1 << 24;

/// The best `k` by MaxSim in full precision over the stored token vectors, best first.
pub(crate) fn exact(
    snapshot: &Snapshot,
    query: &Query,
    locations: &[DocAddress],
    k: usize,
    spent: &mut SearchStats,
) -> Result<Vec<Ranked<DocAddress>>> {
    spent.num_reranked += locations.len() as u64;
    best(snapshot, query, locations, k, Precision::Full, spent)
}

/// The `keep` most promising candidates, given best first: by MaxSim on their codes where that is cheaper than the
/// exact one, else as they are. Costs nothing when all of them are to be kept.
pub(crate) fn rescore(
    snapshot: &Snapshot,
    query: &Query,
    mut candidates: Vec<DocAddress>,
    keep: usize,
    spent: &mut SearchStats,
) -> Result<Vec<DocAddress>> {
    if candidates.len() <= keep || !snapshot.field().codes_are_cheap {
        candidates.truncate(keep);
        return Ok(candidates);
    }
    spent.num_rescored += candidates.len() as u64;
    let kept = best(snapshot, query, &candidates, keep, Precision::Fast, spent)?;
    Ok(kept.into_iter().map(|ranked| ranked.id).collect())
}

/// The best `k` of some documents by MaxSim of a precision, best first; on all cores where that is much work.
pub(crate) fn best(
    snapshot: &Snapshot,
    query: &Query,
    locations: &[DocAddress],
    k: usize,
    precision: Precision,
    spent: &mut SearchStats,
) -> Result<Vec<Ranked<DocAddress>>> {
    let mut scorer = scorer(snapshot, query, precision)?;
    let nothing = || (TopK::new(k), 0);
    let keep = |(mut top, bytes): (TopK<DocAddress>, u64), scored: Result<Vec<(Ranked<DocAddress>, u64)>>| {
        let scored = scored?;
        scored.iter().for_each(|&(ranked, _)| top.push(ranked));
        Result::Ok((top, bytes + scored.iter().map(|(_, num_bytes)| num_bytes).sum::<u64>()))
    };
    let (top, read_bytes) = if num_products(snapshot, query, locations)? <= FEW_PRODUCTS {
        locations
            .chunks(MIN_DOCUMENTS)
            .map(|few| score(snapshot, &mut scorer, few))
            .try_fold(nothing(), keep)?
    } else {
        locations
            .par_chunks(MIN_DOCUMENTS)
            .map_init(|| scorer.clone(), |scorer, few| score(snapshot, scorer, few))
            .try_fold(nothing, keep)
            .try_reduce(nothing, |mut a, b| {
                a.0.merge(b.0);
                Ok((a.0, a.1 + b.1))
            })?
    };
    spent.read_bytes += read_bytes;
    Ok(top.into_sorted())
}

/// MaxSim of a precision of some documents, in their order; on all cores where that is much work.
pub(crate) fn scores(
    snapshot: &Snapshot,
    query: &Query,
    locations: &[DocAddress],
    precision: Precision,
    spent: &mut SearchStats,
) -> Result<Vec<f32>> {
    let mut scorer = scorer(snapshot, query, precision)?;
    let scored: Vec<Vec<(Ranked<DocAddress>, u64)>> = if num_products(snapshot, query, locations)?
        <= FEW_PRODUCTS
    {
        let few = locations.chunks(MIN_DOCUMENTS).map(|few| score(snapshot, &mut scorer, few));
        few.collect::<Result<_>>()?
    } else {
        let few = locations.par_chunks(MIN_DOCUMENTS);
        few.map_init(|| scorer.clone(), |scorer, few| score(snapshot, scorer, few)).collect::<Result<_>>()?
    };
    spent.read_bytes += scored.iter().flatten().map(|(_, num_bytes)| num_bytes).sum::<u64>();
    Ok(scored.into_iter().flatten().map(|(ranked, _)| ranked.score.get()).collect())
}

/// Scores a few documents, with the bytes of each: they lie anywhere, so that the codes of one are asked for while those of
/// the one before are scored.
fn score(
    snapshot: &Snapshot,
    scorer: &mut TokenScorer,
    few: &[DocAddress],
) -> Result<Vec<(Ranked<DocAddress>, u64)>> {
    let codes = few.iter().map(|&location| snapshot.token_codes(location)).collect::<Result<Vec<_>>>()?;
    codes.first().into_iter().for_each(|first| prefetch(first));
    let mut scored = Vec::with_capacity(few.len());
    for (at, (&location, document)) in few.iter().zip(&codes).enumerate() {
        codes.get(at + 1).into_iter().for_each(|next| prefetch(next));
        let damaged =
            |error: &dyn std::fmt::Display| Error::corrupt(format!("{}: {error}", snapshot.place(location)));
        let value = scorer.score(document).map_err(|error| damaged(&error))?;
        let score = Score::new(value).map_err(|error| damaged(&error))?;
        scored.push((Ranked { id: location, score }, document.len() as u64));
    }
    Ok(scored)
}

/// Products that MaxSim of so many documents takes, if all are as long as the first.
fn num_products(snapshot: &Snapshot, query: &Query, locations: &[DocAddress]) -> Result<usize> {
    let Some(&first) = locations.first() else { return Ok(0) };
    let codec = snapshot.token_codec()?;
    let num_tokens = 8 * snapshot.token_codes(first)?.len() / codec.bits_per_token();
    let of_one = num_tokens * query.vectors().num_tokens() * codec.dim();
    Ok(of_one.saturating_mul(locations.len()))
}

/// A query packed for MaxSim over this collection's token codes.
pub(crate) fn scorer(snapshot: &Snapshot, query: &Query, precision: Precision) -> Result<TokenScorer> {
    TokenScorer::new(snapshot.token_codec()?, query, precision, snapshot.field().isa)
        .map_err(|error| Error::invalid(error.to_string()).caused_by(error))
}
