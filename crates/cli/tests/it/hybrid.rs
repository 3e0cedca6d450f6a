//! One ranking by vectors and words.

use crate::tool::{DOCS, Tool, arg, shared};
use serde_json::{Value, json};

/// A collection of four texts.
fn filled(flags: &[&str]) -> Tool {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    tool.run(&[&["create", "docs"], flags].concat()).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool
}

fn sum_of(value: &Value) -> f64 {
    value.as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum()
}

fn search(tool: &Tool, flags: &[&str]) -> Value {
    tool.run(&[&["search", "docs"], flags, &["--json"]].concat()).ok().json()
}

#[test]
fn hybrid_is_the_default_where_there_are_vectors_and_words() {
    let tool = filled(&["--words", "english-1"]);
    let asked = "extract an archive";
    let found = search(&tool, &[asked]);
    assert_eq!(found, search(&tool, &[asked, "--mode", "hybrid"]));
    assert_eq!(
        (&found["mode"], &found["weights"]),
        (&json!("hybrid"), &json!({"vectors": 0.45, "sentence": 0.25, "words": 0.3}))
    );
    assert_eq!(found["hits"][0]["key"], "tar");
    for hit in found["hits"].as_array().unwrap() {
        assert!((sum_of(&hit["parts"]) - hit["score"].as_f64().unwrap()).abs() < 1e-6, "{hit}");
    }
    for mode in ["vectors", "words"] {
        let alone = search(&tool, &[asked, "--mode", mode]);
        assert_eq!((&alone["mode"], alone.get("weights")), (&json!(mode), None));
        assert_eq!(alone["hits"][0].get("parts"), None);
    }
    let printed = tool.run(&["search", "docs", asked]).ok().stdout;
    assert!(
        printed.contains(" vectors + ")
            && printed.contains("score = 0.45 vectors + 0.25 sentence + 0.30 words"),
        "{printed}"
    );
    let plan = tool.run(&["search", "docs", asked, "--explain-plan"]).ok().stdout;
    assert!(plan.contains("fused with the other parts"), "{plan}");
    // Without words, vectors rank.
    let tool = filled(&["--words", "none"]);
    assert_eq!(search(&tool, &[asked])["mode"], "vectors");
    let fused = search(&tool, &[asked, "--mode", "hybrid"]);
    assert_eq!((&fused["mode"], &fused["hits"][0]["parts"]["words"]), (&json!("hybrid"), &json!(0.0)));
}

#[test]
fn alpha_moves_a_score_from_words_to_vectors() {
    let tool = filled(&["--words", "english-1"]);
    let asked = "extract an archive";
    let parts = |alpha: &str| search(&tool, &[asked, "--alpha", alpha])["hits"][0]["parts"].clone();
    assert_eq!(parts("0")["vectors"], json!(0.0));
    assert_eq!(parts("1")["words"], json!(0.0));
    let (low, high) = (parts("0.2"), parts("0.8"));
    let part = |parts: &Value, name: &str| parts[name].as_f64().unwrap();
    assert!((4.0 * part(&low, "vectors") - part(&high, "vectors")).abs() < 1e-5, "{low} {high}");
    assert!((part(&low, "words") - 4.0 * part(&high, "words")).abs() < 1e-5, "{low} {high}");
    // A score does not depend on how many hits are asked for.
    assert_eq!(search(&tool, &[asked, "-k", "1"])["hits"][0], search(&tool, &[asked, "-k", "4"])["hits"][0]);
    for alpha in ["-0.1", "1.5", "NaN", "inf", "half"] {
        tool.run(&["search", "docs", asked, "--alpha", alpha]).fails(2, &["--alpha"]);
    }
    for mode in ["vectors", "words"] {
        tool.run(&["search", "docs", asked, "--mode", mode, "--alpha", "0.5"]).fails(2, &["alpha", mode]);
        tool.run(&["explain", "docs", asked, "tar", "--mode", mode, "--alpha", "0.5"]).fails(2, &["alpha"]);
    }
}

