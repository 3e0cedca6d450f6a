//! The child of Pleiad itself: a collection as any user of the library makes and searches it.

use crate::clock::process_cpu_seconds;
use crate::machine;
use pleiad::{Batch, Collection, Document, Query, Schema, SearchParams, TokenCode, TokenEncoding};
use pleiad_encode::import::VectorFolder;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::path::Path;

use super::sets::K;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Documents of a batch.
const BATCH: usize = 1000;

/// Runs a role: `ROLE DATA INDEX KIND`, as `peer.py` says.
///
/// # Errors
/// Whatever went wrong: there is nothing to do about it here.
pub fn run(args: &[String]) -> Result<()> {
    match args {
        [role, data, index, kind] if role == "build" => build(Path::new(data), Path::new(index), kind),
        [role, data, index, _] if role == "search" => search(Path::new(data), Path::new(index)),
        _ => Err("build or search, the data, the index, the kind".into()),
    }
}

fn say(facts: &Value) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{facts}")?;
    Ok(out.flush()?)
}

/// Adds all documents, then tunes with the queries given.
fn build(data: &Path, index: &Path, kind: &str) -> Result<()> {
    let folder = VectorFolder::open(data)?;
    let (code, centroids) = kind.split_once("-around-").map_or((kind, None), |(code, num)| (code, Some(num)));
    let token_code = match code {
        "int8" => TokenCode::Int8,
        "int4" => TokenCode::Int4,
        "int2" => TokenCode::Int2,
        _ => return Err(format!("no kind {kind:?}").into()),
    };
    let centroids = centroids.map(str::parse).transpose()?;
    let tokens = TokenEncoding::new(token_code, centroids)?;
    let schema = Schema { tokens, ..Schema::new(folder.dim()) };
    let documents: Vec<_> = folder.documents()?.collect::<std::result::Result<_, _>>()?;
    let given = VectorFolder::open(data.join("given"))?.documents()?;
    let given = given.map(|query| Ok(Query::new(query?.1))).collect::<Result<Vec<_>>>()?;
    let start = process_cpu_seconds();
    let writer = Collection::create(index, &schema)?.writer()?;
    for some in documents.chunks(BATCH) {
        let mut batch = Batch::new();
        for (key, vectors) in some {
            batch.upsert(Document::new(key.clone(), vectors.clone())?);
        }
        writer.apply(batch)?;
    }
    writer.flush()?;
    let before = process_cpu_seconds();
    writer.tune(&given)?;
    let tuning_s = process_cpu_seconds() - before;
    writer.close()?;
    let cpu_s = process_cpu_seconds() - start;
    say(&json!({
        "cpu_s": cpu_s, "tuning_s": tuning_s, "peak_kib": machine::peak_kib()?, "version": machine::commit(),
    }))
}

fn search(data: &Path, index: &Path) -> Result<()> {
    let queries = VectorFolder::open(data)?.queries()?;
    let snapshot = Collection::open(index)?.snapshot()?;
    say(&json!({ "version": machine::commit() }))?;
    for line in stdin().lines() {
        let knobs: Value = serde_json::from_str(&line?)?;
        let params = SearchParams {
            k: K,
            recall: knobs["recall"].as_f64(),
            exact: knobs["exact"] == true,
            observe: false,
            ..SearchParams::default()
        };
        let (mut cpu_ms, mut found) = (Vec::new(), Vec::new());
        for (_, query) in &queries {
            let start = process_cpu_seconds();
            let answer = snapshot.search(query, &params)?;
            cpu_ms.push((process_cpu_seconds() - start) * 1e3);
            found.push(
                answer
                    .hits
                    .iter()
                    .map(|hit| hit.key.as_str().parse())
                    .collect::<std::result::Result<Vec<u64>, _>>()?,
            );
        }
        let plan = queries.first().map(|(_, query)| snapshot.plan(query, &params)).transpose()?;
        let plan = plan.map(|plan| plan.to_string());
        say(&json!({ "cpu_ms": cpu_ms, "found": found, "peak_kib": machine::peak_kib()?, "plan": plan }))?;
    }
    Ok(())
}
