//! Filters on the command line.

use crate::tool::Tool;
use serde_json::{Value, json};

const DOCUMENTS: &str = r#"{"_id": "a", "text": "Storks return in spring", "year": 2019, "tag": ["birds", "news"]}
{"_id": "b", "text": "Storks build nests on chimneys", "year": 2021, "tag": "birds"}
{"_id": "c", "text": "A recipe for plum cake", "year": 2024, "tag": []}
{"_id": "d", "text": "Storks and herons in wetlands", "day": "2024-01-31", "tag": null}
{"_id": "e", "text": "Chimney sweeps at work", "year": 2020, "at": {"lat": 52.52, "lon": 13.4}}"#;

fn filled() -> Tool {
    let tool = Tool::new();
    tool.write("docs.jsonl", DOCUMENTS);
    tool.run(&["create", "docs", "--words", "english-1"]).ok();
    tool.run(&["add", "docs", "docs.jsonl"]).ok();
    tool
}

fn listed(tool: &Tool, filter: &str) -> String {
    tool.run(&["list", "docs", "--filter", filter]).ok().stdout.split_whitespace().collect()
}

#[test]
fn documents_are_listed_and_counted_by_their_attributes() {
    let tool = filled();
    for (filter, expected) in [
        ("year >= 2020", "bce"),
        ("tag = \"birds\" AND year < 2020", "a"),
        ("tag IS EMPTY", "cde"),
        ("year != 2019", "bcde"),
        ("day < 2024-02-01", "d"),
        ("at WITHIN 5 km OF (52.5, 13.4)", "e"),
        ("_text MATCHES \"storks\" AND NOT _key = \"a\"", "bd"),
        (
            r#"{"must_not": {"key": "year", "range": {"gte": 2021}}, "should": ["tag = 'birds'", {"has_id": ["d"]}]}"#,
            "ad",
        ),
        ("nothing = 1", ""),
    ] {
        assert_eq!(listed(&tool, filter), expected, "{filter}");
        let counted = tool.run(&["count", "docs", "--filter", filter, "--json"]).ok().json();
        assert_eq!(counted, json!({"num_matched": expected.len(), "num_documents": 5}), "{filter}");
    }
    for command in [&["count", "docs"][..], &["search", "docs", "storks"], &["list", "docs"]] {
        let ran =
            tool.run(&[command, &["--filter", "yaer >= 2020 AND shade = 1 AND year > 0"]].concat()).ok();
        assert!(ran.stderr.contains("no document has attribute \"yaer\"; nearest: year\n"), "{ran:?}");
        assert!(ran.stderr.contains("no document has attribute \"shade\"\n"), "{ran:?}");
        let known = tool.run(&[command, &["--filter", "year < 0"]].concat()).ok();
        assert_eq!(known.stderr, "");
    }
    assert_eq!(tool.run(&["count", "docs"]).ok().stdout, "5 documents\n");
    assert_eq!(tool.run(&["count", "docs", "--filter", "year = 2021"]).ok().stdout, "1 of 5 documents\n");
    assert_eq!(tool.run(&["list", "docs", "--limit", "2", "--after", "b"]).ok().stdout, "c\nd\n");
    tool.write("filter.txt", "year = 2024\nAND tag COUNT = 0\n");
    assert_eq!(listed(&tool, "@filter.txt"), "c");
    let line = tool.run(&["list", "docs", "--filter", "_key = \"d\"", "--json"]).ok().json();
    assert_eq!(
        (&line["attributes"]["day"], &line["attributes"]["tag"]),
        (&json!("2024-01-31"), &Value::Null)
    );
}

