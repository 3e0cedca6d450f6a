use super::{Judged, own};
use crate::args::EvalArgs;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::run_file;
use pleiad::{Collection, SearchParams};
use pleiad_evaluate::{
    Comparison, Evaluation, Metric, NUM_PERMUTATIONS, Qrels, Run, Table, compare, evaluate,
};
use pleiad_text::{Searcher, Unattended};
use pleiad_vectors::Seed;
use serde_json::{Map, Value, json};
use std::fmt;
use std::path::Path;

/// A comparison with another run or another collection.
pub(crate) struct Against {
    name: String,
    seed: u64,
    comparisons: Vec<Comparison>,
}

/// Compares an evaluation with that of `--against`, if it is given: a TREC run, or a collection that is searched as this
/// one was.
///
/// # Errors
/// When the other one cannot be read or searched.
pub(crate) fn of_collection(
    args: &EvalArgs,
    qrels: &Qrels,
    params: &SearchParams,
    first: &Evaluation,
) -> Result<Option<Against>> {
    let Some(path) = args.against.as_deref().filter(|path| path.is_dir()) else {
        return of_run(args, qrels, &first.metrics, first);
    };
    let run = search(args, path, params)?;
    Ok(Some(Against::new(args, path, qrels, run, &first.metrics, first)))
}

/// The same where only runs can be compared.
///
/// # Errors
/// When the other run cannot be read.
pub(crate) fn of_run(
    args: &EvalArgs,
    qrels: &Qrels,
    metrics: &[Metric],
    first: &Evaluation,
) -> Result<Option<Against>> {
    let Some(path) = &args.against else { return Ok(None) };
    if path.is_dir() {
        let message = format!("{} is a folder, and a run is compared with runs alone", path.display());
        return Err(Failure::invalid(message));
    }
    let run = Run::open(path)?;
    Ok(Some(Against::new(args, path, qrels, run, metrics, first)))
}

/// The answers of another collection to the same queries.
fn search(args: &EvalArgs, folder: &Path, params: &SearchParams) -> Result<Run> {
    let snapshot = args.tenant.narrow(Collection::open(folder)?.snapshot()?)?;
    let (models, options, asked) = (environment::models(), args.model.options(), args.ranking.options());
    let form = Judged::form(&args.judged, &snapshot, asked)?;
    let searcher = Searcher::open(&snapshot, &models, &options, asked, form, &Unattended)?;
    let judged = Judged::open(&args.judged, &args.split, &searcher, form)?;
    let mut run = Run::default();
    let answers = searcher.search_batch(&judged.questions, params);
    for (id, answer) in judged.ids.iter().zip(answers) {
        run.insert(id.as_str(), run_file::entries(&answer?));
    }
    Ok(run)
}

impl Against {
    fn new(
        args: &EvalArgs,
        path: &Path,
        qrels: &Qrels,
        mut run: Run,
        metrics: &[Metric],
        first: &Evaluation,
    ) -> Self {
        own::leave_out(&mut run, qrels);
        let comparisons = compare(first, &evaluate(qrels, &run, metrics), Seed(args.seed));
        Self { name: path.display().to_string(), seed: args.seed, comparisons }
    }

    pub(crate) fn as_json(&self) -> Value {
        let of = |comparison: &Comparison| {
            let value = json!({
                "first": comparison.first,
                "second": comparison.second,
                "difference": comparison.first - comparison.second,
                "p_value": comparison.p_value,
                "wins": comparison.wins,
                "ties": comparison.ties,
                "losses": comparison.losses,
            });
            (comparison.metric.to_string(), value)
        };
        json!({
            "against": self.name,
            "test": "paired randomization, two-sided",
            "num_permutations": NUM_PERMUTATIONS,
            "seed": self.seed,
            "metrics": self.comparisons.iter().map(of).collect::<Map<_, _>>(),
        })
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["against", "this", "other", "difference", "p", "wins", "ties", "losses"]);
        for comparison in &self.comparisons {
            let Comparison { metric, first, second, wins, ties, losses, p_value } = comparison;
            table.push([
                metric.to_string(),
                format!("{first:.4}"),
                format!("{second:.4}"),
                format!("{:+.4}", first - second),
                format!("{p_value:.4}"),
                wins.to_string(),
                ties.to_string(),
                losses.to_string(),
            ]);
        }
        writeln!(f, "this against {} (paired randomization test, two-sided, seed {})", self.name, self.seed)?;
        write!(f, "{table}")
    }
}
