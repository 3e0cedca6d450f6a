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
    let keep = |top: &mut TopK<DocAddress>, scored: Ranked<DocAddress>| top.push(scored);
    let join = |top: &mut TopK<DocAddress>, others: TopK<DocAddress>| top.merge(others);
    let top = fold(Work { snapshot, query, locations, precision }, || TopK::new(k), keep, join, spent)?;
    Ok(top.into_sorted())
}

/// MaxSim of a precision of some documents, in their order; on all cores where that is much work.
pub(crate) fn scores(
    snapshot: &Snapshot,
    query: &Query,
    locations: &[DocAddress],
    precision: Precision,
    spent: &mut SearchStats,
) -> Result<Vec<Score>> {
    let keep = |all: &mut Vec<Score>, scored: Ranked<DocAddress>| all.push(scored.score);
    let join = |all: &mut Vec<Score>, mut others: Vec<Score>| all.append(&mut others);
    fold(Work { snapshot, query, locations, precision }, Vec::new, keep, join, spent)
}

/// Documents that are to be scored by MaxSim of a precision.
#[derive(Clone, Copy)]
struct Work<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    locations: &'a [DocAddress],
    precision: Precision,
}

/// All scores in the order of the documents, taken in by `keep`; on all cores where that is much work, each of which
/// begins with `nothing` and whose results are joined.
fn fold<A: Send>(
    work: Work<'_>,
    nothing: impl Fn() -> A + Sync + Send,
    keep: impl Fn(&mut A, Ranked<DocAddress>) + Sync + Send,
    join: impl Fn(&mut A, A) + Sync + Send,
    spent: &mut SearchStats,
) -> Result<A> {
    let Work { snapshot, query, locations, precision } = work;
    let mut scorer = scorer(snapshot, query, precision)?;
    let nothing = || (nothing(), 0);
    let take = |(mut all, mut num_bytes): (A, u64), scored: Result<Vec<(Ranked<DocAddress>, u64)>>| {
        for (ranked, of_document) in scored? {
            keep(&mut all, ranked);
            num_bytes += of_document;
        }
        Result::Ok((all, num_bytes))
    };
    let (all, read_bytes) = if num_products(snapshot, query, locations)? <= FEW_PRODUCTS {
        locations
            .chunks(MIN_DOCUMENTS)
            .map(|few| score(snapshot, &mut scorer, few))
            .try_fold(nothing(), take)?
    } else {
        locations
            .par_chunks(MIN_DOCUMENTS)
            .map_init(|| scorer.clone(), |scorer, few| score(snapshot, scorer, few))
            .try_fold(nothing, take)
            .try_reduce(nothing, |mut a, b| {
                join(&mut a.0, b.0);
                Ok((a.0, a.1 + b.1))
            })?
    };
    spent.read_bytes += read_bytes;
    Ok(all)
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
        // A document without token vectors is asked for where words or its whole text rank too.
        let value = if document.is_empty() { Ok(0.0) } else { scorer.score(document) };
        let value = value.map_err(|error| damaged(&error))?;
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