#[test]
fn every_ranking_returns_documents_that_pass_the_filter() {
    let tool = filled();
    for mode in ["hybrid", "vectors", "words"] {
        let search = ["search", "docs", "storks on chimneys", "--mode", mode, "--filter", "year >= 2020"];
        let answer = tool.run(&[&search[..], &["--json"]].concat()).ok().json();
        let mut keys: Vec<&str> =
            answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect();
        assert_eq!(keys[0], "b", "{answer}");
        keys.sort_unstable();
        let expected: &[&str] = if mode == "words" { &["b", "e"] } else { &["b", "c", "e"] };
        assert_eq!(keys, expected, "{mode}: {answer}");
        assert_eq!((&answer["num_matched"], &answer["plan"]["num_matched"]), (&json!(3), &json!(3)));
        let plan = tool.run(&[&search[..], &["--explain-plan"]].concat()).ok().stdout;
        assert!(plan.starts_with("matched 3 of 5 documents → "), "{plan}");
        let nothing = ["search", "docs", "storks", "--mode", mode, "--filter", "year = 1"];
        let told = tool.run(&nothing).ok().stdout;
        assert!(told.contains("no hits: no document passes the filter"), "{told}");
    }
    let all = tool.run(&["search", "docs", "storks", "--json"]).ok().json();
    assert_eq!((&all["num_matched"], &all["plan"]["num_matched"]), (&json!(5), &Value::Null));
    let found = tool.run(&["find", "storks", "docs.jsonl", "--filter", "year = 2019", "--json"]).ok().json();
    assert_eq!((found["hits"].as_array().unwrap().len(), &found["hits"][0]["key"]), (1, &json!("a")));
}

#[test]
fn documents_are_deleted_by_a_filter_once_that_is_agreed_to() {
    let tool = filled();
    let delete = ["delete", "docs", "--filter", "year <= 2020"];
    tool.run(&delete).fails(2, &["this filter deletes 2 documents: add --yes"]);
    assert_eq!(tool.run(&["count", "docs"]).ok().stdout, "5 documents\n");
    assert_eq!(tool.run(&[&delete[..], &["--yes"]].concat()).ok().stdout, "deleted 2 documents\n");
    assert_eq!(tool.run(&["list", "docs"]).ok().stdout, "b\nc\nd\n");
    assert_eq!(tool.run(&[&delete[..], &["--yes"]].concat()).ok().stdout, "deleted 0 documents\n");
    tool.run(&["delete", "docs", "b", "--filter", "TRUE"]).fails(2, &["cannot be used with"]);
}

#[test]
fn filters_that_cannot_be_read_say_where_and_why() {
    let tool = filled();
    for command in ["search docs storks", "count docs", "list docs", "delete docs", "find storks docs.jsonl"]
    {
        let args: Vec<&str> = command.split(' ').collect();
        let run = |filter| tool.run(&[&args[..], &["--filter", filter]].concat());
        let ran =
            run("tag = news").fails(2, &["filter: news is not quoted at column 7: write tag = \"news\""]);
        assert!(ran.stderr.contains("\n  tag = news\n        ^"), "{ran:?}");
        run("{\"must\": [{\"key\": \"a\"}]}").fails(2, &["filter.must[0]: a test is missing"]);
        run("{\"key\": \"a\", \"match\": {\"substring\": \"x\"}}").fails(7, &["unknown field \"substring\""]);
        run("HAS ASPECT 'title'").fails(7, &["HAS ASPECT is unsupported"]);
        run("@missing.txt").fails(3, &["missing.txt"]);
    }
}

fn attributes(tool: &Tool, key: &str) -> Value {
    tool.run(&["get", "docs", key, "--json"]).ok().json()["attributes"].clone()
}

fn vectors(tool: &Tool, key: &str) -> Value {
    tool.run(&["get", "docs", key, "--json", "--vectors"]).ok().json()["vectors"].clone()
}

