use crate::tool::Tool;
use serde_json::json;

#[test]
fn documents_go_in_are_found_explained_replaced_and_deleted() {
    let tool = Tool::with_docs();
    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(info["num_documents"], 4);
    assert_eq!(info["schema"]["encoder"], "mini-v1");

    let answer = tool.run(&["search", "docs", "unpack an archive", "-k", "2", "--json"]).ok().json();
    assert_eq!(answer["query"], "unpack an archive");
    let hits = answer["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 2);
    assert_eq!(
        (&hits[0]["rank"], &hits[0]["key"], &hits[0]["title"]),
        (&json!(1), &json!("tar"), &json!("tar"))
    );
    assert_eq!(hits[0]["attributes"], json!({"platform": "common"}));
    let exact = hits[0]["matches"].as_array().unwrap().iter().find(|m| m["query"] == "archive").unwrap();
    assert_eq!(exact["document"], "archive");

    let explanation = tool.run(&["explain", "docs", "unpack an archive", "tar", "--json"]).ok().json();
    let shares = ["tokens", "terms"].into_iter().flat_map(|name| explanation[name].as_array().unwrap());
    let sum: f64 = shares.map(|share| share["score"].as_f64().unwrap()).sum();
    let sum = sum + explanation["parts"]["sentence"].as_f64().unwrap();
    assert!((sum - hits[0]["score"].as_f64().unwrap()).abs() < 1e-3, "{explanation}");
    let tree = tool.run(&["explain", "docs", "unpack an archive", "tar"]).ok().stdout;
    assert!(tree.contains("archive") && tree.contains("→"), "{tree}");

    tool.write("new.jsonl", r#"{"_id": "cp", "text": "Unpack any archive at all."}"#);
    let summary = tool.run(&["add", "docs", "new.jsonl", "--json"]).ok().json();
    assert_eq!((&summary["num_documents"], &summary["num_replaced"]), (&json!(1), &json!(1)));
    let answer = tool.run(&["search", "docs", "unpack any archive", "-k", "1", "--json"]).ok().json();
    assert_eq!(answer["hits"][0]["key"], "cp");

    assert_eq!(tool.run(&["delete", "docs", "cp"]).ok().stdout, "deleted 1 document\n");
    tool.run(&["get", "docs", "cp"]).fails(3, &["no document \"cp\""]);
    let verification = tool.run(&["verify", "docs", "--json"]).ok().json();
    assert_eq!((&verification["is_clean"], &verification["num_documents"]), (&json!(true), &json!(3)));
}

#[test]
fn a_document_comes_back_as_it_went_in() {
    let tool = Tool::with_docs();
    let document = tool.run(&["get", "docs", "ss", "--json", "--vectors"]).ok().json();
    assert_eq!(document["text"], "Show listening sockets, ports and the processes that own them.");
    assert_eq!(document["attributes"], json!({"platform": "linux", "stars": 3, "title": "ss"}));
    let rows = document["vectors"].as_array().unwrap();
    assert_eq!(rows.len() as u64, document["num_tokens"].as_u64().unwrap());
    assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 128));
    let text = tool.run(&["get", "docs", "tar"]).ok().stdout;
    assert!(text.ends_with("\nExtract an archive\nor create one from files.\n"), "{text}");
    assert_eq!(tool.run(&["get", "docs", "4", "--json"]).ok().json()["key"], "4");
}

#[test]
fn exact_and_default_search_agree_on_a_small_collection() {
    let tool = Tool::with_docs();
    let hits = |extra: &[&str]| {
        let args = [&["search", "docs", "files on a port", "--json"], extra].concat();
        tool.run(&args).ok().json()["hits"].clone()
    };
    assert_eq!(hits(&[]), hits(&["--exact"]));
    assert_eq!(hits(&[]), hits(&["--candidates", "20", "--rerank", "15"]));
}

#[test]
fn a_plan_can_be_read_before_it_runs() {
    let tool = Tool::with_docs();
    let plan = tool.run(&["search", "docs", "--explain-plan", "--exact"]).ok().stdout;
    assert!(plan.contains("exact MaxSim over 4 documents"), "{plan}");
    let plan =
        tool.run(&["search", "docs", "x", "--explain-plan", "-k", "2", "--candidates", "3"]).ok().stdout;
    assert!(plan.contains("FDE scan over 4 documents → 3 candidates"), "{plan}");
    tool.run(&["search", "docs", "x", "--candidates", "5"]).fails(2, &["budgets must not grow"]);
    tool.run(&["search", "docs", "x", "-k", "0"]).fails(2, &["k is 0"]);
}

