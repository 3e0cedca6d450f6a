use crate::tool::{Tool, arg, shared};
use serde_json::{Value, json};

/// One text, and a second one of which every word has a neighbor of nearly the same meaning.
const TEXTS: &str = "\
{\"_id\": \"zip\", \"title\": \"zip\", \"text\": \"Compress files, or unpack and extract archives.\"}
{\"_id\": \"pets\", \"text\": \"dog dogs cat cats\"}
";

fn pooled(args: &[&str]) -> Tool {
    let tool = Tool::new();
    tool.write("docs.jsonl", TEXTS);
    tool.run(&[&["create", "docs", "--words", "none"], args].concat()).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool
}

fn num_tokens(tool: &Tool, key: &str) -> u64 {
    let document = tool.run(&["get", "docs", key, "--json", "--vectors"]).ok().json();
    let num_rows = document["vectors"].as_array().unwrap().len() as u64;
    assert_eq!(document["num_tokens"], num_rows);
    num_rows
}

#[test]
fn fewer_vectors_are_stored_and_that_is_told() {
    let whole = pooled(&["--pool", "1"]);
    assert_eq!(whole.run(&["info", "docs", "--json"]).ok().json()["schema"].get("reduction"), None);
    assert!(whole.run(&["info", "docs"]).ok().stdout.contains("every token vector\n"));
    for (args, name, factor) in
        [(&["--pool", "2"][..], "ward", 2), (&["--pool", "3", "--pool-by", "neighbors"], "neighbors", 3)]
    {
        let tool = pooled(args);
        for key in ["zip", "pets"] {
            assert_eq!(num_tokens(&tool, key), num_tokens(&whole, key) / factor);
        }
        let info = tool.run(&["info", "docs", "--json"]).ok().json();
        assert_eq!(info["schema"]["reduction"], json!({"name": name, "factor": factor}));
        let told = tool.run(&["info", "docs"]).ok().stdout;
        assert!(
            told.contains(&format!("one row for {factor} token vectors")) && told.contains(name),
            "{told}"
        );
        tool.run(&["verify", "docs"]).ok();
    }
}

#[test]
fn every_word_that_shares_a_row_is_still_explained_and_marked() {
    let tool = pooled(&["--pool", "2"]);
    for (query, others) in [("dog", "dogs"), ("dogs", "dog"), ("cat", "cats"), ("cats", "cat")] {
        let hit = tool.run(&["search", "docs", query, "-k", "1", "--json"]).ok().json()["hits"][0].clone();
        assert_eq!((&hit["key"], &hit["matches"][0]["document"]), (&json!("pets"), &json!(query)));
        assert!(hit["matches"][0]["cosine"].as_f64().unwrap() > 0.5, "{hit}");
        let explanation = tool.run(&["explain", "docs", query, "pets", "--json"]).ok().json();
        assert_eq!(explanation["parts"][0]["doc_text"], query);
        let tree = tool.run(&["explain", "docs", query, "pets"]).ok().stdout;
        assert!(tree.contains(&format!("{query} (with {others})\n")), "{tree}");
    }
    let marked =
        tool.run(&["search", "docs", "extract archives", "-k", "1", "--color", "always"]).ok().stdout;
    for word in ["extract", "archives"] {
        assert!(marked.contains(&format!("\u{1b}[1m\u{1b}[4m{word}\u{1b}[0m")), "{marked:?}");
    }
}

#[test]
fn rows_of_many_words_name_the_closest_few() {
    let tool = pooled(&["--pool", "100"]);
    assert_eq!((num_tokens(&tool, "zip"), num_tokens(&tool, "pets")), (1, 1));
    let tree = tool.run(&["explain", "docs", "unpack", "zip"]).ok().stdout;
    assert!(tree.contains("→  unpack (with ") && tree.contains(" more)\n"), "{tree}");
    // The title is the beginning of the text.
    let tree = tool.run(&["explain", "docs", "zip", "zip"]).ok().stdout;
    assert!(tree.contains("→  zip (with "), "{tree}");
}

#[test]
fn the_reduction_is_fixed_when_the_collection_is_created() {
    let tool = Tool::with_docs();
    tool.run(&["create", "whole", "--pool", "1"]).ok();
    let refused = tool.run(&["add", "whole", "docs.jsonl", "--pool", "2"]);
    refused.fails(2, &["whole was created to keep every token vector", "leave out --pool"]);
    let created = tool.run(&["create", "two", "--pool", "2"]).ok().stdout;
    assert!(created.contains("keeps one row for 2 token vectors"), "{created}");
    tool.run(&["add", "two", "docs.jsonl", "--pool", "3"])
        .fails(2, &["two was created to keep one row for 2", "new folder"]);
    tool.run(&["add", "two", "docs.jsonl", "--pool", "2", "--pool-by", "neighbors"]).fails(2, &["(ward)"]);
    tool.run(&["add", "two", "docs.jsonl", "--pool", "2"]).ok();
    let again = tool.run(&["add", "two", "docs.jsonl", "--json"]).ok().json();
    assert_eq!(again["num_unchanged"], 4);
}

#[test]
fn impossible_factors_are_refused() {
    let tool = Tool::new();
    tool.write("docs.jsonl", TEXTS);
    for (args, messages) in [
        (["--pool", "0"], ["begins at 1", "keeps every token vector"]),
        (["--pool", "-2"], ["invalid value", "--pool"]),
        (["--pool", "half"], ["invalid", "'half'"]),
        (["--pool", "65537"], ["factor is 65537", "2..=65536"]),
        (["--pool-by", "ward"], ["--pool <N>", "Usage"]),
    ] {
        tool.run(&[&["create", "new"], &args[..]].concat()).fails(2, &messages);
        tool.run(&[&["add", "new", "docs.jsonl"], &args[..]].concat()).fails(2, &messages);
        assert!(!tool.path("new").exists());
    }
}

#[test]
fn ready_made_vectors_are_reduced_too() {
    let tool = Tool::new();
    let folder = shared("multivec/adi");
    tool.run(&["add", "all", arg(&folder)]).ok();
    tool.run(&["add", "half", arg(&folder), "--pool", "2"]).ok();
    let measured = |collection: &str| -> (f64, f64) {
        let info = tool.run(&["info", collection, "--json"]).ok().json();
        let figures: Value = tool.run(&["eval", collection, arg(&folder), "--json"]).ok().json();
        let ndcg = figures["search"]["metrics"]["nDCG@10"].as_f64().unwrap();
        (info["num_tokens"].as_f64().unwrap(), ndcg)
    };
    let ((all, whole), (half, reduced)) = (measured("all"), measured("half"));
    assert!((0.48..=0.5).contains(&(half / all)), "{half} of {all}");
    assert!(reduced > 0.9 * whole, "nDCG@10 fell from {whole} to {reduced}");
}
