//! One door to every encoder that a folder holds.

use crate::distill::checkpoint;
use pleiad_encode::{Encoder, ModelOptions, OnnxRuntime, Precision, StaticEncoder};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A folder with the files of a built-in encoder.
fn static_folder(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    for file in ["table.safetensors", "static.json", "tokenizer.json"] {
        if assets.join(file).is_file() {
            fs::copy(assets.join(file), folder.path().join(file)).unwrap();
        }
    }
    folder
}

#[test]
fn a_folder_gives_the_encoder_that_it_holds() {
    let text = "a door for every encoder";
    for built_in in ["static-v1", "static-v3"] {
        let folder = static_folder(built_in);
        let opened = pleiad_encode::open(folder.path(), &ModelOptions::default()).unwrap();
        let built_in = StaticEncoder::built_in(built_in).unwrap().unwrap();
        assert_eq!(opened.encode_document(text).unwrap(), built_in.encode_document(text).unwrap());
        assert!(!opened.runs_model() && opened.id().contains('@'), "{}", opened.id());
    }
    let opened = pleiad_encode::open(&checkpoint("pylate"), &ModelOptions::default()).unwrap();
    assert!(opened.runs_model());
    let missing = pleiad_encode::open("nowhere".as_ref(), &ModelOptions::default()).err().unwrap();
    assert!(missing.to_string().contains("config.json"), "{missing}");
}

#[test]
fn options_of_a_model_are_refused_for_a_static_encoder() {
    let folder = static_folder("static-v3");
    for (options, option) in [
        (ModelOptions { precision: Precision::Int8, ..ModelOptions::default() }, "precision"),
        (ModelOptions { language: Some("fr_XX".into()), ..ModelOptions::default() }, "language"),
        (ModelOptions { document_length: Some(8), ..ModelOptions::default() }, "document length"),
    ] {
        let message = pleiad_encode::open(folder.path(), &options).err().unwrap().to_string();
        assert!(message.ends_with(&format!("is a static encoder, which has no {option}")), "{message}");
    }
    // It has no backbone to run, and loads nothing.
    let onnx_runtime = Some(OnnxRuntime::new("nowhere"));
    pleiad_encode::open(folder.path(), &ModelOptions { onnx_runtime, ..ModelOptions::default() }).unwrap();
}

#[test]
fn one_encoder_serves_collections_and_threads() {
    let encoder: Arc<dyn Encoder> = Arc::new(StaticEncoder::load().unwrap());
    let of = |sample: &[&str]| encoder.for_collection(sample).encode("python flow").unwrap();
    let (code, wings, neither) = (of(&["python"; 256]), of(&["flow"; 256]), of(&[]));
    assert_eq!(neither, encoder.encode_query("python flow").unwrap());
    std::thread::scope(|scope| {
        let shared = &encoder;
        let each = ["python", "flow"].map(|word| scope.spawn(move || shared.for_collection(&[word; 256])));
        let each = each.map(|thread| thread.join().unwrap().encode("python flow").unwrap());
        assert_eq!(each, [code, wings], "neither learns from the other");
    });
}
