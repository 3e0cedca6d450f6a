use super::bm25::Yardstick;
use super::measure::{Measured, Search, Side};
use crate::output::counted;
use pleiad_evaluate::{Evaluation, Table};
use serde_json::{Map, Value, json};

/// The overlap with stored exact lists, by depth.
type Overlaps<'a> = Option<&'a [(usize, f64)]>;

/// Format of one figure of a side.
type Cell = fn(&Side) -> String;

/// A table for people: a column for each search, then the exact one, then what BM25 makes of it.
pub(crate) fn as_text(measured: &Measured, overlaps: Overlaps<'_>, yardstick: Option<&Yardstick>) -> String {
    let Measured { searches, exact, .. } = measured;
    let mut header = vec![format!("{} queries", measured.num_queries)];
    header.extend(searches.iter().map(|search| format!("k = {}", search.depth)));
    header.push("exact".into());
    if yardstick.is_some() {
        header.extend(["BM25".into(), "with BM25".into()]);
    }
    let mut table = Table::new(header);
    if let Some(best) = &exact.evaluation {
        for metric in &best.metrics {
            let name = metric.to_string();
            let sides = searches.iter().map(|search| &search.side).chain([exact]);
            let evaluations = sides.map(|side| side.evaluation.as_ref());
            let words = yardstick.map(|yardstick| [&yardstick.bm25, &yardstick.fused]);
            let evaluations = evaluations.chain(words.into_iter().flatten().map(Some));
            let cells: Vec<String> = evaluations.map(|evaluation| of_metric(evaluation, &name)).collect();
            table.push([vec![name], cells].concat());
        }
    }
    let mut push = |name: String, cells: Vec<String>, last: String| {
        table.push([vec![name], cells, vec![last]].concat());
    };
    let fidelities = searches.iter().map(|search| figure(search.fidelity)).collect();
    push("fidelity@k".into(), fidelities, figure(1.0));
    for (name, of) in
        [("promised", (|search| search.promised) as fn(&Search) -> _), ("expected", |search| search.expected)]
    {
        let recalls = searches.iter().map(|search| of(search).map(figure).unwrap_or_default());
        push(format!("  {name}"), recalls.collect(), figure(1.0));
    }
    for (depth, value) in overlaps.unwrap_or_default() {
        push(format!("stored exact lists@{depth}"), vec![String::new(); searches.len()], figure(*value));
    }
    let rows: [(&str, Cell); 5] = [
        ("scanned per query", |side| format!("{:.0}", side.num_scanned)),
        ("rescored per query", |side| format!("{:.0}", side.num_rescored)),
        ("reranked per query", |side| format!("{:.0}", side.num_reranked)),
        ("CPU ms per query", |side| side.cpu_ms.map_or_else(|| "unknown".into(), |ms| format!("{ms:.2}"))),
        ("queries per second", |side| format!("{:.0}", side.queries_per_second)),
    ];
    for (name, cell) in rows {
        push(name.to_owned(), searches.iter().map(|search| cell(&search.side)).collect(), cell(exact));
    }
    let describe = |search: &Search| {
        let others = match search.num_plans {
            1 => String::new(),
            num => format!("  and {} for queries of other lengths\n", counted(num as u64 - 1, "other plan")),
        };
        format!("{}\n  {}\n{others}", search.plan, search.plan.basis)
    };
    let plans: String = searches.iter().map(describe).collect();
    format!("{}{plans}\n{table}", measured.own.description())
}

/// One figure of an evaluation, if its search went deep enough to have it.
fn of_metric(evaluation: Option<&Evaluation>, name: &str) -> String {
    let found = evaluation.and_then(|evaluation| {
        let mut pairs = evaluation.metrics.iter().zip(&evaluation.means);
        pairs.find(|(metric, _)| metric.to_string() == name).map(|(_, mean)| figure(*mean))
    });
    found.unwrap_or_default()
}

pub(crate) fn figure(value: f64) -> String {
    format!("{value:.4}")
}

/// The same for programs.
pub(crate) fn as_json(measured: &Measured, overlaps: Overlaps<'_>, yardstick: Option<&Yardstick>) -> Value {
    let by_depth = |pairs: &[(usize, f64)]| -> Map<String, Value> {
        pairs.iter().map(|(depth, value)| (depth.to_string(), json!(value))).collect()
    };
    let fidelities: Vec<_> = measured.searches.iter().map(|search| (search.depth, search.fidelity)).collect();
    let searches = measured.searches.iter().map(|search| {
        let mut side = side_as_json(&search.side);
        side["k"] = json!(search.depth);
        side["plan"] = json!(search.plan);
        side["fidelity"] = json!(search.fidelity);
        side["num_plans"] = json!(search.num_plans);
        side["promised_recall"] = json!(search.promised);
        side["expected_recall"] = json!(search.expected);
        side
    });
    json!({
        "mode": measured.ranking.mode().name(),
        "weights": measured.ranking.shares(),
        "num_queries": measured.num_queries,
        "own_documents_left_out": measured.own.num_left_out,
        "k": measured.k,
        "plan": measured.deepest().map(|search| &search.plan),
        "search": measured.deepest().map(|search| side_as_json(&search.side)),
        "searches": searches.collect::<Vec<_>>(),
        "exact": side_as_json(&measured.exact),
        "fidelity": by_depth(&fidelities),
        "stored_exact_lists": overlaps.map(by_depth),
        "bm25": yardstick.map(|yardstick| means(&yardstick.bm25)),
        "fused": yardstick.map(|yardstick| means(&yardstick.fused)),
        "per_query": {
            "search": measured.deepest().and_then(|search| search.side.evaluation.as_ref()).map(per_query),
            "exact": measured.exact.evaluation.as_ref().map(per_query),
            "bm25": yardstick.map(|yardstick| per_query(&yardstick.bm25)),
            "fused": yardstick.map(|yardstick| per_query(&yardstick.fused)),
        },
    })
}

/// The value of each metric for each judged query.
pub(crate) fn per_query(evaluation: &Evaluation) -> Map<String, Value> {
    let values = |values: &[f64]| -> Map<String, Value> {
        let pairs = evaluation.metrics.iter().zip(values);
        pairs.map(|(metric, value)| (metric.to_string(), json!(value))).collect()
    };
    evaluation.queries.iter().map(|(query, found)| (query.clone(), Value::Object(values(found)))).collect()
}

pub(crate) fn means(evaluation: &Evaluation) -> Map<String, Value> {
    let pairs = evaluation.metrics.iter().zip(&evaluation.means);
    pairs.map(|(metric, mean)| (metric.to_string(), json!(mean))).collect()
}

fn side_as_json(side: &Side) -> Value {
    json!({
        "metrics": side.evaluation.as_ref().map(means),
        "num_scanned": side.num_scanned,
        "num_rescored": side.num_rescored,
        "num_reranked": side.num_reranked,
        "cpu_ms": side.cpu_ms,
        "queries_per_second": side.queries_per_second,
    })
}
