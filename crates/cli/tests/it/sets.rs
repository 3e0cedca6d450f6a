//! Named vector sets on the command line.

use crate::tool::Tool;
use serde_json::{Value, json};

const PAPERS: &str = r#"{"_id": "storks", "title": "White storks in spring", "text": "The birds come back from Africa and build their nests.", "facets": {"method": "We count nests on roofs"}}
{"_id": "cake", "title": "A recipe", "text": "White flour, plums and sugar make a cake that storks would not eat."}
{"_id": "bare", "text": "A text without any title."}
"#;

/// Texts with a set of their titles and one of their methods.
fn papers() -> Tool {
    let tool = Tool::new();
    tool.write("papers.jsonl", PAPERS);
    let sets = ["--set", "title:source=title", "--set", "method:source=facets.method,tokens=int8"];
    let created = tool.run(&[&["create", "papers"], &sets[..]].concat()).ok().stdout;
    assert!(created.contains("set title of dimension 128, int4, made of title"), "{created}");
    assert!(created.contains("set method of dimension 128, int8, made of facets.method"), "{created}");
    tool.run(&["add", "papers", "papers.jsonl"]).ok();
    tool
}

fn keys(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect()
}

#[test]
fn texts_are_searched_by_their_titles_and_by_several_sets() {
    let tool = papers();
    let search = |args: &[&str]| {
        tool.run(&[&["search", "papers", "white storks", "--json"], args].concat()).ok().json()
    };
    let title = search(&["--set", "title"]);
    assert_eq!((keys(&title), &title["num_matched"]), (vec!["storks", "cake"], &json!(2)), "{title}");
    assert_eq!((&title["mode"], &title["hits"][0]["parts"]), (&json!("vectors"), &Value::Null));
    assert_eq!(keys(&search(&["--set", "method"])), ["storks"]);
    let both = search(&["--set", "title=.3", "--set", "body=1"]);
    assert_eq!((keys(&both).len(), &both["hits"][0]["key"]), (3, &json!("storks")), "{both}");
    for hit in both["hits"].as_array().unwrap() {
        let parts = hit["parts"].as_object().unwrap();
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["body", "title"]);
        let sum: f64 = parts.values().map(|part| part.as_f64().unwrap()).sum();
        assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-5, "{hit}");
        assert!(hit["key"] != "bare" || parts["title"] == json!(0.0), "{hit}");
    }
    let printed = tool.run(&["search", "papers", "white storks", "--set", "title=.3", "--set", "body"]).ok();
    assert!(printed.stdout.contains(" body + ") && printed.stdout.contains(" title"), "{printed:?}");
    let why = ["explain", "papers", "white storks", "storks", "--set", "title=.3", "--set", "body"];
    let tree = tool.run(&why).ok().stdout;
    assert!(tree.contains("= sum over 2 vector sets") && tree.contains("title"), "{tree}");
    let explained = tool.run(&[&why[..], &["--json"]].concat()).ok().json();
    assert_eq!(explained["score"], both["hits"][0]["score"]);
    assert_eq!(explained["sets"]["title"]["score"], both["hits"][0]["parts"]["title"]);
    assert!(explained["sets"]["body"]["tokens"][0]["doc_text"].is_string(), "{explained}");
    let filtered = search(&["--set", "title", "--set", "body", "--filter", "title EXISTS", "-k", "1"]);
    assert_eq!((keys(&filtered), &filtered["num_matched"]), (vec!["storks"], &json!(2)));
    let plan = ["search", "papers", "white storks", "--set", "title", "--set", "body", "--recall", "0.9"];
    let plan = tool.run(&[&plan[..], &["--explain-plan"]].concat()).ok().stdout;
    assert!(plan.contains("not calibrated, so that only an exact search can promise"), "{plan}");
}