#[test]
fn an_explanation_adds_up_over_tokens_and_terms() {
    let tool = filled(&["--words", "english-1"]);
    for (asked, key) in [("extract an archive", "tar"), ("copy folders", "cp"), ("loaf", "4")] {
        let answer = search(&tool, &[asked]);
        let hit = answer["hits"].as_array().unwrap().iter().find(|hit| hit["key"] == key).unwrap().clone();
        let explained = tool.run(&["explain", "docs", asked, key, "--json"]).ok().json();
        assert_eq!((&explained["parts"], &explained["weights"]), (&hit["parts"], &answer["weights"]));
        let of = |name: &str| {
            explained[name]
                .as_array()
                .unwrap()
                .iter()
                .map(|share| share["score"].as_f64().unwrap())
                .sum::<f64>()
        };
        for (shares, part) in [("tokens", "vectors"), ("terms", "words")] {
            assert!((of(shares) - hit["parts"][part].as_f64().unwrap()).abs() < 1e-5, "{explained}");
        }
        assert!((sum_of(&explained["parts"]) - hit["score"].as_f64().unwrap()).abs() < 1e-5, "{explained}");
    }
    let tree = tool.run(&["explain", "docs", "extract an archive", "tar"]).ok().stdout;
    for line in ["vectors, weight 0.45", "extract  →  Extract", "words, weight 0.30", "archiv"] {
        assert!(tree.contains(line), "no {line} in {tree}");
    }
    tool.run(&["explain", "docs", "archive", "nobody"]).fails(3, &["nobody"]);
}

#[test]
fn questions_without_a_word_of_one_kind_are_ranked_by_the_other() {
    let tool = filled(&["--words", "english-1"]);
    // Stop words are no terms, and still have vectors.
    let found = search(&tool, &["of the"]);
    for hit in found["hits"].as_array().unwrap() {
        assert_eq!(hit["parts"]["words"], json!(0.0), "{hit}");
    }
    for nothing in ["", "   ", "...", "\"\""] {
        tool.run(&["search", "docs", nothing]).fails(2, &["holds no word"]);
        tool.run(&["explain", "docs", nothing, "tar"]).fails(2, &["holds no word"]);
    }
    // Words that nobody knows are asked for, and found nowhere: no part has anything of them.
    let found = search(&tool, &["zzyzx", "-k", "2"]);
    assert_eq!(found["mode"], "hybrid");
    // A phrase has to be there.
    let found = search(&tool, &["\"bake bread\" archive"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["hits"][0]["key"], "4");
    let told = tool.run(&["search", "docs", "\"bread bake\""]).ok().stdout;
    assert!(told.contains("no hits"), "{told}");
}

#[test]
fn figures_and_runs_are_those_of_the_mode_asked_for() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["add", "docs", arg(&folder)]).ok();
    let ndcg = |value: &Value| value["search"]["metrics"]["nDCG@10"].as_f64().unwrap();
    let measured = |flags: &[&str], run: &str| {
        let args = [&["eval", "docs", arg(&folder), "--bm25", "--json", "--run", run], flags].concat();
        tool.run(&args).ok().json()
    };
    let default = measured(&[], "hybrid.trec");
    assert_eq!((&default["mode"], &default["weights"]["words"]), (&json!("hybrid"), &json!(0.3)));
    let words = measured(&["--mode", "words"], "words.trec");
    assert_eq!((&words["mode"], &words["weights"]), (&json!("words"), &Value::Null));
    assert!((ndcg(&words) - words["bm25"]["nDCG@10"].as_f64().unwrap()).abs() < 0.01, "{words}");
    assert_eq!(words["fidelity"]["10"], json!(1.0));
    let vectors = measured(&["--mode", "vectors"], "vectors.trec");
    // The whole share is the ranking itself, but for ties; that of vectors is of tokens and of whole texts.
    let whole = measured(&["--alpha", "0"], "whole.trec");
    assert!((ndcg(&whole) - ndcg(&words)).abs() < 0.005, "{} {}", ndcg(&whole), ndcg(&words));
    let whole = measured(&["--alpha", "1"], "whole.trec");
    assert!(ndcg(&whole) > ndcg(&vectors), "{} {}", ndcg(&whole), ndcg(&vectors));
    for (run, figures) in [("hybrid.trec", &default), ("words.trec", &words), ("vectors.trec", &vectors)] {
        let again = tool.run(&["eval", run, arg(&folder), "--metrics", "nDCG@10", "--json"]).ok().json();
        let again = again["metrics"]["nDCG@10"].as_f64().unwrap();
        assert!((again - ndcg(figures)).abs() < 1e-9, "{run}: {again} {}", ndcg(figures));
    }
    let against = tool.run(&["eval", "docs", arg(&folder), "--against", "words.trec", "--json"]).ok().json();
    let second = &against["comparison"]["metrics"]["nDCG@10"]["second"];
    assert!((second.as_f64().unwrap() - ndcg(&words)).abs() < 1e-9, "{against}");
    tool.run(&["eval", "words.trec", arg(&folder), "--mode", "words"]).fails(2, &["--mode", "is a run"]);
}

