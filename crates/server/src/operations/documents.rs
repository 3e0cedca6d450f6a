//! One document by its key.

use super::ingest::Target;
use super::record::record;
use crate::call::{Call, Reading};
use crate::failure::{Result, invalid, invalid_field, problem};
use crate::http::Reply;
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use pleiad::{Batch, DocKey, Predicate};
use pleiad_text::amendment;
use pleiad_text::ingest::OnConflict;
use pleiad_text::input::Place;
use pleiad_wire::{Deleted, Document, Kind, Patched, Problem, StoredDocument, Vectors};
use serde_json::{Map, Value};

/// Gives one document. One that the key may not see is missing.
pub(crate) async fn get(mut call: Call) -> Result<Reply> {
    let with_vectors = call.params.value("vectors")?.unwrap_or(false);
    let tenant = call.params.text("tenant");
    let key = call.item();
    let found = move |reading: &Reading| {
        let (snapshot, missing) = (&reading.snapshot, || missing(&key));
        if !reading.access.sees_document(snapshot, &key)? {
            return Err(missing());
        }
        if !with_vectors {
            let fields = snapshot.get_fields(&key).map_err(problem)?.ok_or_else(missing)?;
            let (key, text, attributes) = (fields.key.to_string(), fields.text, fields.attributes);
            return Ok(StoredDocument { key, text, attributes, vectors: None });
        }
        let document = snapshot.get(&key).map_err(problem)?.ok_or_else(missing)?;
        Ok(StoredDocument {
            key: document.key.to_string(),
            text: document.text,
            attributes: document.attributes,
            vectors: Some(Vectors::encoded(document.vectors.data(), document.vectors.dim())),
        })
    };
    Ok(Reply::json(&call.read(tenant.as_deref(), None, found).await?))
}

fn missing(key: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no document {key:?} in this collection"))
}

/// Stores one document; with `If-None-Match: *` only where there is none of its key.
pub(crate) async fn put(mut call: Call) -> Result<Reply> {
    let on_conflict = match call.headers.get(IF_NONE_MATCH).map(HeaderValue::as_bytes) {
        None => OnConflict::Replace,
        Some(b"*") => OnConflict::Fail,
        Some(_) => return Err(invalid("If-None-Match knows * alone: documents have no tags")),
    };
    let _room = call.room()?;
    let tenant = call.params.text("tenant");
    let document: Document = call.json().await?;
    call.finish_params()?;
    let key = call.item();
    if document.key.as_ref().is_some_and(|own| *own != key) {
        return Err(invalid_field(
            "key",
            format!("the address names document {key:?}, and the body another one"),
        ));
    }
    let Document { text, attributes, vectors, .. } = &document;
    if text.as_deref().unwrap_or_default().trim().is_empty() && attributes.is_empty() && vectors.is_none() {
        return Err(invalid(
            "the document has neither text nor attributes nor vectors: nothing could find it",
        ));
    }
    let document = Document { key: Some(key), ..document };
    let target = Target::new(&call, tenant.as_deref(), on_conflict)?;
    let own = target.state.clone();
    let stored = move || {
        let record = record(document, Place { file: "document".into(), line: None }, target.tenant.as_ref())?;
        let (added, failed) = target.store(vec![record], true)?;
        match failed.into_iter().next() {
            Some((_, problem)) => Err(problem),
            None if added.num_kept > 0 => Err(Problem::new(
                Kind::Forbidden,
                "there is a document of this key that this key may not change".to_owned(),
            )),
            None => Ok(added),
        }
    };
    Ok(Reply::json(&own.writes.write(stored).await?))
}

/// Merges attributes into one document.
pub(crate) async fn patch(mut call: Call) -> Result<Reply> {
    let _room = call.room()?;
    let tenant = call.params.text("tenant");
    let attributes: Map<String, Value> = call.json().await?;
    call.finish_params()?;
    let key = call.item();
    let doc_key = parsed_key(&key)?;
    call.access.check_patch(attributes.keys())?;
    let target = Target::new(&call, tenant.as_deref(), OnConflict::Replace)?;
    let own = target.state.clone();
    let patched = move || {
        let entry = target.state.catalog.get(&target.name)?;
        let change = amendment(entry.collection().schema(), attributes).map_err(problem)?;
        let mut batch = target.batch();
        match target.access.and(None) {
            None => batch.amend(doc_key, change),
            Some(own) => batch.amend_where(Predicate::And(vec![Predicate::key(key.as_str()), own]), change),
        };
        let receipt = entry.write(|writer| Ok(writer.apply(batch)?))?;
        match receipt.num_amended {
            0 => Err(missing(&key)),
            num_amended => Ok(Patched { num_amended, num_missing: 0, sequence: receipt.sequence }),
        }
    };
    Ok(Reply::json(&own.writes.write(patched).await?))
}

/// Deletes one document. That it is gone is what is asked for, whoever removed it.
pub(crate) async fn delete(mut call: Call) -> Result<Reply> {
    let tenant = call.params.text("tenant");
    call.finish_params()?;
    let key = call.item();
    let doc_key = parsed_key(&key)?;
    let target = Target::new(&call, tenant.as_deref(), OnConflict::Replace)?;
    let own = target.state.clone();
    let deleted = move || {
        let entry = target.state.catalog.get(&target.name)?;
        let mut batch = target.batch();
        match target.access.and(None) {
            None => batch.delete(doc_key),
            Some(own) => batch.delete_where(Predicate::And(vec![Predicate::key(key.as_str()), own])),
        };
        let receipt = entry.write(|writer| Ok(writer.apply(batch)?))?;
        let num_deleted = receipt.num_deleted;
        Ok(Deleted { num_matched: num_deleted, num_deleted, sequence: receipt.sequence })
    };
    Ok(Reply::json(&own.writes.write(deleted).await?))
}

/// A key of a document.
///
/// # Errors
/// `InvalidArgument` where it is none.
pub(super) fn parsed_key(key: &str) -> Result<DocKey> {
    DocKey::new(key).map_err(|error| problem(pleiad::Error::from(error)).of_field("key"))
}

impl Target {
    /// An empty batch of changes to the documents that it is about.
    pub(super) fn batch(&self) -> Batch {
        self.tenant.clone().map_or_else(Batch::new, Batch::of_tenant)
    }
}
