use crate::tool::{Tool, arg, shared};
use serde_json::Value;

#[track_caller]
fn near(value: &Value, expected: f64, tolerance: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

#[test]
fn a_collection_of_texts_is_measured() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["add", "adi", arg(&folder)]).ok();
    let measured = tool.run(&["eval", "adi", arg(&folder), "--json", "--run", "out.trec"]).ok().json();
    assert_eq!(measured["num_queries"], 35);
    // 82 documents: everything is a candidate and 100 hits are all of them, so nothing can be missed.
    near(&measured["fidelity"]["10"], 1.0, 0.0);
    near(&measured["fidelity"]["100"], 1.0, 0.0);
    near(&measured["searches"][0]["k"], 10.0, 0.0);
    near(&measured["searches"][1]["k"], 100.0, 0.0);
    near(&measured["search"]["metrics"]["Recall@100"], 1.0, 0.0);
    let ndcg = measured["search"]["metrics"]["nDCG@10"].as_f64().unwrap();
    assert!((0.3..0.7).contains(&ndcg), "{measured}");
    near(&measured["exact"]["metrics"]["nDCG@10"], ndcg, 1e-9);
    near(&measured["exact"]["num_reranked"], 82.0, 0.0);
    let run = std::fs::read_to_string(tool.path("out.trec")).unwrap();
    assert_eq!(run.lines().count(), 35 * 82);
    let table = tool.run(&["eval", "adi", arg(&folder)]).ok().stdout;
    for name in
        ["nDCG@10", "Recall@100", "MRR@10", "MAP", "fidelity@k", "CPU ms per query", "reranked per query"]
    {
        assert!(table.contains(name), "no {name} in {table}");
    }
}

#[test]
fn bm25_stands_beside_the_search() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["add", "adi", arg(&folder)]).ok();
    let measured = tool.run(&["eval", "adi", arg(&folder), "--bm25", "--json"]).ok().json();
    near(&measured["bm25"]["nDCG@10"], 0.483, 1e-3);
    near(&measured["bm25"]["Recall@100"], 0.910, 1e-3);
    assert!(measured["fused"]["nDCG@10"].as_f64().unwrap() > 0.4, "{measured}");
    let table = tool.run(&["eval", "adi", arg(&folder), "--bm25"]).ok().stdout;
    assert!(table.contains("with BM25") && table.contains("0.4832"), "{table}");
    tool.run(&["create", "v", "--dim", "128"]).ok();
    let vectors = shared("multivec/adi");
    tool.run(&["add", "v", arg(&vectors)]).ok();
    tool.run(&["eval", "v", arg(&vectors), "--bm25"]).fails(3, &["corpus.jsonl"]);
}

#[test]
fn smaller_budgets_are_obeyed_and_told() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["add", "adi", arg(&folder), "--words", "none"]).ok();
    let args = ["eval", "adi", arg(&folder), "--json", "-k", "5", "--candidates", "20", "--rerank", "10"];
    let measured = tool.run(&args).ok().json();
    near(&measured["search"]["num_scanned"], 82.0, 0.0);
    near(&measured["search"]["num_rescored"], 20.0, 0.0);
    near(&measured["search"]["num_reranked"], 10.0, 0.0);
    let fidelity = measured["fidelity"]["5"].as_f64().unwrap();
    assert!(fidelity > 0.5 && fidelity <= 1.0, "{measured}");
}

#[test]
fn token_vectors_are_measured_against_stored_exact_lists() {
    let tool = Tool::new();
    let folder = shared("multivec/adi");
    tool.run(&["create", "adi", "--dim", "128", "--tokens", "f16"]).ok();
    tool.run(&["add", "adi", arg(&folder)]).ok();
    let measured = tool.run(&["eval", "adi", arg(&folder), "--ground-truth", "--json"]).ok().json();
    // What meta.json records for exact MaxSim over the same values.
    near(&measured["exact"]["metrics"]["nDCG@10"], 0.5016, 5e-5);
    near(&measured["stored_exact_lists"]["10"], 1.0, 0.0);
    let table = tool.run(&["eval", "adi", arg(&folder), "--ground-truth"]).ok().stdout;
    assert!(table.contains("stored exact lists@10"), "{table}");
}

