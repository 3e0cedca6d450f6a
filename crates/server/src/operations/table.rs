pub(crate) use crate::access::Role;
use crate::catalog::{CollectionName, named};
use crate::failure::Result;
use crate::http::params::decoded;
use pleiad_wire::{Kind, Problem};

/// Everything that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Health,
    Ready,
    Version,
    Metrics,
    Description,
    Page,
    PageStyle,
    PageScript,
    PageIcon,
    ListCollections,
    CreateCollection,
    GetCollection,
    DeleteCollection,
    Search,
    SearchBatch,
    Explain,
    Plan,
    Count,
    Values,
    AddDocuments,
    ListDocuments,
    PutDocument,
    GetDocument,
    PatchDocument,
    DeleteDocument,
    DeleteDocuments,
    PatchDocuments,
    ListTenants,
    DeleteTenant,
}

/// One operation: how it is asked for, who may, and what it does.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    /// Segments in braces stand for a name.
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    pub(crate) role: Role,
    pub(crate) summary: &'static str,
}

const fn row(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    role: Role,
    summary: &'static str,
) -> Row {
    Row { method, path, operation, role, summary }
}

/// All operations. The description of the API, the metrics and the roles come from here.
pub(crate) const OPERATIONS: [Row; 29] = [
    row("GET", "/", Operation::Page, Role::Public, "Shows the page for people."),
    row("GET", "/ui/page.css", Operation::PageStyle, Role::Public, "Gives its style."),
    row("GET", "/ui/page.js", Operation::PageScript, Role::Public, "Gives its script."),
    row("GET", "/ui/icon.svg", Operation::PageIcon, Role::Public, "Gives its icon."),
    row("GET", "/healthz", Operation::Health, Role::Public, "Tells that the server is alive."),
    row("GET", "/readyz", Operation::Ready, Role::Public, "Tells whether the server can answer."),
    row("GET", "/version", Operation::Version, Role::Public, "Names the version and the instruction set."),
    row(
        "GET",
        "/metrics",
        Operation::Metrics,
        Role::Read,
        "Counts and times of this server, as Prometheus reads them.",
    ),
    row(
        "GET",
        "/v1/openapi.json",
        Operation::Description,
        Role::Public,
        "Describes all of this (OpenAPI 3.1).",
    ),
    row(
        "GET",
        "/v1/collections",
        Operation::ListCollections,
        Role::Read,
        "Lists the collections that the key may see.",
    ),
    row(
        "PUT",
        "/v1/collections/{collection}",
        Operation::CreateCollection,
        Role::Admin,
        "Creates a collection; nothing is done to one that is there with the same settings.",
    ),
    row(
        "GET",
        "/v1/collections/{collection}",
        Operation::GetCollection,
        Role::Read,
        "Counts, bytes, parameters and promises of a collection.",
    ),
    row(
        "DELETE",
        "/v1/collections/{collection}",
        Operation::DeleteCollection,
        Role::Admin,
        "Removes a collection; the parameter `name` has to repeat its name.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/search",
        Operation::Search,
        Role::Read,
        "Finds the best documents for a question.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/search/batch",
        Operation::SearchBatch,
        Role::Read,
        "Finds the best documents for several questions, all in one state of the collection.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/explain",
        Operation::Explain,
        Role::Read,
        "Tells which parts of a document and of a question make its score.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/plan",
        Operation::Plan,
        Role::Read,
        "Tells what a search would do, and what recall it promises.",
    ),
    row("POST", "/v1/collections/{collection}/count", Operation::Count, Role::Read, "Counts documents."),
    row(
        "POST",
        "/v1/collections/{collection}/values",
        Operation::Values,
        Role::Read,
        "Counts documents by the values of an attribute.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/documents",
        Operation::AddDocuments,
        Role::Write,
        "Stores documents: some as one batch, or a stream of lines with a receipt for each batch.",
    ),
    row(
        "GET",
        "/v1/collections/{collection}/documents",
        Operation::ListDocuments,
        Role::Read,
        "Lists documents by key, or by an attribute.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/documents/delete",
        Operation::DeleteDocuments,
        Role::Write,
        "Deletes documents by their keys or by a filter.",
    ),
    row(
        "POST",
        "/v1/collections/{collection}/documents/patch",
        Operation::PatchDocuments,
        Role::Write,
        "Merges attributes into documents by their keys or by a filter.",
    ),
    row(
        "PUT",
        "/v1/collections/{collection}/documents/{key}",
        Operation::PutDocument,
        Role::Write,
        "Stores one document.",
    ),
    row(
        "GET",
        "/v1/collections/{collection}/documents/{key}",
        Operation::GetDocument,
        Role::Read,
        "Gives one document.",
    ),
    row(
        "PATCH",
        "/v1/collections/{collection}/documents/{key}",
        Operation::PatchDocument,
        Role::Write,
        "Merges attributes into one document.",
    ),
    row(
        "DELETE",
        "/v1/collections/{collection}/documents/{key}",
        Operation::DeleteDocument,
        Role::Write,
        "Deletes one document.",
    ),
    row(
        "GET",
        "/v1/collections/{collection}/tenants",
        Operation::ListTenants,
        Role::Read,
        "Lists tenants with the numbers of their documents.",
    ),
    row(
        "DELETE",
        "/v1/collections/{collection}/tenants/{tenant}",
        Operation::DeleteTenant,
        Role::Write,
        "Deletes all documents of a tenant.",
    ),
];