#[test]
fn ready_made_vectors_rank_with_the_text_of_the_query() {
    let tool = Tool::new();
    tool.run(&["create", "docs", "--dim", "2", "--words", "english-1"]).ok();
    // Rows of any length: shares are of cosines, about.
    tool.write(
        "v.jsonl",
        "{\"_id\": \"a\", \"vectors\": [[4, 0]], \"text\": \"red foxes\"}\n\
         {\"_id\": \"b\", \"vectors\": [[0, 4]], \"text\": \"blue whales\"}\n",
    );
    tool.run(&["add", "docs", "v.jsonl"]).ok();
    tool.write("q.json", "{\"_id\": \"q\", \"vectors\": [[3, 0]]}");
    tool.write(
        "q.jsonl",
        "{\"_id\": \"q\", \"text\": \"the whale\"}\n{\"_id\": \"r\", \"text\": \"foxes\"}\n",
    );
    let vectors = ["--query-vectors", "q.npy"];
    tool.write("q.npy", npy_of_one_query());
    tool.write("q.ids.json", "[\"q\"]");
    let found = search(&tool, &[&["the whale"], &vectors[..]].concat());
    assert_eq!(found["mode"], "hybrid");
    assert_eq!(found, search(&tool, &[&["--queries", "q.jsonl"], &vectors[..]].concat()));
    let part = |key: &str, name: &str| {
        let hits = found["hits"].as_array().unwrap();
        hits.iter().find(|hit| hit["key"] == key).unwrap()["parts"][name].as_f64().unwrap()
    };
    assert!((part("a", "vectors") - 0.5).abs() < 0.01, "{found}");
    assert!(part("a", "words") == 0.0 && part("b", "words") > 0.1, "{found}");
    assert_eq!(search(&tool, &vectors)["mode"], "vectors");
    assert_eq!(search(&tool, &["whale"])["mode"], "words");
    tool.run(&[&["search", "docs", "--mode", "hybrid"], &vectors[..]].concat())
        .fails(2, &["text of the query"]);
    tool.write("r.jsonl", "{\"_id\": \"r\", \"text\": \"foxes\"}\n");
    let unnamed = [&["search", "docs", "--queries", "r.jsonl"], &vectors[..]].concat();
    tool.run(&unnamed).fails(2, &["no text", "\"q\""]);
}

/// `[[3, 0]]` as a NumPy array of one query.
fn npy_of_one_query() -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(118u16.to_le_bytes());
    bytes.extend(format!("{header:<117}\n").as_bytes());
    bytes.extend([3.0f32, 0.0].iter().flat_map(|value| value.to_le_bytes()));
    bytes
}