/// Real token vectors of whole collections: the exact search over f16 tokens gives the recorded exact lists and the
/// recorded quality, and the default search loses next to nothing of it.
#[test]
fn real_token_vectors_give_their_recorded_answers() {
    for set in ["cranfield", "scifact", "colbertv2-lotte500"] {
        let tool = Tool::new();
        let folder = shared(&format!("multivec/{set}"));
        tool.run(&["create", "v", "--dim", "128", "--tokens", "f16"]).ok();
        tool.run(&["add", "v", arg(&folder)]).ok();
        let measured = tool.run(&["eval", "v", arg(&folder), "--ground-truth", "--json"]).ok().json();
        // scifact's values are i8 times an f16 scale: as halves some of its near ties change places.
        near(&measured["stored_exact_lists"]["10"], 1.0, 5e-4);
        near(&measured["stored_exact_lists"]["100"], 1.0, 5e-4);
        if let Ok(meta) = std::fs::read_to_string(folder.join("meta.json")) {
            let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
            let recorded = meta["metrics"]["exact_maxsim_stored"]["ndcg10"].as_f64().unwrap();
            near(&measured["exact"]["metrics"]["nDCG@10"], recorded, 2e-3);
        } else {
            assert_eq!(set, "colbertv2-lotte500", "only this one comes without recorded figures");
        }
        let fidelity = measured["fidelity"]["10"].as_f64().unwrap();
        assert!(fidelity > 0.99, "{set}: {measured}");
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.write("docs.jsonl", "{\"_id\": \"other\", \"text\": \"words\"}\n");
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool.run(&["eval", "docs", arg(&folder)]).fails(3, &["are not in this collection", "pleiad add"]);
    tool.run(&["eval", "docs", arg(&folder), "--split", "dev"]).fails(3, &["qrels/dev.tsv"]);
    tool.run(&["create", "v", "--dim", "64"]).ok();
    tool.run(&["eval", "v", arg(&folder)]).fails(3, &["docs.f32.npy"]);
    tool.run(&["add", "adi", arg(&folder)]).ok();
    tool.run(&["eval", "adi", arg(&folder), "--ground-truth"]).fails(2, &["--ground-truth", "token vectors"]);
}

/// Queries that are documents, in texts about two things each.
fn arguments(tool: &Tool) {
    let texts = [
        ("a", "Cycling to work keeps cities quiet and clean"),
        ("b", "Cycling to work is dangerous in cities without lanes"),
        ("c", "Libraries should open on Mondays"),
        ("d", "Libraries closed on Mondays save money"),
        ("e", "Kettles waste energy"),
    ];
    let lines = |texts: &[(&str, &str)]| -> String {
        texts.iter().map(|(id, text)| format!("{{\"_id\": \"{id}\", \"text\": \"{text}\"}}\n")).collect()
    };
    tool.write("b/corpus.jsonl", lines(&texts));
    tool.write("b/queries.jsonl", lines(&texts[..4]));
    tool.write("b/qrels/test.tsv", "query-id\tcorpus-id\tscore\na\tb\t1\nb\ta\t1\nc\td\t1\nd\tc\t1\n");
}

#[test]
fn the_document_of_a_querys_own_id_is_left_out() {
    let tool = Tool::new();
    arguments(&tool);
    tool.run(&["add", "c", "b"]).ok();
    let args = ["eval", "c", "b", "-k", "1", "--json", "--bm25", "--run", "own.trec"];
    let measured = tool.run(&args).ok().json();
    assert_eq!(measured["own_documents_left_out"], 4, "{measured}");
    for side in [&measured["search"]["metrics"], &measured["exact"]["metrics"], &measured["bm25"]] {
        near(&side["nDCG@1"], 1.0, 0.0);
    }
    let run = std::fs::read_to_string(tool.path("own.trec")).unwrap();
    let pairs: Vec<(&str, &str)> = run
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .map(|columns| (columns[0], columns[2]))
        .collect();
    assert_eq!(pairs, [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]);
    let table = tool.run(&["eval", "c", "b"]).ok().stdout;
    assert!(table.contains("own id is left out of the hits, as BEIR does: 4 queries"), "{table}");
    // A run that names them is measured in the same way.
    let itself: String = ["a", "b", "c", "d"].map(|id| format!("{id} Q0 {id} 1 9 t\n")).concat() + &run;
    tool.write("itself.trec", itself);
    let measured = tool.run(&["eval", "itself.trec", "b", "--metrics", "nDCG@1,MAP", "--json"]).ok().json();
    near(&measured["metrics"]["nDCG@1"], 1.0, 0.0);
    // Ids that only happen to be equal: none of these documents is its query.
    tool.write("n/corpus.jsonl", "{\"_id\": 1, \"text\": \"kettles\"}\n{\"_id\": 2, \"text\": \"bicycles\"}\n{\"_id\": 3, \"text\": \"kestrels\"}\n");
    tool.write("n/queries.jsonl", "{\"_id\": 1, \"text\": \"bicycles\"}\n{\"_id\": 2, \"text\": \"kestrels\"}\n{\"_id\": 3, \"text\": \"kettles\"}\n");
    tool.write("n/qrels/test.tsv", "1\t2\t1\n2\t3\t1\n3\t1\t1\n");
    tool.run(&["add", "n1", "n"]).ok();
    let table = tool.run(&["eval", "n1", "n"]).ok().stdout;
    assert!(
        table.contains("3 queries found a document of the same id") && table.contains("nDCG@"),
        "{table}"
    );
}

#[test]
fn runs_are_measured_and_compared() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["add", "adi", arg(&folder)]).ok();
    let measured =
        tool.run(&["eval", "adi", arg(&folder), "--json", "--run", "out.trec", "-k", "50"]).ok().json();
    // The run says what the search found, whoever reads it.
    let run = tool
        .run(&["eval", "out.trec", arg(&folder), "--json", "--metrics", "ndcg@10,recall@50,MAP"])
        .ok()
        .json();
    for (metric, side) in
        [("nDCG@10", &measured["search"]), ("Recall@50", &measured["search"]), ("MAP", &measured["search"])]
    {
        near(&run["metrics"][metric], side["metrics"][metric].as_f64().unwrap(), 1e-12);
    }
    let per_query = measured["per_query"]["search"].as_object().unwrap();
    assert_eq!(per_query.len(), 35);
    let sum: f64 = per_query.values().map(|values| values["nDCG@10"].as_f64().unwrap()).sum();
    near(&measured["search"]["metrics"]["nDCG@10"], sum / 35.0, 1e-12);
    let provenance = &measured["provenance"];
    assert!(provenance["collection"]["encoder"].is_string(), "{provenance}");
    assert_eq!(provenance["command"][0], "eval");
    // The same documents have the same checksum, in another order and other segments.
    tool.run(&["add", "again", arg(&folder)]).ok();
    tool.run(&["compact", "again"]).ok();
    let again = tool.run(&["eval", "again", arg(&folder), "--json", "--against", "adi"]).ok().json();
    assert_eq!(again["provenance"]["collection"]["checksum"], provenance["collection"]["checksum"]);
    near(&again["comparison"]["metrics"]["nDCG@10"]["p_value"], 1.0, 0.0);
    near(&again["comparison"]["metrics"]["nDCG@10"]["ties"], 35.0, 0.0);
    // Against a run without any relevant document every query is lost.
    let lost: String = (1..=35).map(|query| format!("{query} Q0 nothing 1 1 t\n")).collect();
    tool.write("lost.trec", lost);
    let args = ["eval", "adi", arg(&folder), "--against", "lost.trec", "--seed", "7"];
    let table = tool.run(&args).ok().stdout;
    assert!(table.contains("seed 7") && table.contains("wins"), "{table}");
    assert_eq!(tool.run(&args).ok().stdout.lines().last(), table.lines().last());
    tool.run(&["eval", "adi", arg(&folder), "-k", "10", "--metrics", "Recall@100"])
        .fails(2, &["Recall@100", "-k 10"]);
    tool.run(&["eval", "adi", arg(&folder), "--metrics", "F1"]).fails(2, &["F1", "nDCG@K"]);
    tool.run(&["eval", "out.trec", arg(&folder), "--bm25"]).fails(2, &["--bm25 needs a collection"]);
}

