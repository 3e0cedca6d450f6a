use super::against::{self, Against};
use super::{own, provenance, report};
use crate::args::EvalArgs;
use crate::exit::{Failure, Result};
use crate::output::{self, json_line};
use pleiad_evaluate::{Metric, Qrels, Run, Table, evaluate};
use serde_json::json;
use std::io::Write;

/// Metrics where none are named, for runs of any depth.
const METRICS: [Metric; 4] = [Metric::Ndcg(10), Metric::Recall(100), Metric::Mrr(10), Metric::Map];

/// Measures a TREC run of any program.
///
/// # Errors
/// When the run or the judgments cannot be read, or a flag needs a collection.
pub(crate) fn run(args: &EvalArgs) -> Result<()> {
    for (is_given, flag) in [
        (args.bm25, "--bm25"),
        (args.ground_truth, "--ground-truth"),
        (args.run.is_some(), "--run"),
        (args.ranking.mode.is_some(), "--mode"),
        (args.ranking.alpha.is_some(), "--alpha"),
        (args.tenant.tenant.is_some(), "--tenant"),
        (args.filter.filter.is_some(), "--filter"),
        (args.recall.is_some(), "--recall"),
        (args.candidates.is_some(), "--candidates"),
        (args.rerank.is_some(), "--rerank"),
    ] {
        if is_given {
            let message = format!("{flag} needs a collection; {} is a run", args.collection.display());
            return Err(Failure::invalid(message));
        }
    }
    let qrels = Qrels::of_folder(&args.judged, &args.split)?;
    let mut run = Run::open(&args.collection)?;
    let own = own::leave_out(&mut run, &qrels);
    let metrics = if args.metrics.is_empty() { METRICS.to_vec() } else { args.metrics.clone() };
    let evaluation = evaluate(&qrels, &run, &metrics);
    let against = against::of_run(args, &qrels, &metrics, &evaluation)?;
    let mut out = output::stdout();
    if args.json {
        let mut value = json!({
            "provenance": provenance::of_command(),
            "num_queries": qrels.num_queries(),
            "num_unanswered": evaluation.num_unanswered,
            "own_documents_left_out": own.num_left_out,
            "metrics": report::means(&evaluation),
            "per_query": { "run": report::per_query(&evaluation) },
        });
        value["comparison"] = json!(against.as_ref().map(Against::as_json));
        return json_line(&mut out, &value);
    }
    let mut table = Table::new([format!("{} queries", qrels.num_queries()), "run".into()]);
    for (metric, mean) in evaluation.metrics.iter().zip(&evaluation.means) {
        table.push([metric.to_string(), report::figure(*mean)]);
    }
    if evaluation.num_unanswered > 0 {
        table.push(["unanswered".to_owned(), evaluation.num_unanswered.to_string()]);
    }
    let compared = against.map(|against| format!("\n{against}")).unwrap_or_default();
    Ok(write!(out, "{}{table}{compared}", own.description())?)
}
