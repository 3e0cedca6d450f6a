//! Everything that a client can ask for: one row of a table for each, and a file for each kind.

mod batch;
mod catalog;
mod delete;
mod documents;
mod explain;
mod hits;
mod ingest;
mod listing;
mod read;
mod record;
mod search;
mod table;
mod tenants;

pub(crate) use listing::order_text;
pub(crate) use table::{Found, OPERATIONS, Operation, Row, find};

use crate::call::Call;
use crate::failure::Result;
use crate::http::Reply;
use crate::metrics::PROMETHEUS;
use crate::openapi::description;
use crate::page;
use pleiad_wire::{Kind, Problem, Version};

/// Does what a request asks for.
///
/// # Errors
/// The reason why it cannot be done.
pub(crate) async fn run(mut call: Call) -> Result<Reply> {
    match call.found.row.operation {
        Operation::Health => {
            call.finish_params()?;
            Ok(Reply::bytes(200, "text/plain", "ok\n"))
        }
        Operation::Ready => ready(call),
        Operation::Version => {
            call.finish_params()?;
            let (version, isa) = (env!("CARGO_PKG_VERSION").to_owned(), pleiad::Isa::best().to_string());
            Ok(Reply::json(&Version { version, isa }))
        }
        Operation::Metrics => {
            call.finish_params()?;
            let state = &call.state;
            let waiting = [("read", state.reads.num_waiting()), ("write", state.writes.num_waiting())];
            Ok(Reply::bytes(200, PROMETHEUS, state.metrics.text(&state.catalog, &waiting)))
        }
        Operation::Description => {
            call.finish_params()?;
            Ok(Reply::json(&description()))
        }
        operation
        @ (Operation::Page | Operation::PageStyle | Operation::PageScript | Operation::PageIcon) => {
            page::file(operation)
        }
        Operation::ListCollections => catalog::list(call).await,
        Operation::CreateCollection => catalog::create(call).await,
        Operation::GetCollection => catalog::get(call).await,
        Operation::DeleteCollection => catalog::delete(call).await,
        Operation::Search => search::search(call).await,
        Operation::SearchBatch => batch::search_batch(call).await,
        Operation::Explain => explain::explain(call).await,
        Operation::Plan => read::plan(call).await,
        Operation::Count => read::count(call).await,
        Operation::Values => read::values(call).await,
        Operation::AddDocuments => ingest::add(call).await,
        Operation::ListDocuments => listing::list(call).await,
        Operation::PutDocument => documents::put(call).await,
        Operation::GetDocument => documents::get(call).await,
        Operation::PatchDocument => documents::patch(call).await,
        Operation::DeleteDocument => documents::delete(call).await,
        Operation::DeleteDocuments => delete::delete(call).await,
        Operation::PatchDocuments => delete::patch(call).await,
        Operation::ListTenants => tenants::list(call).await,
        Operation::DeleteTenant => tenants::delete(call).await,
    }
}

/// Tells whether the server takes requests: not when it ends, and not without its folder.
fn ready(mut call: Call) -> Result<Reply> {
    call.finish_params()?;
    if call.state.is_ending() {
        return Err(Problem::new(Kind::Unavailable, "the server is about to end"));
    }
    call.state.catalog.names(None).map_err(|problem| Problem::new(Kind::Unavailable, problem.detail))?;
    Ok(Reply::bytes(200, "text/plain", "ready\n"))
}
