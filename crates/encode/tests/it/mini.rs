//! The built-in model, packed files, windows over long texts and vectors of whole texts.

use crate::models::{cosine, floats, golden, open, tiny};
use crate::shared;
use pleiad_encode::{Encoded, Encoder, ModelEncoder, ModelError, ModelOptions, Precision, Sentence};

const CHECKPOINT: &str = "data/models/all-MiniLM-L6-v2-f16";

fn mini() -> ModelEncoder {
    ModelEncoder::built_in(ModelEncoder::MINI).unwrap().unwrap()
}

#[test]
fn the_built_in_model_says_nearly_what_it_was_made_of() {
    let mini = mini();
    assert_eq!((mini.id(), mini.dim(), mini.sentence_dim()), ("mini-v1", 128, Some(384)));
    assert!(mini.languages().is_empty() && mini.in_language("en").is_err());
    assert!(ModelEncoder::built_in("mini-v0").unwrap().is_none());
    let (mut sum, mut num_tokens) = (0.0, 0);
    for golden in golden() {
        let expected = floats(&shared(&format!("data/models/golden/hidden_{}.npy", golden.i)));
        let found = mini.hidden_states(&[&golden.ids]).unwrap().remove(0);
        for (row, expected) in found.rows().zip(expected.chunks_exact(384)) {
            sum += cosine(row, expected);
            num_tokens += 1;
        }
        if golden.text.is_empty() || golden.ids.len() == 256 {
            continue;
        }
        let mean = floats(&shared(&format!("data/models/golden/mean_{}.npy", golden.i)));
        let sentence = mini.encode_document(&golden.text).unwrap().sentence.unwrap();
        let length: f32 = sentence.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5, "input {}: {length} long", golden.i);
        assert!(cosine(&sentence, &mean) > 0.96, "input {}: {}", golden.i, cosine(&sentence, &mean));
    }
    let mean = sum / num_tokens as f32;
    println!("mean cosine of {num_tokens} states: {mean}");
    assert!(num_tokens > 300 && mean >= 0.97, "mean cosine {mean} of {num_tokens} tokens");
}

#[test]
fn a_checkpoint_of_sentence_transformers_gives_the_vector_of_a_text() {
    let options = |sentence| ModelOptions { sentence, ..ModelOptions::default() };
    let folder = shared(CHECKPOINT);
    let of = |sentence| ModelEncoder::open(&folder, &options(sentence)).unwrap();
    // The folder at hand keeps its settings of pooling under another name.
    assert_eq!((of(None).sentence(), of(None).sentence_dim()), (Sentence::Off, None));
    assert_eq!(of(None).encode_query("one text").unwrap().sentence, None);
    let (mean, cls) = (of(Some(Sentence::Mean)), of(Some(Sentence::Cls)));
    for golden in golden() {
        let found = mean.encode_document(&golden.text).unwrap();
        if golden.text.is_empty() {
            assert_eq!((found.sentence, found.num_windows), (None, 0));
        } else if golden.ids.len() < 256 {
            let expected = floats(&shared(&format!("data/models/golden/mean_{}.npy", golden.i)));
            let found = found.sentence.unwrap();
            assert!(cosine(&found, &expected) > 0.9999, "input {}", golden.i);
            let states = floats(&shared(&format!("data/models/golden/hidden_{}.npy", golden.i)));
            let found = cls.encode_query(&golden.text).unwrap().sentence.unwrap();
            assert!(cosine(&found, &states[..384]) > 0.9999, "input {}", golden.i);
        }
    }
}

#[test]
fn the_settings_of_pooling_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(tiny("plain-bert")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;
    std::fs::write(folder.path().join("modules.json"), modules).unwrap();
    let sentence = |settings: &str| {
        let pooling = folder.path().join("1_Pooling");
        std::fs::create_dir_all(&pooling).unwrap();
        std::fs::write(pooling.join("config.json"), settings).unwrap();
        ModelEncoder::open(folder.path(), &ModelOptions::default()).map(|encoder| encoder.sentence())
    };
    let settings = |cls, mean, max| {
        format!(
            r#"{{"word_embedding_dimension": 32, "pooling_mode_cls_token": {cls}, "pooling_mode_mean_tokens": {mean},
                "pooling_mode_max_tokens": {max}}}"#
        )
    };
    assert_eq!(sentence(&settings(false, true, false)).unwrap(), Sentence::Mean);
    assert_eq!(sentence(&settings(true, false, false)).unwrap(), Sentence::Cls);
    for (settings, key) in
        [(settings(true, true, false), "mean_tokens"), (settings(false, true, true), "max_tokens")]
    {
        let message = sentence(&settings).unwrap_err().to_string();
        assert!(message.contains(key) && message.contains("1_Pooling"), "{message}");
    }
}

