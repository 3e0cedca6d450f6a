//! Searches for words, beside those by vectors.

use crate::tool::{Tool, arg, shared};
use pleiad_evaluate::{BeirFolder, Bm25};
use serde_json::json;

const DOCUMENTS: &str = r#"{"_id": "alps", "title": "Alps", "text": "The north face of the Eiger is a face of the Alps.", "tags": ["climbing"]}
{"_id": "sea", "title": "Sea", "text": "A face in the north sea: whales and more whales."}
{"_id": "tokyo", "text": "東京都の天気"}
{"_id": "code", "title": "Code", "text": "parseHttpHeader(text)"}"#;

fn filled(flags: &[&str]) -> Tool {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCUMENTS);
    tool.run(&[&["create", "docs"], flags].concat()).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool
}

fn keys(tool: &Tool, query: &str) -> Vec<String> {
    let answer = tool.run(&["search", "docs", query, "--mode", "words", "--json"]).ok().json();
    let hits = answer["hits"].as_array().unwrap();
    hits.iter().map(|hit| hit["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn documents_are_found_by_their_words_and_the_parts_add_up() {
    let tool = filled(&["--words", "english-1"]);
    assert_eq!(keys(&tool, "whale"), ["sea"]);
    assert_eq!(keys(&tool, "faces north alps"), ["alps", "sea"]);
    assert_eq!(keys(&tool, "\"north face\" whales"), ["alps"], "a phrase has to be there");
    assert_eq!(keys(&tool, "京都"), ["tokyo"], "scripts without blanks are found by pairs of characters");
    assert!(keys(&tool, "unheard").is_empty());
    let told = tool.run(&["search", "docs", "unheard", "--mode", "words"]).ok().stdout;
    assert!(told.contains("no document has these words"), "{told}");

    let answer = tool.run(&["search", "docs", "faces north alps", "--mode", "words", "--json"]).ok().json();
    let hit = &answer["hits"][0];
    assert_eq!(hit["matches"][0]["document"], "Alps");
    assert_eq!(
        (&answer["promised_recall"], &answer["plan"]["sources"]),
        (&json!(1.0), &json!([{ "source": "bm25" }]))
    );
    let why = ["explain", "docs", "faces north alps", "alps", "--mode", "words"];
    let explanation = tool.run(&[&why[..], &["--json"]].concat()).ok().json();
    let parts = explanation["parts"].as_array().unwrap();
    assert_eq!(
        parts.iter().map(|part| part["term"].as_str().unwrap()).collect::<Vec<_>>(),
        ["alp", "face", "north"]
    );
    let sum: f64 = parts.iter().map(|part| part["score"].as_f64().unwrap()).sum();
    assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-6, "{explanation}");
    assert!(tool.run(&why).ok().stdout.contains("= sum over 3 terms"));
    let plan = tool.run(&["search", "docs", "whale", "--mode", "words", "--explain-plan"]).ok().stdout;
    assert!(plan.starts_with("BM25 over 4 documents → 10 hits"), "{plan}");

    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(info["schema"]["words"]["analyzer"], "english-1");
    assert!(
        info["num_terms"].as_u64().unwrap() > 10 && info["words_bytes"].as_u64().unwrap() > 100,
        "{info}"
    );
    assert!(tool.run(&["info", "docs"]).ok().stdout.contains("english-1"));
    tool.run(&["verify", "docs", "--deep"]).ok();
    // Vectors stand beside them as ever.
    assert_eq!(
        tool.run(&["search", "docs", "whale", "-k", "1", "--json"]).ok().json()["hits"][0]["key"],
        "sea"
    );
}

#[test]
fn fields_and_analyzers_are_chosen_when_a_collection_is_made() {
    let tool = filled(&[
        "--words",
        "unicode-1",
        "--words-field",
        "title:3",
        "--words-field",
        "_text",
        "--words-field",
        "tags",
    ]);
    assert_eq!(keys(&tool, "sea north"), ["sea", "alps"]);
    assert_eq!(keys(&tool, "climbing"), ["alps"]);
    assert!(keys(&tool, "whale").is_empty(), "unicode-1 knows no stems");
    let tool = filled(&["--words", "code-1"]);
    assert_eq!(keys(&tool, "header"), ["code"]);
    assert_eq!(keys(&tool, "parsehttpheader"), ["code"]);
    let refused = tool.run(&["create", "other", "--words", "klingon-1"]);
    assert!(refused.code != 0 && refused.stderr.contains("english-1"), "{refused:?}");
    tool.run(&["create", "other", "--words", "code-1", "--words-field", "title:-1"]).fails(2, &["0.001"]);
    tool.run(&["create", "other", "--words", "code-1", "--words-field", "a", "--words-field", "a:2"])
        .fails(2, &["named twice"]);
}

#[test]
fn ready_made_vectors_with_texts_are_found_by_words_too() {
    let tool = Tool::new();
    tool.run(&["create", "docs", "--dim", "2", "--words", "english-1"]).ok();
    tool.write("v.jsonl", r#"{"_id": "a", "vectors": [[1, 0]], "title": "Red", "text": "foxes"}"#);
    tool.run(&["add", "docs", "v.jsonl"]).ok();
    assert_eq!(keys(&tool, "red fox"), ["a"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let tool = filled(&["--words", "english-1"]);
    tool.run(&["search", "docs", "of the", "--mode", "words"]).fails(2, &["stop words"]);
    tool.run(&["search", "docs", "fox", "--mode", "words", "--candidates", "9"]).fails(2, &["--candidates"]);
    tool.run(&["explain", "docs", "fox", "nobody", "--mode", "words"]).fails(3, &["nobody"]);
    let tool = filled(&["--words", "none"]);
    tool.run(&["search", "docs", "fox", "--mode", "words"])
        .fails(2, &["keeps no words", "--words english-1"]);
}

/// The yardstick of `pleiad eval --bm25` and a search for words are one ranking.
#[test]
fn scores_are_those_of_the_yardstick() {
    let tool = Tool::new();
    let folder = shared("beir/adi");
    tool.run(&["create", "docs", "--words", "english-1"]).ok();
    tool.run(&["add", "docs", arg(&folder)]).ok();
    let beir = BeirFolder::open(&folder).unwrap();
    let queries = arg(&folder).to_owned() + "/queries.jsonl";
    tool.run(&["search", "docs", "--queries", &queries, "--mode", "words", "--run", "out.trec"]).ok();
    let run = std::fs::read_to_string(tool.path("out.trec")).unwrap();
    let yardstick = Bm25::read(&beir).unwrap();
    let mut num_compared = 0;
    for query in beir.queries().unwrap() {
        let query = query.unwrap().value;
        let found: Vec<f32> = run
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|fields| fields[0] == query.key)
            .map(|fields| fields[4].parse().unwrap())
            .collect();
        let expected = yardstick.search(&query.text, 10);
        assert_eq!(found.len(), expected.len(), "query {}", query.key);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected.score).abs() < 1e-3, "query {}: {found} {}", query.key, expected.score);
            num_compared += 1;
        }
    }
    assert!(num_compared > 300, "{num_compared}");
}
