//! Metrics and logs of a server.

use crate::client::{DOCS, Running, with_texts};
use pleiad_server::{Log, LogForm, NewKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[test]
fn requests_searches_and_collections_are_counted() {
    let running = with_texts();
    for _ in 0..3 {
        running.post(&format!("{DOCS}/search"), &json!({ "query": { "text": "files" } })).ok();
    }
    running.get("/nothing").fails(404, "NotFound", "");
    let page = running.get("/metrics");
    assert!(page.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    for line in [
        "pleiad_http_requests_total{route=\"/v1/collections/{collection}/search\",method=\"POST\",status=\"200\"} 3",
        "pleiad_http_requests_total{route=\"none\",method=\"none\",status=\"404\"} 1",
        "pleiad_problems_total{kind=\"NotFound\"} 1",
        "pleiad_searches_total 3",
        "pleiad_sequence{collection=\"docs\"} 1",
        "pleiad_queue_depth{queue=\"read\"} 0",
    ] {
        assert!(page.body.lines().any(|found| found == line), "{line}\n{}", page.body);
    }
    // Every line is a comment or a name with a number.
    for line in page.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("pleiad_") && value.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn each_request_is_a_line_with_its_id_and_without_its_texts() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let own = lines.clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let admin = pleiad_server::KeyFile::at(&path)
        .create(NewKey { role: "admin".to_owned(), ..NewKey::default() })
        .unwrap();
    let running = Running::of(folder, |options| {
        options.keys = Some(path);
        options.log = Some(Log {
            form: LogForm::Json,
            sink: Box::new(move |line| own.lock().unwrap().push(line.to_owned())),
        });
    });
    running.with_key(&admin, "PUT", DOCS, &json!({ "encoder": "words" })).ok();
    let search = json!({ "query": { "text": "secret question" } }).to_string();
    let headers = [("authorization", &*format!("Bearer {admin}")), ("x-request-id", "my-id")];
    let answer = running.send("POST", &format!("{DOCS}/search"), &headers, search.as_bytes());
    assert_eq!((answer.status, answer.headers["x-request-id"].as_str()), (200, "my-id"));
    running.send("GET", DOCS, &[("api-key", "plk_wrong")], b"").fails(401, "Unauthenticated", "not known");
    let lines = lines.lock().unwrap().clone();
    assert!(lines.iter().all(|line| !line.contains("secret") && !line.contains(&admin)), "{lines:?}");
    let told: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), 3);
    assert_eq!((&told[1]["request_id"], &told[1]["key"]), (&json!("my-id"), &json!(admin[4..12])));
    assert_eq!(
        (&told[1]["route"], &told[1]["collection"]),
        (&json!("/v1/collections/{collection}/search"), &json!("docs"))
    );
    assert_eq!((&told[2]["status"], told[2].get("key")), (&json!(401), None));
    assert!(told[2]["error"].as_str().unwrap().contains("not known"));
}
