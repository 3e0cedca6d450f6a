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
    let text = tool.run(&["tune", "docs", "--recall", "0.9", "-k", "2"]).ok().stdout;
    assert!(
        text.contains("made from documents, over 4 documents") && text.contains("recall 0.9: "),
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
    tool.write("queries.txt", "unpack an archive\nfiles on a port\n");
    let tuned = tool.run(&["tune", "docs", "--queries", "queries.txt", "--json"]).ok().json();
    assert_eq!(
        (&tuned["calibration"]["num_queries"], &tuned["calibration"]["origin"]),
        (&json!(2), &json!("given"))
    );
    tool.write("none.txt", "");
    tool.run(&["tune", "docs", "--queries", "none.txt"]).fails(2, &["none.txt holds no query"]);
    tool.run(&["tune", "docs", "--recall", "1.5"]).fails(2, &["recall is 1.5"]);
    tool.run(&["search", "docs", "x", "--recall", "1.1"]).fails(2, &["recall is 1.1"]);
}
