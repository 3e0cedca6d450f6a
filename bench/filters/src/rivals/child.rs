//! A rival in a process of its own, which builds an index or searches one and answers in lines of JSON.

use super::data::Data;
use pleiad_bench_measure::python::interpreter;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};

/// Names of the packages on PyPI.
const PACKAGES: &str = "numpy qdrant-edge-py fastembed lancedb";

/// One thread, for every library that asks the environment.
const ONE_THREAD: [&str; 6] = [
    "RAYON_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "LANCE_CPU_THREADS",
];

/// An engine with one kind of index.
pub struct Rival {
    pub engine: &'static str,
    /// Kind of index, as the script names it.
    pub kind: &'static str,
    module: &'static str,
    script: &'static str,
    /// Settings of its search, each of which is measured; the first one is nothing but defaults.
    pub knobs: Vec<Value>,
}

/// A script behind what all rivals have in common.
macro_rules! script {
    ($file:literal) => {
        concat!(include_str!("../../../src/peers/peer.py"), "\n\n", include_str!($file))
    };
}

/// Every rival with every kind.
pub fn all() -> Vec<Rival> {
    use serde_json::json;
    let of = |engine, kind, knobs| {
        let (module, script) = match engine {
            "qdrant-edge" => ("qdrant_edge", script!("qdrant.py")),
            _ => ("lancedb", script!("lance.py")),
        };
        Rival { engine, kind, module, script, knobs }
    };
    let probed = || vec![json!({}), json!({"nprobes": 500, "refine_factor": 20})];
    let of_graph = vec![json!({}), json!({"hnsw_ef": 512, "acorn": true}), json!({"exact": true})];
    let prefetched = [100, 1000].map(|depth| json!({"prefetch": depth})).into();
    vec![
        of("qdrant-edge", "graph", of_graph),
        of("qdrant-edge", "muvera", prefetched),
        of("lancedb", "flat", vec![json!({})]),
        of("lancedb", "IVF_PQ", probed()),
        of("lancedb", "IVF_RQ", probed()),
    ]
}

impl Rival {
    /// Name in tables.
    pub fn name(&self) -> String {
        format!("{}, {}", self.engine, self.kind)
    }
}

/// A rival at work.
pub struct Child {
    process: std::process::Child,
    /// `None` once it is to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Child {
    /// Builds an index, and starts searching it. Also the version, and the CPU seconds that building took.
    ///
    /// # Errors
    /// Why it does not: how to install it, or its last words.
    pub fn build(rival: &Rival, data: &Data) -> Result<(Self, String, f64), String> {
        let built = Self::spawn(rival, "build", data)?.answer()?;
        let mut child = Self::spawn(rival, "search", data)?;
        child.answer()?;
        let version = built["version"].as_str().ok_or("no version")?.to_owned();
        Ok((child, version, built["cpu_s"].as_f64().ok_or("no CPU seconds")?))
    }

    fn spawn(rival: &Rival, role: &str, data: &Data) -> Result<Self, String> {
        let mut process = interpreter(rival.module, PACKAGES)?
            .args(["-c", rival.script, role])
            .args([data.folder(), &data.folder().join(rival.name())])
            .arg(rival.kind)
            .envs(ONE_THREAD.map(|name| (name, "1")))
            .env("RUST_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take());
        Ok(Self { process, orders, answers: BufReader::new(answers.ok_or("no standard output")?) })
    }

    fn answer(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(num_bytes) if num_bytes > 0 => {
                serde_json::from_str(&line).map_err(|error| format!("{}: {error}", line.trim()))
            }
            Ok(_) => Err("it ended without an answer, see its last words".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Lets it search all queries, each under its filter: the mean CPU milliseconds, and documents found by query.
    ///
    /// # Errors
    /// When it went away or answers something else.
    pub fn search(&mut self, knobs: &Value, filters: &Value) -> Result<(f64, Vec<Vec<usize>>), String> {
        let mut order = knobs.clone();
        order["filters"] = filters.clone();
        let orders = self.orders.as_mut().ok_or("it was told to end")?;
        writeln!(orders, "{order}").map_err(|error| error.to_string())?;
        let answer = self.answer()?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let times: Vec<f64> = list(&answer["cpu_ms"]).iter().filter_map(Value::as_f64).collect();
        let ids =
            |found: &Value| list(found).iter().filter_map(Value::as_u64).map(|id| id as usize).collect();
        let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
        Ok((mean, list(&answer["found"]).iter().map(ids).collect()))
    }
}

impl Drop for Child {
    /// The end of its standard input is the end of its work.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Err(error) = self.process.wait() {
            eprintln!("a rival could not be waited for: {error}");
        }
    }
}
