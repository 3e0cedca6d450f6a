use super::measure::Measured;
use crate::exit::{Exit, Failure, Result};
use pleiad_encode::import::VectorFolder;
use pleiad_evaluate::mean_fidelity;
use std::path::Path;

/// Scores tell which documents may stand for each other; two lists made from different codes have none in common, so
/// only names count.
const NO_TIES: f32 = f32::NEG_INFINITY;

/// Share of the exact lists stored beside token vectors that the exact search finds, at depth 10 and at the full one:
/// what is missing is what the reduction and the token code lost.
///
/// # Errors
/// When the folder has no such lists.
pub(crate) fn overlaps(folder: &Path, measured: &Measured) -> Result<Vec<(usize, f64)>> {
    let vectors = VectorFolder::open(folder)?;
    let Some(lists) = vectors.exact_top()? else {
        let message = format!("{}: no gt.ids.npy and gt.scores.npy to compare with", folder.display());
        return Err(Failure::new(Exit::NotFound, message));
    };
    let queries = vectors.queries()?;
    let (mut found, mut exact) = (Vec::new(), Vec::new());
    for ((id, _), list) in queries.iter().zip(&lists) {
        let Some(answers) = measured.exact.run.answers(id) else { continue };
        found.push(answers.iter().map(|entry| (entry.document.as_str(), NO_TIES)).collect::<Vec<_>>());
        exact.push(list.iter().map(|&(key, _)| (key, 0.0)).collect::<Vec<_>>());
    }
    let deepest = lists.iter().map(Vec::len).max().unwrap_or(0).min(measured.k);
    let mut depths = vec![10.min(deepest), deepest];
    depths.dedup();
    let overlap = |depth| {
        let pairs = found.iter().map(Vec::as_slice).zip(exact.iter().map(Vec::as_slice));
        (depth, mean_fidelity(pairs, depth))
    };
    Ok(depths.into_iter().map(overlap).collect())
}
