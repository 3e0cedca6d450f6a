//! The description of the API: made of the table of operations and of the types that travel, so that it cannot say anything
//! else than what is done.

use crate::access::Role;
use crate::operations::{OPERATIONS, Operation, Row};
use crate::page;
use pleiad_wire as wire;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Place of the types in the description.
const DEFINITIONS: &str = "/components/schemas";

/// Content types of bodies, with their schemas.
type Contents = Vec<(&'static str, Value)>;

/// The API as OpenAPI 3.1 describes it.
pub fn description() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = DEFINITIONS.into();
        settings.meta_schema = None;
    });
    let mut types = SchemaGenerator::new(settings);
    let problem = json!({ wire::PROBLEM_JSON: { "schema": of::<wire::Problem>(&mut types) } });
    let mut paths: Map<String, Value> = Map::new();
    for row in &OPERATIONS {
        let described = operation(row, &mut types);
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method.to_lowercase()] = described;
    }
    let schemas = types.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pleiad",
            "summary": "A search engine for sets of vectors",
            "description": "Collections of documents, each a set of token vectors with text and attributes, over HTTP.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key of `pleiad key create`, where the server asks for some." },
            },
            "responses": { "Problem": { "description": "Why it was not done.", "content": problem } },
            "schemas": schemas,
        },
    })
}

fn of<T: JsonSchema>(types: &mut SchemaGenerator) -> Value {
    Schema::into(types.subschema_for::<T>())
}

fn operation(row: &Row, types: &mut SchemaGenerator) -> Value {
    let (request, answer) = bodies(row.operation, types);
    let contents = |contents: Contents| {
        Value::Object(
            contents
                .into_iter()
                .map(|(kind, schema)| (kind.to_owned(), json!({ "schema": schema })))
                .collect(),
        )
    };
    let done = match row.operation {
        Operation::DeleteCollection => json!({ "204": { "description": "It is gone." } }),
        Operation::CreateCollection => {
            let content = contents(answer);
            json!({
                "200": { "description": "It was there already.", "content": content },
                "201": { "description": "It was made.", "content": content },
            })
        }
        _ => json!({ "200": { "description": "Done.", "content": contents(answer) } }),
    };
    let mut described = json!({
        "operationId": format!("{:?}", row.operation),
        "summary": row.summary,
        "tags": [tag(row)],
        "parameters": parameters(row),
        "responses": done,
    });
    described["responses"]["default"] = json!({ "$ref": "#/components/responses/Problem" });
    described["x-role"] = json!(row.role.name());
    if row.role == Role::Public {
        described["security"] = json!([]);
    }
    if !request.is_empty() {
        described["requestBody"] = json!({ "required": true, "content": contents(request) });
    }
    described
}

/// The part of the API that an operation belongs to.
fn tag(row: &Row) -> &'static str {
    match row.path.trim_start_matches("/v1/collections/{collection}").split('/').nth(1) {
        _ if !row.path.starts_with("/v1/collections") => "server",
        Some("documents" | "tenants") => "documents",
        Some("search" | "explain" | "plan" | "count" | "values") => "reading",
        _ => "collections",
    }
}