/// An operation that a request asks for, with the names in its address.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) row: &'static Row,
    pub(crate) collection: Option<CollectionName>,
    /// The key, the tenant or the job.
    pub(crate) item: Option<String>,
}

/// The operation of a method and a path.
///
/// # Errors
/// `NotFound` for a path that is none, `MethodNotAllowed` for one that knows other methods, `InvalidArgument` for a name that
/// is none.
pub(crate) fn find(method: &str, path: &str) -> Result<Found> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut others = Vec::new();
    for row in OPERATIONS.iter().filter(|row| fits(row.path, &segments)) {
        // Answers to HEAD are those to GET without their bodies.
        if row.method == method || row.method == "GET" && method == "HEAD" {
            return with_names(row, &segments);
        }
        others.push(row.method);
    }
    match others.as_slice() {
        [] => Err(Problem::new(
            Kind::NotFound,
            format!("there is no {path:?} here: /v1/openapi.json lists what there is"),
        )),
        others => Err(Problem::new(
            Kind::MethodNotAllowed,
            format!("{path:?} knows no {method}: {}", others.join(", ")),
        )),
    }
}

fn is_name(segment: &str) -> bool {
    segment.starts_with('{')
}

fn fits(path: &str, segments: &[&str]) -> bool {
    let mut own = path.split('/');
    let is_same =
        |segment: &&str| own.next().is_some_and(|own| own == *segment || is_name(own) && !segment.is_empty());
    segments.iter().all(is_same) && path.split('/').count() == segments.len()
}

fn with_names(row: &'static Row, segments: &[&str]) -> Result<Found> {
    let mut found = Found { row, collection: None, item: None };
    for (own, segment) in row.path.split('/').zip(segments).filter(|(own, _)| is_name(own)) {
        let name = decoded(segment)?;
        match own {
            "{collection}" => found.collection = Some(named(&name)?),
            _ => found.item = Some(name),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_operations_with_their_names() {
        let found = find("GET", "/v1/collections/notes/documents/a%2Fb.md").unwrap();
        assert_eq!(found.row.operation, Operation::GetDocument);
        assert_eq!((found.collection.unwrap().as_str(), found.item.as_deref()), ("notes", Some("a/b.md")));
        assert_eq!(
            find("POST", "/v1/collections/n/documents/delete").unwrap().row.operation,
            Operation::DeleteDocuments
        );
        assert_eq!(
            find("PUT", "/v1/collections/n/documents/delete").unwrap().row.operation,
            Operation::PutDocument
        );
        assert_eq!(find("HEAD", "/healthz").unwrap().row.operation, Operation::Health);
    }

    #[test]
    fn what_leads_nowhere_is_told_apart() {
        for (method, path, kind) in [
            ("GET", "/ui", Kind::NotFound),
            ("GET", "/v1/collections/", Kind::NotFound),
            ("GET", "/v1/collections/n/documents/a/b", Kind::NotFound),
            ("GET", "/v1//collections", Kind::NotFound),
            ("POST", "/v1/collections", Kind::MethodNotAllowed),
            ("BREW", "/healthz", Kind::MethodNotAllowed),
            ("GET", "/v1/collections/..", Kind::InvalidArgument),
            ("GET", "/v1/collections/%2e%2e%2fsecret", Kind::InvalidArgument),
            ("DELETE", "/v1/collections/..%2F..", Kind::InvalidArgument),
            ("GET", "/v1/collections/n/documents/%ff", Kind::InvalidArgument),
        ] {
            assert_eq!(find(method, path).unwrap_err().kind, kind, "{method} {path}");
        }
    }

    #[test]
    fn no_two_operations_have_one_address() {
        for (at, row) in OPERATIONS.iter().enumerate() {
            let is_same = |other: &Row| (other.method, other.path) == (row.method, row.path);
            assert!(!OPERATIONS[at + 1..].iter().any(is_same), "{row:?}");
            let writes =
                row.method != "GET" && row.path.starts_with("/v1/collections/{collection}/documents/");
            assert!(!writes || row.role >= Role::Write, "{row:?}");
        }
    }
}
