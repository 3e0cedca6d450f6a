use crate::client::{Answer, DOCS, Running, with_texts};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const LINES: &str = "/v1/collections/docs/documents";

fn stream(running: &Running, query: &str, body: &str) -> Answer {
    running.send(
        "POST",
        &format!("{LINES}{query}"),
        &[("content-type", "application/x-ndjson")],
        body.as_bytes(),
    )
}

fn num_documents(running: &Running) -> Value {
    running.post(&format!("{DOCS}/count"), &json!({})).ok()["num_documents"].clone()
}

#[test]
fn lines_are_acknowledged_and_those_that_are_wrong_are_told() {
    let running = with_texts();
    let body = concat!(
        "{\"key\": \"a\", \"text\": \"first line\"}\n",
        "\n",
        "{\"key\": \"b\", \"text\": 3}\n",
        "not json\n",
        "{\"key\": \"c\", \"vectors\": [[1, 2], [3]]}\r\n",
        "{\"key\": \"d\", \"txt\": \"x\"}\n",
        "{\"key\": \"e\", \"text\": \"last line\", \"attributes\": {\"_own\": 1}}\n",
        "{\"key\": \"f\", \"text\": \"last line\"}",
    );
    let answer = stream(&running, "", body);
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/x-ndjson"));
    let lines = answer.lines();
    let failed: Vec<u64> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(failed, [3, 4, 5, 6, 7], "{lines:?}");
    let end = lines.last().unwrap();
    assert_eq!(
        (&end["done"], &end["num_documents"], &end["num_failed"]),
        (&json!(true), &json!(2), &json!(5))
    );
    let receipt = &lines[lines.len() - 2];
    assert_eq!((&receipt["last_line"], &receipt["sequence"]), (&json!(8), &end["sequence"]));
    assert_eq!(num_documents(&running), 6);
}

#[test]
fn a_long_stream_has_a_receipt_for_each_batch() {
    let running = with_texts();
    let body: String =
        (0..2500).map(|at| format!("{{\"key\": \"k{at}\", \"text\": \"number{at} of many\"}}\n")).collect();
    let lines = stream(&running, "", &body).lines();
    let last_lines: Vec<u64> = lines.iter().filter_map(|line| line["last_line"].as_u64()).collect();
    assert_eq!(last_lines, [1024, 2048, 2500]);
    assert_eq!(lines.last().unwrap()["num_documents"], 2500);
    assert_eq!(num_documents(&running), 2504);
    let again = stream(&running, "?on_conflict=skip", &body).lines();
    assert_eq!(again.last().unwrap()["num_documents"], 0);
    let refused = stream(&running, "?on_conflict=fail", &body).lines();
    assert_eq!(refused.last().unwrap()["error"]["kind"], "PreconditionFailed");
}

#[test]
fn a_stream_that_cannot_begin_has_a_status() {
    let running = with_texts();
    stream(&running, "?on_conflict=maybe", "").fails(400, "InvalidArgument", "on_conflict");
    stream(&running, "?tenant=acme", "").fails(400, "InvalidArgument", "no tenants");
    stream(&running, "?color=red", "").fails(400, "InvalidArgument", "color");
    let elsewhere = running.send(
        "POST",
        "/v1/collections/none/documents",
        &[("content-type", "application/x-ndjson")],
        b"",
    );
    elsewhere.fails(404, "NotFound", "none");
    assert_eq!(
        stream(&running, "", "").lines(),
        [json!({ "done": true, "num_documents": 0, "num_failed": 0, "sequence": 0 })]
    );
}

/// Receipts come while the client still sends, and what they name stays when it goes away.
#[test]
fn receipts_come_while_the_rest_is_sent() {
    let running = with_texts();
    let mut client = running.connect();
    let head = format!(
        "POST {LINES} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    client.write_all(head.as_bytes()).unwrap();
    let lines: String = (0..1024).map(|at| format!("{{\"key\": \"s{at}\", \"text\": \"x y\"}}\n")).collect();
    chunk(&mut client, &lines);
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("\"last_line\":1024") {
        let mut bytes = [0; 1024];
        let num = client.read(&mut bytes).unwrap();
        assert!(num > 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&bytes[..num]);
    }
    chunk(&mut client, "{\"key\": \"half");
    drop(client);
    assert_eq!(num_documents(&running), 1028);
}

fn chunk(client: &mut TcpStream, text: &str) {
    client.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).unwrap();
}