#[test]
fn many_queries_become_a_run_file() {
    let tool = Tool::with_docs();
    tool.write(
        "queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"archive\"}\n{\"_id\": \"q2\", \"text\": \"bread\"}\n",
    );
    let args = ["search", "docs", "--queries", "queries.jsonl", "-k", "1", "--json", "--run", "out.trec"];
    let lines = tool.run(&args).ok().stdout;
    let keys: Vec<_> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["hits"][0]["key"].clone())
        .collect();
    assert_eq!(keys, ["tar", "4"]);
    let run = std::fs::read_to_string(tool.path("out.trec")).unwrap();
    let lines: Vec<Vec<&str>> = run.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines[0][..4], ["q1", "Q0", "tar", "1"]);
    assert_eq!(lines[1][..4], ["q2", "Q0", "4", "1"]);

    let quiet =
        tool.run(&["search", "docs", "--queries", "queries.jsonl", "-k", "1", "--run", "again.trec"]).ok();
    assert_eq!(quiet.stdout, "2 queries in again.trec\n");
    assert_eq!(std::fs::read_to_string(tool.path("again.trec")).unwrap(), run);

    tool.write("queries.txt", "archive\n\n!!!\nbread\n");
    let ran = tool.run(&["search", "docs", "--queries", "queries.txt", "--json"]);
    let ran = ran.fails(2, &["1 of 3 queries failed", "query 3: ", "no word"]);
    let answers: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.iter().map(|a| a["query_id"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "3", "4"]);
    assert!(answers[1]["error"].as_str().unwrap().contains("no word"));
    assert_eq!(answers[2]["hits"][0]["key"], "4");
}

#[test]
fn queries_come_from_standard_input_too() {
    let tool = Tool::with_docs();
    let ran =
        tool.run_with(&["search", "docs", "--queries", "-", "-k", "1", "--json"], b"archive\nbread\n").ok();
    let keys: Vec<_> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["hits"][0]["key"].clone())
        .collect();
    assert_eq!(keys, ["tar", "4"]);
    tool.run_with(&["search", "docs", "--queries", "-"], b"\n").fails(2, &["standard input holds no query"]);
}

#[test]
fn deleting_reports_what_was_not_there() {
    let tool = Tool::with_docs();
    tool.write("keys.txt", "tar\r\nnothing\n\nss\n");
    let ran = tool.run(&["delete", "docs", "--from", "keys.txt", "cp"]).ok();
    assert_eq!(ran.stdout, "deleted 3 documents\n");
    assert!(ran.stderr.contains("there is no document \"nothing\""), "{ran:?}");
    let ran = tool.run_with(&["delete", "docs", "--from", "-"], b"tar\n");
    ran.fails(3, &["none of the given keys", "there is no document \"tar\""]);
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], 1);
}

#[test]
fn a_collection_can_be_created_by_hand() {
    let tool = Tool::new();
    tool.run(&["create", "a"]).ok();
    tool.run(&["create", "a"]).fails(4, &["a"]);
    let args = ["create", "b", "--dim", "32", "--tokens", "f16", "--fde-repetitions", "7", "--fde-seed", "9"];
    tool.run(&args).ok();
    let schema = tool.run(&["info", "b", "--json"]).ok().json()["schema"].clone();
    assert_eq!(
        (&schema["dim"], &schema["token_code"], &schema["encoder"]),
        (&json!(32), &json!("f16"), &json!(null))
    );
    assert_eq!((&schema["fde"]["repetitions"], &schema["fde"]["seed"]), (&json!(7), &json!(9)));
    tool.run(&["create", "c", "--encoder", "none"]).fails(2, &["--dim"]);
    tool.run(&["create", "c", "--encoder", "mini", "--dim", "63"]).fails(2, &["dimension 128, not 63"]);
    tool.run(&["create", "c", "--dim", "0"]).fails(2, &["dim is 0"]);
    let empty = tool.run(&["search", "a", "anything"]).ok();
    assert_eq!(empty.stdout, "no hits: the collection is empty\n");
}

#[test]
fn a_collection_of_a_withdrawn_encoder_says_the_way_out() {
    let tool = Tool::new();
    for encoder in ["static-v1", "static-v2", "static-v3"] {
        let words = Some(pleiad::WordsSchema::new("english-1"));
        let schema = pleiad::Schema { encoder: Some(encoder.to_owned()), words, ..pleiad::Schema::new(2) };
        let collection = pleiad::Collection::create(tool.path(encoder), &schema).unwrap();
        let vectors = pleiad::MultiVector::new(vec![1.0, 0.0], 2).unwrap();
        let document = pleiad::Document::new("fox", vectors).unwrap().with_text("A red fox.").unwrap();
        let mut batch = pleiad::Batch::new();
        let mut terms = pleiad::Terms::default();
        terms.push(0, "fox", 0);
        batch.upsert(document.with_terms(terms));
        collection.writer().unwrap().apply(batch).unwrap();
        tool.write("docs.jsonl", "{\"_id\": \"1\", \"text\": \"words\"}\n");
        tool.run(&["add", encoder, "docs.jsonl"]).fails(7, &[encoder, "pleiad export"]);
        tool.run(&["search", encoder, "fox"]).fails(7, &[encoder, "pleiad export"]);
        // Words need no encoder.
        let found = tool.run(&["search", encoder, "fox", "--mode", "words", "--json"]).ok().json();
        assert_eq!(found["hits"][0]["key"], "fox");
        tool.write("exported.jsonl", tool.run(&["export", encoder]).ok().stdout);
        let new = format!("new-{encoder}");
        tool.run(&["add", &new, "exported.jsonl"]).ok();
        let found = tool.run(&["search", &new, "fox", "--json"]).ok().json();
        assert_eq!(
            (&found["hits"][0]["key"], &found["hits"][0]["text"]),
            (&json!("fox"), &json!("A red fox."))
        );
    }
}
