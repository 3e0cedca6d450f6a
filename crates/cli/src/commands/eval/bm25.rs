use super::measure::{Measured, metrics};
use crate::args::EvalArgs;
use crate::exit::Result;
use pleiad_evaluate::{BeirFolder, Bm25, Evaluation, Qrels, evaluate, fuse};

/// BM25 alone, and fused with the search.
pub(crate) struct Yardstick {
    pub(crate) bm25: Evaluation,
    /// BM25 and the deepest search as one ranking.
    pub(crate) fused: Evaluation,
}

/// Ranks the documents of a judged folder by BM25 for the queries that were measured, as deep as they were; the
/// query's own document is left out where it was.
///
/// # Errors
/// When the folder has no texts or they cannot be read.
pub(crate) fn compare(args: &EvalArgs, qrels: &Qrels, measured: &Measured) -> Result<Yardstick> {
    let beir = BeirFolder::open(&args.judged)?;
    let queries = beir.judged_queries(&beir.qrels(&args.split)?)?;
    let is_left_out = measured.own.num_left_out > 0;
    let mut words = Bm25::read(&beir)?.run(&queries, measured.k + usize::from(is_left_out));
    if is_left_out {
        words.leave_out_own_documents();
    }
    words.truncate(measured.k);
    let runs: Vec<_> =
        measured.deepest().map(|search| &search.side.run).into_iter().chain([&words]).collect();
    let metrics = metrics(&args.metrics, measured.k);
    Ok(Yardstick {
        bm25: evaluate(qrels, &words, &metrics),
        fused: evaluate(qrels, &fuse(&runs, measured.k), &metrics),
    })
}
