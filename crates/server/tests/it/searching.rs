//! Answers of the server beside those of the library for the same questions.

use crate::client::{DOCS, Running, TEXTS, with_texts};
use pleiad::{
    Batch, Collection, Document, MultiVector, PageParams, Query, Schema, SearchParams, WordsSchema,
};
use pleiad_text::{Naming, QueryForm, Ranking, RankingOptions, Searcher, WordsAnalyzer};
use serde_json::{Value, json};

const DIM: usize = 8;
const VECTORS: &str = "/v1/collections/vectors";

fn rows(seed: u64, num_rows: usize) -> MultiVector {
    let mut generator = pleiad_vectors::Seed(seed).generator();
    MultiVector::new((0..num_rows * DIM).map(|_| generator.gaussian()).collect(), DIM).unwrap()
}

fn as_json(rows: &MultiVector) -> Value {
    json!(rows.rows().map(<[f32]>::to_vec).collect::<Vec<_>>())
}

/// A server with a collection of vectors and words that the library made.
fn with_vectors() -> Running {
    let running = Running::new();
    let schema = Schema { words: Some(WordsSchema::new("english-1")), ..Schema::new(DIM) };
    let collection = Collection::create(running.path("vectors"), &schema).unwrap();
    let analyzer = WordsAnalyzer::of(&schema).unwrap().unwrap();
    let mut batch = Batch::new();
    for number in 0..200 {
        let text = format!("document of topic{} and number{number}", number % 7);
        let attributes =
            json!({ "number": number, "group": format!("g{}", number % 10) }).as_object().unwrap().clone();
        let document =
            Document::new(format!("d{number:03}"), rows(number, 3)).unwrap().with_text(&text).unwrap();
        let terms = analyzer.document(None, Some(&text), &attributes);
        batch.upsert(document.with_terms(terms).with_attributes(&attributes).unwrap());
    }
    collection.writer().unwrap().apply(batch).unwrap();
    running
}

fn keys(answer: &Value) -> Vec<(String, f64)> {
    let hits = answer["hits"].as_array().unwrap();
    hits.iter().map(|hit| (hit["key"].as_str().unwrap().to_owned(), hit["score"].as_f64().unwrap())).collect()
}

fn expected(hits: &[pleiad::Hit]) -> Vec<(String, f64)> {
    // Scores travel as the shortest decimals that are the same numbers of 32 bits.
    let typed = |score: f32| serde_json::to_string(&score).unwrap().parse().unwrap();
    hits.iter().map(|hit| (hit.key.to_string(), typed(hit.score.get()))).collect()
}

#[test]
fn searches_are_those_of_the_library() {
    let running = with_vectors();
    let snapshot = Collection::open(running.path("vectors")).unwrap().snapshot().unwrap();
    let query = rows(1 << 40, 4);
    let filter = "number >= 50 AND NOT group IN (\"g3\")";
    let encoded = json!({ "b64": encoded(&query), "dtype": "f32", "dim": DIM });
    for (request, params, options) in [
        (json!({}), SearchParams::default(), RankingOptions::default()),
        (
            json!({ "k": 25, "exact": true }),
            SearchParams { k: 25, exact: true, ..Default::default() },
            RankingOptions::default(),
        ),
        (
            json!({ "recall": 0.9 }),
            SearchParams { recall: Some(0.9), ..Default::default() },
            RankingOptions::default(),
        ),
        (
            json!({ "filter": filter }),
            SearchParams { filter: Some(pleiad::Predicate::parse(filter).unwrap()), ..Default::default() },
            RankingOptions::default(),
        ),
        (
            json!({ "mode": "vectors" }),
            SearchParams::default(),
            RankingOptions { mode: Some(pleiad_text::Mode::Vectors), alpha: None },
        ),
        (json!({ "alpha": 0.25 }), SearchParams::default(), RankingOptions { mode: None, alpha: Some(0.25) }),
    ] {
        for vectors in [as_json(&query), encoded.clone()] {
            let mut request = request.clone();
            request["query"] = json!({ "vectors": vectors, "text": "topic3 number10" });
            let answer = running.post(&format!("{VECTORS}/search"), &request).ok();
            let ranking = Ranking::settle(snapshot.schema(), options, QueryForm::Both).unwrap();
            let searcher = Searcher::with_encoder(&snapshot, None, ranking).unwrap();
            let question =
                searcher.vector_question(Query::new(query.clone()), Some("topic3 number10")).unwrap();
            let own = searcher.page(&question, &PageParams::default(), &params).unwrap().answer;
            assert_eq!(keys(&answer), expected(&own.hits), "{request}");
            assert_eq!(answer["num_matched"], own.num_matched);
            assert_eq!(answer["promised_recall"], json!(own.plan.promised_recall()));
            assert_eq!(answer["sequence"], snapshot.sequence());
        }
    }
}

