//! The child of next-plaid for `cargo xtask bench peers`, which says in `bench/src/peers/peer.py` what a child does.

use crate::Result;
use ndarray::Array2;
use next_plaid::{IndexConfig, MmapIndex, SearchParameters, UpdateConfig};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::fs;
use std::io::{Write, stdin, stdout};

/// Hits that are looked for.
const K: usize = 10;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    match *args {
        ["build", data, folder, kind] => build(data, folder, kind),
        ["search", data, folder, _] => search(data, folder),
        _ => Err("build or search, the data, the index, the kind".into()),
    }
}

/// CPU seconds of all threads.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?.parse()?)
}

fn say(facts: &Value) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{facts}")?;
    Ok(out.flush()?)
}

/// The values of an array of ours: its header is of version 1, and we know its shape.
fn values<const BYTES: usize>(path: &str) -> Result<Vec<[u8; BYTES]>> {
    let bytes = fs::read(path)?;
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    Ok(bytes[header..].as_chunks().0.to_vec())
}

/// The sets of one side.
fn read(data: &str, side: &str) -> Result<Vec<Array2<f32>>> {
    let rows: Vec<f32> =
        values(&format!("{data}/{side}.f32.npy"))?.into_iter().map(f32::from_le_bytes).collect();
    let offsets: Vec<usize> = values(&format!("{data}/{side}.off.npy"))?
        .into_iter()
        .map(|bytes| u64::from_le_bytes(bytes) as usize)
        .collect();
    let dim = rows.len() / offsets.last().copied().filter(|&num_tokens| num_tokens > 0).ok_or("no tokens")?;
    let sets = offsets.windows(2).map(|pair| {
        let own = rows[pair[0] * dim..pair[1] * dim].to_vec();
        Ok(Array2::from_shape_vec((pair[1] - pair[0], dim), own)?)
    });
    sets.collect()
}

fn build(data: &str, folder: &str, kind: &str) -> Result<()> {
    let documents = read(data, "docs")?;
    let binary = kind == "binary";
    let nbits = if kind == "2-bit" { 2 } else { 4 };
    let config = IndexConfig { nbits, binary, force_cpu: true, ..IndexConfig::default() };
    let update = UpdateConfig { force_cpu: true, ..UpdateConfig::default() };
    let start = cpu_seconds();
    fs::create_dir_all(folder)?;
    MmapIndex::update_or_create(&documents, folder, &config, &update)?;
    say(&json!({ "cpu_s": cpu_seconds() - start, "peak_kib": peak_kib()?, "version": version() }))
}

fn version() -> String {
    if cfg!(feature = "openblas") { "1.8.5, OpenBLAS".to_owned() } else { "1.8.5".to_owned() }
}

fn search(data: &str, folder: &str) -> Result<()> {
    let index = MmapIndex::load(folder)?;
    let queries = read(data, "queries")?;
    say(&json!({ "version": version() }))?;
    for line in stdin().lines() {
        let knobs: Value = serde_json::from_str(&line?)?;
        let mut params = SearchParameters { top_k: K, ..SearchParameters::default() };
        let number = |name: &str| knobs[name].as_u64().map(|number| number as usize);
        params.n_full_scores = number("n_full_scores").unwrap_or(params.n_full_scores);
        params.n_ivf_probe = number("n_ivf_probe").unwrap_or(params.n_ivf_probe);
        if let Some(threshold) = knobs.get("centroid_score_threshold") {
            params.centroid_score_threshold = threshold.as_f64().map(|threshold| threshold as f32);
        }
        let (mut cpu_ms, mut found) = (Vec::new(), Vec::new());
        for query in &queries {
            let start = cpu_seconds();
            let answer = index.search(query, &params, None)?;
            cpu_ms.push((cpu_seconds() - start) * 1e3);
            found.push(answer.passage_ids);
        }
        say(&json!({ "cpu_ms": cpu_ms, "found": found, "peak_kib": peak_kib()? }))?;
    }
    Ok(())
}
