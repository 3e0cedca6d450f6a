//! New collections that nobody says anything about.

use crate::tool::{DOCS, Tool};
use serde_json::{Value, json};

const GERMAN: &str = r#"{"_id": "alpen", "title": "Die Alpen", "text": "Wir wanderten von Hütte zu Hütte durch die Berge und sahen niemanden."}
{"_id": "brot", "text": "Für ein gutes Brot braucht man Mehl, Wasser, Salz und sehr viel Zeit."}
{"_id": "stadt", "text": "Die Straße führt über die alte Brücke in die Stadt, die niemand mehr kennt."}
"#;

const JAPANESE: &str = r#"{"_id": "tokyo", "text": "東京都の天気は明日も晴れるでしょう。"}
{"_id": "kyoto", "text": "京都には古い寺がたくさんあります。"}
"#;

fn schema(tool: &Tool, collection: &str) -> Value {
    tool.run(&["info", collection, "--json"]).ok().json()["schema"].clone()
}

fn keys(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect()
}

#[test]
fn english_texts_get_the_built_in_model_and_words() {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCS);
    let added = tool.run(&["add", "docs", "docs.jsonl"]).ok();
    assert_eq!(added.stderr, "");
    let of = schema(&tool, "docs");
    assert_eq!((&of["encoder"], &of["words"]["analyzer"]), (&json!("mini-v1"), &json!("english-1")));
    assert!(tool.run(&["info", "docs"]).ok().stdout.contains("English by "));
    // No word of the question stands in the text.
    let answer = tool.run(&["search", "docs", "decompress a bundle", "--json"]).ok().json();
    assert_eq!((&answer["mode"], keys(&answer)[0]), (&json!("hybrid"), "tar"), "{answer}");
    assert_eq!(answer["hits"][0]["parts"]["words"], json!(0.0));
    tool.run(&["create", "same"]).ok();
    let created = schema(&tool, "same");
    for field in ["encoder", "words", "reduction", "token_code"] {
        assert_eq!(created[field], of[field], "{field}");
    }
    // What is said counts.
    tool.run(&["add", "named", "docs.jsonl", "--encoder", "mini", "--words", "none"]).ok();
    let of = schema(&tool, "named");
    assert_eq!((&of["encoder"], of.get("words")), (&json!("mini-v1"), None));
    tool.run(&["add", "docs", "docs.jsonl", "--encoder", "mini", "--words", "english-1"]).ok();
    tool.run(&["add", "docs", "docs.jsonl", "--encoder", "words"]).fails(2, &["mini-v1, not words-v1"]);
    tool.run(&["add", "docs", "docs.jsonl", "--words", "code-1"]).fails(2, &["other words"]);
    tool.run(&["add", "new", "docs.jsonl", "--encoder", "none"]).fails(2, &["texts need an encoder"]);
}

#[test]
fn questions_in_characters_that_the_model_does_not_know_have_answers_or_a_reason() {
    let tool = Tool::new();
    let others = "{\"_id\": \"thai\", \"text\": \"กรุงเทพมหานคร เป็นเมืองหลวง\"}\n{\"_id\": \"sun\", \"text\": \"☀ ☀ ☀ sun\"}\n";
    tool.write("docs.jsonl", DOCS.to_owned() + others + JAPANESE);
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], 8, "none is left out");
    for (asked, key) in [("กรุงเทพมหานคร", "thai"), ("天気", "tokyo"), ("京都", "kyoto")]
    {
        let answer = tool.run(&["search", "docs", asked, "--json"]).ok().json();
        assert_eq!((&answer["mode"], keys(&answer)[0]), (&json!("hybrid"), key), "{asked}: {answer}");
        let score = answer["hits"][0]["score"].as_f64().unwrap();
        let explained = tool.run(&["explain", "docs", asked, key, "--json"]).ok().json();
        assert!((explained["score"].as_f64().unwrap() - score).abs() < 1e-5, "{explained}");
    }
    let stop_words = tool.run(&["search", "docs", "to the", "--json"]).ok().json();
    assert_eq!(stop_words["hits"].as_array().unwrap().len(), 8, "{stop_words}");
    for asked in ["", " ", "...", "\u{1f600}"] {
        let ran = tool.run(&["search", "docs", asked]);
        assert!(ran.code == 0 || ran.code == 2 && ran.stderr.contains("holds no word"), "{asked}: {ran:?}");
    }
}

