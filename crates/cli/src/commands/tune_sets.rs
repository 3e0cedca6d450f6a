use super::tune::{questions, searcher};
use crate::args::TuneArgs;
use crate::console::once_free;
use crate::exit::{Failure, Result};
use crate::output::{self, counted, json_line};
use pleiad::{Collection, Plan, SearchParams, SetWeight};
use serde_json::json;
use std::io::Write;
use std::time::Instant;

/// Recalls whose plans are shown when none is asked for.
const RECALLS: [f64; 4] = [0.9, 0.95, 0.98, 0.99];

/// Measures searches by several vector sets together.
pub(crate) fn run(args: &TuneArgs, collection: &Collection) -> Result<()> {
    if args.queries.is_none() && args.query_vectors.is_none() {
        return Err(Failure::invalid(
            "several sets together are measured with questions, since no tokens of a document stand in for one: name some \
             with --queries",
        ));
    }
    let snapshot = collection.snapshot()?;
    let searcher = searcher(args, &snapshot)?;
    let questions = questions(args, &searcher)?;
    let params = args.memory.params_without_wait();
    let writer = once_free(args.memory.wait, || collection.writer_with(params))?;
    let start = Instant::now();
    let calibration = searcher.tune_sets(&writer, &questions)?;
    let seconds = start.elapsed().as_secs_f64();
    writer.close()?;
    let snapshot = collection.snapshot()?;
    // Budgets are those of the whole collection.
    let snapshot = if snapshot.schema().tenants { snapshot.of_all_tenants()? } else { snapshot };
    let Some(query) = questions.iter().find_map(|question| question.query.as_ref()) else {
        return Err(Failure::invalid("no query has a token vector"));
    };
    let asked = searcher.sets_query(query)?;
    let recalls = args.recall.map_or(RECALLS.to_vec(), |recall| vec![recall]);
    let plan = |recall: f64| -> Result<(f64, Plan)> {
        let params = SearchParams { k: args.k, recall: Some(recall), ..SearchParams::default() };
        Ok((recall, snapshot.plan_sets(&asked, &params)?))
    };
    let plans = recalls.into_iter().map(plan).collect::<Result<Vec<_>>>()?;
    let mut out = output::stdout();
    if args.json {
        let plans = plans.iter().map(|(recall, plan)| json!({ "recall": recall, "plan": plan }));
        let plans: Vec<_> = plans.collect();
        return json_line(
            &mut out,
            &json!({ "calibration": calibration, "plans": plans, "seconds": seconds }),
        );
    }
    let weight = |SetWeight { set, weight }: &SetWeight| format!("{set}={weight}");
    let weights: Vec<String> = calibration.weights.iter().map(weight).collect();
    writeln!(
        out,
        "searches by {}, calibrated in {seconds:.1} s: {} over {}",
        weights.join(" + "),
        counted(calibration.num_queries as u64, "query"),
        counted(calibration.num_documents, "document")
    )?;
    for (recall, plan) in plans {
        let expected = match plan.expected_recall().filter(|_| !plan.is_exact()) {
            Some(expected) => format!(", {expected:.4} expected"),
            None => String::new(),
        };
        writeln!(out, "  recall {recall}: {plan}{expected}")?;
    }
    Ok(())
}
