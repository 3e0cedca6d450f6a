use crate::args::{DistillArgs, ModelArgs};
use crate::commands::eval::{Judged, search_all};
use crate::exit::{Failure, Result};
use crate::ingest::build;
use crate::interrupt::Interrupt;
use pleiad::{Collection, SearchParams};
use pleiad_evaluate::{BeirFolder, Bm25, Metric, Table, evaluate};
use std::path::Path;

/// Hits that are measured.
const DEPTH: usize = 10;

/// nDCG@10 of the new table, of its model and of BM25 on each folder, by default searches.
pub(super) fn compare(args: &DistillArgs, interrupt: &Interrupt) -> Result<Table> {
    let made = ModelArgs { model: Some(args.out.display().to_string()), ..ModelArgs::default() };
    let mut table = Table::new(["nDCG@10", "table", "model", "BM25"]);
    for folder in &args.eval {
        let of = |model: &ModelArgs| of_model(folder, &args.split, model, interrupt);
        let figures = [of(&made)?, of(&args.model)?, of_words(folder, &args.split)?];
        let cells = figures.map(|figure| format!("{figure:.4}"));
        table.push([vec![folder.display().to_string()], cells.to_vec()].concat());
    }
    Ok(table)
}

fn of_model(data: &Path, split: &str, model: &ModelArgs, interrupt: &Interrupt) -> Result<f64> {
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let folder = temporary.path().join("collection");
    build(&folder, data, model, false, interrupt)?;
    let snapshot = Collection::open(&folder)?.snapshot()?;
    let judged = Judged::open(data, split, &snapshot, model)?;
    let (_, found) = search_all(&snapshot, &judged, &SearchParams { k: DEPTH, ..SearchParams::default() })?;
    Ok(found.evaluation.and_then(|evaluation| evaluation.mean(Metric::Ndcg(DEPTH))).unwrap_or_default())
}

fn of_words(data: &Path, split: &str) -> Result<f64> {
    let beir = BeirFolder::open(data)?;
    let qrels = beir.qrels(split)?;
    let run = Bm25::read(&beir)?.run(&beir.judged_queries(&qrels)?, DEPTH);
    Ok(evaluate(&qrels, &run, &[Metric::Ndcg(DEPTH)]).means[0])
}
