//! Relevance and cost of the default search over text, through the program that users run.

use crate::report::{Report, grouped};
use crate::token_sets::shared;
use pleiad_bench_measure::machine;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// BEIR folders under `data/beir` whose texts are of one language or of many, by size. None is left out.
const SETS: [&str; 14] = [
    "adi",
    "limit-small",
    "time",
    "movies",
    "cranfield",
    "nfcorpus",
    "csfcube",
    "scifact",
    "tldr",
    "npl",
    "medquad",
    "cosqa",
    "xquad",
    "tatoeba",
];

const ABOUT: &str = "Each collection as `pleiad add DIR FOLDER`, then `pleiad eval DIR FOLDER --bm25 --json`, default settings, the \
release build. *difference* is the default search less BM25 (k1 1.2, b .75, English stop words and stems) over the same \
documents. CPU figures are of all threads: adding includes starting the program, a query includes encoding it. Bytes are those of all files \
less the texts and attributes.";

const COLUMNS: [&str; 8] = [
    "collection",
    "documents",
    "nDCG@10",
    "BM25",
    "difference",
    "bytes/document",
    "CPU-s to add 1,000",
    "CPU-ms a query",
];

/// Runs the benchmark: `cargo xtask bench text [NAME..]`.
pub fn run() -> Report {
    let wanted: Vec<String> = std::env::args().skip(2).collect();
    let program = machine::root().join("target/release/pleiad");
    let mut report = Report::new("The default search over text", ABOUT);
    let (mut rows, mut differences) = (Vec::new(), Vec::new());
    for name in SETS.iter().filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| wanted == *name)) {
        let folder = shared().join("data/beir").join(name);
        assert!(folder.is_dir(), "{} is not there: set PLEIAD_SHARED", folder.display());
        let measured = Measured::of(&program, &folder);
        eprintln!("{name}: {:.4} against {:.4}", measured.ndcg, measured.bm25);
        differences.push(measured.ndcg - measured.bm25);
        rows.push(measured.row(name));
    }
    report.table("Collections", &COLUMNS, &rows);
    if !differences.is_empty() {
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let worst = differences.iter().copied().fold(f64::INFINITY, f64::min);
        report.paragraph(&format!(
            "Over {} collections the default search is {mean:+.3} against BM25 on average, {worst:+.3} at worst.",
            differences.len()
        ));
    }
    report
}

/// Figures of one collection.
struct Measured {
    num_documents: f64,
    ndcg: f64,
    bm25: f64,
    bytes: f64,
    add_seconds: f64,
    query_ms: f64,
}

impl Measured {
    fn of(program: &Path, folder: &Path) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let collection = home.path().join("c");
        let before = children_seconds();
        run_program(program, &["add".into(), collection.clone(), folder.into()]);
        let add_seconds = children_seconds() - before;
        let eval = ["eval".into(), collection.clone(), folder.into(), "--bm25".into(), "--json".into()];
        let eval = json(&run_program(program, &eval));
        let info = json(&run_program(program, &["info".into(), collection, "--json".into()]));
        let search = &eval["searches"][0];
        let number =
            |value: &Value, key: &str| value[key].as_f64().unwrap_or_else(|| panic!("{key} in {value}"));
        let beside = number(&info, "text_bytes") + number(&info, "attribute_bytes");
        Self {
            num_documents: number(&info, "num_documents"),
            ndcg: number(&search["metrics"], "nDCG@10"),
            bm25: number(&eval["bm25"], "nDCG@10"),
            bytes: number(&info, "total_bytes") - beside,
            add_seconds,
            query_ms: number(search, "cpu_ms"),
        }
    }

    fn row(&self, name: &str) -> Vec<String> {
        let plain = |value: f64| format!("{value:.3}");
        vec![
            name.to_owned(),
            grouped(self.num_documents),
            plain(self.ndcg),
            plain(self.bm25),
            format!("{:+.3}", self.ndcg - self.bm25),
            grouped(self.bytes / self.num_documents),
            format!("{:.2}", 1000.0 * self.add_seconds / self.num_documents),
            format!("{:.2}", self.query_ms),
        ]
    }
}

/// Runs a command to its end and returns its standard output.
fn run_program(program: &Path, arguments: &[PathBuf]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|e| panic!("{}: {e}: cargo build --release first", program.display()));
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// CPU seconds of all children that have ended, to a hundredth (`/proc/self/stat`, fields 16 and 17, in ticks of 10 ms).
fn children_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit(')').next().expect("a name in parentheses").split_whitespace();
    let ticks: f64 = fields.skip(13).take(2).map(|field| field.parse::<f64>().expect("a number")).sum();
    ticks / 100.0
}