#[test]
fn attributes_are_patched_by_key_and_by_filter() {
    let tool = filled();
    let before = vectors(&tool, "a");
    let patched = |args: &[&str]| tool.run(&[&["patch", "docs"], args].concat());
    assert_eq!(
        patched(&["a", r#"{"year": 2030, "tag": null, "at": {"lat": 1}}"#]).ok().stdout,
        "patched 1 document\n"
    );
    assert_eq!(attributes(&tool, "a"), json!({"year": 2030, "at": {"lat": 1}}));
    assert_eq!(
        patched(&["--filter", "year >= 2021", r#"{"seen": true, "at": {"lon": 2}}"#]).ok().stdout,
        "patched 3 documents\n"
    );
    assert_eq!(attributes(&tool, "a"), json!({"year": 2030, "at": {"lat": 1, "lon": 2}, "seen": true}));
    assert_eq!(listed(&tool, "seen = true"), "abc");
    assert_eq!(vectors(&tool, "a"), before, "codes are copied");
    assert_eq!(
        tool.run(&["search", "docs", "storks", "--filter", "at EXISTS", "--json"]).ok().json()["num_matched"],
        4
    );
    let told = patched(&["a", "nobody", r#"{"x": 1}"#, "--json"]).ok();
    assert_eq!(told.json(), json!({"num_amended": 1, "num_missing": 1}));
    assert!(told.stderr.contains("there is no document \"nobody\""), "{told:?}");
    patched(&["nobody", r#"{"x": 1}"#]).fails(3, &["none of the given keys"]);
    assert_eq!(patched(&[r#"{"x": 2}"#, "b", "c"]).ok().stdout, "patched 2 documents\n");
    tool.write("patch.json", r#"{"x": 3}"#);
    tool.write("keys.txt", "b\nc\n");
    assert_eq!(patched(&["--from", "keys.txt", "@patch.json"]).ok().stdout, "patched 2 documents\n");
    assert_eq!(listed(&tool, "x = 3"), "bc");
    patched(&["a", "x = 1"]).fails(2, &["are a JSON object, such as"]);
    patched(&["a", r#"{"big": 18446744073709551616}"#])
        .fails(2, &["18446744073709551616 needs more than 64 bits"]);
    patched(&["a", "[1]"]).fails(2, &["are a JSON object, such as"]);
    patched(&[r#"{"x": 1}"#]).fails(2, &["name documents"]);
    patched(&["a", r#"{"x": 1}"#, "--filter", "TRUE"]).fails(2, &["exclude each other"]);
    let titled = patched(&["e", r#"{"title": "Heron"}"#]).ok();
    assert!(titled.stderr.contains("vectors were made of the title too"), "{titled:?}");
    let found = tool.run(&["search", "docs", "heron", "--mode", "words", "--json"]).ok().json();
    let mut keys: Vec<&str> =
        found["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["d", "e"], "words follow: {found}");
    tool.run(&["verify", "docs", "--deep"]).ok();
}

#[test]
fn a_patch_depends_on_what_is_stored() {
    let tool = filled();
    let patch = ["patch", "docs", "b", r#"{"year": 2022}"#, "--if", "year = 2021"];
    assert_eq!(tool.run(&patch).ok().stdout, "patched 1 document\n");
    tool.run(&patch)
        .fails(4, &["document \"b\" was expected to be there with year = 2021: nothing was done"]);
    assert_eq!(attributes(&tool, "b")["year"], 2022);
}

#[test]
fn documents_are_added_where_nothing_is_stored_or_what_is_may_go() {
    let tool = filled();
    let text = |key: &str| tool.run(&["get", "docs", key, "--json"]).ok().json()["text"].clone();
    tool.write("new.jsonl", "{\"_id\": \"a\", \"text\": \"other\"}\n{\"_id\": \"z\", \"text\": \"zebra\"}\n");
    for flags in [&["--if-absent"][..], &["--on-conflict", "skip"]] {
        let told = tool.run(&[&["add", "docs", "new.jsonl"], flags].concat()).ok().stdout;
        assert!(told.contains("passed over for what is stored"), "{told}");
        assert_eq!(text("a"), "Storks return in spring");
    }
    assert_eq!(text("z"), "zebra");
    let add = ["add", "docs", "new.jsonl", "--on-conflict", "fail"];
    tool.run(&add)
        .fails(4, &["document \"a\" was expected to be absent", "nothing of this input was stored"]);
    tool.write(
        "newer.jsonl",
        "{\"_id\": \"a\", \"text\": \"more\"}\n{\"_id\": \"z\", \"text\": \"zebras\"}\n",
    );
    let add =
        |filter| tool.run(&["add", "docs", "newer.jsonl", "--replace-if", filter, "--json"]).ok().json();
    let told = add("year = 1");
    assert_eq!((&told["num_documents"], &told["num_kept"]), (&json!(0), &json!(2)), "{told}");
    let told = add("year = 2019 OR _key = 'z'");
    assert_eq!((&told["num_documents"], &told["num_replaced"]), (&json!(2), &json!(2)), "{told}");
    assert_eq!(text("a"), "more");
    tool.run(&["add", "docs", "new.jsonl", "--replace-if", "year ="]).fails(2, &["expected a value"]);
    tool.write("nothing.jsonl", "{\"_id\": \"b\", \"text\": \"\"}\n");
    tool.run(&["add", "docs", "nothing.jsonl", "--if-absent"]).ok();
    assert_eq!(text("b"), "Storks build nests on chimneys", "what is skipped removes nothing");
}

#[test]
fn documents_of_attributes_alone_are_found_by_filters_words_and_keys() {
    let tool = filled();
    tool.write(
        "more.jsonl",
        "{\"_id\": \"x\", \"year\": 2025}\n{\"_id\": \"y\", \"text\": \"...\", \"year\": 2026}\n",
    );
    let told = tool.run(&["add", "docs", "more.jsonl"]).ok();
    assert!(told.stdout.contains("2 without searchable text: found by filters"), "{told:?}");
    assert!(
        told.stderr.contains("more.jsonl:1: document \"x\" holds nothing that can be searched for"),
        "{told:?}"
    );
    assert_eq!(listed(&tool, "year >= 2024"), "cxy");
    for mode in ["hybrid", "vectors", "words"] {
        let search = ["search", "docs", "storks", "--mode", mode, "--filter", "year >= 2024", "--json"];
        let answer = tool.run(&search).ok().json();
        let num_expected = match mode {
            "hybrid" => 3,
            "vectors" => 1,
            _ => 0,
        };
        assert_eq!(answer["hits"].as_array().unwrap().len(), num_expected, "{mode}: {answer}");
    }
    assert_eq!(attributes(&tool, "x"), json!({"year": 2025}));
    assert_eq!(tool.run(&["patch", "docs", "x", r#"{"year": 1}"#]).ok().stdout, "patched 1 document\n");
    tool.run(&["explain", "docs", "storks", "x"]).ok();
    tool.run(&["get", "docs", "x"]).ok();
    // A text without vectors is no document of a collection of ready-made ones: "y" stays behind there.
    for flags in [&[][..], &["--vectors", "--filter", "year != 2026"]] {
        tool.write("out.jsonl", tool.run(&[&["export", "docs"], flags].concat()).ok().stdout);
        let back = format!("back{}", flags.len());
        tool.run(&["add", &back, "out.jsonl"]).ok();
        assert_eq!(tool.run(&["get", &back, "x", "--json"]).ok().json()["attributes"], json!({"year": 1}));
    }
    tool.run(&["compact", "docs"]).ok();
    tool.run(&["verify", "docs", "--deep"]).ok();
    tool.run(&["add", "docs", "more.jsonl", "--strict"])
        .fails(2, &["more.jsonl:1", "it would be stored without vectors"]);
    tool.write("nothing.jsonl", "{\"_id\": \"z\"}\n");
    tool.run(&["add", "docs", "nothing.jsonl"]).fails(2, &["nothing could ever find this document"]);
    // A collection of ready-made vectors takes them too.
    tool.write("vectors.jsonl", "{\"_id\": \"v\", \"vectors\": [[1, 0]]}\n{\"_id\": \"w\", \"year\": 1}\n");
    tool.run(&["add", "ready", "vectors.jsonl"]).ok();
    assert_eq!(tool.run(&["count", "ready", "--filter", "year = 1"]).ok().stdout, "1 of 2 documents\n");
}

#[test]
fn attributes_of_pleiad_itself_are_refused_by_name() {
    let tool = filled();
    tool.write("own.jsonl", "{\"_id\": \"f\", \"text\": \"fox\", \"_score\": 1, \"_index\": \"x\"}\n");
    tool.run(&["add", "docs", "own.jsonl"])
        .fails(2, &["own.jsonl:1", "document \"f\"", "rename _index, _score"]);
    tool.run(&["patch", "docs", "a", r#"{"_score": 1}"#]).fails(2, &["rename _score"]);
}

#[test]
fn values_are_counted_under_a_filter() {
    let tool = filled();
    let told = tool.run(&["values", "docs", "tag"]).ok().stdout;
    assert_eq!(told, "        2  birds\n        1  news\n2 values, from birds to news; 2 of 5 documents\n");
    let counted = tool
        .run(&["values", "docs", "year", "--filter", "year >= 2020", "--limit", "1", "--json"])
        .ok()
        .json();
    let first = json!([{"value": 2020, "num_documents": 1}]);
    let expected = json!({"num_documents": 3, "num_with": 3, "num_distinct": 3, "min": 2020, "max": 2024, "values": first});
    assert_eq!(counted, expected);
    let none = tool.run(&["values", "docs", "nothing"]).ok();
    assert!(none.stderr.contains("no document has a value at nothing"), "{none:?}");
    tool.run(&["values", "docs", "a..b"]).fails(2, &["\"a..b\" is no attribute"]);
}

#[test]
fn documents_are_listed_by_an_attribute_page_by_page() {
    let tool = filled();
    let list = |args: &[&str]| tool.run(&[&["list", "docs", "--order-by"], args].concat());
    let keys = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(keys(&list(&["year"]).ok().stdout), "aebcd");
    assert_eq!(keys(&list(&["year:desc", "--filter", "year EXISTS"]).ok().stdout), "cbea");
    let first = list(&["year:desc", "--limit", "2"]).ok();
    assert_eq!(
        (keys(&first.stdout).as_str(), first.stderr.as_str()),
        ("cb", "there are more: --after '[2021,\"b\"]'\n")
    );
    tool.run(&["delete", "docs", "b"]).ok();
    let second = list(&["year:desc", "--limit", "2", "--after", "[2021,\"b\"]", "--json"]).ok();
    let places: Vec<Value> = second
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["place"].clone())
        .collect();
    assert_eq!(places, [json!([2020, "e"]), json!([2019, "a"])]);
    assert_eq!(keys(&list(&["year:desc", "--after", "[2019,\"a\"]"]).ok().stdout), "d");
    list(&["year", "--after", "b"]).fails(2, &["is no place of a listing by an attribute"]);
}

#[test]
fn hits_are_paged_grouped_and_cut_off_by_score() {
    let tool = filled();
    let search = |args: &[&str]| {
        tool.run(&[&["search", "docs", "storks on chimneys", "--json"], args].concat()).ok().json()
    };
    let keys = |answer: &Value| -> Vec<String> {
        answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap().to_owned()).collect()
    };
    for mode in ["hybrid", "vectors", "words"] {
        let all = search(&["--mode", mode]);
        let second = search(&["--mode", mode, "--offset", "1", "-k", "2"]);
        assert_eq!(keys(&second), keys(&all)[1..3], "{mode}");
        assert_eq!(second["hits"][0]["rank"], 2);
        let least = all["hits"][1]["score"].to_string();
        assert_eq!(keys(&search(&["--mode", mode, "--min-score", &least])), keys(&all)[..2], "{mode}");
    }
    let grouped = search(&["--mode", "vectors", "--group-by", "tag", "--group-size", "2", "-k", "9"]);
    let groups: Vec<(&Value, &Value, &Value)> = grouped["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| (&hit["rank"], &hit["group"], &hit["key"]))
        .collect();
    assert!(groups.contains(&(&json!(1), &json!("birds"), &json!("b"))), "{groups:?}");
    assert!(groups.contains(&(&json!(1), &json!("birds"), &json!("a"))), "{groups:?}");
    assert_eq!(groups.iter().filter(|(_, group, _)| group.is_null()).count(), 3, "{groups:?}");
    let told = tool.run(&["search", "docs", "storks", "--group-by", "tag", "--mode", "words"]).ok().stdout;
    assert!(told.contains("── birds\n"), "{told}");
    let beyond = tool.run(&["search", "docs", "storks", "--offset", "90"]).ok().stdout;
    assert!(beyond.contains("no hits: there are fewer than 91"), "{beyond}");
    let plan = tool.run(&["search", "docs", "storks", "--offset", "0", "--explain-plan"]).ok();
    assert!(plan.stdout.contains("→ 1000 hits"), "{plan:?}");
    tool.run(&["search", "docs", "storks", "--group-by", "tag", "--group-size", "0"])
        .fails(2, &["at least 1"]);
    tool.run(&["search", "docs", "storks", "--group-size", "2"]).fails(2, &["--group-by"]);
}

#[test]
fn an_explanation_says_which_conditions_hold() {
    let tool = filled();
    let explain = |key: &str, args: &[&str]| tool.run(&[&["explain", "docs", "storks", key], args].concat());
    let told = explain("a", &["--filter", "year >= 2020 AND tag = \"birds\""]).ok().stdout;
    assert!(told.ends_with("does not hold year >= 2020\nholds         tag = \"birds\"\n"), "{told}");
    for mode in ["hybrid", "vectors", "words"] {
        let told = explain("b", &["--mode", mode, "--filter", "year >= 2020", "--json"]).ok().json();
        let expected = json!({"holds": true, "conditions": [{"condition": "year >= 2020", "holds": true}]});
        assert_eq!(told["filter"], expected, "{mode}");
        assert!(explain("b", &["--mode", mode, "--json"]).ok().json()["filter"].is_null());
    }
    explain("b", &["--filter", "year >"]).fails(2, &["filter: expected a value"]);
}

#[test]
fn searches_are_measured_among_documents_that_pass() {
    let tool = filled();
    tool.write("judged/corpus.jsonl", DOCUMENTS);
    tool.write(
        "judged/queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"storks\"}\n{\"_id\": \"q2\", \"text\": \"plum cake\"}\n",
    );
    tool.write("judged/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t1\nq2\tc\t1\n");
    let eval =
        |args: &[&str]| tool.run(&[&["eval", "docs", "judged", "--metrics", "Recall@3"], args].concat());
    assert_eq!(eval(&["--json"]).ok().json()["num_queries"], 2);
    let ran = eval(&["--filter", "year < 2022", "--json"]).ok();
    let measured = ran.json();
    assert_eq!((&measured["num_queries"], &measured["filter"]), (&json!(1), &json!("year < 2022")));
    assert_eq!(measured["exact"]["metrics"]["Recall@3"], 1.0, "{measured}");
    assert!(ran.stderr.contains("1 query without a relevant document for which the filter holds"), "{ran:?}");
    eval(&["--filter", "year > 9999"]).fails(2, &["no query has a relevant document"]);
    eval(&["--filter", "TRUE", "--bm25"]).fails(2, &["cannot be used with"]);
    tool.run(&["add", "apart", "docs.jsonl", "--tenant", "acme"]).ok();
    let apart = |args: &[&str]| tool.run(&[&["eval", "apart", "judged", "--json"], args].concat());
    apart(&[]).fails(2, &["keeps tenants apart"]);
    assert_eq!(apart(&["--tenant", "acme"]).ok().json()["num_queries"], 2);
}
