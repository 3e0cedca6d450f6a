use crate::client::{Answer, DOCS, Running, with_texts};
use pleiad_server::Options;
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn small(options: &mut Options) {
    options.limits.max_body_bytes = 1000;
    options.limits.head_time = Duration::from_millis(300);
    options.limits.body_time = Duration::from_millis(300);
}

#[test]
fn bodies_above_their_limit_are_refused_by_what_they_say_and_by_what_they_are() {
    let running = Running::with(small);
    running.json("PUT", DOCS, &json!({ "encoder": "words" })).ok();
    // Nothing but the head is sent: it is refused before a byte of the body.
    let mut client = running.connect();
    client.write_all(b"POST /v1/collections/docs/search HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 1001\r\n\r\n").unwrap();
    Answer::read(client).fails(413, "TooLarge", "--max-body");
    let mut client = running.connect();
    client.write_all(b"POST /v1/collections/docs/search HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    client.write_all(format!("7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000)).as_bytes()).unwrap();
    Answer::read(client).fails(413, "TooLarge", "--max-body");
    let long = format!("{{\"key\": \"a\", \"text\": \"{}\"}}", "x".repeat(2000));
    let answer = running.send(
        "POST",
        &format!("{DOCS}/documents"),
        &[("content-type", "application/x-ndjson")],
        long.as_bytes(),
    );
    assert_eq!(answer.lines().last().unwrap()["error"]["kind"], "TooLarge");
}

#[test]
fn slow_clients_lose_their_connections() {
    let running = Running::with(small);
    running.json("PUT", DOCS, &json!({ "encoder": "words" })).ok();
    for beginning in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nhost: localh"] {
        let (mut client, start) = (running.connect(), Instant::now());
        client.write_all(beginning.as_bytes()).unwrap();
        let mut rest = Vec::new();
        drop(client.read_to_end(&mut rest));
        assert!(start.elapsed() < Duration::from_secs(60), "{beginning:?}");
        assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    }
    let mut client = running.connect();
    client.write_all(b"POST /v1/collections/docs/count HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{").unwrap();
    Answer::read(client).fails(408, "Timeout", "did not arrive");
    let mut client = running.connect();
    client.write_all(b"POST /v1/collections/docs/documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{\"key\": \"a\", \"text\": \"x y\"}\n").unwrap();
    let lines = Answer::read(client).lines();
    assert_eq!(lines.last().unwrap()["error"]["kind"], "Timeout");
    assert_eq!(running.get("/healthz").status, 200);
}

#[test]
fn a_search_whose_time_is_up_is_ended_and_the_next_one_is_answered() {
    let running = with_texts();
    let search = |timeout_ms: u64| {
        running.post(
            &format!("{DOCS}/search"),
            &json!({ "query": { "text": "files" }, "timeout_ms": timeout_ms }),
        )
    };
    search(0).fails(504, "DeadlineExceeded", "0 ms");
    assert_eq!(search(60_000).ok()["hits"].as_array().unwrap().len(), 2);
}

#[test]
fn bodies_of_other_types_are_refused() {
    let running = with_texts();
    for (kind, path) in
        [("text/plain", "documents"), ("application/x-ndjson", "search"), ("multipart/form-data", "count")]
    {
        let answer = running.send("POST", &format!("{DOCS}/{path}"), &[("content-type", kind)], b"{}");
        answer.fails(415, "UnsupportedMediaType", "");
    }
    let answer = running.send(
        "POST",
        &format!("{DOCS}/count"),
        &[("content-type", "Application/JSON; charset=utf-8")],
        b"{}",
    );
    assert_eq!(answer.ok()["num_documents"], 4);
}

/// Writes that find no room are refused, and none that was acknowledged is lost.
#[test]
fn writes_beyond_their_room_are_told_to_come_again() {
    let running = Running::with(|options| options.limits.max_waiting_bytes = 9 << 20);
    running.json("PUT", DOCS, &json!({ "encoder": "words" })).ok();
    let mut client = running.connect();
    client.write_all(b"POST /v1/collections/docs/documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    // The head of its answer says that it has its room.
    client.read_exact(&mut [0; 15]).unwrap();
    let body = format!("{{\"documents\": [{{\"key\": \"a\", \"text\": \"{}\"}}]}}", "x ".repeat(1 << 20));
    let put = || {
        running.send(
            "POST",
            &format!("{DOCS}/documents"),
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    };
    let refused = put();
    refused.fails(429, "Overloaded", "9437184");
    assert_eq!(refused.headers["retry-after"], "1");
    drop(client);
    let start = Instant::now();
    while put().status == 429 {
        assert!(start.elapsed() < Duration::from_secs(60));
    }
    assert_eq!(running.post(&format!("{DOCS}/count"), &json!({})).ok()["num_documents"], 1);
}
