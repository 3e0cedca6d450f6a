use crate::client::{DOCS, Running, TEXTS, texts, with_texts};
use pleiad::Collection;
use serde_json::{Value, json};

fn document(key: &str) -> String {
    format!("{DOCS}/documents/{key}")
}

#[test]
fn what_is_acknowledged_is_durable_and_visible() {
    let running = with_texts();
    let receipt = running
        .json("PUT", &document("new%2Fkey"), &json!({ "text": "a lighthouse", "attributes": { "year": 3 } }))
        .ok();
    assert_eq!((receipt["num_documents"].as_u64(), receipt["num_replaced"].as_u64()), (Some(1), Some(0)));
    let found = running.post(&format!("{DOCS}/search"), &json!({ "query": { "text": "lighthouse" } })).ok();
    assert_eq!(
        (found["hits"][0]["key"].as_str(), &found["sequence"]),
        (Some("new/key"), &receipt["sequence"])
    );
    // Another program sees it too.
    let snapshot = Collection::open(running.path("docs")).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.get_fields("new/key").unwrap().unwrap().text.as_deref(), Some("a lighthouse"));
    assert_eq!(snapshot.sequence(), receipt["sequence"].as_u64().unwrap());
    let least = receipt["sequence"].as_u64().unwrap();
    let count = |least: u64| {
        running.send("POST", &format!("{DOCS}/count"), &[("pleiad-min-sequence", &least.to_string())], b"{}")
    };
    assert_eq!(count(least).ok()["num_matched"], 5);
    count(least + 1).fails(503, "Unavailable", "not here yet");
}

#[test]
fn one_document_is_stored_read_changed_and_deleted() {
    let running = with_texts();
    let stored = running.get(&document("tar")).ok();
    assert_eq!(
        stored,
        json!({ "key": "tar", "text": TEXTS[0].1, "attributes": { "title": "tar", "year": 2019 } })
    );
    running.json("PATCH", &document("tar"), &json!({ "year": null, "tag": ["a"] })).ok();
    assert_eq!(running.get(&document("tar")).ok()["attributes"], json!({ "title": "tar", "tag": ["a"] }));
    let big = br#"{"year": 18446744073709551616}"#;
    let content = [("content-type", "application/json")];
    running.send("PATCH", &document("tar"), &content, big).fails(
        400,
        "InvalidArgument",
        "needs more than 64 bits",
    );
    running.json("PATCH", &document("nobody"), &json!({ "year": 1 })).fails(404, "NotFound", "nobody");
    let receipt = running.json("PUT", &document("tar"), &json!({ "text": "other" })).ok();
    assert_eq!(receipt["num_replaced"], 1);
    assert_eq!(running.get(&document("tar")).ok()["attributes"], json!({}));
    assert_eq!(running.send("DELETE", &document("tar"), &[], b"").ok()["num_deleted"], 1);
    assert_eq!(running.send("DELETE", &document("tar"), &[], b"").ok()["num_deleted"], 0);
    running.get(&document("tar")).fails(404, "NotFound", "tar");
    running.json("PUT", &document("a"), &json!({ "key": "b", "text": "x" })).fails(
        400,
        "InvalidArgument",
        "another one",
    );
    running.json("PUT", &document("a"), &json!({})).fails(400, "InvalidArgument", "");
}