#[test]
fn documents_show_and_patch_and_export_their_sets() {
    let tool = papers();
    let got = tool.run(&["get", "papers", "storks", "--vectors", "--json"]).ok().json();
    assert!(got["sets"]["title"].as_u64().unwrap() > 0 && got["vectors"]["method"].is_array(), "{got}");
    assert!(tool.run(&["get", "papers", "storks"]).ok().stdout.contains(" of title"));
    let bare = tool.run(&["get", "papers", "bare", "--json"]).ok().json();
    assert_eq!(bare["sets"], Value::Null);
    let info = tool.run(&["info", "papers"]).ok().stdout;
    assert!(info.contains("set title") && info.contains("2 documents"), "{info}");
    let sets = tool.run(&["info", "papers", "--json"]).ok().json()["sets"].clone();
    assert_eq!((&sets[1]["name"], &sets[1]["num_documents"]), (&json!("method"), &json!(1)));
    let told = |patch: &str| tool.run(&["patch", "papers", "--filter", "TRUE", patch]).ok().stderr;
    assert!(!told("{\"seen\": 1}").contains("stay as they are"));
    let again = tool.run(&["get", "papers", "storks", "--vectors", "--json"]).ok().json();
    assert_eq!((&again["vectors"], &again["attributes"]["seen"]), (&got["vectors"], &json!(1)));
    assert!(told("{\"facets\": {\"none\": 1}}").contains("vectors were made of the facets too"));
    // Texts that go out come back as they were.
    let exported = tool.run(&["export", "papers"]).ok().stdout;
    tool.write("out.jsonl", &exported);
    let sets = ["--set", "title:source=title", "--set", "method:source=facets.method,tokens=int8"];
    tool.run(&[&["create", "again"], &sets[..]].concat()).ok();
    tool.run(&["add", "again", "out.jsonl"]).ok();
    let copy = tool.run(&["get", "again", "storks", "--vectors", "--json"]).ok().json();
    assert_eq!(copy["vectors"], again["vectors"]);
    assert!(tool.run(&["verify", "papers", "--deep"]).ok().stdout.contains("3 documents"));
}

/// Two documents of ready-made vectors, each without one of two sets.
const VECTORS: &str = r#"{"_id": "a", "vectors": {"body": [[1, 0], [0, 1]], "title": [[0.5, 0.5, 1]]}, "text": "of a"}
{"_id": "b", "vectors": {"title": [[1, 0, 0]]}}
{"_id": "c", "vectors": [[0, 1]]}
"#;