/// Bodies of the request and of the answer.
fn bodies(operation: Operation, types: &mut SchemaGenerator) -> (Contents, Contents) {
    let json = |schema: Value| vec![(wire::JSON, schema)];
    macro_rules! bodies {
        ($answer:ty) => {
            (Vec::new(), json(of::<$answer>(types)))
        };
        ($request:ty => $answer:ty) => {
            (json(of::<$request>(types)), json(of::<$answer>(types)))
        };
    }
    match operation {
        Operation::Health | Operation::Ready | Operation::Metrics => {
            (Vec::new(), vec![("text/plain", json!({ "type": "string" }))])
        }
        Operation::Page | Operation::PageStyle | Operation::PageScript | Operation::PageIcon => {
            let kind = page::content_type(operation).unwrap_or("text/plain");
            (Vec::new(), vec![(kind, json!({ "type": "string" }))])
        }
        Operation::Description => (Vec::new(), json(json!({ "type": "object" }))),
        Operation::Version => bodies!(wire::Version),
        Operation::ListCollections => bodies!(wire::CollectionList),
        Operation::CreateCollection => bodies!(wire::NewCollection => wire::Created),
        Operation::GetCollection => bodies!(wire::CollectionInfo),
        Operation::DeleteCollection => (Vec::new(), Vec::new()),
        Operation::Search => bodies!(wire::SearchRequest => wire::SearchAnswer),
        Operation::SearchBatch => bodies!(wire::BatchRequest => wire::BatchAnswer),
        Operation::Explain => (json(of::<wire::ExplainRequest>(types)), json(json!({ "type": "object" }))),
        Operation::Plan => bodies!(wire::PlanRequest => wire::PlanAnswer),
        Operation::Count => bodies!(wire::CountRequest => wire::CountAnswer),
        Operation::Values => bodies!(wire::ValuesRequest => wire::ValuesAnswer),
        Operation::AddDocuments => {
            let line = json!({ "oneOf": [of::<wire::Added>(types), of::<wire::LineFailed>(types), of::<wire::StreamEnd>(types)] });
            let request = vec![
                (wire::JSON, of::<wire::AddDocuments>(types)),
                (wire::NDJSON, of::<wire::Document>(types)),
            ];
            (request, vec![(wire::JSON, of::<wire::Added>(types)), (wire::NDJSON, line)])
        }
        Operation::ListDocuments => bodies!(wire::DocumentList),
        Operation::PutDocument => bodies!(wire::Document => wire::Added),
        Operation::GetDocument => bodies!(wire::StoredDocument),
        Operation::PatchDocument => (json(json!({ "type": "object" })), json(of::<wire::Patched>(types))),
        Operation::DeleteDocument | Operation::DeleteTenant => bodies!(wire::Deleted),
        Operation::DeleteDocuments => bodies!(wire::DeleteDocuments => wire::Deleted),
        Operation::PatchDocuments => bodies!(wire::PatchDocuments => wire::Patched),
        Operation::ListTenants => bodies!(wire::TenantList),
    }
}

const TENANT: (&str, &str, &str) =
    ("tenant", "string", "The tenant, in a collection that keeps tenants apart.");
const LIMIT: (&str, &str, &str) = ("limit", "integer", "How many there are on a page.");
const AFTER: (&str, &str, &str) = ("after", "string", "`next` of the page before.");

/// Parameters in the address and behind it.
fn parameters(row: &Row) -> Vec<Value> {
    let name = |segment: &str| segment.strip_prefix('{')?.strip_suffix('}').map(str::to_owned);
    let in_path = row.path.split('/').filter_map(name).map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "description": meaning(&name) })
    });
    let behind: &[(&str, &str, &str)] = match row.operation {
        Operation::ListCollections | Operation::ListTenants => &[LIMIT, AFTER],
        Operation::DeleteCollection => &[("name", "string", "The name once more.")],
        Operation::AddDocuments => &[
            ("tenant", "string", "The tenant of a stream; that of a batch stands in its body."),
            ("on_conflict", "string", "Treatment of stored documents by a stream: replace, skip or fail."),
        ],
        Operation::ListDocuments => &[
            ("filter", "string", "Documents for which this holds, as text or as JSON."),
            ("order_by", "string", "An attribute, `year` or `year:desc`; keys where it is left out."),
            LIMIT,
            AFTER,
            ("text", "boolean", "Whether documents come with their texts; true where it is left out."),
            ("vectors", "boolean", "Whether documents come with their token vectors."),
            TENANT,
        ],
        Operation::GetDocument => {
            &[("vectors", "boolean", "Whether it comes with its token vectors."), TENANT]
        }
        Operation::PutDocument | Operation::PatchDocument | Operation::DeleteDocument => &[TENANT],
        _ => &[],
    };
    let behind = behind.iter().map(|(name, kind, description)| {
        json!({ "name": name, "in": "query", "schema": { "type": kind }, "description": description })
    });
    in_path.chain(behind).collect()
}

fn meaning(name: &str) -> &'static str {
    match name {
        "collection" => "The name of the collection: letters, digits, - and _.",
        "key" => "The key of the document, percent-encoded.",
        _ => "The name of the tenant, percent-encoded.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of the description leads somewhere.
    #[test]
    fn everything_is_described_and_refers_to_what_is_there() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(values) => values.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let description = description();
        let mut found = Vec::new();
        references(&description, &mut found);
        assert!(found.len() > 40, "{}", found.len());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(description.pointer(pointer).is_some(), "{reference}");
        }
        let num_operations: usize = description["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|path| path.as_object().unwrap().len())
            .sum();
        assert_eq!(num_operations, OPERATIONS.len());
        let search = &description["components"]["schemas"]["SearchRequest"];
        assert!(
            search["properties"]["recall"]["description"].as_str().unwrap().contains("exact hits"),
            "{search}"
        );
    }
}
