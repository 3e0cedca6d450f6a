use super::documents::parsed_key;
use super::read::check_limit;
use crate::call::{Call, Reading, attribute};
use crate::cursor::Cursor;
use crate::failure::{Result, invalid_field, problem};
use crate::http::Reply;
use pleiad::{AttributePath, DocKey, ListedKey, OrderBy};
use pleiad_wire::{DocumentList, Filter, StoredDocument, Vectors};
use serde_json::Value;

/// Documents of a page where nobody says how many.
const DEFAULT_LIMIT: usize = 100;

/// The part of a listing that is asked for.
struct Listing {
    filter: Option<Filter>,
    order: Option<OrderBy>,
    after: Option<Cursor>,
    limit: usize,
    has_text: bool,
    has_vectors: bool,
}

/// Lists documents by key or by an attribute, page by page. A document that stays where it is comes once.
pub(crate) async fn list(mut call: Call) -> Result<Reply> {
    let params = &mut call.params;
    let tenant = params.text("tenant");
    let order = params.text("order_by").map(|text| order_by(&text)).transpose()?;
    let after = params.text("after").map(|text| Cursor::parse(&text, order.as_ref())).transpose()?;
    let filter = params.text("filter").map(|text| match text.trim_start().starts_with('{') {
        true => {
            serde_json::from_str(&text).map_err(|error| invalid_field("filter", format!("filter: {error}")))
        }
        false => Ok(Value::String(text)),
    });
    let listing = Listing {
        filter: filter.transpose()?.map(Filter),
        order,
        after,
        limit: params.value("limit")?.unwrap_or(DEFAULT_LIMIT),
        has_text: params.value("text")?.unwrap_or(true),
        has_vectors: params.value("vectors")?.unwrap_or(false),
    };
    check_limit(listing.limit)?;
    Ok(Reply::json(&call.read(tenant.as_deref(), None, move |reading| listed(reading, &listing)).await?))
}

/// `year`, or `year:desc`.
fn order_by(text: &str) -> Result<OrderBy> {
    let (path, is_descending) = match text.rsplit_once(':') {
        Some((path, "desc")) => (path, true),
        Some((path, "asc")) => (path, false),
        _ => (text, false),
    };
    Ok(OrderBy { path: attribute("order_by", path)?, is_descending })
}

fn listed(reading: &Reading, listing: &Listing) -> Result<DocumentList> {
    let (filter, limit) = (reading.filter_or_all(listing.filter.as_ref())?, listing.limit);
    let snapshot = &reading.snapshot;
    // One more than the page has says whether there is another one.
    let mut places: Vec<ListedKey> = match (&listing.order, &listing.after) {
        (None, after) => {
            let after = after.as_ref().map(Cursor::key).map(parsed_key).transpose()?;
            let keys = snapshot.keys(&filter, after.as_ref(), limit + 1).map_err(problem)?;
            keys.into_iter().map(|key| ListedKey { value: None, key }).collect()
        }
        (Some(order), after) => {
            let after = after.as_ref().map(Cursor::place).transpose()?;
            snapshot.keys_by(&filter, order, after.as_ref(), limit + 1).map_err(problem)?
        }
    };
    let has_more = places.len() > limit;
    places.truncate(limit);
    let order = listing.order.as_ref();
    let next = places.last().filter(|_| has_more).map(|last| Cursor::new(last, order).to_string());
    let document = |place: &ListedKey| stored(reading, &place.key, listing);
    let documents = places.iter().map(document).collect::<Result<_>>()?;
    Ok(DocumentList { documents, next, sequence: snapshot.sequence() })
}

fn stored(reading: &Reading, key: &DocKey, listing: &Listing) -> Result<StoredDocument> {
    let snapshot = &reading.snapshot;
    let lost = || {
        invalid_field("tenant", format!("several tenants may have a document {:?}: name one", key.as_str()))
    };
    if listing.has_vectors {
        let found = snapshot.get(key.as_str()).map_err(problem)?.ok_or_else(lost)?;
        let vectors = Some(Vectors::encoded(found.vectors.data(), found.vectors.dim()));
        let text = found.text.filter(|_| listing.has_text);
        return Ok(StoredDocument { key: key.to_string(), text, attributes: found.attributes, vectors });
    }
    let found = snapshot.get_fields(key.as_str()).map_err(problem)?.ok_or_else(lost)?;
    let text = found.text.filter(|_| listing.has_text);
    Ok(StoredDocument { key: key.to_string(), text, attributes: found.attributes, vectors: None })
}

/// The text of an order, as a cursor has it.
pub(crate) fn order_text(path: &AttributePath, is_descending: bool) -> String {
    format!("{path}{}", if is_descending { ":desc" } else { "" })
}
