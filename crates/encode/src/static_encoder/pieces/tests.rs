use super::super::{Form, MAX_DOCUMENT_TOKENS, MAX_QUERY_TOKENS, StaticEncoder};
use crate::encoder::{Encoded, Encoder};
use crate::error::{EncodeError, SafetensorsError};
use proptest::prelude::*;
use std::sync::OnceLock;

fn encoder() -> &'static StaticEncoder {
    static ENCODER: OnceLock<StaticEncoder> = OnceLock::new();
    ENCODER.get_or_init(|| StaticEncoder::built_in("static-v1").unwrap().unwrap())
}

fn words<'a>(encoded: &Encoded, text: &'a str) -> Vec<&'a str> {
    encoded.tokens.iter().map(|token| token.word_in(text).unwrap()).collect()
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

#[test]
fn documents_have_one_vector_per_distinct_token() {
    let text = "The Cat saw the cat, and the DOG.";
    let encoded = encoder().encode_document(text).unwrap();
    assert_eq!(words(&encoded, text), ["The", "Cat", "saw", "and", "DOG"]);
    assert_eq!(encoded.vectors.dim(), 64);
    assert_eq!(encoded.vectors.num_tokens(), 5);
    let expected = 5f32.powf(-0.1);
    assert!(encoded.vectors.rows().all(|row| (length(row) - expected).abs() < 1e-5));
    let one = encoder().encode_document("cat").unwrap();
    assert!((length(one.vectors.data()) - 1.0).abs() < 1e-5);
}

#[test]
fn queries_weigh_rare_and_repeated_tokens() {
    let once = encoder().encode_query("the zebra").unwrap();
    let twice = encoder().encode_query("the zebra? ZEBRA!").unwrap();
    let lengths: Vec<f32> = once.vectors.rows().map(length).collect();
    assert!(lengths[1] > 3.0 * lengths[0], "{lengths:?}");
    assert_eq!(twice.tokens, once.tokens);
    assert!((length(twice.vectors.rows().nth(1).unwrap()) - 2.0 * lengths[1]).abs() < 1e-4);
}

#[test]
fn pieces_of_one_word_name_the_whole_word() {
    let text = "An unbelievablyantidisestablishment, idea";
    let encoded = encoder().encode_document(text).unwrap();
    let long = words(&encoded, text).iter().filter(|w| **w == "unbelievablyantidisestablishment").count();
    assert!(long > 1, "{encoded:?}");
}

#[test]
fn occurrences_mark_every_word() {
    let text = "Cats and cat; a CAT";
    let cat = encoder().encode_query("cat").unwrap().tokens[0].token;
    let marked: Vec<&str> = encoder().occurrences(text, cat).into_iter().map(|word| &text[word]).collect();
    assert_eq!(marked, ["cat", "CAT"]);
}

#[test]
fn texts_without_tokens_give_empty_sets() {
    for text in ["", "  \n", "?!...", "\u{0}\u{301}"] {
        assert!(encoder().encode_document(text).unwrap().vectors.is_empty(), "{text:?}");
        assert!(encoder().encode_query(text).unwrap().tokens.is_empty(), "{text:?}");
    }
}

#[test]
fn long_texts_say_what_was_left_out() {
    let Form::Pieces(pieces) = &encoder().form else { panic!("static-v1 has pieces") };
    let mut vocabulary: Vec<&str> = pieces.word_piece.whole_words().collect();
    vocabulary.sort_unstable();
    let text = vocabulary.join(" ");
    let document = encoder().encode_document(&text).unwrap();
    assert_eq!(document.tokens.len(), MAX_DOCUMENT_TOKENS);
    assert!(document.num_truncated > 5_000, "{}", document.num_truncated);
    let twice = encoder().encode_document(&format!("{text} {text}")).unwrap();
    assert_eq!(twice.num_truncated, document.num_truncated);
    assert_eq!(encoder().encode_query(&text).unwrap().vectors.num_tokens(), MAX_QUERY_TOKENS);
}

