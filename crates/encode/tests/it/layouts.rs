//! Layouts are recognized by all files of a folder: a copy of a tiny checkpoint that lacks something, or
//! says it otherwise, gives the same vectors or an error, and never those of its backbone alone.

use crate::checkpoint;
use crate::models::{Expected, check, expected};
use pleiad_encode::{Encoded, Encoder, Layout, ModelEncoder, ModelOptions};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOP: &str = "config_sentence_transformers.json";
const TEXT: &str = "Paris, the capital (and largest city) of France; 2 million people live there.";

/// A change of settings.
type Change = fn(&mut Value);

/// A copy of a tiny checkpoint.
fn copy(name: &str) -> TempDir {
    fn all(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let from = entry.unwrap().path();
            let to = to.join(from.file_name().unwrap());
            if from.is_dir() {
                fs::create_dir(&to).unwrap();
                all(&from, &to);
            } else {
                fs::copy(&from, &to).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    all(&checkpoint(name), folder.path());
    folder
}

/// Changes settings of a JSON file.
fn change(folder: &TempDir, file: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.path().join(file);
    let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

fn remove_keys(value: &mut Value, keys: &[&str]) {
    keys.iter().for_each(|key| drop(value.as_object_mut().unwrap().remove(*key)));
}

/// A copy whose settings of Sentence-Transformers are changed.
fn with_top(name: &str, top: impl FnOnce(&mut Value)) -> TempDir {
    let folder = copy(name);
    change(&folder, TOP, top);
    folder
}

fn open(folder: &TempDir) -> ModelEncoder {
    ModelEncoder::open(folder.path(), &ModelOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(folder: &TempDir) -> String {
    ModelEncoder::open(folder.path(), &ModelOptions::default()).unwrap_err().to_string()
}

fn check_all(place: &str, encoder: &ModelEncoder, expected: &Expected) {
    for (at, text) in expected.texts.iter().enumerate() {
        check(&format!("{place}, query {at}"), &encoder.encode_query(text).unwrap(), &expected.queries[at]);
        let document = encoder.encode_document(text).unwrap();
        check(&format!("{place}, document {at}"), &document, &expected.documents[at]);
    }
}

fn tokens(encoded: &Encoded) -> Vec<u32> {
    encoded.tokens.iter().map(|span| span.token).collect()
}

#[test]
fn pylate_is_known_by_any_of_its_marks() {
    let expected = expected(&checkpoint("pylate"));
    let changes: [(&str, Change); 8] = [
        ("no model_type", |top| remove_keys(top, &["model_type"])),
        ("model_type null", |top| top["model_type"] = Value::Null),
        ("another model_type", |top| top["model_type"] = json!("SentenceTransformer")),
        ("empty prompts", |top| top["prompts"] = json!({"query": "", "document": ""})),
        ("no prompts", |top| remove_keys(top, &["prompts", "default_prompt_name"])),
        ("default prefixes", |top| remove_keys(top, &["query_prefix", "document_prefix"])),
        ("one key of PyLate", |top| {
            remove_keys(top, &["model_type", "query_prefix", "document_prefix", "skiplist_words"]);
        }),
        ("empty default prompt", |top| {
            top["prompts"] = json!({"none": ""});
            top["default_prompt_name"] = json!("none");
        }),
    ];
    for (place, change) in changes {
        let encoder = open(&with_top("pylate", change));
        assert_eq!((encoder.layout(), encoder.notes().len()), (Layout::PyLate, 0), "{place}");
        check_all(place, &encoder, &expected);
    }
    let folder = copy("pylate");
    change(&folder, "modules.json", |modules| {
        modules[1]["type"] = json!("sentence_transformers.models.Dense");
        modules[2]["type"] = json!("sentence_transformers.models.Dense");
    });
    check_all("dense layers of another package", &open(&folder), &expected);
    let folder = copy("pylate");
    fs::remove_file(folder.path().join(TOP)).unwrap();
    let encoder = open(&folder);
    assert_eq!(encoder.encode_query("a").unwrap().vectors.num_tokens(), 32, "PyLate's own default");
    assert_eq!(encoder.dim(), 12);
}

#[test]
fn how_a_tokenizer_cuts_and_fills_says_nothing_to_late_interaction() {
    let folder = copy("pylate");
    change(&folder, "tokenizer.json", |tokenizer| {
        tokenizer["truncation"] =
            json!({"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0});
        tokenizer["padding"] = json!({"strategy": {"Fixed": 39}, "direction": "Right", "pad_id": 0,
            "pad_to_multiple_of": null, "pad_type_id": 0, "pad_token": "[PAD]"});
    });
    check_all("truncation and padding", &open(&folder), &expected(&checkpoint("pylate")));
}

#[test]
fn an_empty_prefix_is_no_marker() {
    let marked = ModelEncoder::open(&checkpoint("pylate"), &ModelOptions::default()).unwrap();
    let plain = open(&with_top("pylate", |top| {
        top["query_prefix"] = json!("");
        top["document_prefix"] = json!("");
    }));
    let (mut with, without) = (tokens(&marked.encode_document(TEXT).unwrap()), plain.encode_document(TEXT));
    with.remove(1);
    assert_eq!(with, tokens(&without.unwrap()));
    let text = "un-believable! zebras run";
    let (with, without) = (marked.encode_query(text).unwrap(), plain.encode_query(text).unwrap());
    assert_eq!((with.tokens.len(), without.tokens.len()), (24, 24));
    assert_eq!(tokens(&with)[2..], tokens(&without)[1..23]);
    assert_ne!(with.vectors, without.vectors);
}

#[test]
fn prompts_stand_behind_the_marker() {
    let bare = ModelEncoder::open(&checkpoint("pylate"), &ModelOptions::default()).unwrap();
    let named: Change =
        |top| top["prompts"] = json!({"query": "search_query: ", "document": "search_document: "});
    let older: Change = |top| {
        top["prompts"] = json!({"passage": "search_document: ", "other": "search_query: "});
        top["default_prompt_name"] = json!("other");
    };
    for change in [named, older] {
        let encoder = open(&with_top("pylate", change));
        let (query, document) = (encoder.encode_query(TEXT).unwrap(), encoder.encode_document(TEXT).unwrap());
        let expected = bare.encode_query(&format!("search_query: {TEXT}")).unwrap();
        assert_eq!((query.vectors, query.num_truncated), (expected.vectors, expected.num_truncated));
        let expected = bare.encode_document(&format!("search_document: {TEXT}")).unwrap();
        assert_eq!(document.vectors, expected.vectors);
        let words: Vec<_> = document.tokens.iter().filter_map(|span| span.word_in(TEXT)).collect();
        assert!(words.contains(&"Paris") && !words.contains(&"search"), "{words:?}");
    }
}

#[test]
fn a_multi_vector_encoder_needs_no_mask() {
    let masked = ModelEncoder::open(&checkpoint("sentence-transformers"), &ModelOptions::default()).unwrap();
    let folder = copy("sentence-transformers");
    change(&folder, "modules.json", |modules| {
        modules.as_array_mut().unwrap().retain(|module| module["name"] != "2");
    });
    let encoder = open(&folder);
    assert_eq!((encoder.layout(), encoder.dim()), (Layout::SentenceTransformers, 8));
    for (with, without) in [
        (masked.encode_document(TEXT).unwrap(), encoder.encode_document(TEXT).unwrap()),
        (masked.encode_query(TEXT).unwrap(), encoder.encode_query(TEXT).unwrap()),
    ] {
        assert!(with.tokens.len() < without.tokens.len());
        let kept: Vec<&[f32]> = without
            .vectors
            .rows()
            .zip(&without.tokens)
            .filter(|(_, span)| !matches!(span.word_in(TEXT), Some("," | ";")))
            .map(|(row, _)| row)
            .collect();
        assert_eq!(with.vectors.rows().collect::<Vec<_>>(), kept);
    }
    fs::remove_file(folder.path().join(TOP)).unwrap();
    let message = refusal(&folder);
    assert!(message.contains("modules.json") && message.contains("Dense"), "{message}");
}

#[test]
fn what_old_metadata_of_stanford_does_not_say_has_its_defaults() {
    let expected = expected(&checkpoint("stanford"));
    let folder = copy("stanford");
    change(&folder, "artifact.metadata", |top| {
        remove_keys(top, &["mask_punctuation", "attend_to_mask_tokens", "query_token_id", "doc_token_id"]);
    });
    check_all("old metadata", &open(&folder), &expected);
    change(&folder, "config.json", |config| config["architectures"] = json!(["BertModel"]));
    check_all("another architecture", &open(&folder), &expected);
    change(&folder, "artifact.metadata", |top| top["mask_punctuation"] = json!(false));
    let document = open(&folder).encode_document(TEXT).unwrap();
    assert!(document.tokens.len() > expected.documents[1].len());
    change(&folder, "config.json", |config| config["architectures"] = json!(["HF_ColBERT"]));
    fs::remove_file(folder.path().join("artifact.metadata")).unwrap();
    assert!(refusal(&folder).contains("artifact.metadata is missing"), "{}", refusal(&folder));
}

fn weights(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights").join(name)
}

#[test]
fn bge_m3_has_its_projection_in_a_file_of_its_own() {
    let folder = copy("plain-xlm-roberta");
    let plain = open(&folder).encode_document(TEXT).unwrap();
    fs::copy(weights("colbert_linear.pt"), folder.path().join("colbert_linear.pt")).unwrap();
    let encoder = open(&folder);
    assert_eq!((encoder.layout(), encoder.notes().len()), (Layout::BgeM3, 0));
    let encoded = encoder.encode_document(TEXT).unwrap();
    assert!(encoded.tokens.len() > plain.tokens.len(), "punctuation and the last token have vectors");
    assert_eq!(encoded, encoder.encode_query(TEXT).unwrap());
    let sequence: Vec<u32> = [2].into_iter().chain(tokens(&encoded)).collect();
    let states = &encoder.hidden_states(&[&sequence]).unwrap()[0];
    // The file turns the values by one place and adds a quarter of the place.
    let project = |state: &[f32]| -> Vec<f32> {
        let row: Vec<f32> = (0..16).map(|at| state[(at + 1) % 16] + 0.25 * at as f32).collect();
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter().map(|value| value / length).collect()
    };
    let expected: Vec<Vec<f32>> = states.rows().skip(1).map(project).collect();
    check("projected", &encoded, &expected);
    let with_head = encoder.id().to_owned();
    fs::write(folder.path().join("colbert_linear.pt"), "x").unwrap();
    assert!(refusal(&folder).contains("colbert_linear.pt"), "{}", refusal(&folder));
    fs::remove_file(folder.path().join("colbert_linear.pt")).unwrap();
    assert_ne!(open(&folder).id(), with_head, "another projection is another model");
}

#[test]
fn a_backbone_alone_says_that_it_is_one() {
    let folder = copy("plain-bert");
    let encoder = open(&folder);
    let [note] = encoder.notes() else { panic!("{:?}", encoder.notes()) };
    assert!(note.contains("bare backbone") && !note.contains("left out"), "{note}");
    let module = |kind: &str| json!({"path": "", "type": format!("sentence_transformers.models.{kind}")});
    let write = |name: &str, value: Value| fs::write(folder.path().join(name), value.to_string()).unwrap();
    write("modules.json", json!([module("Transformer"), module("Pooling"), module("Normalize")]));
    write(TOP, json!({"__version__": {}, "prompts": {"query": "query: "}}));
    let encoder = open(&folder);
    let left_out =
        "left out: the pooling of modules.json and the prompts of config_sentence_transformers.json";
    assert!(encoder.notes()[0].ends_with(left_out), "{:?}", encoder.notes());
    assert_eq!(encoder.layout(), Layout::Plain);
    assert!(open(&copy("pylate")).notes().is_empty());

    write("modules.json", json!([module("Transformer"), module("Pooling"), module("Dense")]));
    assert!(refusal(&folder).contains("`type` is Dense"), "{}", refusal(&folder));
    write("modules.json", json!([module("Transformer")]));
    write(TOP, json!({"model_type": "SparseEncoder"}));
    assert!(refusal(&folder).contains("`model_type` is \"SparseEncoder\""), "{}", refusal(&folder));
}

#[test]
fn parts_that_cannot_be_placed_are_refused() {
    let folder = copy("pylate");
    fs::remove_file(folder.path().join("modules.json")).unwrap();
    assert!(refusal(&folder).contains("modules.json is missing"), "{}", refusal(&folder));
    let folder = copy("pylate");
    change(&folder, "modules.json", |modules| modules.as_array_mut().unwrap().truncate(1));
    assert!(refusal(&folder).contains("projection of a model of PyLate"), "{}", refusal(&folder));
    let folder = copy("pylate");
    change(&folder, "modules.json", |modules| modules[2]["type"] = json!("pylate.models.Unheard"));
    assert!(refusal(&folder).contains("`type` is Unheard"), "{}", refusal(&folder));
    let folder = copy("pylate");
    change(&folder, "sentence_bert_config.json", |own| own["do_lower_case"] = json!(true));
    assert!(refusal(&folder).contains("`do_lower_case` is true"), "{}", refusal(&folder));
    let folder = with_top("pylate", |top| top["query_prefix"] = json!("[Nobody] "));
    assert!(refusal(&folder).contains("[Nobody]"), "{}", refusal(&folder));
    let folder = copy("plain-xlm-roberta");
    change(&folder, "config.json", |config| {
        config["architectures"] = json!(["HF_ColBERT"]);
        config["position_embedding_type"] = json!("rotary");
    });
    assert!(refusal(&folder).contains("position_embedding_type"), "{}", refusal(&folder));
}
