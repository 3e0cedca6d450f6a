//! A model with one adapter per language, on questions and paragraphs in two of them.

use crate::tool::{Tool, arg, shared};
use pleiad_evaluate::BeirFolder;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Paragraphs of each language.
const NUM_PARAGRAPHS: usize = 30;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/fixtures/checkpoints/colbert-xm")
}

/// The first paragraphs of one language of `beir/xquad` and the questions about them, as a folder of their own.
fn write(tool: &Tool, language: &str) -> String {
    let beir = BeirFolder::open(shared("beir/xquad")).unwrap();
    let is_own = |key: &str| key.starts_with(&format!("{language}-"));
    let documents = beir.documents().unwrap().map(|line| line.unwrap().value);
    let documents: Vec<_> = documents.filter(|document| is_own(&document.key)).take(NUM_PARAGRAPHS).collect();
    let lines: String = documents
        .iter()
        .map(|document| format!("{}\n", json!({ "_id": document.key, "text": document.title_and_text() })))
        .collect();
    let qrels = beir.qrels("test").unwrap();
    let (mut queries, mut judged) = (String::new(), "query-id\tcorpus-id\tscore\n".to_owned());
    for query in beir.judged_queries(&qrels).unwrap() {
        for document in &documents {
            if qrels.judgments(&query.key).is_some_and(|judged| judged.contains_key(&document.key)) {
                queries += &format!("{}\n", json!({ "_id": query.key, "text": query.text }));
                judged += &format!("{}\t{}\t1\n", query.key, document.key);
            }
        }
    }
    tool.write(&format!("{language}/corpus.jsonl"), lines);
    tool.write(&format!("{language}/queries.jsonl"), queries);
    tool.write(&format!("{language}/qrels/test.tsv"), judged);
    language.to_owned()
}

#[test]
fn each_language_has_its_adapter_from_add_to_eval() {
    let tool = Tool::new();
    let model = model();
    for (language, code) in [("en", "en_XX"), ("de", "de_DE")] {
        let folder = write(&tool, language);
        let collection = format!("xquad-{language}");
        let own = ["--model", arg(&model), "--language", code];
        tool.run(&[&["add", &collection, &folder][..], &own].concat()).ok();
        let info = tool.run(&["info", &collection, "--json"]).ok().json();
        assert_eq!(info["num_documents"], NUM_PARAGRAPHS, "{info}");
        assert!(info["schema"]["encoder"].as_str().unwrap().ends_with(&format!("+{code}")), "{info}");
        let eval = tool.run(&[&["eval", &collection, &folder, "--json"][..], &own].concat()).ok().json();
        assert!(eval["num_queries"].as_u64().unwrap() > 50, "{eval}");
        // A hundred hits are all thirty paragraphs. Random weights put the right one before chance, which is .15.
        assert_eq!(eval["search"]["metrics"]["Recall@100"], 1.0, "{eval}");
        assert!(eval["search"]["metrics"]["nDCG@10"].as_f64().unwrap() > 0.15, "{eval}");
    }
}

#[test]
fn a_collection_answers_in_its_language_unless_told_otherwise() {
    let tool = Tool::new();
    let model = model();
    tool.write("de.jsonl", "{\"_id\": \"de\", \"text\": \"Die Straße führt über die Brücke.\"}\n");
    tool.write("en.jsonl", "{\"_id\": \"en\", \"text\": \"The fox jumps over the lazy dog.\"}\n");
    let with = |args: &[&str], language: &[&str]| {
        let all = [args, &["--model", arg(&model)], language].concat();
        tool.run(&all)
    };
    with(&["add", "both", "en.jsonl"], &["--language", "en_XX"]).ok();
    with(&["add", "both", "de.jsonl"], &["--language", "de_DE"]).ok();
    let scores = |language: &[&str]| {
        let found = with(&["search", "both", "the lazy dog", "--json"], language).ok().json();
        let hits = found["hits"].as_array().unwrap().clone();
        assert_eq!(hits.len(), 2, "{found}");
        hits.iter().map(|hit| hit["score"].to_string()).collect::<Vec<_>>()
    };
    // The collection was made in English; the model's own default is German.
    assert_eq!(scores(&[]), scores(&["--language", "en_XX"]));
    assert_ne!(scores(&[]), scores(&["--language", "de_DE"]));
    with(&["search", "both", "dog"], &["--language", "tlh"]).fails(2, &["\"tlh\"", "de_DE"]);
}