fn encoded(rows: &MultiVector) -> String {
    let Value::String(text) =
        serde_json::to_value(pleiad_wire::Vectors::encoded(rows.data(), DIM)).unwrap()["b64"].clone()
    else {
        panic!("no text")
    };
    text
}

#[test]
fn texts_are_searched_and_explained_in_words() {
    let running = with_texts();
    let snapshot = Collection::open(running.path("docs")).unwrap().snapshot().unwrap();
    let searcher = Searcher::with_encoder(&snapshot, None, Ranking::Words).unwrap();
    let question = searcher.typed_question("files archive").unwrap();
    let own = searcher.search(&question, &SearchParams::default()).unwrap();
    let include = ["attributes", "text", "snippet", "matches", "plan", "work"];
    let request = json!({ "query": { "text": "files archive" }, "include": include });
    let answer = running.post(&format!("{DOCS}/search"), &request).ok();
    assert_eq!(keys(&answer), expected(&own.hits));
    assert_eq!(answer["mode"], "words");
    let hit = &answer["hits"][0];
    let text = TEXTS.iter().find(|(key, ..)| hit["key"] == *key).unwrap().1;
    assert_eq!((hit["text"].as_str(), hit["attributes"]["title"].as_str()), (Some(text), Some("tar")));
    let mark = &hit["snippet"]["marks"][0];
    let range = mark["start"].as_u64().unwrap() as usize..mark["end"].as_u64().unwrap() as usize;
    assert_eq!(&hit["snippet"]["text"].as_str().unwrap()[range], "archive");
    assert!(answer["plan"].is_object() && answer["work"]["num_scanned"].is_u64(), "{answer}");
    let why = running
        .post(&format!("{DOCS}/explain"), &json!({ "query": { "text": "files archive" }, "key": "tar" }))
        .ok();
    let explained = searcher.explain(&question, "tar", Naming::Closest).unwrap().as_json().unwrap();
    assert_eq!((&why["parts"], &why["score"]), (&explained["parts"], &explained["score"]));
    let request = json!({ "query": { "text": "x" }, "key": "nobody" });
    running.post(&format!("{DOCS}/explain"), &request).fails(404, "NotFound", "nobody");
}

#[test]
fn what_is_shown_is_what_is_asked_for() {
    let running = with_texts();
    let search = |request: Value| running.post(&format!("{DOCS}/search"), &request).ok()["hits"][0].clone();
    let query = json!({ "text": "bread" });
    let hit = search(json!({ "query": query }));
    assert!(hit["attributes"]["year"].is_u64() && hit.get("text").is_none(), "{hit}");
    let hit = search(json!({ "query": query, "include": [] }));
    assert_eq!(hit.as_object().unwrap().keys().collect::<Vec<_>>(), ["key", "rank", "score"]);
    let hit = search(json!({ "query": query, "attributes": ["title"] }));
    assert_eq!(hit["attributes"], json!({ "title": "bread" }));
}

