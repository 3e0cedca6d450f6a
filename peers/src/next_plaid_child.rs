//! The child of next-plaid: documents are positions there, so a key is found through the metadata beside the vectors.

use crate::Result;
use crate::model::DIM;
use ndarray::Array2;
use next_plaid::{IndexConfig, MmapIndex, UpdateConfig, filtering};
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};

pub(crate) fn run(role: &str, folder: &str) -> Result<()> {
    match role {
        "create" | "write" => write(folder),
        "list" => list(folder),
        _ => Err(format!("no role {role:?}").into()),
    }
}

fn write(folder: &str) -> Result<()> {
    for line in stdin().lock().lines() {
        let batch: Value = serde_json::from_str(&line?)?;
        apply(folder, &batch)?;
        let mut out = stdout().lock();
        out.write_all(format!("{}\n", batch["number"]).as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

/// Removes what is replaced or deleted, then adds: the engine has no other way to replace a document.
fn apply(folder: &str, batch: &Value) -> Result<()> {
    let upserts = batch["upserts"].as_array().ok_or("no upserts")?;
    let deletes = batch["deletes"].as_array().ok_or("no deletes")?;
    if filtering::exists(folder) {
        let keys = upserts.iter().map(|document| &document["key"]).chain(deletes);
        let mut ids = Vec::new();
        for key in keys {
            ids.extend(filtering::where_condition(folder, "key = ?", &[key.clone()])?);
        }
        if !ids.is_empty() {
            MmapIndex::load(folder)?.delete(&ids)?;
        }
    }
    if upserts.is_empty() {
        return Ok(());
    }
    let vectors = upserts.iter().map(|document| vectors(&document["vectors"])).collect::<Result<Vec<_>>>()?;
    let metadata: Vec<Value> = upserts
        .iter()
        .map(|document| json!({"key": document["key"], "version": document["version"]}))
        .collect();
    MmapIndex::update_or_create_with_metadata(
        &vectors,
        folder,
        &IndexConfig { force_cpu: true, ..IndexConfig::default() },
        &UpdateConfig { force_cpu: true, ..UpdateConfig::default() },
        Some(&metadata),
    )?;
    Ok(())
}

fn vectors(rows: &Value) -> Result<Array2<f32>> {
    let rows = rows.as_array().ok_or("no rows")?;
    let values: Vec<f32> = rows
        .iter()
        .flat_map(|row| row.as_array().into_iter().flatten())
        .filter_map(|value| value.as_f64().map(|value| value as f32))
        .collect();
    Ok(Array2::from_shape_vec((rows.len(), DIM), values)?)
}

/// Every document: its vectors by position, its key and version from the metadata of that position.
fn list(folder: &str) -> Result<()> {
    let index = MmapIndex::load(folder)?;
    let mut out = stdout().lock();
    let num_documents = index.num_documents();
    let query = Array2::from_elem((2, DIM), 0.125f32);
    // What every search does must work too.
    index.search(&query, &next_plaid::SearchParameters::default(), None)?;
    for id in 0..num_documents {
        let vectors = index.reconstruct_single(id as i64)?;
        let rows: Vec<Vec<f32>> = vectors.rows().into_iter().map(|row| row.to_vec()).collect();
        let metadata = filtering::get(folder, None, &[], Some(&[id as i64]))?;
        let of = |name: &str| metadata.first().map_or(Value::Null, |row| row[name].clone());
        writeln!(out, "{}", json!({"key": of("key"), "version": of("version"), "vectors": rows}))?;
    }
    // Metadata of documents that are not there.
    for _ in num_documents..filtering::count(folder)? {
        writeln!(out, "{}", json!({"key": null}))?;
    }
    writeln!(out, "end")?;
    Ok(())
}