/// Rows of each vector, token ids and words of it.
fn assert_same(found: &Encoded, expected: &Encoded) {
    assert_eq!(found.tokens, expected.tokens);
    assert_eq!(found.vectors, expected.vectors);
    assert_eq!(found, expected);
}

#[test]
fn a_long_text_keeps_all_its_rows_in_windows() {
    let mini = mini();
    let sentence = "Pressure distributions over unaffable aeroelastic wings were measured, again and again. ";
    let long = sentence.repeat(90);
    let encoded = mini.encode_document(&long).unwrap();
    let once = mini.encode_document(sentence).unwrap();
    assert_eq!((once.num_windows, once.num_truncated), (1, 0));
    // Punctuation gets no row, but its place in a window.
    assert_eq!(encoded.tokens.len(), 90 * once.tokens.len());
    assert_eq!(encoded.num_windows, (90 * (once.tokens.len() + 2)).div_ceil(510));
    assert!(encoded.num_windows >= 3 && encoded.num_truncated == 0);
    for (at, token) in encoded.tokens.iter().enumerate() {
        let (expected, shift) =
            (&once.tokens[at % once.tokens.len()], at / once.tokens.len() * sentence.len());
        assert_eq!(token.token, expected.token);
        assert_eq!(token.word, expected.word.start + shift..expected.word.end + shift);
    }
    let length: f32 = encoded.sentence.iter().flatten().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-5);
    // What is said in the last window is found by the whole text.
    let other = mini.encode_document(&format!("{long} Penguins breed in Antarctica.")).unwrap();
    assert!(cosine(other.sentence.as_ref().unwrap(), encoded.sentence.as_ref().unwrap()) < 0.9999);

    let texts = [sentence, &long, "", "short", " , ", &long];
    let together = mini.encode_documents(&texts).unwrap();
    for (text, together) in texts.iter().zip(&together) {
        assert_same(&mini.encode_document(text).unwrap(), together);
    }
    assert_eq!((together[2].num_windows, together[2].sentence.clone()), (0, None));
    // A text of punctuation has no rows, but is a text.
    assert_eq!((together[4].tokens.len(), together[4].num_windows), (0, 1));
    assert!(together[4].sentence.is_some());
}

#[test]
fn more_tokens_than_a_set_may_have_are_counted() {
    let tiny = open(&tiny("plain-bert"), Precision::F32);
    let encoded = tiny.encode_document(&"a ".repeat(70_000)).unwrap();
    assert_eq!((encoded.tokens.len(), encoded.num_truncated), (65_536, 70_000 - 65_536));
    assert!(encoded.num_windows > 1_000);
    let options = ModelOptions { document_length: Some(8), ..ModelOptions::default() };
    let short = ModelEncoder::open(&crate::models::tiny("plain-bert"), &options).unwrap();
    let encoded = short.encode_document(&"a ".repeat(20)).unwrap();
    assert_eq!((encoded.tokens.len(), encoded.num_truncated, encoded.num_windows), (6, 14, 1));
}

#[test]
fn a_packed_checkpoint_is_the_checkpoint() {
    let tiny = open(&tiny("plain-bert"), Precision::F32);
    let texts = ["the quick brown fox", "a lazy dog sleeps", "what is a fox"];
    let bytes = tiny.pack(&texts, tiny.dim()).unwrap();
    assert_eq!(bytes, tiny.pack(&texts, tiny.dim()).unwrap());
    let packed = ModelEncoder::from_packed("tiny", bytes.clone(), Precision::F32).unwrap();
    assert_eq!((packed.id(), packed.dim()), ("tiny", tiny.dim()));
    // All components are a rotation, which changes no inner product; the weights have fewer bits.
    let rows = |encoder: &ModelEncoder| encoder.encode_documents(&texts).unwrap();
    let (found, expected) = (rows(&packed), rows(&tiny));
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.tokens, expected.tokens);
        for (a, b) in found.vectors.rows().zip(expected.vectors.rows()) {
            for (c, d) in found.vectors.rows().zip(expected.vectors.rows()) {
                assert!((cosine(a, c) - cosine(b, d)).abs() < 0.2, "{} {}", cosine(a, c), cosine(b, d));
            }
        }
    }
    assert!(tiny.pack(&texts, tiny.dim() + 1).is_err() && tiny.pack(&texts, 0).is_err());
    let stanford = open(&crate::models::tiny("stanford"), Precision::F32);
    assert!(matches!(stanford.pack(&texts, 4), Err(ModelError::Packed { .. })));
    for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], b"", b"PLEIADPM"] {
        let error = ModelEncoder::from_packed("tiny", damaged.to_vec(), Precision::Int8).unwrap_err();
        assert!(error.to_string().starts_with("tiny: "), "{error}");
    }
}
