//! Requests that nobody should send.

use crate::client::{DOCS, with_texts};
use serde_json::json;
use std::io::{Read, Write};
use std::thread;

#[test]
fn no_bytes_bring_the_server_down() {
    let running = with_texts();
    let mut generator = pleiad_vectors::Seed(7).generator();
    let good = format!(
        "POST {DOCS}/search HTTP/1.1\r\nhost: localhost\r\ncontent-length: 27\r\n\r\n{{\"query\":{{\"text\":\"files\"}}}}"
    );
    for at in 0..300_u64 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..1 + at % 4 {
            let place = generator.below(bytes.len() as u64) as usize;
            bytes[place] = generator.below(256) as u8;
        }
        bytes.truncate(1 + generator.below(bytes.len() as u64) as usize);
        let mut client = running.connect();
        // It may be closed by then.
        drop(client.write_all(&bytes));
        drop(client.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        drop(client.read_to_end(&mut answer));
        assert!(!answer.starts_with(b"HTTP/1.1 500"), "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(running.get("/readyz").status, 200);
}

#[test]
fn heads_that_are_too_much_are_refused() {
    let running = with_texts();
    let many: String = (0..200).map(|at| format!("x-{at}: y\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(100 << 10));
    for headers in [many, long] {
        let mut client = running.connect();
        drop(
            client.write_all(format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes()),
        );
        let mut answer = Vec::new();
        drop(client.read_to_end(&mut answer));
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(running.get("/healthz").status, 200);
}

#[test]
fn json_that_is_deep_wide_or_none_is_an_error() {
    let running = with_texts();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let filter = format!("{{\"filter\": {}1{}}}", "{\"must\":[".repeat(100), "]}".repeat(100));
    for body in [
        deep.as_str(),
        filter.as_str(),
        "{",
        "null",
        "[]",
        "\u{0}",
        "{\"filter\": 3}",
        "{\"filter\": \"",
        "{}{}",
    ] {
        let answer = running.send("POST", &format!("{DOCS}/count"), &[], body.as_bytes());
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    let answer = running.send("POST", &format!("{DOCS}/count"), &[], b"{\"filter\": \"x = \xff\"}");
    assert_eq!(answer.status, 400);
}

/// Clients that write and search at once, some of which break off: every acknowledged document is there.
#[test]
fn cut_connections_lose_nothing_that_was_acknowledged() {
    let running = &with_texts();
    let acknowledged: u64 = thread::scope(|scope| {
        let clients = (0..4).map(|client| {
            scope.spawn(move || {
                let mut num = 0;
                for at in 0..25 {
                    let path = format!("{DOCS}/documents/c{client}-{at}");
                    if at % 5 == 4 {
                        let mut cut = running.connect();
                        let head = format!(
                            "PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\n{{\"text\":"
                        );
                        cut.write_all(head.as_bytes()).unwrap();
                        continue;
                    }
                    running.json("PUT", &path, &json!({ "text": format!("heron number{at}") })).ok();
                    num += 1;
                    let found = running
                        .post(&format!("{DOCS}/search"), &json!({ "query": { "text": "heron" }, "k": 1000 }))
                        .ok();
                    assert!(found["hits"].as_array().unwrap().len() as u64 >= num);
                }
                num
            })
        });
        clients.collect::<Vec<_>>().into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(acknowledged, 80);
    let counted = running.post(&format!("{DOCS}/count"), &json!({ "filter": "_key STARTS WITH \"c\"" })).ok();
    // `cp` is one of the four texts.
    assert_eq!(counted["num_matched"], acknowledged + 1);
}
