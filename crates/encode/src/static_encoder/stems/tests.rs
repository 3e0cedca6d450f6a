use super::super::StaticEncoder;
use super::key::add_signature;
use super::{Params, Terms, key};
use crate::encoder::{Encoded, Encoder, QueryEncoder};
use crate::error::EncodeError;
use proptest::prelude::*;
use std::sync::OnceLock;

/// The small table below with signatures, by the rules that `pleiad distill` writes.
fn encoder() -> &'static StaticEncoder {
    static ENCODER: OnceLock<StaticEncoder> = OnceLock::new();
    ENCODER.get_or_init(|| load(table(), &Params::new(0.5)).unwrap())
}

fn words<'a>(encoded: &Encoded, text: &'a str) -> Vec<&'a str> {
    encoded.tokens.iter().map(|token| token.word_in(text).unwrap()).collect()
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn first_length(encoded: &Encoded) -> f32 {
    length(encoded.vectors.rows().next().unwrap())
}

fn cosine(encoder: &StaticEncoder, a: &str, b: &str) -> f32 {
    let one = |text: &str| encoder.encode_query(text).unwrap().vectors;
    let (a, b) = (one(a), one(b));
    let dot: f32 = a.data().iter().zip(b.data()).map(|(a, b)| a * b).sum();
    dot / length(a.data()) / length(b.data())
}

/// Stored collections depend on both.
#[test]
fn keys_and_signatures_never_change() {
    assert_eq!((key("cat"), key("##s")), (0xabc5_5d30, 0x3e44_0c43));
    let mut signature = [0.0; 64];
    add_signature(key("cat"), 1.0, &mut signature);
    let bits = (0..64).fold(0u64, |bits, at| bits | u64::from(signature[at] > 0.0) << at);
    assert_eq!(bits, 0xacbb_9a85_2db5_4752);
}

fn stems(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    Terms::default().for_each(text, |stem, word| found.push((stem.to_owned(), &text[word])));
    found
}

#[test]
fn texts_are_stems_of_words() {
    let found = stems("The Foxes' my_name: Étés!");
    let expected = [("the", "The"), ("fox", "Foxes"), ("my", "my"), ("name", "name"), ("ete", "Étés")];
    assert_eq!(found, expected.map(|(stem, word)| (stem.to_owned(), word)));
    assert!(stems("?! … —").is_empty());
}

#[test]
fn names_in_camel_case_give_their_parts_beside_themselves() {
    for (name, parts) in [
        ("writeBoolean", &["writeboolean", "write", "boolean"][..]),
        ("parseHTTPHeaders2Go", &["parsehttpheaders2go", "pars", "http", "headers2", "go"]),
        ("JavaScript", &["javascript", "java", "script"]),
        ("iPhone", &["iphon", "phone"]),
        ("HTTP", &["http"]),
        ("utf8", &["utf8"]),
        ("éclairCase", &["eclaircas", "éclair", "case"]),
    ] {
        let found = stems(name);
        assert!(found.iter().all(|(_, word)| *word == name), "{found:?}");
        let found: Vec<&str> = found.iter().map(|(stem, _)| stem.as_str()).collect();
        assert_eq!(found[0], parts[0]);
        assert_eq!(found.len(), parts.len(), "{found:?}");
    }
}

