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
    tool.run(&["add", "adi", arg(&folder)]).ok();
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

/// The hardest of our collections for the default budgets: short queries, long documents, the built-in encoder.
#[test]
fn the_default_search_finds_what_the_exact_one_would() {
    let tool = Tool::new();
    let folder = shared("beir/nfcorpus");
    tool.run(&["add", "texts", arg(&folder)]).ok();
    let measured = tool.run(&["eval", "texts", arg(&folder), "-k", "10", "--json"]).ok().json();
    let fidelity = measured["fidelity"]["10"].as_f64().unwrap();
    assert!(fidelity > 0.97, "{measured}");
    let ndcg = |side: &str| measured[side]["metrics"]["nDCG@10"].as_f64().unwrap();
    assert!((ndcg("search") - ndcg("exact")).abs() < 0.005, "{measured}");
    assert!(ndcg("exact") > 0.28, "{measured}");
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
