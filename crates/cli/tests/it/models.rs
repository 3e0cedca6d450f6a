//! Collections of a checkpoint: the tiny random ones that `pleiad-encode` is tested with.

use crate::tool::{DOCS, Tool, arg};
use std::fs;
use std::path::{Path, PathBuf};

fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/fixtures/checkpoints").join(name)
}

#[test]
fn a_collection_is_of_one_model() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let (stanford, pylate) = (tiny("stanford"), tiny("pylate"));
    let model = ["--model", arg(&stanford)];
    tool.run(&[&["add", "docs", "docs.jsonl"], &model[..]].concat()).ok();
    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(info["schema"]["dim"], 8, "{info}");
    assert!(info["schema"]["encoder"].as_str().unwrap().starts_with("stanford@"), "{info}");

    let found = tool.run(&[&["search", "docs", "copy files", "--json"], &model[..]].concat()).ok().json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 4);
    let explained = tool.run(&[&["explain", "docs", "copy files", "cp"], &model[..]].concat()).ok();
    assert!(explained.stdout.contains("copy"), "{explained:?}");

    let remembered = tool.run(&["search", "docs", "copy files", "--json"]).ok().json();
    assert_eq!(remembered["hits"], found["hits"], "the collection knows where its model is");
    let other = ["search", "docs", "x", "--model", arg(&pylate)];
    tool.run(&other).fails(7, &["stanford@", "pylate@", "cannot be compared"]);
    tool.run(&["search", "docs", "x", "--model", "org/name"]).fails(3, &["huggingface.co/org/name"]);
    tool.run(&["search", "docs", "x", "--model", "nowhere"]).fails(3, &["no folder nowhere"]);
}

#[test]
fn a_choice_of_sentence_vectors_is_remembered() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let stanford = tiny("stanford");
    let model = ["--model", arg(&stanford)];
    for (way, num_parts) in [("mean", 3), ("cls", 3), ("off", 2)] {
        tool.run(&[&["add", way, "docs.jsonl", "--sentence", way], &model[..]].concat()).ok();
        let schema = tool.run(&["info", way, "--json"]).ok().json()["schema"].clone();
        assert_eq!(
            schema.get("sentence").is_some_and(|sentence| !sentence.is_null()),
            way != "off",
            "{schema}"
        );
        // Neither the model nor the choice is named again.
        for search in [
            &["search", way, "copy files", "--json"][..],
            &["search", way, "copy files", "--json", "--model", arg(&stanford)],
        ] {
            let hit = &tool.run(search).ok().json()["hits"][0]["parts"].clone();
            let num = ["vectors", "sentence", "words"]
                .iter()
                .filter(|part| hit[**part].as_f64() != Some(0.0))
                .count();
            assert!(
                num <= num_parts && (hit["sentence"].as_f64() == Some(0.0)) == (way == "off"),
                "{way} {hit}"
            );
        }
        tool.write("more.jsonl", "{\"_id\": \"mv\", \"text\": \"mv moves files\"}\n");
        tool.run(&["add", way, "more.jsonl"]).ok();
    }
    let other = [&["add", "mean", "docs.jsonl", "--sentence", "cls"], &model[..]].concat();
    tool.run(&other).fails(2, &["settled when this collection was made"]);
    tool.run(&["add", "new", "docs.jsonl", "--sentence", "cls"]).fails(2, &["--model"]);
}

