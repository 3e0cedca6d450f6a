//! Tokens through a 6-layer, 384-wide BERT per CPU second, beside ONNX Runtime.

use crate::clock::{median, seconds_of};
use crate::encode_rival::OnnxRuntime;
use crate::machine;
use crate::report::{Report, grouped};
use pleiad_encode::{ModelEncoder, ModelOptions, Precision};
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// Texts and tokens of each.
const SHAPES: [(usize, usize); 4] = [(1, 32), (1, 180), (8, 180), (1, 512)];
const ROUNDS: usize = 11;
const PRECISIONS: [(&str, Precision); 2] = [("f32", Precision::F32), ("int8", Precision::Int8)];

/// Runs the benchmark.
pub fn run() -> Report {
    let checkpoint = checkpoint();
    let mut report = Report::new(
        "Tokens through a transformer",
        &format!(
            "all-MiniLM-L6-v2 (6 layers, 384 wide), tokens per CPU second on one thread, whole texts of the given \
             tokens. Medians of {ROUNDS} rounds in which each contender runs once; a ratio is the median of the \
             ratios within a round. int8: 8-bit weights and activations in the linear layers on both sides."
        ),
    );
    let folder = std::env::temp_dir().join(format!("pleiad-bench-encode-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let mut rival = OnnxRuntime::start(&checkpoint, &folder);
    for (at, (name, precision)) in PRECISIONS.into_iter().enumerate() {
        let options = ModelOptions { precision, ..ModelOptions::default() };
        let model = ModelEncoder::open(&checkpoint, &options).unwrap_or_else(|error| panic!("{error}"));
        let rows: Vec<_> = SHAPES.map(|shape| row(&model, rival.as_mut().ok(), at, shape)).into();
        let columns = ["texts × tokens", "pleiad tokens/s", "ONNX Runtime tokens/s", "ratio", "pleiad ms"];
        report.table(name, &columns, &rows);
    }
    report.paragraph(&match &rival {
        Ok(rival) => format!("ONNX Runtime {}, its transformer optimizer, one thread.", rival.version),
        Err(error) => format!("ONNX Runtime was not run: {error}."),
    });
    std::fs::remove_dir_all(&folder).expect("the temporary folder is ours");
    report
}

fn checkpoint() -> PathBuf {
    let beside = machine::root().join("../shared");
    let shared = std::env::var_os("PLEIAD_SHARED").map_or(beside, PathBuf::from);
    let path = shared.join("data/models/all-MiniLM-L6-v2-f16");
    assert!(path.exists(), "{} is missing: set PLEIAD_SHARED", Path::new(&path).display());
    path
}

fn row(
    model: &ModelEncoder,
    mut rival: Option<&mut OnnxRuntime>,
    which: usize,
    (batch, length): (usize, usize),
) -> Vec<String> {
    let tokens: Vec<u32> = (0..length as u32).map(|at| 1000 + at % 500).collect();
    let texts = vec![tokens.as_slice(); batch];
    let (mut own, mut others, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let seconds = seconds_of(|| {
            black_box(model.hidden_states(&texts)).unwrap_or_else(|error| panic!("{error}"));
        });
        let other = rival.as_mut().map(|rival| rival.seconds(which, batch, length).expect("an answer"));
        // The first round warms caches up.
        if round > 0 {
            own.push(seconds);
            others.extend(other);
            ratios.extend(other.map(|other| other / seconds));
        }
    }
    let num_tokens = (batch * length) as f64;
    let figure = |values: Vec<f64>, show: fn(f64) -> String| {
        if values.is_empty() { "not run".to_owned() } else { show(median(values)) }
    };
    let rates = |seconds: &[f64]| seconds.iter().map(|seconds| num_tokens / seconds).collect::<Vec<_>>();
    vec![
        format!("{batch} × {length}"),
        figure(rates(&own), grouped),
        figure(rates(&others), grouped),
        figure(ratios, |ratio| format!("{ratio:.2}")),
        figure(own, |seconds| format!("{:.1}", seconds * 1e3)),
    ]
}
