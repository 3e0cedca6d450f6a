//! The engines, the kinds of index that are built, and the knobs of their searches.
//!
//! Kinds and knobs are those that each engine's own documentation names; everything else has its default.

use crate::machine;
use pleiad_bench_measure::python::interpreter;
use serde_json::{Value, json};
use std::process::Command;

/// All of them, in the order of the tables.
pub const ENGINES: [&str; 6] =
    ["pleiad", "next-plaid", "fast-plaid", "xtr-warp-rs", "qdrant-edge", "lancedb"];

/// Names of the packages on PyPI.
const PACKAGES: &str = "numpy qdrant-edge-py fastembed lancedb fast-plaid xtr-warp-rs";

/// An engine with one kind of index.
pub struct Contender {
    pub engine: &'static str,
    /// Kind of index, as the child names it.
    pub kind: &'static str,
    /// Settings of its search, each of which is measured.
    pub knobs: Vec<Value>,
    program: Program,
}

#[derive(Clone, Copy)]
enum Program {
    /// This one.
    Own,
    /// The crate of the workspace `peers/`.
    Crate,
    /// A script for the module that it needs.
    Python { module: &'static str, script: &'static str },
}

/// A script behind what all have in common.
macro_rules! script {
    ($file:literal) => {
        concat!(include_str!("peer.py"), "\n\n", include_str!($file))
    };
}

/// Every engine with every kind.
pub fn all() -> Vec<Contender> {
    let python = |module, script| Program::Python { module, script };
    let fast_plaid = python("fast_plaid", script!("fast_plaid.py"));
    let xtr_warp = python("xtr_warp", script!("xtr_warp.py"));
    let qdrant = python("qdrant_edge", script!("qdrant.py"));
    let lance = python("lancedb", script!("lance.py"));
    let contender = |engine, program, kind, knobs| Contender { engine, kind, knobs, program };
    let [own, next, fast, xtr, edge, lancedb] = ENGINES;
    vec![
        contender(own, Program::Own, "int8", recalls().chain([json!({ "exact": true })]).collect()),
        contender(own, Program::Own, "int4", recalls().collect()),
        contender(own, Program::Own, "int4-around-1024", recalls().collect()),
        contender(own, Program::Own, "int2", recalls().collect()),
        contender(own, Program::Own, "int2-around-1024", recalls().collect()),
        contender(next, Program::Crate, "4-bit", next_plaid()),
        contender(next, Program::Crate, "2-bit", next_plaid()),
        contender(next, Program::Crate, "binary", next_plaid()),
        contender(fast, fast_plaid, "4", plaid(&[512, 4096], &[8])),
        contender(xtr, xtr_warp, "4", warp()),
        contender(edge, qdrant, "f32", vec![json!({})]),
        contender(edge, qdrant, "turbo4", oversampled(&[None, Some(2)])),
        contender(edge, qdrant, "turbo1", oversampled(&[Some(2), Some(4), Some(8)])),
        contender(edge, qdrant, "muvera", prefetched(&[100, 200, 500, 1000, 2000])),
        contender(lancedb, lance, "IVF_PQ", lanced()),
        contender(lancedb, lance, "IVF_RQ", lanced()),
    ]
}

/// Recalls that a user of Pleiad asks for.
fn recalls() -> impl Iterator<Item = Value> {
    [0.8, 0.9, 0.95, 0.98, 0.99].into_iter().map(|recall| json!({ "recall": recall }))
}

/// The knobs of PLAID by the names of its descendants.
fn plaid(scored: &[u32], probed: &[u32]) -> Vec<Value> {
    let pairs = scored.iter().flat_map(|scored| probed.iter().map(move |probed| (scored, probed)));
    pairs.map(|(scored, probed)| json!({ "n_full_scores": scored, "n_ivf_probe": probed })).collect()
}

/// Its default leaves centroids out that are not near enough; without a threshold (`null`) it finds more.
fn next_plaid() -> Vec<Value> {
    let mut knobs = plaid(&[128, 256, 512, 1024, 4096], &[4, 8, 16]);
    for mut knob in plaid(&[512, 4096], &[8]) {
        knob["centroid_score_threshold"] = Value::Null;
        knobs.push(knob);
    }
    knobs
}

/// Without any it chooses by itself.
fn warp() -> Vec<Value> {
    let probed = [16, 32, 128].map(|probed| json!({ "nprobe": probed }));
    let wide = [32, 128].map(|probed| json!({ "nprobe": probed, "bound": 1024, "t_prime": 100_000 }));
    [json!({})].into_iter().chain(probed).chain(wide).collect()
}

fn oversampled(factors: &[Option<u32>]) -> Vec<Value> {
    factors.iter().map(|factor| json!({ "oversampling": factor })).collect()
}

fn prefetched(depths: &[u32]) -> Vec<Value> {
    depths.iter().map(|depth| json!({ "prefetch": depth })).collect()
}

fn lanced() -> Vec<Value> {
    let pairs = [(20, None), (20, Some(2)), (20, Some(5)), (60, Some(5))];
    pairs.map(|(probed, factor)| json!({ "nprobes": probed, "refine_factor": factor })).into()
}

impl Contender {
    /// Name in tables.
    pub fn name(&self) -> String {
        match self.program {
            Program::Python { .. } if self.kind.parse::<u8>().is_ok() => {
                format!("{}, {}-bit", self.engine, self.kind)
            }
            _ => format!("{}, {}", self.engine, self.kind),
        }
    }

    /// Returns whether an index built before may be used again: building those of others takes an hour.
    pub fn is_kept(&self) -> bool {
        !matches!(self.program, Program::Own)
    }

    /// Returns the command that starts the child.
    ///
    /// # Errors
    /// The name of the package that has to be installed.
    pub fn command(&self) -> Result<Command, String> {
        let (mut command, script) = match self.program {
            Program::Own => {
                let mut own = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
                own.args(["peers", "child"]);
                return Ok(own);
            }
            Program::Crate => {
                let program = machine::root().join("peers/target/release/peers");
                if !program.is_file() {
                    return Err(
                        "`cargo build --release --manifest-path peers/Cargo.toml` makes it".to_owned()
                    );
                }
                let mut command = Command::new(program);
                command.arg("bench");
                return Ok(command);
            }
            Program::Python { module, script } => (interpreter(module, PACKAGES)?, script),
        };
        command.args(["-c", script]);
        Ok(command)
    }
}