#[test]
fn judgments_that_say_nothing_are_errors() {
    let tool = Tool::new();
    arguments(&tool);
    tool.run(&["add", "c", "b"]).ok();
    for (qrels, reasons) in [
        ("a\tb\t1.0\nb\ta\t1\n", &["test.tsv:1:", "integer grade"][..]),
        ("a\tb\tx\nb\ta\t1\n", &["test.tsv:1:", "integer grade"]),
        ("", &["no document is judged to be relevant"]),
        ("query-id\tcorpus-id\tscore\n", &["no document is judged to be relevant"]),
        ("a\tb\t0\n", &["no document is judged to be relevant"]),
        ("z\tb\t1\n", &["no query \"z\""]),
    ] {
        tool.write("b/qrels/test.tsv", qrels);
        tool.run(&["eval", "c", "b"]).fails(2, reasons);
    }
    tool.write("b/qrels/test.tsv", "a\tb\t1\n");
    tool.write("b/queries.jsonl", "{\"_id\": \"a\", \"text\": \"...\"}\n");
    tool.run(&["eval", "c", "b"]).fails(2, &["none of the 1 judged queries can be asked"]);
}

#[test]
fn every_key_has_a_way_into_a_run() {
    let tool = Tool::new();
    tool.write(
        "docs.jsonl",
        "{\"_id\": \"two words\", \"text\": \"kettle\"}\n{\"_id\": \"C:\\\\x\", \"text\": \"bicycle\"}\n",
    );
    tool.run(&["add", "c", "docs.jsonl"]).ok();
    tool.write(
        "q.jsonl",
        "{\"_id\": \"q 1\", \"text\": \"kettle\"}\n{\"_id\": \"q2\", \"text\": \"bicycle\"}\n",
    );
    tool.run(&["search", "c", "--queries", "q.jsonl", "-k", "1", "--run", "r.trec"]).ok();
    let run = std::fs::read_to_string(tool.path("r.trec")).unwrap();
    assert!(run.starts_with("q\\x201 Q0 two\\x20words 1 ") && run.contains("\nq2 Q0 C:\\\\x 1 "), "{run}");
    tool.write("qrels.tsv", "q 1\ttwo words\t1\nq2\tC:\\x\t1\n");
    let measured = tool.run(&["eval", "r.trec", "qrels.tsv", "--json", "--metrics", "P@1"]).ok().json();
    near(&measured["metrics"]["P@1"], 1.0, 0.0);
    // Two queries of one id would be one in every answer; nothing is written then.
    tool.write(
        "q.jsonl",
        "{\"_id\": \"q1\", \"text\": \"kettle\"}\n{\"_id\": \"q1\", \"text\": \"bicycle\"}\n",
    );
    tool.run(&["search", "c", "--queries", "q.jsonl", "--run", "new.trec"])
        .fails(2, &["q.jsonl:2: query \"q1\" appears a second time"]);
    assert!(!tool.path("new.trec").exists());
    tool.run(&["search", "c", "--queries", "q.jsonl", "--run", "r.trec"]).fails(2, &["q.jsonl:2"]);
    assert_eq!(std::fs::read_to_string(tool.path("r.trec")).unwrap(), run);
}

