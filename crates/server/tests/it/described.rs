//! The description of the API, and the page that is made of it: `cargo xtask api` writes it anew.

use crate::client::Running;
use pleiad_server::description;
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The variable that has the page written.
const WRITE: &str = "PLEIAD_WRITE_API";

#[test]
fn the_description_is_served_and_the_page_says_the_same() {
    let served: Value = serde_json::from_str(&Running::new().get("/v1/openapi.json").body).unwrap();
    assert_eq!(served, description());
    // Where a validator finds it: `cargo xtask api`.
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json"), served.to_string()).unwrap();
    let (path, expected) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md"), page(&served));
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == expected, "docs/api.md does not say what the server does: run cargo xtask api");
}

/// The description for people.
fn page(description: &Value) -> String {
    let mut page = String::from(
        "# The HTTP API\n\nMade of the server's own description (OpenAPI 3.1) by `cargo xtask api`; a server gives that at `/v1/openapi.json`.\n\
         [server.md](server.md) says how to start one, and what holds for all requests: keys, limits, errors.\n\n## Operations\n\n| request | role | |\n|---|---|---|\n",
    );
    let mut details = String::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let (method, summary) = (method.to_uppercase(), operation["summary"].as_str().unwrap());
            let role = operation["x-role"].as_str().unwrap();
            writeln!(page, "| `{method} {path}` | {role} | {summary} |").unwrap();
            writeln!(details, "### `{method} {path}`\n\n{summary}\n").unwrap();
            describe(operation, &mut details);
        }
    }
    write!(page, "\n## Each of them\n\n{details}## Types\n").unwrap();
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        write!(page, "\n### {name}\n\n{}\n", text_of(schema)).unwrap();
        rows(schema, &mut page);
    }
    page
}

fn describe(operation: &Value, page: &mut String) {
    for parameter in operation["parameters"].as_array().unwrap() {
        let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
        writeln!(page, "* `{name}` ({place}): {}", parameter["description"].as_str().unwrap()).unwrap();
    }
    for (kind, schema) in contents(&operation["requestBody"]) {
        writeln!(page, "* Request, `{kind}`: {schema}").unwrap();
    }
    for (status, answer) in operation["responses"].as_object().unwrap() {
        for (kind, schema) in contents(answer) {
            writeln!(page, "* Answer {status}, `{kind}`: {schema}").unwrap();
        }
    }
    page.push('\n');
}

fn contents(body: &Value) -> Vec<(String, String)> {
    let contents = body["content"].as_object().into_iter().flatten();
    contents.map(|(kind, content)| (kind.clone(), type_of(&content["schema"]))).collect()
}

fn rows(schema: &Value, page: &mut String) {
    if let Some(fields) = schema["properties"].as_object() {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        page.push_str("\n| field | type | |\n|---|---|---|\n");
        for (name, field) in fields {
            let mark = if required.contains(&name.as_str()) { "" } else { "?" };
            writeln!(page, "| `{name}`{mark} | {} | {} |", type_of(field), text_of(field)).unwrap();
        }
        return;
    }
    let variants = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
        .or_else(|| schema["enum"].as_array());
    if let Some(variants) = variants {
        page.push('\n');
        for variant in variants {
            let text = text_of(variant);
            let text = if text.is_empty() { text } else { format!(": {text}") };
            writeln!(page, "* {}{text}", type_of(variant)).unwrap();
        }
    }
}

/// A description on one line of a table.
fn text_of(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(constant) = schema.get("const").or_else(|| schema.as_str().map(|_| schema)) {
        return format!("`{}`", constant.as_str().unwrap_or_default());
    }
    if let Some(variants) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let types: Vec<String> = variants.iter().map(type_of).collect();
        return types.join(" or ");
    }
    if let Some(names) = schema["enum"].as_array() {
        let names: Vec<String> =
            names.iter().map(|name| format!("`{}`", name.as_str().unwrap_or_default())).collect();
        return names.join(" or ");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("array of {}", type_of(&schema["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}
