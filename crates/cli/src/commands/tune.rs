use super::search::lengths_of;
use super::tune_sets;
use crate::args::{FilterArgs, TuneArgs};
use crate::console::once_free;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::{self, counted, json_line, warn};
use pleiad::{
    Calibration, Collection, FilterRecall, FoundRecall, Plan, Predicate, QueryClass, QueryOrigin,
    SearchParams, Snapshot,
};
use pleiad_encode::WordsOnly;
use pleiad_text::{Mode, QueryForm, Question, Ranking, RankingOptions, Searcher, Unattended, input};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Instant;

/// Recalls whose plans are shown when none is asked for.
const RECALLS: [f64; 5] = [0.9, 0.95, 0.98, 0.99, 0.995];

pub(crate) fn run(args: &TuneArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    if args.sets.len() > 1 {
        return tune_sets::run(args, &collection);
    }
    let snapshot = measured(args, &collection)?;
    if snapshot.schema().encoder.as_deref() == Some(WordsOnly::ID) {
        return Err(Failure::invalid(
            "this collection is searched by its words alone, and such searches are exact: there is nothing to measure",
        ));
    }
    let searcher = searcher(args, &snapshot)?;
    let ranking = searcher.ranking();
    // Before anything is measured.
    plan_for(args, ranking, &snapshot, 1, args.recall)?;
    let questions = questions(args, &searcher)?;
    let filters = args.filters.as_deref().map_or_else(|| Ok(Vec::new()), FilterArgs::of_lines)?;
    let params = args.memory.params_without_wait();
    let writer = once_free(args.memory.wait, || collection.writer_with(params))?;
    let start = Instant::now();
    let calibration = searcher.tune(&writer, &questions)?;
    let found = if filters.is_empty() {
        Vec::new()
    } else {
        let predicates: Vec<Predicate> = filters.iter().map(|(_, predicate)| predicate.clone()).collect();
        searcher.tune_filters(&writer, &questions, &predicates)?
    };
    let found: Vec<(&str, FilterRecall)> =
        filters.iter().map(|(typed, _)| typed.as_str()).zip(found).collect();
    let seconds = start.elapsed().as_secs_f64();
    writer.close()?;
    let snapshot = measured(args, &collection)?;
    let classes = calibration.classes.iter();
    let classes = classes
        .map(|class| Ok((class, plans(args, ranking, &snapshot, class)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut out = output::stdout();
    if args.json {
        return json_line(&mut out, &as_json(ranking, &calibration, &classes, &found, seconds));
    }
    writeln!(out, "searches by {}, calibrated in {seconds:.1} s", ranking.mode().name())?;
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
    print_filters(&mut out, &found, snapshot.num_documents())?;
    if !questions.is_empty() && classes.iter().all(|(class, _)| class.origin != QueryOrigin::Given) {
        let given = counted(questions.len() as u64, "query");
        warn(&format!("{given} given: a promise takes 40 of one length, so that documents stand in"));
    }
    Ok(())
}

/// The documents whose plans are shown: those of all tenants, as budgets are those of the whole collection, by the vector set
/// that is asked for.
fn measured(args: &TuneArgs, collection: &Collection) -> Result<Snapshot> {
    let snapshot = collection.snapshot()?;
    let snapshot = if snapshot.schema().tenants { snapshot.of_all_tenants()? } else { snapshot };
    match args.sets.first() {
        Some(set) => Ok(snapshot.of_set(&set.set)?),
        None => Ok(snapshot),
    }
}

/// The ranking to be calibrated, with the encoder where texts of queries have to become vectors.
pub(super) fn searcher<'a>(args: &TuneArgs, snapshot: &'a Snapshot) -> Result<Searcher<'a>> {
    let asked = RankingOptions { mode: args.mode.map(Mode::from), alpha: None };
    let form = match (&args.queries, &args.query_vectors) {
        (_, Some(_)) => QueryForm::Vectors,
        // Queries that are made from documents have every part that these keep.
        (None, None) if snapshot.schema().encoder.is_none() => QueryForm::Both,
        _ => QueryForm::Text,
    };
    let (models, options) = (environment::models(), args.model.options());
    if !args.sets.is_empty() {
        let sets = args.sets.clone();
        return Ok(match (&args.queries, &args.query_vectors) {
            (None, None) => Searcher::with_sets(snapshot, None, sets)?,
            _ => Searcher::open_sets(snapshot, &models, &options, sets, form, &Unattended)?,
        });
    }
    if args.queries.is_some() {
        return Ok(Searcher::open(snapshot, &models, &options, asked, form, &Unattended)?);
    }
    Ok(Searcher::with_encoder(snapshot, None, Ranking::settle(snapshot.schema(), asked, form)?)?)
}

type Plans = Vec<(f64, Plan)>;

fn as_json(
    ranking: Ranking,
    calibration: &Calibration,
    classes: &[(&QueryClass, Plans)],
    found: &[(&str, FilterRecall)],
    seconds: f64,
) -> Value {
    let given = calibration.classes.iter().find(|class| class.origin == QueryOrigin::Given);
    let least = calibration.classes.iter().map(|class| class.num_documents).min();
    let plans = classes.iter().flat_map(|(class, plans)| {
        plans
            .iter()
            .map(|(recall, plan)| json!({ "min_tokens": class.min_tokens, "recall": recall, "plan": plan }))
    });
    json!({
        "mode": ranking.mode().name(),
        "calibration": {
            "num_documents": least,
            "num_queries": calibration.num_queries(),
            "origin": given.or(calibration.classes.last()).map(|class| class.origin),
            "classes": calibration.classes,
        },
        "plans": plans.collect::<Vec<_>>(),
        "filters": found.iter().map(|(typed, recall)| filter_as_json(typed, recall)).collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

fn filter_as_json(typed: &str, recall: &FilterRecall) -> Value {
    let worst = recall.worst.map(|worst| {
        json!({ "min_tokens": worst.min_tokens, "k": worst.k, "promised": worst.promised, "found": worst.found })
    });
    json!({ "filter": typed, "num_matched": recall.num_matched, "worst": worst })
}

/// Tells what searches under filters found, and warns of those that find less than they promise all the same.
fn print_filters(out: &mut impl Write, found: &[(&str, FilterRecall)], num_documents: u64) -> Result<()> {
    if !found.is_empty() {
        writeln!(out, "the least that searches found of what they promise, under each filter:")?;
    }
    for (typed, recall) in found {
        let told = match recall.worst {
            Some(FoundRecall { k, promised, found, .. }) => {
                format!("{found:.4} of {promised} promised, with -k {k}")
            }
            None => "all, for they are exact".to_owned(),
        };
        let num_matched = counted(recall.num_matched, "document");
        writeln!(out, "  {typed}: {num_matched} of {num_documents}: {told}")?;
        if recall.worst.is_some_and(|worst| !worst.is_kept()) {
            warn(&format!(
                "{typed}: the codes of token vectors alone lose more: --exact scores every match exactly"
            ));
        }
    }
    Ok(())
}

fn plan_for(
    args: &TuneArgs,
    ranking: Ranking,
    snapshot: &Snapshot,
    num_tokens: usize,
    recall: Option<f64>,
) -> Result<Plan> {
    let params = SearchParams { k: args.k, recall, ..Default::default() };
    Ok(ranking.plan_for(snapshot, num_tokens, &params)?)
}

fn plans(args: &TuneArgs, ranking: Ranking, snapshot: &Snapshot, class: &QueryClass) -> Result<Plans> {
    let recalls = args.recall.map_or(RECALLS.to_vec(), |recall| vec![recall]);
    let plan = |recall: f64| Ok((recall, plan_for(args, ranking, snapshot, class.min_tokens, Some(recall))?));
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

pub(super) fn questions(args: &TuneArgs, searcher: &Searcher<'_>) -> Result<Vec<Question>> {
    if let Some(path) = &args.query_vectors {
        let queries = input::query_vectors(path)?.into_iter();
        return Ok(queries.map(|(_, query)| Question::of_vectors(query)).collect());
    }
    let Some(path) = &args.queries else { return Ok(Vec::new()) };
    let encode = |(id, text): (String, String)| -> Result<Question> {
        Ok(searcher.question(&text).map_err(|error| error.within(format!("query {id}")))?)
    };
    input::query_texts(path)?.into_iter().map(encode).collect()
}