#[test]
fn a_model_that_is_asked_for_is_not_passed_over() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    for command in [["search", "docs", "x"].as_slice(), &["explain", "docs", "x", "cp"]] {
        for model in [["--model", "NONSENSE"].as_slice(), &["--model=NONSENSE"]] {
            tool.run(&[command, model].concat()).fails(7, &["mini-v1", "not with model NONSENSE"]);
        }
    }
    tool.run(&["add", "docs", "docs.jsonl", "--model", "NONSENSE"]).fails(7, &["not with model NONSENSE"]);
    tool.run(&["search", "docs", "x", "--mode", "words", "--model", "NONSENSE"]).fails(7, &["mini-v1"]);
    tool.run(&["create", "words", "--encoder", "words"]).ok();
    tool.run(&["add", "words", "docs.jsonl"]).ok();
    for command in [["search", "words", "x"].as_slice(), &["explain", "words", "x", "cp"]] {
        tool.run(&[command, &["--model", "NONSENSE"]].concat())
            .fails(7, &["words-v1", "not with model NONSENSE"]);
    }
    // The environment has a model for new collections.
    let mut command = tool.command(&["search", "docs", "copy files"]);
    let output = command.env("PLEIAD_MODEL", tiny("stanford")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn words_of_a_model_are_named_by_its_tokenizer() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let model = tiny("pylate");
    let model = ["--model", arg(&model)];
    tool.run(&[&["add", "docs", "docs.jsonl"], &model[..]].concat()).ok();
    let found = tool.run(&[&["search", "docs", "copy files", "--json"], &model[..]].concat()).ok().json();
    let matches = found["hits"].as_array().unwrap().iter().flat_map(|hit| hit["matches"].as_array().unwrap());
    let named = |found: &serde_json::Value| {
        let document = found["document"].as_str().unwrap();
        DOCS.to_lowercase().contains(&document.to_lowercase()) && !document.is_empty()
    };
    assert!(matches.clone().count() > 0 && matches.clone().all(named), "{found}");
}

#[test]
fn what_was_encoded_is_asked_in_words() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let (stanford, pylate) = (tiny("stanford"), tiny("pylate"));
    let model = ["--model", arg(&stanford)];
    tool.run(&[&["encode", "docs.jsonl", "vectors"], &model[..]].concat()).ok();
    tool.run(&["add", "encoded", "vectors"]).ok();
    tool.run(&[&["create", "created"], &model[..]].concat()).ok();
    tool.run(&["add", "created", "vectors"]).ok();
    tool.run(&[&["add", "direct", "docs.jsonl"], &model[..]].concat()).ok();
    let search = |collection: &str| {
        let args = [&["search", collection, "copy files", "--json"], &model[..]].concat();
        tool.run(&args).ok().json()["hits"].clone()
    };
    assert_eq!(search("encoded"), search("direct"), "titles, texts and words as if nothing had been between");
    assert_eq!(search("created"), search("direct"));
    let info = tool.run(&["info", "encoded", "--json"]).ok().json();
    assert!(info["schema"]["encoder"].as_str().unwrap().starts_with("stanford@"), "{info}");

    tool.run(&["create", "other", "--model", arg(&pylate)]).ok();
    tool.run(&["add", "other", "vectors"]).fails(2, &["vectors of encoder stanford@", "pylate@"]);
    tool.run(&["add", "words", "docs.jsonl"]).ok();
    tool.run(&["add", "words", "vectors"]).fails(2, &["vectors of encoder stanford@", "mini-v1"]);
    // Whatever they are, to a collection of no encoder they are vectors.
    tool.run(&["create", "plain", "--dim", "8"]).ok();
    tool.run(&["add", "plain", "vectors"]).ok();
    tool.write("vectors/texts.jsonl", "{\"_id\": \"someone else\", \"text\": \"a\"}\n");
    tool.run(&["add", "again", "vectors"]).fails(2, &["texts.jsonl has another document than"]);
}

