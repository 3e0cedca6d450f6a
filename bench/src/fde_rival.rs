//! `muvera-python`, whose inner loops are Rust, in a Python that the caller names.

use crate::fde_candidates::Setting;
use pleiad_bench_measure::python::PYTHON;
use std::process::Command;

const ROUNDS: usize = 9;

/// Documents per CPU second.
pub struct Rival {
    /// In batches of 256.
    pub batch: f64,
    /// One call per document.
    pub single: f64,
}

/// Runs the rival, on one thread.
///
/// # Errors
/// Why there is no figure: no interpreter named, or what it said when it failed.
pub fn measure(
    (repetitions, k, projection): Setting,
    num_tokens: usize,
    dim: usize,
) -> Result<Rival, String> {
    let python = std::env::var_os(PYTHON).ok_or_else(|| format!("{PYTHON} names no interpreter"))?;
    let numbers = [repetitions as usize, k as usize, projection as usize, num_tokens, dim, ROUNDS];
    let output = Command::new(python)
        .args(["-c", include_str!("fde_rival.py")])
        .args(numbers.map(|number| number.to_string()))
        .envs(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"].map(|name| (name, "1")))
        .output()
        .map_err(|error| format!("{PYTHON}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let rates: Vec<f64> = printed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match rates[..] {
        [batch, single] => Ok(Rival { batch, single }),
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
