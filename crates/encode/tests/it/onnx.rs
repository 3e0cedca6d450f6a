//! Backbones in ONNX Runtime against our own, on graphs of the tiny checkpoints (`fixtures/record_onnx.py`).

use crate::maxsim;
use pleiad_encode::{Encoder, ModelEncoder, ModelError, ModelOptions, OnnxRuntime, Precision};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Most that a value of a vector of length one may differ between the two.
const MAX_DIFFERENCE: f32 = 1e-5;

const TEXTS: [&str; 4] = [
    "What is the capital of France?",
    "un-believable! zebras run",
    "a",
    "Paris, the capital (and largest city) of France; 2 million people live there, and people run.",
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn tiny(name: &str) -> PathBuf {
    fixtures().join("checkpoints").join(name)
}

/// Loads the named library once. Tests that need it say NOT RUN without it.
fn runtime() -> Option<ModelOptions> {
    static RUNTIME: OnceLock<OnnxRuntime> = OnceLock::new();
    let Some(library) = std::env::var_os("PLEIAD_ONNX_RUNTIME").map(PathBuf::from) else {
        eprintln!(
            "NOT RUN: PLEIAD_ONNX_RUNTIME names no library of ONNX Runtime: `cargo xtask onnx` fetches one"
        );
        return None;
    };
    let runtime = RUNTIME.get_or_init(|| OnnxRuntime::new(library));
    runtime.load().unwrap_or_else(|error| panic!("{error}"));
    Some(ModelOptions { onnx_runtime: Some(runtime.clone()), ..ModelOptions::default() })
}

/// A copy of the files of a tiny checkpoint, without its weights or its graph.
fn copy(name: &str, without: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut left = vec![PathBuf::new()];
    while let Some(inner) = left.pop() {
        for entry in fs::read_dir(tiny(name).join(&inner)).unwrap() {
            let path = inner.join(entry.unwrap().file_name());
            let from = tiny(name).join(&path);
            if from.is_dir() {
                fs::create_dir(folder.path().join(&path)).unwrap();
                left.push(path);
            } else if path != Path::new(without) {
                fs::copy(from, folder.path().join(path)).unwrap();
            }
        }
    }
    folder
}

fn refusal(folder: &Path, options: &ModelOptions) -> String {
    ModelEncoder::open(folder, options).unwrap_err().to_string()
}

#[test]
fn vectors_are_those_of_our_own_layers() {
    let Some(options) = runtime() else { return };
    for name in ["plain-bert", "plain-distilbert", "pylate"] {
        let own = ModelEncoder::open(&tiny(name), &ModelOptions::default()).unwrap();
        let onnx = ModelEncoder::open(&tiny(name), &options).unwrap();
        assert_eq!(onnx.id(), own.id(), "one identity: their vectors may stand side by side");
        let mut scores = Vec::new();
        for text in TEXTS {
            // Queries of pylate are filled with tokens that nobody looks at.
            for (found, expected) in [
                (onnx.encode_query(text).unwrap(), own.encode_query(text).unwrap()),
                (onnx.encode_document(text).unwrap(), own.encode_document(text).unwrap()),
            ] {
                assert_eq!((&found.tokens, found.num_truncated), (&expected.tokens, expected.num_truncated));
                let pairs = found.vectors.data().iter().zip(expected.vectors.data());
                let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < MAX_DIFFERENCE, "{name}, {text:?}: off by {worst}");
                scores.push(maxsim(expected.vectors.rows(), &found.vectors));
            }
        }
        assert!(scores.iter().all(|score| *score > 0.5), "{name}: {scores:?}");
    }
}

#[test]
fn a_text_gives_the_same_alone_and_in_any_batch() {
    let Some(options) = runtime() else { return };
    let onnx = ModelEncoder::open(&tiny("pylate"), &options).unwrap();
    let batch = onnx.encode_documents(&TEXTS).unwrap();
    for (text, together) in TEXTS.iter().zip(batch) {
        assert!(together == onnx.encode_document(text).unwrap(), "{text:?}");
    }
}

#[test]
fn a_graph_alone_is_a_model_with_an_identity_of_its_own() {
    let Some(options) = runtime() else { return };
    let folder = copy("pylate", "model.safetensors");
    let alone = ModelEncoder::open(folder.path(), &options).unwrap();
    let whole = ModelEncoder::open(&tiny("pylate"), &options).unwrap();
    let sums = |encoder: &ModelEncoder| encoder.id().split_once('@').unwrap().1.to_owned();
    let (sums_alone, sums_whole) = (sums(&alone), sums(&whole));
    assert_eq!(sums_alone.split_once('-').unwrap().0, sums_whole.split_once('-').unwrap().0, "settings");
    assert_ne!(sums_alone, sums_whole, "other files of weights");
    let vectors = |encoder: &ModelEncoder| encoder.encode_document(TEXTS[3]).unwrap().vectors;
    assert_eq!(vectors(&alone), vectors(&whole));
    let message = refusal(folder.path(), &ModelOptions::default());
    assert!(message.contains("model.safetensors"), "{message}");
}

#[test]
fn graphs_that_are_no_such_model_are_refused() {
    let Some(options) = runtime() else { return };
    let folder = copy("plain-bert", "model.onnx");
    for (name, message) in [
        ("other_weights", "not the model whose weights lie beside it"),
        ("other_input", "unknown input `pixel_values`: known are input_ids, attention_mask, token_type_ids"),
        ("no_mask", "no input `attention_mask`"),
        ("other_output", "no output `last_hidden_state` or `token_embeddings`: it has logits"),
        ("other_shape", "expected float32 [1, tokens, 16]"),
        ("one_vector", "expected float32 [1, tokens, 16]"),
        ("halves", "expected float32 [1, tokens, 16]"),
        ("opset", "opset"),
        ("short", "is [1, 1, 16], expected [1, 16, 16]"),
        ("damaged", ""),
    ] {
        let graph = folder.path().join("model.onnx");
        fs::copy(fixtures().join(format!("onnx/{name}.onnx")), &graph).unwrap();
        let found = refusal(folder.path(), &options);
        let is_right = found.contains(message) && found.contains(&graph.display().to_string());
        assert!(is_right, "{name}: {found}");
    }
}

#[test]
fn heads_among_the_weights_are_asked_for_by_name() {
    let Some(options) = runtime() else { return };
    let folder = copy("stanford", "model.safetensors");
    fs::copy(fixtures().join("onnx/other_weights.onnx"), folder.path().join("model.onnx")).unwrap();
    let found = refusal(folder.path(), &options);
    assert!(found.contains("model.safetensors: no tensor `linear.weight`"), "{found}");
}

#[test]
fn what_is_missing_is_named() {
    let Some(options) = runtime() else { return };
    let error = ModelEncoder::open(&tiny("stanford"), &options).unwrap_err();
    assert!(matches!(error, ModelError::MissingFile { .. }), "{error}");
    assert!(error.to_string().contains("model.onnx is missing"), "{error}");
    let int8 = ModelOptions { precision: Precision::Int8, ..options };
    let found = refusal(&tiny("plain-bert"), &int8);
    assert!(found.contains("no other precision"), "{found}");
    let again = OnnxRuntime::new(int8.onnx_runtime.unwrap().library()).load().unwrap_err().to_string();
    assert!(again.contains("only one environment"), "{again}");
}
