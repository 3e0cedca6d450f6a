//! A process that builds an index or searches one, and answers in lines of JSON.

use super::contenders::Contender;
use super::sets::Set;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};

/// One thread, for every library that asks the environment.
const ONE_THREAD: [&str; 6] = [
    "RAYON_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "LANCE_CPU_THREADS",
];

/// An engine at work.
pub struct Child {
    process: std::process::Child,
    /// `None` once it is to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Hits of the queries of a set with some parameters.
pub struct Found {
    /// CPU milliseconds of each query.
    pub cpu_ms: Vec<f64>,
    /// Numbers of documents, best first.
    pub ids: Vec<Vec<usize>>,
    /// Most memory that the process has had so far, what is mapped from files included.
    pub peak_kib: u64,
}

impl Child {
    /// Starts a role and waits until it is ready.
    ///
    /// # Errors
    /// Why it did not start.
    pub fn start(contender: &Contender, role: &str, set: &Set) -> Result<Self, String> {
        let mut child = Self::spawn(contender, role, set)?;
        child.answer()?;
        Ok(child)
    }

    /// Runs a role to its end and returns what it says.
    ///
    /// # Errors
    /// When it says nothing: its own words are on standard error.
    pub fn run(contender: &Contender, role: &str, set: &Set) -> Result<Value, String> {
        Self::spawn(contender, role, set)?.answer()
    }

    fn spawn(contender: &Contender, role: &str, set: &Set) -> Result<Self, String> {
        let mut process = contender
            .command()?
            .arg(role)
            .args([&set.folder, &set.index(contender)])
            .arg(contender.kind)
            .envs(ONE_THREAD.map(|name| (name, "1")))
            .env("RUST_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take());
        let answers = BufReader::new(answers.ok_or("no standard output")?);
        Ok(Self { process, orders, answers })
    }

    fn answer(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(num_bytes) if num_bytes > 0 => {
                serde_json::from_str(&line).map_err(|error| format!("{}: {error}", line.trim()))
            }
            Ok(_) => Err("it ended without an answer, see above".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Lets it search all queries of its set.
    ///
    /// # Errors
    /// When it went away or answers something else.
    pub fn search(&mut self, knobs: &Value) -> Result<Found, String> {
        let orders = self.orders.as_mut().ok_or("it was told to end")?;
        writeln!(orders, "{knobs}").map_err(|error| error.to_string())?;
        let answer = self.answer()?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let ids =
            |found: &Value| list(found).iter().filter_map(Value::as_u64).map(|id| id as usize).collect();
        Ok(Found {
            cpu_ms: list(&answer["cpu_ms"]).iter().filter_map(Value::as_f64).collect(),
            ids: list(&answer["found"]).iter().map(ids).collect(),
            peak_kib: answer["peak_kib"].as_u64().ok_or("it does not say how much memory it took")?,
        })
    }
}

impl Drop for Child {
    /// The end of its standard input is the end of its work.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Err(error) = self.process.wait() {
            eprintln!("a child could not be waited for: {error}");
        }
    }
}
