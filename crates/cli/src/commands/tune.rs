use crate::args::TuneArgs;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::{counted, json_line};
use pleiad::{Calibration, Collection, Plan, Query, QueryOrigin, SearchParams, Snapshot};
use pleiad_text::{Question, Unattended, input, without_encoder};
use serde_json::json;
use std::io::Write;
use std::time::Instant;

/// Recalls whose plans are shown when none is asked for.
const RECALLS: [f64; 5] = [0.9, 0.95, 0.98, 0.99, 0.995];

pub(crate) fn run(args: &TuneArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let snapshot = collection.snapshot()?;
    let queries = queries(args, &snapshot)?;
    check(args, &snapshot)?;
    let writer = collection.writer_with(args.memory.params())?;
    let start = Instant::now();
    let calibration = writer.tune(&queries)?;
    let seconds = start.elapsed().as_secs_f64();
    writer.close()?;
    let plans = plans(args, &collection.snapshot()?)?;
    let mut out = anstream::stdout().lock();
    if args.json {
        let plans: Vec<_> =
            plans.iter().map(|(recall, plan)| json!({ "recall": recall, "plan": plan })).collect();
        return json_line(
            &mut out,
            &json!({ "calibration": calibration, "plans": plans, "seconds": seconds }),
        );
    }
    writeln!(out, "{} in {seconds:.1} s", summary(&calibration))?;
    for (recall, plan) in plans {
        writeln!(out, "recall {recall}: {plan}")?;
        if let (Some(expected), false) = (plan.expected_recall(), plan.is_exact()) {
            writeln!(out, "  {expected:.4} expected")?;
        }
    }
    Ok(())
}

/// What was asked for must make sense before anything is measured.
fn check(args: &TuneArgs, snapshot: &Snapshot) -> Result<()> {
    snapshot.plan(&SearchParams { k: args.k, recall: args.recall, ..Default::default() })?;
    Ok(())
}

fn plans(args: &TuneArgs, snapshot: &Snapshot) -> Result<Vec<(f64, Plan)>> {
    let recalls = args.recall.map_or(RECALLS.to_vec(), |recall| vec![recall]);
    let plan = |recall: f64| {
        Ok((recall, snapshot.plan(&SearchParams { k: args.k, recall: Some(recall), ..Default::default() })?))
    };
    recalls.into_iter().map(plan).collect()
}

fn summary(calibration: &Calibration) -> String {
    let Calibration { num_documents, num_sampled, num_queries, origin, .. } = calibration;
    let queries = counted(*num_queries as u64, "query");
    let from = match origin {
        QueryOrigin::Given => "as given",
        QueryOrigin::Documents => "made from documents",
    };
    let documents = counted(*num_documents, "document");
    let scored = if num_sampled < num_documents {
        format!(", some {num_sampled} of them scored for each")
    } else {
        String::new()
    };
    format!("calibrated with {queries} {from}, over {documents}{scored},")
}

fn queries(args: &TuneArgs, snapshot: &Snapshot) -> Result<Vec<Query>> {
    if let Some(path) = &args.query_vectors {
        let queries: Vec<Query> = input::query_vectors(path)?.into_iter().map(|(_, query)| query).collect();
        return if queries.is_empty() { Err(no_queries(path)) } else { Ok(queries) };
    }
    let Some(path) = &args.queries else { return Ok(Vec::new()) };
    let encoder = environment::models()
        .for_queries(snapshot, &args.model.options(), &Unattended)?
        .ok_or_else(|| without_encoder(snapshot.schema(), "use --query-vectors FILE"))?;
    let encode = |(id, text): (String, String)| -> Result<Query> {
        let question = Question::encode(&*encoder.queries, &text)
            .map_err(|error| error.within(format!("query {id}")))?;
        Ok(question.query)
    };
    let queries = input::query_texts(path)?.into_iter().map(encode).collect::<Result<Vec<_>>>()?;
    if queries.is_empty() { Err(no_queries(path)) } else { Ok(queries) }
}

fn no_queries(path: &std::path::Path) -> Failure {
    Failure::invalid(format!("{} holds no queries: leave it out to use documents instead", path.display()))
}