/// A table of `num_rows` rows [1, 2] whose tensors are called and typed as in the built-in one.
fn table(num_rows: usize, weight: f32, row: [u8; 2], skip_dtype: &str) -> Vec<u8> {
    let (weights, skip) = (2 * num_rows, 6 * num_rows);
    let header = format!(
        r#"{{"embeddings":{{"dtype":"I8","shape":[{num_rows},2],"data_offsets":[0,{weights}]}},
        "query_weight":{{"dtype":"F32","shape":[{num_rows}],"data_offsets":[{weights},{skip}]}},
        "skip":{{"dtype":"{skip_dtype}","shape":[{num_rows}],"data_offsets":[{skip},{}]}}}}"#,
        7 * num_rows
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(row.repeat(num_rows));
    bytes.extend(weight.to_le_bytes().repeat(num_rows));
    bytes.extend(vec![0; num_rows]);
    bytes
}

const TOKENIZER: &str = r###"{"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
    "strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"model":{"type":"WordPiece",
    "unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
    "vocab":{"[UNK]":0,"a":1,"##b":2}}}"###;

#[test]
fn other_tables_work_and_bad_ones_are_refused() {
    let load = |table: Vec<u8>, tokenizer: &str| StaticEncoder::from_bytes("x", table, tokenizer.as_bytes());
    let good = load(table(3, 1.5, [3, 0xfc], "U8"), TOKENIZER).unwrap();
    assert_eq!((good.id(), good.dim()), ("x", 2));
    assert_eq!(good.encode_document("a").unwrap().vectors.data(), [0.6, -0.8]);
    assert_eq!(good.encode_document("ab").unwrap().vectors.num_tokens(), 2);
    assert_eq!(good.encode_query("a").unwrap().vectors.data(), [0.9, -1.2]);

    let good_table = || table(3, 1.0, [1, 2], "U8");
    let cut = good_table()[..good_table().len() - 1].to_vec();
    for (error, reason) in [
        (load(table(2, 1.0, [1, 2], "U8"), TOKENIZER), "\"##b\" has id 2"),
        (load(table(3, 1.0, [0, 0], "U8"), TOKENIZER), "row 0 is all zero"),
        (load(table(3, f32::NAN, [1, 2], "U8"), TOKENIZER), "row 0 is NaN"),
        (load(table(3, -1.0, [1, 2], "U8"), TOKENIZER), "row 0 is -1"),
        (load(table(3, 1.0, [1, 2], "I8"), TOKENIZER), "`skip` is I8 [3], expected U8"),
        (load(cut, TOKENIZER), "tensor `skip`"),
        (load(good_table(), "{"), "tokenizer.json"),
        (load(good_table(), &TOKENIZER.replace("[UNK]\":0", "x\":0")), "unknown token \"[UNK]\""),
        (load(good_table(), &TOKENIZER.replace("\"WordPiece", "\"BPE")), "only WordPiece is supported"),
        (
            load(good_table(), &TOKENIZER.replace("lowercase\":true", "lowercase\":false")),
            "lowercase is false",
        ),
    ] {
        let message = error.unwrap_err().to_string();
        assert!(message.contains(reason), "{message} should say {reason}");
    }
    let missing = load(b"\x02\0\0\0\0\0\0\0{}".to_vec(), TOKENIZER).unwrap_err();
    assert!(matches!(missing, EncodeError::Table(SafetensorsError::Missing { .. })), "{missing}");
}

proptest! {
    #[test]
    fn any_text_encodes_and_spans_lie_on_it(text in "\\PC{0,60}|[a-zé\u{301}\u{200b} 東.]{0,60}") {
        let encoded = encoder().encode_document(&text).unwrap();
        prop_assert_eq!(encoded.tokens.len(), encoded.vectors.num_tokens());
        for span in &encoded.tokens {
            prop_assert!(span.word_in(&text).is_some_and(|word| !word.is_empty()));
            prop_assert!(encoder().occurrences(&text, span.token).contains(&span.word));
        }
        let again = encoder().encode_document(&format!("{text} {text}")).unwrap();
        prop_assert_eq!(again, encoded);
    }
}