#[test]
fn pages_and_groups_are_those_of_the_library() {
    let running = with_vectors();
    let query = json!({ "vectors": as_json(&rows(1 << 41, 3)) });
    let search = |more: Value| {
        let mut request = json!({ "query": query, "mode": "vectors" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        running.post(&format!("{VECTORS}/search"), &request).ok()
    };
    let whole = keys(&search(json!({ "k": 20, "offset": 0 })));
    let pages: Vec<_> =
        [0, 5, 10, 15].iter().flat_map(|offset| keys(&search(json!({ "k": 5, "offset": offset })))).collect();
    assert_eq!(whole, pages);
    let second = search(json!({ "k": 5, "offset": 5 }));
    assert_eq!(second["hits"][0]["rank"], 6);
    let grouped = search(json!({ "k": 4, "group_by": "group", "group_size": 2 }));
    let groups: Vec<&Value> = grouped["hits"].as_array().unwrap().iter().map(|hit| &hit["group"]).collect();
    assert_eq!(groups.len(), 8);
    assert!(groups.chunks(2).all(|two| two[0] == two[1]), "{groups:?}");
    let least = whole[4].1;
    assert_eq!(keys(&search(json!({ "k": 20, "offset": 0, "min_score": least }))).len(), 5);
}

#[test]
fn counts_values_and_plans_are_those_of_the_library() {
    let running = with_vectors();
    let snapshot = Collection::open(running.path("vectors")).unwrap().snapshot().unwrap();
    let counted = running
        .post(&format!("{VECTORS}/count"), &json!({ "filter": { "key": "number", "range": { "lt": 30 } } }));
    assert_eq!(
        counted.ok(),
        json!({ "num_matched": 30, "num_documents": 200, "sequence": snapshot.sequence() })
    );
    let values =
        running.post(&format!("{VECTORS}/values"), &json!({ "attribute": "group", "limit": 3 })).ok();
    assert_eq!((values["num_distinct"].as_u64(), values["values"].as_array().unwrap().len()), (Some(10), 3));
    assert_eq!(values["values"][0], json!({ "value": "g0", "num_documents": 20 }));
    let plan = running
        .post(&format!("{VECTORS}/plan"), &json!({ "num_tokens": 4, "mode": "vectors", "exact": true }))
        .ok();
    let own = snapshot.plan_for(4, &SearchParams { exact: true, ..Default::default() }).unwrap();
    assert_eq!(plan["plan"], serde_json::to_value(&own).unwrap());
    assert_eq!(plan["promised_recall"], 1.0);
    let info = running.get(VECTORS).ok();
    assert_eq!(info["total_bytes"], snapshot.info().unwrap().total_bytes);
}

#[test]
fn a_batch_has_an_answer_or_an_error_in_each_place() {
    let running = with_vectors();
    let query = as_json(&rows(7, 2));
    let good = json!({ "query": { "vectors": query }, "k": 3, "mode": "vectors" });
    let bad = json!({ "query": { "vectors": [[1.0, 2.0]] } });
    let answer =
        running.post(&format!("{VECTORS}/search/batch"), &json!({ "searches": [good, bad, good] })).ok();
    let alone = running.post(&format!("{VECTORS}/search"), &good).ok();
    let answers = answer["answers"].as_array().unwrap();
    assert_eq!((keys(&answers[0]), keys(&answers[2])), (keys(&alone), keys(&alone)));
    assert_eq!(answers[1]["error"]["kind"], "InvalidArgument");
    for (searches, detail) in [(json!([]), "0 searches"), (json!(vec![&good; 257]), "257 searches")] {
        running.post(&format!("{VECTORS}/search/batch"), &json!({ "searches": searches })).fails(
            400,
            "InvalidArgument",
            detail,
        );
    }
}

#[test]
fn what_cannot_be_asked_is_told_with_its_field() {
    let running = with_vectors();
    let vectors = as_json(&rows(7, 2));
    for (request, field, detail) in [
        (json!({ "query": {} }), "query", "neither text nor vectors"),
        (json!({ "query": { "vectors": [[1.0], [1.0, 2.0]] } }), "vectors", "row 1 has 2"),
        (json!({ "query": { "vectors": vectors }, "filter": "year >" }), "filter", "column 7"),
        (
            json!({ "query": { "vectors": vectors }, "filter": { "must": [{ "key": "a", "fuzzy": 1 }] } }),
            "filter",
            "fuzzy",
        ),
        (json!({ "query": { "vectors": vectors }, "k": 10_001 }), "k", "10000"),
        (json!({ "query": { "vectors": vectors }, "k": 1, "offset": 10_000 }), "k", "10001"),
        (json!({ "query": { "vectors": vectors }, "group_by": "a..b" }), "group_by", "no attribute"),
        (json!({ "query": { "vectors": vectors }, "group_size": 3 }), "group_size", "group_by"),
    ] {
        let status = if detail == "fuzzy" { (422, "Unsupported") } else { (400, "InvalidArgument") };
        let problem = running.post(&format!("{VECTORS}/search"), &request).fails(status.0, status.1, detail);
        assert_eq!(problem["field"], field, "{problem}");
    }
    let problem = running
        .post(
            &format!("{VECTORS}/search"),
            &json!({ "query": { "vectors": vectors }, "filter": "tag = news" }),
        )
        .fails(400, "InvalidArgument", "write tag = \"news\"");
    assert_eq!((problem["title"].as_str(), problem["column"].as_u64()), (Some("Bad filter"), Some(7)));
    let unknown = running.post(
        &format!("{VECTORS}/search"),
        &json!({ "query": { "vectors": vectors }, "filter": "nmber = 1" }),
    );
    assert!(unknown.ok()["warnings"][0].as_str().unwrap().contains("number"));
}