/// A table of three rows in two dimensions: `cat` is [3, -4], `dog` [4, 3] and the continuation `##s` [0, 1].
fn table() -> Vec<u8> {
    let mut rows = [("cat", [3i8, -4], 2.0f32), ("dog", [4, 3], 0.0), ("##s", [0, 1], 1.0)];
    rows.sort_by_key(|(name, ..)| key(name));
    let header = r#"{"keys":{"dtype":"U32","shape":[3],"data_offsets":[0,12]},
        "vectors":{"dtype":"I8","shape":[3,2],"data_offsets":[12,18]},
        "weights":{"dtype":"F32","shape":[3],"data_offsets":[18,30]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    rows.iter().for_each(|(name, ..)| bytes.extend(key(name).to_le_bytes()));
    rows.iter().for_each(|(_, row, _)| bytes.extend(row.map(|value| value as u8)));
    rows.iter().for_each(|(.., weight)| bytes.extend(weight.to_le_bytes()));
    bytes
}

/// Rules of version 1 without signatures, so that vectors are those of the table.
fn params() -> Params {
    Params {
        version: 1,
        signature_share: 0.0,
        saturation: 1.2,
        mean_length: 2.0,
        max_length: None,
        topic: None,
        ..Params::new(0.5)
    }
}

fn load(table: Vec<u8>, params: &Params) -> Result<StaticEncoder, EncodeError> {
    StaticEncoder::from_stems("x", table, &serde_json::to_vec(params).unwrap())
}

#[test]
fn vectors_are_those_of_the_table_at_the_length_of_bm25() {
    let encoder = load(table(), &params()).unwrap();
    assert_eq!((encoder.id(), encoder.dim()), ("x", 2));
    // Two stems are the mean length: an occurrence counts 1, a second one 2 · 2.2 / (2 + 1.2).
    near(encoder.encode_document("Cats dog").unwrap().vectors.data(), &[0.6, -0.8, 0.8, 0.6]);
    near(encoder.encode_document("cat CATS").unwrap().vectors.data(), &[0.825, -1.1]);
    // One stem is half of it: 2.2 / (1 + 1.2 · 0.625).
    near(encoder.encode_document("cat").unwrap().vectors.data(), &[0.6 * 2.2 / 1.75, -0.8 * 2.2 / 1.75]);
    // In a query stems have their weights, once for each time they are asked for; those that weigh nothing are left out.
    near(encoder.encode_query("cat dog cats").unwrap().vectors.data(), &[2.4, -3.2]);
}

fn near(found: &[f32], expected: &[f32]) {
    let is_near =
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(is_near, "{found:?} {expected:?}");
}

#[test]
fn longer_documents_pay_no_more_than_the_longest_that_counts() {
    let encoder = load(table(), &Params { max_length: Some(4.0), ..params() }).unwrap();
    let length_of_cat = |text: &str| first_length(&encoder.encode_document(text).unwrap());
    // Four words are twice the mean: 2.2 / (1 + 1.2 · 1.75).
    let four = length_of_cat("cat dog dog dog");
    assert!((four - 2.2 / 3.1).abs() < 1e-6, "{four}");
    assert_eq!(length_of_cat(&format!("cat{}", " dog".repeat(1000))), four);
    assert!(length_of_cat("cat dog dog") > four);
}

/// The needle in the haystack: the only word beside thousands of others is still the best match of its question.
#[test]
fn a_word_that_stands_once_in_a_long_text_is_found_in_it() {
    let encoder = StaticEncoder::load().unwrap();
    let text = "several words of this and that about some hay ".repeat(10_000) + "needle";
    let document = encoder.encode_document(&text).unwrap();
    let asked = encoder.encode_query("needle").unwrap();
    let score = |row: &[f32]| -> f32 { row.iter().zip(asked.vectors.data()).map(|(a, b)| a * b).sum() };
    let mut scores: Vec<(f32, &str)> =
        document.vectors.rows().map(score).zip(words(&document, &text)).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    assert_eq!(scores[0].1, "needle", "{scores:?}");
}

#[test]
fn documents_lean_toward_what_they_are_about() {
    let encoder = load(table(), &Params { topic: Some(0.5), max_length: Some(350.0), ..params() }).unwrap();
    // `dog` weighs nothing, so that the document is about `cat`, half as long as one occurrence: 1 in two words.
    near(encoder.encode_document("cat dog").unwrap().vectors.data(), &[0.9, -1.2, 1.1, 0.2]);
    // Questions do not.
    near(encoder.encode_query("cat").unwrap().vectors.data(), &[1.2, -1.6]);
    // Nothing is known of this one: it is about nothing.
    let nothing = encoder.encode_document("qwq").unwrap();
    assert!((first_length(&nothing) - 2.2 / 1.75).abs() < 1e-5, "{nothing:?}");
}

#[test]
fn questions_are_weighed_by_the_collection_that_is_asked() {
    let weight = |queries: &dyn QueryEncoder, word: &str| first_length(&queries.encode(word).unwrap());
    let encoder = load(table(), &Params { version: 2, ..params() }).unwrap();
    assert_eq!((encoder.sample_size(), weight(&encoder, "cat")), (256, 2.0));
    let queries = encoder.for_collection(&["a cat", "CATS and cats", "no such", ""]);
    // Two of four hold it, and e^-2 of 128 others.
    let expected = -((2.0 + 128.0 * (-2f32).exp()) / 132.0).ln();
    assert!((weight(&*queries, "cat") - expected).abs() < 1e-5, "{}", weight(&*queries, "cat"));
    let rare = -(128.0 * (-0.5f32).exp() / 132.0).ln();
    assert!((weight(&*queries, "qwq") - rare).abs() < 1e-5, "{}", weight(&*queries, "qwq"));
    let others = encoder.for_collection(&[]);
    assert_eq!(weight(&*others, "cat"), 2.0, "what one collection taught is no matter of another one");
    let first = load(table(), &params()).unwrap();
    let queries = first.for_collection(&["cat"]);
    assert_eq!((first.sample_size(), weight(&*queries, "cat")), (0, 2.0), "tables of version 1 never did");
}

#[test]
fn texts_of_symbols_alone_are_made_of_them() {
    let encoded = encoder().encode_query("😀 → 😀!").unwrap();
    assert_eq!(words(&encoded, "😀 → 😀!"), ["😀", "→"]);
    let marked = encoder().occurrences("→ 😀", encoded.tokens[0].token);
    assert!(marked.len() == 1 && marked[0] == (4..8), "{marked:?}");
    assert!((cosine(encoder(), "…", "… ?") - 1.0).abs() < 1e-5);
    assert_eq!(words(&encoder().encode_document("a → b").unwrap(), "a → b"), ["a", "b"]);
}

#[test]
fn unknown_stems_are_made_of_pieces() {
    let encoder = load(table(), &params()).unwrap();
    // `catss` is `cat`, `##s`, `##s`: [0.6, -0.8 + 2], one long, at the weight of what is not known.
    let catss = encoder.encode_query("catss").unwrap().vectors;
    let (x, y) = (0.6f32, 1.2f32);
    let scale = 0.5 / (x * x + y * y).sqrt();
    assert!(
        (catss.data()[0] - x * scale).abs() < 1e-6 && (catss.data()[1] - y * scale).abs() < 1e-6,
        "{catss:?}"
    );
    // Nothing is known of any part of these: they still have a direction of their own.
    for text in ["qwq", "東", "é"] {
        let encoded = encoder.encode_document(text).unwrap();
        assert_eq!(encoded.vectors.num_tokens(), 1, "{text}");
        assert!(length(encoded.vectors.data()) > 0.1, "{text}");
    }
}

#[test]
fn bad_tables_and_rules_are_refused() {
    let good = table();
    let with = |edit: fn(&mut Vec<u8>)| {
        let mut bytes = table();
        edit(&mut bytes);
        bytes
    };
    let end = good.len();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let mut no_direction = good.clone();
    no_direction[header + 12..header + 18].fill(0);
    let mut bad_weight = good.clone();
    bad_weight[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut bad_order = good.clone();
    bad_order[header..header + 4].fill(0xff);
    for (table, reason) in [
        (good[..end - 1].to_vec(), "tensor `weights`"),
        (no_direction, "row 0"),
        (bad_weight, "row 2 is NaN"),
        (bad_order, "`keys` of row 1"),
        (with(|bytes| bytes.truncate(3)), "truncated"),
        (b"\x02\0\0\0\0\0\0\0{}".to_vec(), "no tensor `vectors`"),
    ] {
        let message = load(table, &params()).unwrap_err().to_string();
        assert!(message.contains(reason), "{message} should say {reason}");
    }
    for (params, reason) in [
        (Params { format: "other".into(), ..params() }, "`format` is not"),
        (Params { version: 3, ..params() }, "`version` is not 1 or 2"),
        (Params { max_length: Some(-1.0), ..params() }, "`max_length` is not"),
        (Params { topic: Some(-0.5), ..params() }, "`topic` is not"),
        (Params { stemmer: "german".into(), ..params() }, "`stemmer` is not"),
        (Params { signature_share: 1.5, ..params() }, "`signature_share` is not 0 to 1"),
        (Params { mean_length: 0.0, ..params() }, "`mean_length` is not"),
        (Params { saturation: -1.0, ..params() }, "`saturation` is not"),
    ] {
        let message = load(table(), &params).unwrap_err().to_string();
        assert!(message.contains(reason), "{message} should say {reason}");
    }
    let unknown = StaticEncoder::from_stems("x", table(), br#"{"format": "pleiad-static", "color": 1}"#);
    assert!(unknown.unwrap_err().to_string().contains("static.json: unknown field `color`"));
}

#[test]
fn forms_of_a_word_are_one_and_others_are_not() {
    assert!((cosine(encoder(), "running", "runs") - 1.0).abs() < 1e-5);
    assert!((cosine(encoder(), "cat", "Cats'") - 1.0).abs() < 1e-5);
    // The same directions in the table, apart by their signatures.
    let pieces = cosine(encoder(), "qs", "ws");
    assert!(pieces < 0.999, "{pieces}");
}

#[test]
fn queries_weigh_known_and_repeated_stems() {
    let once = encoder().encode_query("qwq cat").unwrap();
    let twice = encoder().encode_query("qwq cat? CATS!").unwrap();
    let lengths: Vec<f32> = once.vectors.rows().map(length).collect();
    assert!((lengths[0] - 0.5).abs() < 1e-5 && (lengths[1] - 2.0).abs() < 1e-5, "{lengths:?}");
    assert_eq!(twice.tokens, once.tokens);
    assert!((length(twice.vectors.rows().nth(1).unwrap()) - 2.0 * lengths[1]).abs() < 1e-4);
}

#[test]
fn explanations_name_whole_words() {
    let text = "Reads unbelievablyantidisestablishment with parseHeader() or a parser";
    let encoded = encoder().encode_document(text).unwrap();
    let named = words(&encoded, text);
    assert!(named.contains(&"unbelievablyantidisestablishment"), "{named:?}");
    assert_eq!(named.iter().filter(|word| **word == "parseHeader").count(), 3, "{named:?}");
    let parse = encoder().encode_query("parse").unwrap().tokens[0].token;
    let marked: Vec<&str> = encoder().occurrences(text, parse).into_iter().map(|word| &text[word]).collect();
    assert_eq!(marked, ["parseHeader"]);
}

#[test]
fn texts_without_words_give_empty_sets() {
    for text in ["", "  \n", "?!...", "\u{0}\u{301}"] {
        assert!(encoder().encode_document(text).unwrap().vectors.is_empty(), "{text:?}");
        assert!(encoder().encode_query(text).unwrap().tokens.is_empty(), "{text:?}");
    }
}

#[test]
fn long_texts_say_what_was_left_out() {
    let text: String = (0..9000).map(|at| format!("w{at} ")).collect();
    let document = encoder().encode_document(&text).unwrap();
    assert_eq!(document.tokens.len(), super::super::MAX_DOCUMENT_TOKENS);
    assert_eq!(document.num_truncated, 9000 - super::super::MAX_DOCUMENT_TOKENS);
    let twice = encoder().encode_document(&format!("{text} {text}")).unwrap();
    assert_eq!(twice.num_truncated, document.num_truncated);
    assert_eq!(encoder().encode_query(&text).unwrap().vectors.num_tokens(), super::super::MAX_QUERY_TOKENS);
}

proptest! {
    #[test]
    fn any_text_encodes_and_spans_lie_on_it(text in "\\PC{0,60}|[a-zA-Zé\u{301}\u{200b} 東._]{0,60}") {
        let encoded = encoder().encode_document(&text).unwrap();
        prop_assert_eq!(encoded.tokens.len(), encoded.vectors.num_tokens());
        for span in &encoded.tokens {
            prop_assert!(span.word_in(&text).is_some_and(|word| !word.is_empty()));
            prop_assert!(encoder().occurrences(&text, span.token).contains(&span.word));
        }
        let queried = encoder().encode_query(&text).unwrap();
        prop_assert_eq!(queried.tokens, encoded.tokens);
    }
}
