//! ONNX Runtime, in a Python that the caller names, one run at a time, so that it takes turns with us.

use pleiad_bench_measure::python::PYTHON;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python that waits for orders.
pub struct OnnxRuntime {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Its version.
    pub version: String,
}

impl OnnxRuntime {
    /// Exports a checkpoint and waits until it is loaded.
    ///
    /// # Errors
    /// Why there are no figures: no interpreter named, or one without the packages.
    pub fn start(checkpoint: &Path, folder: &Path) -> Result<Self, String> {
        let python = std::env::var_os(PYTHON).ok_or_else(|| format!("{PYTHON} names no interpreter"))?;
        let mut child = Command::new(python)
            .args(["-c", include_str!("encode_rival.py")])
            .args([checkpoint, folder])
            .envs(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"].map(|name| (name, "1")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{PYTHON}: {error}"))?;
        let (orders, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(orders), Some(answers)) = (orders, answers) else { return Err("no pipes".to_owned()) };
        let mut runtime = Self { child, orders, answers: BufReader::new(answers), version: String::new() };
        runtime.version = runtime.line()?;
        Ok(runtime)
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(num_bytes) if num_bytes > 0 => Ok(line.trim().to_owned()),
            _ => Err("numpy, onnx or onnxruntime is missing, see above".to_owned()),
        }
    }

    /// CPU seconds of one run: `model` 0 is f32, 1 int8.
    ///
    /// # Errors
    /// When Python went away.
    pub fn seconds(&mut self, model: usize, batch: usize, length: usize) -> Result<f64, String> {
        writeln!(self.orders, "{model} {batch} {length}").map_err(|error| error.to_string())?;
        let line = self.line()?;
        line.parse().map_err(|error| format!("{line}: {error}"))
    }
}

impl Drop for OnnxRuntime {
    fn drop(&mut self) {
        // It may be gone already: then there is nothing left to do.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}
