use super::measure::{Measured, metrics};
use crate::exit::Result;
use pleiad_evaluate::{BeirFolder, Bm25, Evaluation, Qrels, evaluate, fuse};
use std::path::Path;

/// What words alone would have found, and both together.
pub(crate) struct Yardstick {
    pub(crate) bm25: Evaluation,
    /// BM25 and the deepest search as one ranking.
    pub(crate) fused: Evaluation,
}

/// Ranks the documents of a judged folder by BM25 for the queries that were measured, as deep as they were.
///
/// # Errors
/// When the folder has no texts or they cannot be read.
pub(crate) fn compare(folder: &Path, split: &str, qrels: &Qrels, measured: &Measured) -> Result<Yardstick> {
    let beir = BeirFolder::open(folder)?;
    let queries = beir.judged_queries(&beir.qrels(split)?)?;
    let words = Bm25::read(&beir)?.run(&queries, measured.k);
    let runs: Vec<_> =
        measured.deepest().map(|search| &search.side.run).into_iter().chain([&words]).collect();
    let metrics = metrics(measured.k);
    Ok(Yardstick {
        bm25: evaluate(qrels, &words, &metrics),
        fused: evaluate(qrels, &fuse(&runs, measured.k), &metrics),
    })
}
