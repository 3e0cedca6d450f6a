use crate::tool::Tool;
use serde_json::json;

#[test]
fn a_recall_is_promised_once_calibrated() {
    let tool = Tool::with_docs();
    let tuned = tool.run(&["tune", "docs", "--json"]).ok().json();
    assert_eq!(
        (&tuned["calibration"]["num_documents"], &tuned["calibration"]["origin"]),
        (&json!(4), &json!("documents"))
    );
    assert_eq!(tuned["mode"], "hybrid");
    let text = tool.run(&["tune", "docs", "--recall", "0.9", "-k", "2"]).ok().stdout;
    assert!(
        text.contains("queries of 1 to 2 tokens: ")
            && text.contains("made from documents, 1 to 2 tokens, over 4 documents")
            && text.contains("recall 0.9: "),
        "{text}"
    );
    let answer = tool.run(&["search", "docs", "unpack an archive", "--recall", "0.9", "--json"]).ok().json();
    assert!(answer["promised_recall"].as_f64().unwrap() >= 0.9, "{answer}");
    let plan = tool.run(&["search", "docs", "unpack", "--recall", "1", "--explain-plan"]).ok().stdout;
    assert!(plan.contains("exact MaxSim over 4 documents") && plan.contains("4 reranked"), "{plan}");
}

#[test]
fn queries_of_a_file_are_calibrated_with() {
    let tool = Tool::with_docs();
    let queries: Vec<String> =
        (0..50).map(|at| format!("unpack the archive number {at} on a port")).collect();
    tool.write("queries.txt", queries.join("\n"));
    let tuned = tool.run(&["tune", "docs", "--queries", "queries.txt", "--json"]).ok().json();
    assert_eq!(tuned["calibration"]["origin"], json!("given"));
    let classes = tuned["calibration"]["classes"].as_array().unwrap();
    let given: Vec<_> = classes.iter().filter(|class| class["origin"] == "given").collect();
    assert!(given.len() == 1 && given[0]["num_queries"].as_u64().unwrap() >= 40, "{tuned}");
    let info = tool.run(&["info", "docs"]).ok().stdout;
    // Four documents are fewer than the default candidates: all are scored, and a search that asks for no recall needs
    // no promise.
    assert!(info.contains("promises") && info.contains("default budgets: no recall is promised"), "{info}");
    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(info["hybrid_promises"].as_array().map(Vec::len), Some(classes.len()));
    // So few say nothing.
    tool.write("few.txt", "unpack an archive\nfiles on a port\n");
    let few = tool.run(&["tune", "docs", "--queries", "few.txt"]).ok();
    assert!(few.stderr.contains("2 queries given: a promise takes 40 of one length"), "{}", few.stderr);
    tool.write("none.txt", "");
    tool.run(&["tune", "docs", "--queries", "none.txt"]).fails(2, &["none.txt holds no query"]);
    tool.run(&["tune", "docs", "--recall", "1.5"]).fails(2, &["recall is 1.5"]);
    tool.run(&["search", "docs", "x", "--recall", "1.1"]).fails(2, &["recall is 1.1"]);
}

#[test]
fn searches_under_the_filters_of_a_file_are_measured() {
    let tool = Tool::with_docs();
    let queries: Vec<String> =
        (0..50).map(|at| format!("unpack the archive number {at} on a port")).collect();
    tool.write("queries.txt", queries.join("\n"));
    tool.write(
        "filters.txt",
        "_key != \"nothing\"\n\n{\"must\": [{\"key\": \"year\", \"match\": {\"value\": 7}}]}\n",
    );
    let tune = ["tune", "docs", "--queries", "queries.txt", "--filters", "filters.txt"];
    let told = tool.run(&tune).ok().stdout;
    assert!(told.contains("  _key != \"nothing\": 4 documents of 4: "), "{told}");
    let tuned = tool.run(&[&tune[..], &["--json"]].concat()).ok().json();
    let filters = tuned["filters"].as_array().unwrap();
    assert_eq!((&filters[0]["num_matched"], &filters[1]["num_matched"]), (&json!(4), &json!(0)));
    tool.write("filters.txt", "year > 2000\nyear =\n");
    tool.run(&tune).fails(2, &["filters.txt:2: ", "expected a value"]);
    tool.write("filters.txt", "\n");
    tool.run(&tune).fails(2, &["filters.txt holds no filter"]);
    tool.run(&["tune", "docs", "--filters", "filters.txt"]).fails(2, &["--queries"]);
}

#[test]
fn each_ranking_is_calibrated_by_itself() {
    let tool = Tool::with_docs();
    let queries: Vec<String> = (0..50).map(|at| format!("copy {at} files")).collect();
    tool.write("queries.txt", queries.join("\n"));
    for mode in ["vectors", "hybrid"] {
        let tuned = ["tune", "docs", "--queries", "queries.txt", "--mode", mode];
        let printed = tool.run(&tuned).ok().stdout;
        assert!(printed.starts_with(&format!("searches by {mode}, calibrated in ")), "{printed}");
        let tuned = tool.run(&[&tuned[..], &["--json"]].concat()).ok().json();
        let classes = tuned["calibration"]["classes"].as_array().unwrap();
        assert!(classes.iter().any(|class| class["origin"] == "given"), "{tuned}");
        assert_eq!(tuned["mode"], json!(mode));
    }
    // Without a query, every length that was measured has its plan.
    for mode in ["vectors", "hybrid"] {
        let plans =
            tool.run(&["search", "docs", "--recall", "0.9", "--mode", mode, "--explain-plan"]).ok().stdout;
        assert!(plans.lines().filter(|line| line.starts_with("queries of ")).count() > 1, "{plans}");
    }
    tool.run(&["tune", "docs", "--mode", "words"]).fails(2, &["words", "exact"]);
}
