//! Text, and the files with which it is encoded.

use pleiad_encode::{Encoder, ModelEncoder, ModelOptions, Tokenizer, WordPiece};
use std::sync::OnceLock;

/// The built-in encoder, loaded once by whichever input comes first.
pub(super) const ENCODER_BYTES: usize = 64 << 20;

fn encoder() -> &'static ModelEncoder {
    static ENCODER: OnceLock<ModelEncoder> = OnceLock::new();
    ENCODER.get_or_init(|| {
        let encoder = ModelEncoder::built_in(ModelEncoder::MINI);
        let encoder = encoder.unwrap_or_else(|error| panic!("the built-in model cannot be loaded: {error}"));
        encoder.unwrap_or_else(|| panic!("the program has no built-in model"))
    })
}

/// Documents and queries as people type them: spans must lie in the text.
pub(super) fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for encoded in [encoder().encode_document(&text), encoder().encode_query(&text)].into_iter().flatten() {
        assert_eq!(encoded.tokens.len(), encoded.vectors.num_tokens());
        for token in encoded.tokens.iter().take(20) {
            assert!(token.word_in(&text).is_some(), "{token:?} is outside its text");
            assert!(!encoder().occurrences(&text, token.token).is_empty());
        }
    }
}

pub(super) fn tokenizer(bytes: &[u8]) {
    if let Ok(pieces) = WordPiece::from_json(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let mut num_pieces = 0usize;
        pieces.for_each_piece(&text, |_| num_pieces += 1);
        assert!(num_pieces <= text.len());
    }
    if let Ok(tokenizer) = Tokenizer::from_json(bytes) {
        tokenizer.for_each_piece(SPECIMEN, |piece| {
            assert!(SPECIMEN.get(piece.word.clone()).is_some(), "{piece:?} is outside its text");
        });
    }
}

/// A bit of everything that tokenizers treat in a way of its own.
const SPECIMEN: &str =
    "The cafe\u{301}s' ﬃ  can't\u{200b} be\t1,024 ▁東京タワー 👩‍💻\r\n ẞ ½ [MASK]<s> \u{0}\u{1100}\u{1161} x";

/// A file of torch beside sound settings, and its description alone.
pub(super) fn torch(bytes: &[u8]) {
    drop(pleiad_encode::testing::read_pickle(bytes));
    let Ok(folder) = tempfile::tempdir() else { return };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
    let written = write("config.json", CONFIG.as_bytes())
        .and_then(|()| write("tokenizer.json", TOKENIZER.as_bytes()))
        .and_then(|()| write("pytorch_model.bin", bytes));
    if written.is_ok()
        && let Ok(encoder) = ModelEncoder::open(folder.path(), &ModelOptions::default())
    {
        drop(encoder.encode_document("a b ab ?"));
    }
}

/// Settings of a model of one layer, two values wide.
pub(super) const CONFIG: &str = r#"{"model_type": "bert", "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 2, "vocab_size": 4, "max_position_embeddings": 8, "type_vocab_size": 1, "layer_norm_eps": 1e-5}"#;

pub(super) fn torches() -> Vec<Vec<u8>> {
    vec![include_bytes!("../../seeds/torch.bin").to_vec(), include_bytes!("../../seeds/torch.pkl").to_vec()]
}

pub(super) const TOKENIZER: &str = r###"{"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "##b": 2, "un": 3}}}"###;

pub(super) fn tokenizers() -> Vec<Vec<u8>> {
    let trained = [
        &include_bytes!("../../seeds/modern-bert.tokenizer.json")[..],
        include_bytes!("../../seeds/xlm-roberta.tokenizer.json"),
    ];
    [TOKENIZER.as_bytes()].into_iter().chain(trained).map(<[u8]>::to_vec).collect()
}

pub(super) fn texts() -> Vec<Vec<u8>> {
    vec![
        b"How to extract an archive, or create one from files?".to_vec(),
        "naïve café 東京 e\u{301}\u{200d}👩‍💻 ẞ İ \u{0} unbelievablyantidisestablishment".into(),
    ]
}
