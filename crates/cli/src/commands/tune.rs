use super::search::lengths_of;
use crate::args::TuneArgs;
use crate::console::once_free;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::{self, counted, json_line, warn};
use pleiad::{Calibration, Collection, Plan, Query, QueryClass, QueryOrigin, SearchParams, Snapshot};
use pleiad_encode::WordsOnly;
use pleiad_text::{Mode, QueryForm, RankingOptions, Searcher, Unattended, input};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Instant;

/// Recalls whose plans are shown when none is asked for.
const RECALLS: [f64; 5] = [0.9, 0.95, 0.98, 0.99, 0.995];

pub(crate) fn run(args: &TuneArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let snapshot = collection.snapshot()?;
    if snapshot.schema().encoder.as_deref() == Some(WordsOnly::ID) {
        return Err(Failure::invalid(
            "this collection is searched by its words alone, and such searches are exact: there is nothing to measure",
        ));
    }
    let queries = queries(args, &snapshot)?;
    check(args, &snapshot)?;
    let params = args.memory.params_without_wait();
    let writer = once_free(args.memory.wait, || collection.writer_with(params))?;
    let start = Instant::now();
    let calibration = writer.tune(&queries)?;
    let seconds = start.elapsed().as_secs_f64();
    writer.close()?;
    let snapshot = collection.snapshot()?;
    let classes = calibration.classes.iter();
    let classes =
        classes.map(|class| Ok((class, plans(args, &snapshot, class)?))).collect::<Result<Vec<_>>>()?;
    let mut out = output::stdout();
    if args.json {
        return json_line(&mut out, &as_json(&calibration, &classes, seconds));
    }
    writeln!(out, "calibrated in {seconds:.1} s")?;
    for (at, (class, plans)) in classes.iter().enumerate() {
        let next = classes.get(at + 1).map(|(next, _)| next.min_tokens);
        writeln!(out, "queries of {}: {}", lengths_of(class.min_tokens, next), summary(class))?;
        for (recall, plan) in plans {
            let expected = match plan.expected_recall().filter(|_| !plan.is_exact()) {
                Some(expected) => format!(", {expected:.4} expected"),
                None => String::new(),
            };
            writeln!(out, "  recall {recall}: {plan}{expected}")?;
        }
    }
    if !queries.is_empty() && classes.iter().all(|(class, _)| class.origin != QueryOrigin::Given) {
        let given = counted(queries.len() as u64, "query");
        warn(&format!("{given} given: a promise takes 40 of one length, so that documents stand in"));
    }
    Ok(())
}

type Plans = Vec<(f64, Plan)>;

fn as_json(calibration: &Calibration, classes: &[(&QueryClass, Plans)], seconds: f64) -> Value {
    let given = calibration.classes.iter().find(|class| class.origin == QueryOrigin::Given);
    let least = calibration.classes.iter().map(|class| class.num_documents).min();
    let plans = classes.iter().flat_map(|(class, plans)| {
        plans
            .iter()
            .map(|(recall, plan)| json!({ "min_tokens": class.min_tokens, "recall": recall, "plan": plan }))
    });
    json!({
        "calibration": {
            "num_documents": least,
            "num_queries": calibration.num_queries(),
            "origin": given.or(calibration.classes.last()).map(|class| class.origin),
            "classes": calibration.classes,
        },
        "plans": plans.collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

/// Checks the arguments before anything is measured.
fn check(args: &TuneArgs, snapshot: &Snapshot) -> Result<()> {
    snapshot.plan_for(1, &SearchParams { k: args.k, recall: args.recall, ..Default::default() })?;
    Ok(())
}

fn plans(args: &TuneArgs, snapshot: &Snapshot, class: &QueryClass) -> Result<Plans> {
    let recalls = args.recall.map_or(RECALLS.to_vec(), |recall| vec![recall]);
    let plan = |recall: f64| {
        let params = SearchParams { k: args.k, recall: Some(recall), ..Default::default() };
        Ok((recall, snapshot.plan_for(class.min_tokens, &params)?))
    };
    recalls.into_iter().map(plan).collect()
}

fn summary(class: &QueryClass) -> String {
    let queries = counted(class.num_queries as u64, "query");
    let from = match class.origin {
        QueryOrigin::Given => "as given",
        QueryOrigin::Observed => "as observed",
        QueryOrigin::Documents => "made from documents",
    };
    let lengths = class.query_tokens.map(|(least, most)| format!(", {}", lengths_of(least, Some(most + 1))));
    let documents = counted(class.num_documents, "document");
    let scored = if class.num_sampled < class.num_documents {
        format!(", some {} of them scored for each", class.num_sampled)
    } else {
        String::new()
    };
    format!("{queries} {from}{}, over {documents}{scored}", lengths.unwrap_or_default())
}

fn queries(args: &TuneArgs, snapshot: &Snapshot) -> Result<Vec<Query>> {
    if let Some(path) = &args.query_vectors {
        let queries: Vec<Query> = input::query_vectors(path)?.into_iter().map(|(_, query)| query).collect();
        return if queries.is_empty() { Err(no_queries(path)) } else { Ok(queries) };
    }
    let Some(path) = &args.queries else { return Ok(Vec::new()) };
    let (models, options) = (environment::models(), args.model.options());
    let asked = RankingOptions { mode: Some(Mode::Vectors), alpha: None };
    let searcher = Searcher::open(snapshot, &models, &options, asked, QueryForm::Text, &Unattended)?;
    let encode = |(id, text): (String, String)| -> Result<Option<Query>> {
        let question = searcher.question(&text).map_err(|error| error.within(format!("query {id}")))?;
        Ok(question.query)
    };
    let queries = input::query_texts(path)?.into_iter().filter_map(|query| encode(query).transpose());
    let queries = queries.collect::<Result<Vec<_>>>()?;
    if queries.is_empty() { Err(no_queries(path)) } else { Ok(queries) }
}

fn no_queries(path: &std::path::Path) -> Failure {
    Failure::invalid(format!("{} holds no queries: leave it out to use documents instead", path.display()))
}