#[test]
fn texts_in_other_languages_are_found_by_their_words_alone_and_that_is_said() {
    let tool = Tool::new();
    tool.write("de.jsonl", GERMAN);
    let added = tool.run(&["add", "de", "de.jsonl"]).ok();
    assert_eq!(added.stderr.lines().count(), 1, "{added:?}");
    for told in ["German by 3 of 3", "words alone", "unicode-1"] {
        assert!(added.stderr.contains(told), "no {told} in {added:?}");
    }
    let of = schema(&tool, "de");
    assert_eq!((&of["encoder"], &of["words"]["analyzer"]), (&json!("words-v1"), &json!("unicode-1")));
    let info = tool.run(&["info", "de"]).ok().stdout;
    assert!(info.contains("words alone") && info.contains("German by 3 of 3 clear texts"), "{info}");
    let language = tool.run(&["info", "de", "--json"]).ok().json()["language"].clone();
    assert_eq!(language, json!({"code": "de", "num_clear": 3, "num_of_language": 3}));
    let answer = tool.run(&["search", "de", "alte Brücke", "--json"]).ok().json();
    assert_eq!((&answer["mode"], keys(&answer)), (&json!("words"), vec!["stadt"]));
    assert!(tool.run(&["explain", "de", "alte Brücke", "stadt"]).ok().stdout.contains("brücke"));
    tool.run(&["search", "de", "Brot", "--mode", "vectors"]).fails(2, &["words alone"]);
    tool.run(&["search", "de", "Brot", "--alpha", "0.5"]).fails(2, &["words alone"]);
    tool.run(&["tune", "de"]).fails(2, &["nothing to measure"]);
    // It is the same from standard input, and for scripts without blanks.
    tool.run_with(&["add", "ja", "-"], JAPANESE.as_bytes()).ok();
    assert_eq!(schema(&tool, "ja")["encoder"], "words-v1");
    assert_eq!(keys(&tool.run(&["search", "ja", "古い寺", "--json"]).ok().json()), ["kyoto"]);
    // More of them, and one that is replaced or deleted.
    let again = tool.run(&["add", "de", "de.jsonl", "--json"]).ok();
    assert_eq!((&again.json()["num_replaced"], again.stderr.as_str()), (&json!(3), ""));
    tool.run(&["delete", "de", "brot"]).ok();
    let none = tool.run(&["search", "de", "Brot"]).ok().stdout;
    assert!(none.contains("no hits"), "{none}");
    tool.run(&["verify", "de", "--deep"]).ok();
}

#[test]
fn a_language_that_is_named_decides() {
    let tool = Tool::new();
    tool.write("de.jsonl", GERMAN);
    tool.write("en.jsonl", DOCS);
    let kind = |name: &str| {
        let schema = schema(&tool, name);
        (schema["encoder"].as_str().unwrap().to_owned(), schema["words"]["analyzer"].clone())
    };
    let is = |encoder: &str, analyzer: &str| (encoder.to_owned(), json!(analyzer));
    for (name, flags, expected) in [
        ("a", &["de.jsonl", "--language", "en"][..], is("mini-v1", "english-1")),
        ("b", &["en.jsonl", "--language", "de_DE"], is("words-v1", "unicode-1")),
        ("c", &["de.jsonl", "--encoder", "mini"], is("mini-v1", "unicode-1")),
        ("d", &["de.jsonl", "--words", "english-1"], is("words-v1", "english-1")),
        ("e", &["en.jsonl", "--encoder", "words"], is("words-v1", "english-1")),
    ] {
        tool.run(&[&["add", name], flags].concat()).ok();
        assert_eq!(kind(name), expected, "{flags:?}");
    }
    tool.run(&["create", "f", "--language", "ko"]).ok();
    assert_eq!(kind("f"), is("words-v1", "unicode-1"));
    tool.run(&["add", "new", "en.jsonl", "--language", "klingon"]).fails(2, &["klingon", "such as en"]);
    // A language may be repeated, and is not changed.
    tool.run(&["add", "b", "en.jsonl", "--language", "de"]).ok();
    tool.run(&["add", "b", "en.jsonl", "--language", "en"]).fails(2, &["German", "English"]);
    tool.run(&["create", "g", "--encoder", "words", "--words", "none"]).fails(2, &["could find nothing"]);
}

#[test]
fn ready_made_vectors_get_words_where_there_are_texts_beside_them() {
    let tool = Tool::new();
    tool.write(
        "v.jsonl",
        "{\"_id\": \"a\", \"vectors\": [[1, 0]], \"text\": \"the red foxes of the north\"}\n",
    );
    tool.write("bare.jsonl", "{\"_id\": \"a\", \"vectors\": [[1, 0]]}\n");
    tool.write(
        "de.jsonl",
        "{\"_id\": \"a\", \"vectors\": [[1, 0]], \"text\": \"Die Straße führt über die alte Brücke.\"}\n",
    );
    for (name, file, analyzer) in [
        ("v", "v.jsonl", json!("english-1")),
        ("bare", "bare.jsonl", json!(null)),
        ("de", "de.jsonl", json!("unicode-1")),
    ] {
        assert_eq!(tool.run(&["add", name, file]).ok().stderr, "", "{file}");
        assert_eq!(schema(&tool, name)["words"]["analyzer"], analyzer, "{file}");
    }
    assert_eq!(tool.run(&["search", "v", "fox", "--json"]).ok().json()["mode"], "words");
    tool.run(&["search", "bare", "fox"]).fails(2, &["--query-vectors"]);
    tool.run(&["add", "none", "v.jsonl", "--words", "none"]).ok();
    assert_eq!(schema(&tool, "none").get("words"), None);
    tool.run(&["add", "new", "v.jsonl", "--encoder", "mini"]).fails(2, &["its own vectors"]);
}