#[test]
fn a_document_says_its_language() {
    let tool = Tool::new();
    let model = model();
    let own = ["--model", arg(&model)];
    let line = |key: &str, language: &str, text: &str| {
        format!("{}\n", json!({ "_id": key, "lang": language, "text": text }))
    };
    let (german, english) = ("Die Straße führt über die Brücke.", "The fox jumps over the lazy dog.");
    let mixed = line("de", "de_DE", german) + &line("en", "en_XX", english) + &line("de2", "de_DE", english);
    tool.write("mixed.jsonl", &mixed);
    let field = ["--language-field", "lang"];
    tool.run(&[&["encode", "mixed.jsonl", "mixed"], &own[..], &field].concat()).ok();
    // Each has the vectors of its own adapter, in the order of the input.
    let mut expected = Vec::new();
    for (name, language) in [("de", "de_DE"), ("en", "en_XX"), ("de2", "de_DE")] {
        let file = format!("{name}.jsonl");
        tool.write(&file, mixed.lines().find(|line| line.contains(&format!("\"{name}\""))).unwrap());
        tool.run(&[&["encode", &file, name], &own[..], &["--language", language]].concat()).ok();
        expected.extend(std::fs::read(tool.path(name).join("docs.f32.npy")).unwrap().split_off(128));
    }
    let found = std::fs::read(tool.path("mixed/docs.f32.npy")).unwrap().split_off(128);
    assert!(found == expected, "{} and {} bytes", found.len(), expected.len());

    // A collection keeps the field, and one identity.
    tool.run(&[&["add", "docs", "mixed.jsonl"], &own[..], &field, &["--language", "en_XX"]].concat()).ok();
    let document = tool.run(&["get", "docs", "de", "--json"]).ok().json();
    assert_eq!(document["attributes"]["lang"], "de_DE", "{document}");
    tool.run(&[&["add", "other", "de.jsonl"], &own[..], &["--language", "de_DE"]].concat()).ok();
    let vectors = |collection: &str| tool.run(&["get", collection, "de", "--json", "--vectors"]).ok().json();
    assert_eq!(vectors("docs")["vectors"], vectors("other")["vectors"]);
}

#[test]
fn a_language_that_cannot_be_used_is_named_with_its_document() {
    let tool = Tool::new();
    let model = model();
    let own = ["--model", arg(&model), "--language-field", "lang"];
    tool.write(
        "tlh.jsonl",
        "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"b\", \"text\": \"y\", \"lang\": \"tlh\"}\n",
    );
    let message = ["tlh.jsonl:2: document \"b\"", "\"tlh\"", "de_DE"];
    tool.run(&[&["add", "docs", "tlh.jsonl"], &own[..]].concat()).fails(2, &message);
    tool.run(&[&["encode", "tlh.jsonl", "out"], &own[..]].concat()).fails(2, &message);
    tool.write("seven.jsonl", "{\"_id\": \"c\", \"text\": \"x\", \"lang\": 7}\n");
    let message = ["seven.jsonl:1: document \"c\"", "`lang` is 7"];
    tool.run(&[&["add", "docs", "seven.jsonl"], &own[..]].concat()).fails(2, &message);
    let stanford = model.with_file_name("stanford");
    tool.write("en.jsonl", "{\"_id\": \"d\", \"text\": \"x\", \"lang\": \"en_XX\"}\n");
    let other = ["add", "docs", "en.jsonl", "--model", arg(&stanford), "--language-field", "lang"];
    tool.run(&other).fails(2, &["en.jsonl:1: document \"d\"", "en_XX"]);
}

#[test]
fn a_language_is_guessed_only_when_asked() {
    let tool = Tool::new();
    let model = model();
    let own = ["--model", arg(&model), "--language", "en_XX"];
    let german = "Die Straße führt über die alte Brücke in die Stadt, und niemand weiß, wer sie gebaut hat.";
    let line = |key: &str, text: &str| format!("{}\n", json!({ "_id": key, "text": text }));
    tool.write("mixed.jsonl", line("de", german) + &line("short", "Brücke"));
    let told =
        tool.run(&[&["add", "docs", "mixed.jsonl", "--detect-language"], &own[..]].concat()).ok().stdout;
    assert!(told.contains("languages by their texts: 1 de_DE, 1 not clear"), "{told}");
    tool.run(&[&["add", "plain", "mixed.jsonl"], &own[..]].concat()).ok();
    tool.run(&["add", "german", "mixed.jsonl", "--model", arg(&model), "--language", "de_DE"]).ok();
    let vectors = |collection: &str, key: &str| {
        tool.run(&["get", collection, key, "--json", "--vectors"]).ok().json()["vectors"].clone()
    };
    assert_eq!(vectors("docs", "de"), vectors("german", "de"));
    assert_ne!(vectors("docs", "de"), vectors("plain", "de"), "nothing was asked for");
    assert_eq!(vectors("docs", "short"), vectors("plain", "short"));
    let encoded = ["encode", "mixed.jsonl", "out", "--detect-language"];
    assert!(tool.run(&[&encoded, &own[..]].concat()).ok().stdout.contains("1 de_DE"));
    let stanford = model.with_file_name("stanford");
    let other = ["add", "other", "mixed.jsonl", "--model", arg(&stanford), "--detect-language"];
    tool.run(&other).fails(2, &["knows no languages", "a language cannot be guessed"]);
}
