mod against;
mod bm25;
mod ground_truth;
mod judged;
mod measure;
mod own;
mod provenance;
mod report;
mod run_only;

pub(crate) use judged::Judged;
pub(crate) use measure::{Side, measure};

use crate::args::{EvalArgs, FilterArgs};
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::{self, json_line};
use crate::run_file::RunFile;
use against::Against;
use pleiad::{Collection, SearchParams};
use pleiad_text::{Searcher, Unattended};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(args: &EvalArgs) -> Result<()> {
    check_depth(args)?;
    if args.collection.is_file() {
        return run_only::run(args);
    }
    let filter = args.filter.predicate()?;
    let snapshot = args.tenant.narrow(Collection::open(&args.collection)?.snapshot()?)?;
    FilterArgs::warn_of_unknown(filter.as_ref(), &snapshot)?;
    if let (true, Some(encoder)) = (args.ground_truth, &snapshot.schema().encoder) {
        let message =
            format!("--ground-truth is for token vectors; this collection's come from encoder {encoder}");
        return Err(Failure::invalid(message));
    }
    let (models, options, asked) = (environment::models(), args.model.options(), args.ranking.options());
    let form = Judged::form(&args.judged, &snapshot, asked)?;
    let searcher = Searcher::open(&snapshot, &models, &options, asked, form, &Unattended)?;
    let mut judged = Judged::open(&args.judged, &args.split, &searcher, form)?;
    if let Some(filter) = &filter {
        judged.keep_matching(&snapshot, filter)?;
    }
    let run_file = args.run.as_deref().map(RunFile::create).transpose()?;
    let (num_candidates, num_reranked) = (args.candidates, args.rerank);
    let (k, recall) = (args.k, args.recall);
    let params = SearchParams {
        k,
        recall,
        num_candidates,
        num_reranked,
        filter: filter.clone(),
        ..Default::default()
    };
    let measured = measure(&searcher, &judged, &params, &args.metrics)?;
    let overlaps = match args.ground_truth {
        true => Some(ground_truth::overlaps(&args.judged, &measured)?),
        false => None,
    };
    let yardstick = match (args.bm25, &judged.qrels) {
        (true, Some(qrels)) => Some(bm25::compare(args, qrels, &measured)?),
        (true, None) => return Err(Failure::invalid("--bm25 needs judgments: this folder has none")),
        (false, _) => None,
    };
    if let (Some(file), Some(search)) = (run_file, measured.deepest()) {
        file.write(&search.side.run)?;
    }
    let evaluation = measured.deepest().and_then(|search| search.side.evaluation.as_ref());
    let against = match (&judged.qrels, evaluation) {
        (Some(qrels), Some(first)) => {
            let k = args.k + usize::from(measured.own.num_left_out > 0);
            against::of_collection(args, qrels, &SearchParams { k, ..params }, first)?
        }
        _ if args.against.is_some() => {
            return Err(Failure::invalid("--against needs judgments: this folder has none"));
        }
        _ => None,
    };
    let mut out = output::stdout();
    if args.json {
        let mut value = report::as_json(&measured, overlaps.as_deref(), yardstick.as_ref());
        value["filter"] = json!(filter.map(|filter| filter.to_string()));
        value["provenance"] = provenance::of_collection(&args.collection, &snapshot)?;
        value["comparison"] = json!(against.as_ref().map(Against::as_json));
        return json_line(&mut out, &value);
    }
    let table = report::as_text(&measured, overlaps.as_deref(), yardstick.as_ref());
    let compared = against.map(|against| format!("\n{against}")).unwrap_or_default();
    Ok(write!(out, "{table}{compared}")?)
}

/// A metric that looks at more hits than are measured would be too low.
fn check_depth(args: &EvalArgs) -> Result<()> {
    let too_deep = args.metrics.iter().find(|metric| metric.depth().is_some_and(|depth| depth > args.k));
    match too_deep {
        Some(metric) if !args.collection.is_file() => Err(Failure::invalid(format!(
            "{metric} needs more hits than are measured (-k {}): ask for more",
            args.k
        ))),
        _ => Ok(()),
    }
}
