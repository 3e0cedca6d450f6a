//! Rights of keys: what each sees and may do.

use crate::client::{DOCS, Running};
use pleiad_server::NewKey;
use serde_json::{Value, json};

fn key(role: &str) -> NewKey {
    NewKey { role: role.to_owned(), ..NewKey::default() }
}

fn with_documents(running: &Running, admin: &str, tenants: bool) {
    running.with_key(admin, "PUT", DOCS, &json!({ "encoder": "words", "tenants": tenants })).ok();
    for (at, is_public) in [(0, true), (1, false), (2, true)] {
        let tenant = if tenants { ["?tenant=acme", "?tenant=zoo", "?tenant=acme"][at] } else { "" };
        let document =
            json!({ "text": format!("otter number{at}"), "attributes": { "public": is_public, "at": at } });
        running.with_key(admin, "PUT", &format!("{DOCS}/documents/d{at}{tenant}"), &document).ok();
    }
}

#[test]
fn roles_have_their_rights_and_no_more() {
    let (running, [admin, write, read]) = Running::with_keys([key("admin"), key("write"), key("read")]);
    with_documents(&running, &admin, false);
    let count = |key: &str| running.with_key(key, "POST", &format!("{DOCS}/count"), &json!({})).status;
    let put = |key: &str| {
        running.with_key(key, "PUT", &format!("{DOCS}/documents/x"), &json!({ "text": "x y" })).status
    };
    let make = |key: &str| running.with_key(key, "PUT", "/v1/collections/new", &json!({ "dim": 2 })).status;
    assert_eq!([&admin, &write, &read].map(|key| count(key)), [200, 200, 200]);
    assert_eq!([&admin, &write, &read].map(|key| put(key)), [200, 200, 403]);
    assert_eq!([&read, &write, &admin].map(|key| make(key)), [403, 403, 201]);
    let other = format!("{}x", &read[..read.len() - 1]);
    assert_eq!([count(&other), count("nonsense")], [401, 401]);
}

#[test]
fn a_condition_of_a_key_holds_for_everything_that_it_sees() {
    let public = |role: &str| NewKey { filter: Some("public = true".to_owned()), ..key(role) };
    let (running, [admin, read, write]) = Running::with_keys([key("admin"), public("read"), public("write")]);
    with_documents(&running, &admin, false);
    let post =
        |key: &str, path: &str, body: Value| running.with_key(key, "POST", &format!("{DOCS}/{path}"), &body);
    let found = post(&read, "search", json!({ "query": { "text": "otter" }, "filter": "at < 2" })).ok();
    assert_eq!((found["hits"].as_array().unwrap().len(), &found["num_matched"]), (1, &json!(1)));
    let counted = post(&read, "count", json!({})).ok();
    assert_eq!((&counted["num_matched"], &counted["num_documents"]), (&json!(2), &json!(2)));
    assert_eq!(post(&read, "values", json!({ "attribute": "at" })).ok()["num_documents"], 2);
    post(&read, "explain", json!({ "query": { "text": "otter" }, "key": "d1" })).fails(404, "NotFound", "d1");
    running
        .with_key(&read, "GET", &format!("{DOCS}/documents/d1"), &json!(null))
        .fails(404, "NotFound", "d1");
    let listed = running.with_key(&read, "GET", &format!("{DOCS}/documents"), &json!(null)).ok();
    assert_eq!(listed["documents"].as_array().unwrap().len(), 2);
    let info = running.with_key(&read, "GET", DOCS, &json!(null)).ok();
    assert_eq!((&info["num_documents"], info.get("total_bytes")), (&json!(2), None));
    assert!(
        running.with_key(&read, "GET", "/v1/collections", &json!(null)).ok()["collections"][0]
            .get("num_documents")
            .is_none()
    );

    // What it writes it sees, and what it does not see it does not touch.
    let put = |key: &str, document: Value| {
        running.with_key(&write, "PUT", &format!("{DOCS}/documents/{key}"), &document)
    };
    put("new", json!({ "text": "x y", "attributes": { "public": true } })).ok();
    put("new", json!({ "text": "x y", "attributes": { "public": false } })).fails(
        403,
        "Forbidden",
        "would not see",
    );
    put("d1", json!({ "text": "x y", "attributes": { "public": true } })).fails(
        403,
        "Forbidden",
        "may not change",
    );
    running.with_key(&write, "PATCH", &format!("{DOCS}/documents/d0"), &json!({ "public": false })).fails(
        403,
        "Forbidden",
        "public",
    );
    running
        .with_key(&write, "PATCH", &format!("{DOCS}/documents/d1"), &json!({ "at": 9 }))
        .fails(404, "NotFound", "d1");
    let patched =
        post(&write, "documents/patch", json!({ "keys": ["d0", "d1"], "attributes": { "seen": 1 } })).ok();
    assert_eq!((&patched["num_amended"], &patched["num_missing"]), (&json!(1), &json!(1)));
    assert_eq!(post(&write, "documents/delete", json!({ "keys": ["d0", "d1"] })).ok()["num_deleted"], 1);
    assert_eq!(post(&write, "documents/delete", json!({ "filter": "TRUE" })).ok()["num_deleted"], 2);
    let left = running.with_key(&admin, "GET", &format!("{DOCS}/documents"), &json!(null)).ok();
    assert_eq!(
        (left["documents"].as_array().unwrap().len(), &left["documents"][0]["key"]),
        (1, &json!("d1"))
    );
    assert_eq!(left["documents"][0]["attributes"], json!({ "public": false, "at": 1 }));
}