/// Equal scores, which trec_eval orders by key: the run must say the order that was measured.
#[test]
fn ties_in_runs_are_those_that_were_measured() {
    let tool = Tool::new();
    let docs: String = (0..40)
        .map(|number| format!("{{\"_id\": \"d{number:02}\", \"text\": \"the same kettle\"}}\n"))
        .collect();
    tool.write("t/corpus.jsonl", docs);
    tool.write("t/queries.jsonl", "{\"_id\": \"q\", \"text\": \"kettle\"}\n");
    tool.write("t/qrels/test.tsv", "q\td07\t1\nq\td31\t2\n");
    tool.run(&["add", "t1", "t"]).ok();
    let measured = tool
        .run(&["eval", "t1", "t", "--json", "--run", "t.trec", "--metrics", "nDCG@20,MRR@20,MAP"])
        .ok()
        .json();
    let run = std::fs::read_to_string(tool.path("t.trec")).unwrap();
    let scores: Vec<f32> = run.lines().map(|line| line.split(' ').nth(4).unwrap().parse().unwrap()).collect();
    assert!(scores.len() == 40 && scores.is_sorted_by(|a, b| a > b), "{run}");
    let again = tool.run(&["eval", "t.trec", "t", "--json", "--metrics", "nDCG@20,MRR@20,MAP"]).ok().json();
    assert_eq!(again["metrics"], measured["search"]["metrics"]);
}
