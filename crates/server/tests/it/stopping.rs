use crate::client::{Answer, DOCS, with_texts};
use pleiad::Collection;
use serde_json::json;
use std::future::{pending, ready};
use std::io::Write;
use std::net::TcpStream;
use std::thread;

/// A request that was begun comes to its end, new connections are refused, and the lock of the collection is free.
#[test]
fn a_server_that_ends_finishes_what_was_begun() {
    let mut running = with_texts();
    let mut client = running.connect();
    let body = json!({ "text": "kept to the end" }).to_string();
    let head = format!(
        "PUT {DOCS}/documents/last HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&body.as_bytes()[..5]).unwrap();
    // The request has begun once a later one is answered.
    assert_eq!(running.get("/healthz").status, 200);
    let (server, address) = (running.server(), running.address());
    let stopping = thread::spawn(move || server.stop(pending()));
    while TcpStream::connect(address).is_ok() {
        thread::yield_now();
    }
    client.write_all(&body.as_bytes()[5..]).unwrap();
    Answer::read(client).ok();
    assert!(stopping.join().unwrap());
    let collection = Collection::open(running.path("docs")).unwrap();
    assert!(collection.snapshot().unwrap().contains("last").unwrap());
    collection.writer().unwrap();
}

#[test]
fn a_server_that_is_hurried_waits_for_nobody() {
    let mut running = with_texts();
    let mut client = running.connect();
    client
        .write_all(
            format!("PUT {DOCS}/documents/last HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{{")
                .as_bytes(),
        )
        .unwrap();
    assert_eq!(running.get("/healthz").status, 200);
    assert!(!running.server().stop(ready(())));
    let snapshot = Collection::open(running.path("docs")).unwrap().snapshot().unwrap();
    assert!(!snapshot.contains("last").unwrap() && snapshot.num_documents() == 4);
}
