//! One test for each class of hole that servers of vectors had.

use crate::client::{Answer, DOCS, Running, damage, with_texts};
use pleiad::{Collection, Schema};
use pleiad_server::{NewKey, Options, Server};
use serde_json::json;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;

fn key(role: &str) -> NewKey {
    NewKey { role: role.to_owned(), ..NewKey::default() }
}

/// No byte of a body is read, no name is looked up and nothing is told before the key is known.
#[test]
fn nothing_is_done_before_the_key_is_known() {
    let (running, [admin]) = Running::with_keys([key("admin")]);
    running.with_key(&admin, "PUT", DOCS, &json!({ "encoder": "words" })).ok();
    for (method, path) in [
        ("GET", "/v1/collections"),
        ("GET", DOCS),
        ("GET", "/v1/collections/none"),
        ("GET", "/v1/collections/.."),
        ("GET", "/nothing"),
        ("BREW", "/v1/collections"),
        ("DELETE", "/v1/collections/docs?name=docs"),
        ("PUT", "/v1/collections/new"),
    ] {
        // The body never comes: an answer shows that nobody waited for it.
        let mut client = running.connect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 100\r\n\r\n"
        );
        client.write_all(head.as_bytes()).unwrap();
        let answer = Answer::read(client);
        answer.fails(401, "Unauthenticated", "takes a key");
        assert!(answer.headers["www-authenticate"].starts_with("Bearer"));
    }
    assert!(running.path("docs").exists() && !running.path("new").exists());
    for path in ["/healthz", "/readyz", "/version"] {
        assert_eq!(running.get(path).status, 200);
    }
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let running = Running::new();
    fs::create_dir(running.path("inside")).unwrap();
    for name in [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "%2Fetc",
        "a%2Fb",
        "a%00b",
        "keys.json",
        ".hidden",
        "a%5Cb",
        "%252e%252e",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer =
                running.json(method, &format!("/v1/collections/{name}?name={name}"), &json!({ "dim": 2 }));
            assert!([400, 404].contains(&answer.status), "{method} {name}: {answer:?}");
        }
    }
    let names: Vec<_> =
        fs::read_dir(running.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["inside"]);
    // A folder beside it has a name that looks like one within.
    let answer = running.send("GET", "/v1/collections/../../etc/passwd", &[], b"");
    assert_eq!(answer.status, 404, "{answer:?}");
}

#[test]
fn nobody_overwrites_a_collection_by_making_one() {
    let running = with_texts();
    running.json("PUT", DOCS, &json!({ "dim": 2 })).fails(409, "Conflict", "other settings");
    running.json("PUT", DOCS, &json!({ "encoder": "words" })).ok();
    assert_eq!(running.post(&format!("{DOCS}/count"), &json!({})).ok()["num_documents"], 4);
}

/// To know a name is no right to what bears it.
#[test]
fn names_are_no_keys() {
    let notes = NewKey { collections: vec!["notes*".to_owned()], ..key("write") };
    let (running, [admin, notes]) = Running::with_keys([key("admin"), notes]);
    for name in ["docs", "notes", "notes-2"] {
        running
            .with_key(&admin, "PUT", &format!("/v1/collections/{name}"), &json!({ "encoder": "words" }))
            .ok();
    }
    let listed = running.with_key(&notes, "GET", "/v1/collections", &json!(null)).ok();
    let names: Vec<_> =
        listed["collections"].as_array().unwrap().iter().map(|found| &found["name"]).collect();
    assert_eq!(names, ["notes", "notes-2"]);
    let put = |name: &str| {
        running.with_key(
            &notes,
            "PUT",
            &format!("/v1/collections/{name}/documents/a"),
            &json!({ "text": "x y" }),
        )
    };
    put("notes").ok();
    // One that is there and one that is not look the same.
    for name in ["docs", "none"] {
        put(name).fails(404, "NotFound", &format!("there is no collection {name}"));
    }
    running.with_key(&notes, "DELETE", "/v1/collections/notes?name=notes", &json!(null)).fails(
        403,
        "Forbidden",
        "admin",
    );
}

/// A client chooses among what is part of the program: no name of a model is looked for, on the disk or elsewhere.
#[test]
fn no_client_has_the_server_fetch_a_model() {
    let running = Running::new();
    for encoder in ["org/name", "https://example.com/model", "/etc", "../model", "mini-v1", ""] {
        running.json("PUT", DOCS, &json!({ "encoder": encoder })).fails(
            400,
            "InvalidArgument",
            "unknown variant",
        );
    }
    running.json("PUT", DOCS, &json!({ "model": "org/name" })).fails(
        400,
        "InvalidArgument",
        "unknown field `model`",
    );
    assert!(!running.path("docs").exists());
}

#[test]
fn an_address_that_others_reach_asks_for_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path());
    options.listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let problem = Server::start(options).err().unwrap();
    assert!(problem.detail.contains("pleiad key create"), "{problem}");
}

/// A page whose name was rebound to this machine sends its own name, and other pages their origin.
#[test]
fn pages_of_others_cannot_ask() {
    let running = with_texts();
    running.send("GET", DOCS, &[("host", "evil.example")], b"").fails(403, "Forbidden", "evil.example");
    running.send("GET", DOCS, &[("origin", "https://evil.example")], b"").fails(
        403,
        "Forbidden",
        "evil.example",
    );
    let body = br#"{"keys": ["tar"]}"#;
    let simple = running.send(
        "POST",
        &format!("{DOCS}/documents/delete"),
        &[("origin", "null"), ("content-type", "text/plain")],
        body,
    );
    simple.fails(403, "Forbidden", "null");
    let answer = running.send("OPTIONS", DOCS, &[("origin", "https://evil.example")], b"");
    assert!(
        answer.status == 403 && !answer.headers.contains_key("access-control-allow-origin"),
        "{answer:?}"
    );
    let own = format!("http://{}", running.address());
    assert_eq!(running.send("GET", DOCS, &[("origin", &own)], b"").status, 200);
    let shared = Running::with(|options| options.origins = vec!["https://page.example".to_owned()]);
    let answer = shared.send("OPTIONS", DOCS, &[("origin", "https://page.example")], b"");
    assert_eq!(
        (answer.status, answer.headers["access-control-allow-origin"].as_str()),
        (204, "https://page.example")
    );
}

/// Answers name no folder of the server.
#[test]
fn problems_tell_nothing_of_the_machine() {
    let running = Running::new();
    Collection::create(running.path("docs"), &Schema::new(2)).unwrap();
    damage(&running.path("docs"));
    let answer = running.get(DOCS);
    answer.fails(500, "Corrupt", "MANIFEST");
    assert!(!answer.body.contains(running.path("").to_str().unwrap()), "{answer:?}");
}