#[test]
fn ready_made_vectors_of_sets_go_in_and_come_out() {
    let tool = Tool::new();
    tool.write("docs.jsonl", VECTORS);
    tool.run(&["create", "docs", "--dim", "2", "--tokens", "f16", "--set", "title:dim=3,tokens=f16"]).ok();
    let added = tool.run(&["add", "docs", "docs.jsonl", "--json"]).ok().json();
    assert_eq!((&added["num_documents"], &added["num_tokens"]), (&json!(3), &json!(5)), "{added}");
    let exported = tool.run(&["export", "docs", "--vectors"]).ok().stdout;
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["vectors"], json!({"body": [[1.0, 0.0], [0.0, 1.0]], "title": [[0.5, 0.5, 1.0]]}));
    assert_eq!(
        (&lines[1]["vectors"], &lines[0]["text"]),
        (&json!({"title": [[1.0, 0.0, 0.0]]}), &json!("of a"))
    );
    assert_eq!(lines[2]["vectors"], json!([[0.0, 1.0]]));
    tool.run(&["export", "docs"]).fails(2, &["\"b\" has no text, only token vectors"]);
    tool.write("out.jsonl", &exported);
    tool.run(&["create", "again", "--dim", "2", "--tokens", "f16", "--set", "title:dim=3,tokens=f16"]).ok();
    tool.run(&["add", "again", "out.jsonl"]).ok();
    assert_eq!(tool.run(&["export", "again", "--vectors"]).ok().stdout, exported);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let tool = papers();
    let search = |args: &[&str]| tool.run(&[&["search", "papers", "storks"], args].concat());
    search(&["--set", "titel"]).fails(2, &["no vector set \"titel\": its sets are body, title, method"]);
    search(&["--set", "title=x"]).fails(2, &["write such as title=0.3"]);
    search(&["--set", "title=0"]).fails(2, &["must be above 0"]);
    search(&["--set", "title", "--set", "title"]).fails(2, &["\"title\" is asked for twice"]);
    search(&["--set", "title", "--mode", "words"]).fails(2, &["cannot be used with"]);
    let create = |args: &[&str]| tool.run(&[&["create", "new"], args].concat());
    create(&["--set", "title"]).fails(2, &["such as title:dim=128"]);
    create(&["--set", "title:size=3"]).fails(2, &["unknown key \"size\""]);
    create(&["--set", "Title:dim=3"]).fails(2, &["\"Title\" is no name of a vector set"]);
    create(&["--set", "body:dim=3"]).fails(2, &["\"body\", which every collection has"]);
    create(&["--dim", "4", "--set", "title:source=title"]).fails(2, &["this collection has no encoder"]);
    create(&["--set", "title:tokens=int8"]).fails(2, &["set \"title\": say dim=D"]);
    tool.write("own.jsonl", "{\"_id\": \"x\", \"text\": \"a text\", \"vectors\": {\"title\": [[1, 2]]}}\n");
    tool.run(&["add", "papers", "own.jsonl"]).fails(2, &["own.jsonl:1", "makes those of title"]);
    tool.write("other.jsonl", "{\"_id\": \"x\", \"text\": \"a text\", \"vectors\": {\"image\": [[1, 2]]}}\n");
    tool.run(&["add", "papers", "other.jsonl"])
        .fails(2, &["other.jsonl:1", "the sets of this collection are body, title"]);
    tool.run(&["create", "ready", "--set", "image:dim=3"]).ok();
    tool.write("short.jsonl", "{\"_id\": \"x\", \"text\": \"a text\", \"vectors\": {\"image\": [[1, 2]]}}\n");
    tool.run(&["add", "ready", "short.jsonl"])
        .fails(2, &["dimension 2 in the set \"image\", which holds dimension 3"]);
    tool.write(
        "right.jsonl",
        "{\"_id\": \"x\", \"text\": \"a text\", \"vectors\": {\"image\": [[1, 2, 3]]}}\n",
    );
    tool.run(&["add", "ready", "right.jsonl"]).ok();
    tool.run(&["search", "ready", "a text", "--set", "image"])
        .fails(2, &["\"image\" holds ready-made vectors"]);
    tool.run(&["create", "words", "--encoder", "words"]).ok();
    tool.run(&["search", "words", "storks", "--set", "body"]).fails(2, &["by its words alone"]);
    tool.run(&["tune", "papers", "--set", "title", "--set", "body"]).fails(2, &["measured with questions"]);
    tool.write("one.txt", "storks\n");
    tool.run(&["tune", "papers", "--set", "title", "--set", "body", "--queries", "one.txt"])
        .fails(2, &["1 queries for a combination of vector sets: at least 40"]);
}

#[test]
fn a_set_and_a_combination_are_tuned() {
    let tool = Tool::new();
    let words = ["stork", "heron", "crane", "cake", "plum", "river", "nest", "roof", "sugar", "winter"];
    let word = |at: usize| words[at % words.len()];
    let text = |at: usize| format!("{} {} {} {}", word(at), word(at / 10), word(at / 7), word(at / 3));
    let lines: Vec<String> =
        (0..300).map(|at| json!({"_id": at, "title": text(at + 5), "text": text(at)}).to_string()).collect();
    tool.write("docs.jsonl", lines.join("\n"));
    let queries: Vec<String> =
        (0..60).map(|at| format!("{} of the {}", word(at), word(at / 6 + 3))).collect();
    tool.write("queries.txt", queries.join("\n"));
    tool.run(&["create", "docs", "--set", "title:source=title"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    let tuned =
        tool.run(&["tune", "docs", "--set", "title", "--queries", "queries.txt", "--json"]).ok().json();
    assert_eq!(tuned["calibration"]["num_documents"], 300, "{tuned}");
    let sets = ["--set", "title=.3", "--set", "body=1"];
    let tune = [&["tune", "docs", "--queries", "queries.txt", "--recall", "0.8"], &sets[..]].concat();
    let told = tool.run(&tune).ok().stdout;
    assert!(told.starts_with("searches by body=1 + title=0.3, calibrated in "), "{told}");
    let plan =
        [&["search", "docs", "stork of the crane", "--recall", "0.8", "--explain-plan"], &sets[..]].concat();
    let plan = tool.run(&plan).ok().stdout;
    assert!(plan.contains("recall 0.8 promised") || plan.contains("no cheaper plan is proven"), "{plan}");
}
