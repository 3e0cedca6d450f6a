//! A table made of a tiny checkpoint: the same bytes each time, and an encoder like any other.

use pleiad_encode::{
    DistillError, Distiller, Encoder, ModelEncoder, ModelOptions, StaticEncoder, StaticTable,
};
use std::path::{Path, PathBuf};

pub(crate) fn checkpoint(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(name)
}

const TEXTS: [&str; 3] =
    ["The quick brown fox jumps over the lazy dog.", "", "A dog and a fox: dogs, foxes and brown words."];

fn made(
    model: &ModelEncoder,
    dim: usize,
    words: &[String],
    batch: usize,
) -> Result<StaticTable, DistillError> {
    let mut distiller = Distiller::new(model, words);
    for begin in (0..distiller.num_entries()).step_by(batch) {
        distiller.learn_entries(begin..(begin + batch).min(distiller.num_entries()))?;
    }
    for texts in TEXTS.chunks(batch) {
        distiller.learn_texts(texts)?;
    }
    distiller.finish(dim)
}

#[test]
fn the_same_model_and_texts_give_the_same_bytes() {
    for name in ["pylate", "plain-bert"] {
        let folder = checkpoint(name);
        let model = ModelEncoder::open(&folder, &ModelOptions::default()).unwrap();
        let table = made(&model, 4, &[], 1000).unwrap();
        assert_eq!(made(&model, 4, &[], 7).unwrap(), table, "{name}: other batches");
        let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(single.install(|| made(&model, 4, &[], 1000)).unwrap(), table, "{name}: one thread");
        let encoder = StaticEncoder::from_stems("tiny", table.table, &table.params).unwrap();
        assert_eq!((encoder.id(), encoder.dim()), ("tiny", 4));
        let encoded = encoder.encode_document(TEXTS[0]).unwrap();
        // `the` comes twice.
        assert_eq!(encoded.tokens.len(), 8, "{encoded:?}");
        assert!(encoded.vectors.data().iter().all(|value| value.is_finite()));
    }
}

#[test]
fn words_given_get_rows_and_weights_follow_the_texts() {
    let model = ModelEncoder::open(&checkpoint("plain-bert"), &ModelOptions::default()).unwrap();
    let without = made(&model, 4, &[], 1000).unwrap();
    let with = made(&model, 4, &["quetzalcoatlus".to_owned(), "Quetzalcoatlus!".to_owned()], 1000).unwrap();
    assert_eq!(with.num_rows, without.num_rows + 1);
    assert_eq!(with.num_entries, without.num_entries + 2);
}

#[test]
fn impossible_dimensions_are_refused() {
    let model = ModelEncoder::open(&checkpoint("plain-bert"), &ModelOptions::default()).unwrap();
    for dim in [0, model.dim() + 1] {
        let message = made(&model, dim, &[], 1000).unwrap_err().to_string();
        assert!(message.contains(&format!("{dim} values in a row")), "{message}");
    }
    let nothing = Distiller::new(&model, &[]).finish(2).unwrap_err();
    assert!(matches!(nothing, DistillError::Dim { num_rows: 0, .. }), "{nothing}");
}

#[test]
fn a_folder_is_opened_by_what_it_holds() {
    let model = ModelEncoder::open(&checkpoint("plain-bert"), &ModelOptions::default()).unwrap();
    let table = made(&model, 4, &[], 1000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("static.json"), &table.params).unwrap();
    let message = StaticEncoder::open(&path).unwrap_err().to_string();
    assert!(message.contains("table.safetensors is missing"), "{message}");
    std::fs::write(path.join("table.safetensors"), &table.table).unwrap();
    assert!(StaticEncoder::is_folder(&path) && !StaticEncoder::is_folder(folder.path()));
    let id = StaticEncoder::open(&path).unwrap().id().to_owned();
    assert!(id.starts_with("mine@") && id.len() == "mine@01234567-89abcdef".len(), "{id}");

    let other = String::from_utf8(table.params).unwrap().replace("150.0", "120.0");
    std::fs::write(path.join("static.json"), other).unwrap();
    assert_ne!(StaticEncoder::open(&path).unwrap().id(), id, "other rules are another encoder");
    std::fs::write(path.join("static.json"), "{}").unwrap();
    let message = StaticEncoder::open(&path).unwrap_err().to_string();
    assert!(message.contains("static.json: ") && message.contains("missing field"), "{message}");
}
