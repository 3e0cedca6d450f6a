use super::measure::{Measured, Side};
use pleiad_evaluate::{Evaluation, Table};
use serde_json::{Map, Value, json};

/// The overlap with stored exact lists, by depth.
type Overlaps<'a> = Option<&'a [(usize, f64)]>;

/// How one figure of a side is written.
type Cell = fn(&Side) -> String;

/// A table for people.
pub(crate) fn as_text(measured: &Measured, overlaps: Overlaps<'_>) -> String {
    let Measured { found, exact, .. } = measured;
    let mut table =
        Table::new([format!("{} queries", measured.num_queries), "search".into(), "exact".into()]);
    if let (Some(ours), Some(best)) = (&found.evaluation, &exact.evaluation) {
        for (at, metric) in ours.metrics.iter().enumerate() {
            table.push([metric.to_string(), figure(ours.means[at]), figure(best.means[at])]);
        }
    }
    for (depth, value) in &measured.fidelities {
        table.push([format!("fidelity@{depth}"), figure(*value), figure(1.0)]);
    }
    for (depth, value) in overlaps.unwrap_or_default() {
        table.push([format!("stored exact lists@{depth}"), String::new(), figure(*value)]);
    }
    let rows: [(&str, Cell); 5] = [
        ("scanned per query", |side| format!("{:.0}", side.num_scanned)),
        ("rescored per query", |side| format!("{:.0}", side.num_rescored)),
        ("reranked per query", |side| format!("{:.0}", side.num_reranked)),
        ("CPU ms per query", |side| side.cpu_ms.map_or_else(|| "unknown".into(), |ms| format!("{ms:.2}"))),
        ("queries per second", |side| format!("{:.0}", side.queries_per_second)),
    ];
    for (name, cell) in rows {
        table.push([name.to_owned(), cell(found), cell(exact)]);
    }
    format!("{}\n\n{table}", measured.plan)
}

fn figure(value: f64) -> String {
    format!("{value:.4}")
}

/// The same for programs.
pub(crate) fn as_json(measured: &Measured, overlaps: Overlaps<'_>) -> Value {
    let by_depth = |pairs: &[(usize, f64)]| -> Map<String, Value> {
        pairs.iter().map(|(depth, value)| (depth.to_string(), json!(value))).collect()
    };
    json!({
        "num_queries": measured.num_queries,
        "k": measured.k,
        "plan": measured.plan,
        "search": side_as_json(&measured.found),
        "exact": side_as_json(&measured.exact),
        "fidelity": by_depth(&measured.fidelities),
        "stored_exact_lists": overlaps.map(by_depth),
    })
}

fn side_as_json(side: &Side) -> Value {
    let means = |evaluation: &Evaluation| -> Map<String, Value> {
        let pairs = evaluation.metrics.iter().zip(&evaluation.means);
        pairs.map(|(metric, mean)| (metric.to_string(), json!(mean))).collect()
    };
    json!({
        "metrics": side.evaluation.as_ref().map(means),
        "num_scanned": side.num_scanned,
        "num_rescored": side.num_rescored,
        "num_reranked": side.num_reranked,
        "cpu_ms": side.cpu_ms,
        "queries_per_second": side.queries_per_second,
    })
}
