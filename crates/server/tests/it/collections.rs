use crate::client::{DOCS, Running, damage, with_texts};
use pleiad::{Collection, Schema};
use serde_json::json;
use std::fs;

#[test]
fn a_collection_is_made_once_and_removed_by_its_name() {
    let running = Running::new();
    assert_eq!(running.get("/v1/collections").ok(), json!({ "collections": [] }));
    let made = running.json("PUT", DOCS, &json!({ "dim": 3 }));
    assert_eq!((made.status, made.headers["location"].as_str()), (201, DOCS));
    assert_eq!(made.ok()["is_new"], true);
    let again = running.json("PUT", DOCS, &json!({ "dim": 3 }));
    assert_eq!((again.status, again.ok()["is_new"].clone()), (200, json!(false)));
    running.json("PUT", DOCS, &json!({ "dim": 4 })).fails(409, "Conflict", "other settings");
    let info = running.get(DOCS).ok();
    assert_eq!(
        (info["name"].as_str(), info["num_documents"].as_u64(), info["schema"]["dim"].as_u64()),
        (Some("docs"), Some(0), Some(3))
    );
    running.send("DELETE", DOCS, &[], b"").fails(400, "InvalidArgument", "repeat its name");
    running.send("DELETE", &format!("{DOCS}?name=other"), &[], b"").fails(
        400,
        "InvalidArgument",
        "repeat its name",
    );
    assert_eq!(running.send("DELETE", &format!("{DOCS}?name=docs"), &[], b"").status, 204);
    running.get(DOCS).fails(404, "NotFound", "docs");
    assert!(!running.path("docs").exists());
    assert_eq!(running.json("PUT", DOCS, &json!({ "dim": 4 })).status, 201);
}

/// A collection that the server makes is the one that the command would make.
#[test]
fn settings_mean_what_they_mean_to_the_library() {
    let running = Running::new();
    for (at, (new, expected)) in [
        (json!({ "dim": 5 }), json!({ "dim": 5, "token_code": "int8" })),
        (json!({ "dim": 5, "tokens": "f16", "words": "english-1" }), json!({ "token_code": "f16" })),
        (json!({ "encoder": "words", "language": "de" }), json!({ "encoder": "words-v1" })),
        (json!({ "encoder": "none", "dim": 2, "tenants": true }), json!({ "tenants": true })),
    ]
    .into_iter()
    .enumerate()
    {
        let schema = running.json("PUT", &format!("/v1/collections/c{at}"), &new).ok()["schema"].clone();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&schema[name], value, "{new} {schema}");
        }
        let opened = Collection::open(running.path(&format!("c{at}"))).unwrap();
        assert_eq!(opened.schema().dim as u64, schema["dim"].as_u64().unwrap());
    }
    for (new, detail) in [
        (json!({ "encoder": "none" }), "dimension must be given"),
        (json!({ "encoder": "mini", "dim": 3 }), "leave it out"),
        (json!({ "words": "klingon-1" }), "no analyzer"),
        (json!({ "encoder": "org/name" }), "unknown variant"),
        (json!({ "dim": 0 }), "dim"),
        (json!({ "dims": 3 }), "unknown field `dims`"),
    ] {
        running.json("PUT", "/v1/collections/x", &new).fails(400, "InvalidArgument", detail);
        assert!(!running.path("x").exists());
    }
}

#[test]
fn collections_are_listed_page_by_page_and_damage_is_told() {
    let running = Running::new();
    for name in ["c", "a", "b", "d"] {
        Collection::create(running.path(name), &Schema::new(2)).unwrap();
    }
    damage(&running.path("b"));
    fs::create_dir(running.path("empty")).unwrap();
    let page = running.get("/v1/collections?limit=2").ok();
    assert_eq!((page["collections"][0]["name"].as_str(), page["next"].as_str()), (Some("a"), Some("b")));
    assert!(page["collections"][1]["error"].as_str().is_some(), "{page}");
    let rest = running.get("/v1/collections?limit=2&after=b").ok();
    assert_eq!((rest["collections"][1]["name"].as_str(), rest.get("next")), (Some("d"), None));
    running.get("/v1/collections/b").fails(500, "Corrupt", "");
    for (path, detail) in [
        ("?limit=0", "limit"),
        ("?limit=x", "limit"),
        ("?page=2", "page"),
        ("?after=..", "names no collection"),
    ] {
        running.get(&format!("/v1/collections{path}")).fails(400, "InvalidArgument", detail);
    }
}

#[test]
fn what_is_public_needs_no_collection() {
    let running = with_texts();
    assert_eq!(running.get("/healthz").body, "ok\n");
    assert_eq!(running.get("/readyz").body, "ready\n");
    assert_eq!(running.get("/version").ok()["version"], env!("CARGO_PKG_VERSION"));
    running.get("/v2").fails(404, "NotFound", "/v1/openapi.json");
    running.send("POST", "/healthz", &[], b"").fails(405, "MethodNotAllowed", "GET");
    assert_eq!(running.send("HEAD", "/healthz", &[], b"").body, "");
}

#[test]
fn a_single_collection_is_served_too() {
    let folder = tempfile::tempdir().unwrap();
    Collection::create(folder.path().join("notes"), &Schema::new(2)).unwrap();
    let running = Running::of(folder, |options| options.data = options.data.join("notes"));
    assert_eq!(running.get("/v1/collections").ok()["collections"][0]["name"], "notes");
    assert_eq!(running.get("/v1/collections/notes").ok()["num_documents"], 0);
    running.json("PUT", DOCS, &json!({ "dim": 2 })).fails(403, "Forbidden", "single collection");
}