#[test]
fn a_key_of_a_tenant_sees_no_other() {
    let acme = NewKey { tenants: vec!["acme".to_owned()], ..key("write") };
    let (running, [admin, acme]) = Running::with_keys([key("admin"), acme]);
    with_documents(&running, &admin, true);
    let search = |body: Value| running.with_key(&acme, "POST", &format!("{DOCS}/search"), &body);
    let query = json!({ "text": "otter" });
    assert_eq!(search(json!({ "query": query })).ok()["hits"].as_array().unwrap().len(), 2);
    for other in ["zoo", "*", "none"] {
        search(json!({ "query": query, "tenant": other })).fails(403, "Forbidden", other);
    }
    let tenants = running.with_key(&acme, "GET", &format!("{DOCS}/tenants"), &json!(null)).ok();
    assert_eq!(tenants["tenants"], json!([{ "tenant": "acme", "num_documents": 2 }]));
    running.with_key(&acme, "DELETE", &format!("{DOCS}/tenants/zoo"), &json!(null)).fails(
        403,
        "Forbidden",
        "zoo",
    );
    running
        .with_key(&acme, "PUT", &format!("{DOCS}/documents/d1?tenant=zoo"), &json!({ "text": "x" }))
        .fails(403, "Forbidden", "zoo");
    running
        .with_key(&acme, "GET", &format!("{DOCS}/documents/d1"), &json!(null))
        .fails(404, "NotFound", "d1");
    let info = running.with_key(&acme, "GET", DOCS, &json!(null)).ok();
    assert_eq!(info["num_documents"], 2);
}

#[test]
fn a_server_that_only_reads_writes_nothing() {
    let running = crate::client::with_texts();
    let folder = running.path("");
    let reading = Running::with(|options| {
        options.data = folder;
        options.is_read_only = true;
    });
    assert_eq!(reading.post(&format!("{DOCS}/count"), &json!({})).ok()["num_documents"], 4);
    reading.json("PUT", &format!("{DOCS}/documents/x"), &json!({ "text": "x" })).fails(
        403,
        "Forbidden",
        "--read-only",
    );
    reading.json("PUT", "/v1/collections/new", &json!({ "dim": 2 })).fails(403, "Forbidden", "--read-only");
}