#[test]
fn a_model_is_found_by_its_name() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let fixtures = tiny("stanford").parent().unwrap().to_owned();
    let mut command = tool.command(&["create", "docs", "--model", "someone/stanford", "--tokens", "f16"]);
    let output = command.env("PLEIAD_MODELS", &fixtures).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut command = tool.command(&["add", "docs", "docs.jsonl"]);
    let output = command.env("PLEIAD_MODEL", tiny("stanford")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn a_collection_remembers_its_model_and_says_when_it_has_moved() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    copy_folder(&tiny("stanford"), &tool.path("stanford"));
    tool.run(&["create", "docs", "--model", "./stanford"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let found = tool.run(&["search", "docs", "copy files", "--json"]).ok().json();
    tool.run(&["explain", "docs", "copy files", "cp"]).ok();
    // From another folder the place is the same.
    let mut elsewhere = tool.command(&["search", arg(&tool.path("docs")), "copy files"]);
    let output = elsewhere.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{output:?}");

    std::fs::rename(tool.path("stanford"), tool.path("moved")).unwrap();
    let place =
        arg(&tool.path("stanford").parent().unwrap().canonicalize().unwrap()).to_owned() + "/stanford";
    for args in [
        &["search", "docs", "copy files"][..],
        &["add", "docs", "docs.jsonl"],
        &["explain", "docs", "x", "cp"],
    ] {
        tool.run(args).fails(3, &["made with model stanford@", &place, "--model"]);
    }
    // Its name is part of what it is, so that it must be called as before.
    copy_folder(&tool.path("moved"), &tool.path("new/stanford"));
    tool.run(&["search", "docs", "copy files"]).fails(3, &["--model"]);
    tool.run(&["add", "docs", "docs.jsonl", "--model", "new/stanford"]).ok();
    let again = tool.run(&["search", "docs", "copy files", "--json"]).ok().json();
    assert_eq!(again["hits"], found["hits"]);

    let config = tool.path("new/stanford/config.json");
    let changed = std::fs::read_to_string(&config).unwrap().replacen('{', "{ \"changed\": 1,", 1);
    std::fs::write(&config, changed).unwrap();
    tool.run(&["search", "docs", "copy files"]).fails(7, &["cannot be compared", "--model"]);
}

#[test]
fn a_model_that_is_named_is_never_ignored() {
    let tool = Tool::with_docs();
    tool.write("judged/corpus.jsonl", DOCS);
    tool.write("judged/queries.jsonl", "{\"_id\": \"1\", \"text\": \"archive\"}\n");
    tool.write("judged/qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ttar\t1\n");
    tool.write("queries.txt", "archive\n");
    for args in [
        &["search", "docs", "archive"][..],
        &["eval", "docs", "judged"],
        &["explain", "docs", "archive", "tar"],
        &["add", "docs", "docs.jsonl"],
        &["tune", "docs", "--queries", "queries.txt"],
    ] {
        for model in ["NONSENSE", "words-v1", "judged"] {
            tool.run(&[args, &["--model", model]].concat())
                .fails(7, &["mini-v1", model, "cannot be compared"]);
        }
        tool.run(&[args, &["--precision", "int8"]].concat()).fails(2, &["mini-v1", "precision"]);
        tool.run(&[args, &["--model", "mini-v1"]].concat()).ok();
        let mut command = tool.command(args);
        let output = command.env("PLEIAD_MODEL", "NONSENSE").output().unwrap();
        assert!(output.status.success(), "a default means nothing here: {output:?}");
    }
}

#[test]
fn what_is_stored_is_not_encoded_again() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let model = tiny("stanford");
    let add = ["add", "docs", "docs.jsonl", "--model", arg(&model), "--json"];
    assert_eq!(tool.run(&add).ok().json()["num_documents"], 4);
    let again = tool.run(&add).ok().json();
    assert_eq!((&again["num_documents"], &again["num_unchanged"]), (&0.into(), &4.into()));
    // Another text, other attributes, and a key that comes twice and ends as it is stored.
    let changed = DOCS.replace("linux", "unix").replace("Copy files", "Move files");
    tool.write(
        "docs.jsonl",
        format!("{changed}{{\"_id\":\"new\",\"text\":\"a\"}}\n{{\"_id\":\"new\",\"text\":\"b\"}}\n"),
    );
    let third = tool.run(&add).ok().json();
    assert_eq!((&third["num_unchanged"], &third["num_replaced"]), (&2.into(), &2.into()), "{third}");
    tool.run(&add).ok();
    let stored = tool.run(&["get", "docs", "new", "--json"]).ok().json();
    assert_eq!(stored["text"], "b");
}

/// Enough documents for two batches, the line after the first 130 of them broken if so wanted.
fn many(is_broken: bool) -> String {
    let mut lines = String::new();
    for number in 0..150 {
        if is_broken && number == 130 {
            lines += "{\n";
        }
        lines += &format!("{{\"_id\":\"{number}\",\"text\":\"paris is city {number}\"}}\n");
    }
    lines
}

#[test]
fn encoding_goes_on_where_it_stopped() {
    let tool = Tool::new();
    let model = tiny("stanford");
    tool.write("docs.jsonl", many(true));
    let encode = |out: &str| tool.run(&["encode", "docs.jsonl", out, "--model", arg(&model)]);
    encode("left").fails(2, &["docs.jsonl:131"]);
    assert!(tool.path("left/docs.partial").exists());
    // A torn line and rows without one are what a crash leaves.
    let torn = [fs::read(tool.path("left/documents.partial")).unwrap(), b"7 \"12".to_vec()].concat();
    tool.write("left/documents.partial", torn);
    let longer = [fs::read(tool.path("left/docs.partial")).unwrap(), vec![1; 77]].concat();
    tool.write("left/docs.partial", longer);

    tool.write("docs.jsonl", many(false));
    let done = encode("left").ok();
    assert!(done.stdout.contains("encoded 150 documents, 128 of them before"), "{done:?}");
    encode("whole").ok();
    for file in ["docs.f32.npy", "docs.off.npy", "doc_ids.json", "encoder.json", "texts.jsonl"] {
        let [left, whole] = ["left", "whole"].map(|folder| fs::read(tool.path(folder).join(file)).unwrap());
        assert!(left == whole, "{file} differs");
    }
    encode("left").fails(4, &["holds token vectors already"]);
    tool.run(&["add", "vectors", "left"]).ok();
    assert_eq!(tool.run(&["info", "vectors", "--json"]).ok().json()["num_documents"], 150);
}

#[test]
fn another_input_or_model_does_not_go_on() {
    let tool = Tool::new();
    let (stanford, pylate) = (tiny("stanford"), tiny("pylate"));
    tool.write("docs.jsonl", many(true));
    tool.run(&["encode", "docs.jsonl", "left", "--model", arg(&stanford)]).fails(2, &["docs.jsonl"]);
    tool.run(&["encode", "docs.jsonl", "left", "--model", arg(&pylate)]).fails(4, &["stanford@", "pylate@"]);
    tool.write("other.jsonl", DOCS);
    let message = ["was begun with another input", "\"tar\"", "\"0\""];
    tool.run(&["encode", "other.jsonl", "left", "--model", arg(&stanford)]).fails(4, &message);
    tool.write("twice.jsonl", [many(false).lines().next().unwrap(); 2].join("\n"));
    tool.run(&["encode", "twice.jsonl", "new", "--model", arg(&stanford)]).fails(2, &["comes twice"]);
}

#[test]
fn onnx_runtime_gives_vectors_of_the_same_model() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let (bert, stanford) = (tiny("plain-bert"), tiny("stanford"));
    let nowhere = ["--onnx-runtime", "nowhere/libonnxruntime.so"];
    let add = ["add", "docs", "docs.jsonl", "--model", arg(&bert)];
    tool.run(&[&add, &nowhere[..]].concat()).fails(3, &["ONNX Runtime in nowhere/libonnxruntime.so"]);
    tool.run(&[&add, &nowhere[..], &["--precision", "int8"]].concat()).fails(2, &["--precision"]);
    tool.run(&["find", "x", "docs.jsonl", nowhere[0], nowhere[1]])
        .fails(2, &["ONNX Runtime", "name a model"]);
    let Some(library) = std::env::var_os("PLEIAD_ONNX_RUNTIME") else {
        eprintln!(
            "NOT RUN: PLEIAD_ONNX_RUNTIME names no library of ONNX Runtime: `cargo xtask onnx` fetches one"
        );
        return;
    };
    let library = library.to_str().unwrap();
    tool.run(&[&add, &["--onnx-runtime", library][..]].concat()).ok();
    // By the environment as by the flag, and by our own layers.
    let search = |with: bool, model: &Path| {
        let mut command = tool.command(&["search", "docs", "copy files", "--json", "--model", arg(model)]);
        if with {
            command.env("PLEIAD_ONNX_RUNTIME", library);
        }
        command.output().unwrap()
    };
    let scores = |with: bool| -> Vec<f64> {
        let output = search(with, &bert);
        assert!(output.status.success(), "{output:?}");
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        found["hits"].as_array().unwrap().iter().map(|hit| hit["score"].as_f64().unwrap()).collect()
    };
    let (onnx, own) = (scores(true), scores(false));
    assert_eq!((onnx.len(), own.len()), (4, 4));
    assert!(onnx.iter().zip(&own).all(|(a, b)| (a - b).abs() < 1e-4), "{onnx:?} for {own:?}");
    tool.run(&["create", "other", "--model", arg(&stanford), "--onnx-runtime", library])
        .fails(3, &["model.onnx is missing", "go without ONNX Runtime"]);
}