#[test]
fn a_document_may_have_to_be_new() {
    let running = with_texts();
    let put = |key: &str| {
        running.send("PUT", &document(key), &[("if-none-match", "*")], br#"{"text": "something else"}"#)
    };
    put("tar").fails(412, "PreconditionFailed", "tar");
    assert_eq!(running.get(&document("tar")).ok()["text"], TEXTS[0].1);
    assert_eq!(put("new").ok()["num_documents"], 1);
    let batch = |on_conflict: &str| {
        let documents = json!([{ "key": "new2", "text": "x y" }, { "key": "tar", "text": "z" }]);
        running.post(
            &format!("{DOCS}/documents"),
            &json!({ "documents": documents, "on_conflict": on_conflict }),
        )
    };
    batch("fail").fails(412, "PreconditionFailed", "tar");
    running.get(&document("new2")).fails(404, "NotFound", "");
    let skipped = batch("skip").ok();
    assert_eq!((skipped["num_documents"].as_u64(), skipped["num_kept"].as_u64()), (Some(1), Some(1)));
    assert_eq!(running.get(&document("tar")).ok()["text"], TEXTS[0].1);
    let request = json!({ "documents": [{ "key": "tar", "text": "z" }, { "key": "cp", "text": "z" }], "replace_if": "year < 2020" });
    let replaced = running.post(&format!("{DOCS}/documents"), &request).ok();
    assert_eq!((replaced["num_replaced"].as_u64(), replaced["num_kept"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn a_batch_is_stored_as_a_whole_or_not_at_all() {
    let running = with_texts();
    let documents =
        json!([{ "key": "one", "text": "fine" }, { "key": "two", "vectors": [[1.0, 2.0], [3.0]] }]);
    let problem = running.post(&format!("{DOCS}/documents"), &json!({ "documents": documents }));
    problem.fails(400, "InvalidArgument", "documents:2");
    running.get(&document("one")).fails(404, "NotFound", "");
    let empty = running.post(&format!("{DOCS}/documents"), &json!({ "documents": [] })).ok();
    assert_eq!(empty["num_documents"], 0);
    let made = |text: &str| {
        running.post(&format!("{DOCS}/documents"), &json!({ "documents": [{ "text": text }] })).ok()
    };
    assert_eq!(made("keyless text")["num_replaced"], 0);
    assert_eq!(made("keyless text")["num_replaced"], 1);
    assert_eq!(running.post(&format!("{DOCS}/count"), &json!({})).ok()["num_documents"], 5);
}

#[test]
fn many_documents_are_deleted_and_changed_by_keys_and_by_filter() {
    let running = with_texts();
    let post = |path: &str, body: Value| running.post(&format!("{DOCS}/documents/{path}"), &body);
    let dry = post("delete", json!({ "filter": "year >= 2021", "dry_run": true })).ok();
    assert_eq!((dry["num_matched"].as_u64(), dry["num_deleted"].as_u64()), (Some(2), Some(0)));
    let patched = post("patch", json!({ "filter": "year >= 2021", "attributes": { "new": true } })).ok();
    assert_eq!(patched["num_amended"], 2);
    let patched = post("patch", json!({ "keys": ["tar", "nobody"], "attributes": { "new": true } })).ok();
    assert_eq!((patched["num_amended"].as_u64(), patched["num_missing"].as_u64()), (Some(1), Some(1)));
    assert_eq!(post("delete", json!({ "filter": "new = true" })).ok()["num_deleted"], 3);
    assert_eq!(post("delete", json!({ "keys": ["ss", "nobody"] })).ok()["num_deleted"], 1);
    for body in [
        json!({}),
        json!({ "keys": [], "filter": "TRUE" }),
        json!({ "keys": [""] }),
        json!({ "filter": "x" }),
    ] {
        assert_eq!(post("delete", body.clone()).status, 400, "{body}");
    }
}

#[test]
fn documents_are_listed_page_by_page_in_either_order() {
    let running = with_texts();
    let listed = |query: &str| running.get(&format!("{DOCS}/documents{query}")).ok();
    let keys = |page: &Value| -> Vec<String> {
        page["documents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| found["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let follow = |query: &str| {
        let (mut all, mut page) = (Vec::new(), listed(query));
        loop {
            all.extend(keys(&page));
            let Some(next) = page["next"].as_str() else { return all };
            page = listed(&format!("{query}&after={next}"));
        }
    };
    assert_eq!(follow("?limit=1"), ["bread", "cp", "ss", "tar"]);
    assert_eq!(follow("?limit=3&order_by=year"), ["tar", "ss", "cp", "bread"]);
    assert_eq!(follow("?limit=2&order_by=year:desc&filter=year+%3E+2019"), ["bread", "cp", "ss"]);
    assert_eq!(keys(&listed("?filter=%7B%22must%22%3A%5B%5D%7D&text=false")).len(), 4);
    let page = listed("?limit=1&vectors=true&text=false");
    assert!(
        page["documents"][0]["vectors"]["b64"].is_string() && page["documents"][0].get("text").is_none(),
        "{page}"
    );
    let next = listed("?limit=1")["next"].as_str().unwrap().to_owned();
    running.get(&format!("{DOCS}/documents?order_by=year&after={next}")).fails(
        400,
        "InvalidArgument",
        "another order",
    );
    running.get(&format!("{DOCS}/documents?after=x")).fails(400, "InvalidArgument", "no place");
}

#[test]
fn tenants_are_kept_apart_listed_and_dropped() {
    let running = Running::new();
    running.json("PUT", DOCS, &json!({ "encoder": "words", "tenants": true })).ok();
    for (tenant, key) in [("acme", "a"), ("acme", "b"), ("zoo", "a")] {
        running
            .json(
                "PUT",
                &format!("{}?tenant={tenant}", document(key)),
                &json!({ "text": format!("otter of {tenant}") }),
            )
            .ok();
    }
    let search = |tenant: Value| {
        let mut request = json!({ "query": { "text": "otter" }, "include": [] });
        if !tenant.is_null() {
            request["tenant"] = tenant;
        }
        running.post(&format!("{DOCS}/search"), &request)
    };
    assert_eq!(search(json!("acme")).ok()["hits"].as_array().unwrap().len(), 2);
    assert_eq!(search(json!("*")).ok()["hits"].as_array().unwrap().len(), 3);
    search(Value::Null).fails(400, "InvalidArgument", "keeps tenants apart");
    let listed = running.get(&format!("{DOCS}/tenants?limit=1")).ok();
    assert_eq!(listed, json!({ "tenants": [{ "tenant": "acme", "num_documents": 2 }], "next": "acme" }));
    running.post(&format!("{DOCS}/documents"), &texts()).fails(400, "InvalidArgument", "keeps tenants apart");
    running.json("PUT", &format!("{}?tenant=*", document("x")), &json!({ "text": "x" })).fails(
        400,
        "InvalidArgument",
        "all tenants",
    );
    assert_eq!(running.send("DELETE", &format!("{DOCS}/tenants/acme"), &[], b"").ok()["num_deleted"], 2);
    assert_eq!(search(json!("*")).ok()["hits"][0]["tenant"], "zoo");
}

#[test]
fn writers_of_other_programs_are_told_and_waited_for_by_nobody() {
    let running = Running::new();
    running.json("PUT", DOCS, &json!({ "encoder": "words" })).ok();
    let other = Collection::open(running.path("docs")).unwrap();
    let writer = other.writer().unwrap();
    let put = || running.json("PUT", &document("a"), &json!({ "text": "x y" }));
    put().fails(409, "Conflict", "writes to this collection");
    drop(writer);
    put().ok();
}
