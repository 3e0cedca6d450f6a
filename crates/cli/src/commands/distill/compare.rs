use crate::args::DistillArgs;
use crate::commands::eval::{Judged, search_all};
use crate::console::Console;
use crate::exit::{Failure, Result};
use pleiad::{Collection, SearchParams};
use pleiad_evaluate::{BeirFolder, Bm25, Metric, Table, evaluate};
use pleiad_text::ingest::build;
use pleiad_text::{
    EncoderOptions, Mode, Models, NewCollection, NewWords, QueryForm, RankingOptions, Searcher,
};
use std::path::Path;

/// Hits that are measured.
const DEPTH: usize = 10;

/// nDCG@10 of the new table, of its model and of BM25 on each folder, by default searches.
pub(super) fn compare(args: &DistillArgs, models: &Models, console: &Console) -> Result<Table> {
    let made = EncoderOptions { model: Some(args.out.display().to_string()), ..EncoderOptions::default() };
    let mut table = Table::new(["nDCG@10", "table", "model", "BM25"]);
    for folder in &args.eval {
        let of = |options: &EncoderOptions| of_model(folder, &args.split, models, options, console);
        let figures = [of(&made)?, of(&args.model.options())?, of_words(folder, &args.split)?];
        let cells = figures.map(|figure| format!("{figure:.4}"));
        table.push([vec![folder.display().to_string()], cells.to_vec()].concat());
    }
    Ok(table)
}

fn of_model(
    data: &Path,
    split: &str,
    models: &Models,
    options: &EncoderOptions,
    console: &Console,
) -> Result<f64> {
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::io("cannot create a temporary folder", &error))?;
    let folder = temporary.path().join("collection");
    let new = NewCollection { words: NewWords::None, language: None };
    build(&folder, data, models, options, &new, false, &console.again())?;
    let snapshot = Collection::open(&folder)?.snapshot()?;
    let asked = RankingOptions { mode: Some(Mode::Vectors), alpha: None };
    let searcher = Searcher::open(&snapshot, models, options, asked, QueryForm::Text, console)?;
    let judged = Judged::open(data, split, &searcher, QueryForm::Text)?;
    let (_, found) = search_all(&searcher, &judged, &SearchParams { k: DEPTH, ..SearchParams::default() })?;
    Ok(found.evaluation.and_then(|evaluation| evaluation.mean(Metric::Ndcg(DEPTH))).unwrap_or_default())
}

fn of_words(data: &Path, split: &str) -> Result<f64> {
    let beir = BeirFolder::open(data)?;
    let qrels = beir.qrels(split)?;
    let run = Bm25::read(&beir)?.run(&beir.judged_queries(&qrels)?, DEPTH);
    Ok(evaluate(&qrels, &run, &[Metric::Ndcg(DEPTH)]).means[0])
}
