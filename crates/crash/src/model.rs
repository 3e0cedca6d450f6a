use crate::Result;
use pleiad::{
    Amendment, Batch, DocKey, Document, MultiVector, Precondition, Predicate, Schema, Snapshot,
    StoredDocument, Tenant, TokenEncoding,
};
use pleiad_vectors::{Generator, Seed};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Tenants, which have documents of the same keys.
pub(crate) const NUM_TENANTS: u64 = 3;

/// Documents of a tenant that batches choose from: few, so that they are replaced and deleted often, but enough for merged
/// segments to have an index of attributes.
pub(crate) const NUM_KEYS: u64 = 240;

/// Changes in one batch, at most.
const MAX_CHANGES: u64 = 24;

/// Token vectors of one document, at most.
const MAX_TOKENS: u64 = 12;

pub(crate) const DIM: usize = 16;

/// 16-bit tokens: the vectors below come back as they went in, bit for bit.
pub(crate) fn schema() -> Schema {
    Schema { tokens: TokenEncoding::F16, tenants: true, ..Schema::new(DIM) }
}

/// A change of one document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Write,
    /// A write where no document of the key is there.
    Add,
    Delete,
    /// A change of an attribute, which leaves the rest as it is.
    Patch,
    /// The same of every document of which the number of the last write leaves this remainder.
    PatchMany(u64),
    /// Every document of the tenant goes.
    Drop,
}

/// Remainders that documents are patched by.
const NUM_REMAINDERS: u64 = 16;

/// One batch in so many begins with a drop of its tenant.
const DROP_EVERY: u64 = 60;

/// The changes of one batch, each with its key. What is written is the number of the batch, so every write of a document
/// differs from every other.
pub(crate) fn changes(seed: u64, batch: u64) -> Vec<(u64, Change)> {
    let mut random = Seed(seed).derive(batch).generator();
    let num_changes = 1 + random.below(MAX_CHANGES);
    // Most batches depend on nothing that is stored, and share their syncs with others.
    let is_plain = random.below(3) > 0;
    let mut change = || match random.below(if is_plain { 4 } else { 9 }) {
        0 => Change::Delete,
        1..=3 => Change::Write,
        4 | 5 => Change::Add,
        6 | 7 => Change::Patch,
        _ => Change::PatchMany(batch % NUM_REMAINDERS),
    };
    let changes: Vec<Change> = (0..num_changes).map(|_| change()).collect();
    let drops = (random.below(DROP_EVERY) == 0).then_some(Change::Drop);
    drops.into_iter().chain(changes).map(|change| (random.below(NUM_KEYS), change)).collect()
}

/// The tenant that a batch of the kill test is of.
pub(crate) fn tenant_of(number: u64) -> u64 {
    number % NUM_TENANTS
}

/// The name of a tenant: one begins with another.
pub(crate) fn tenant(number: u64) -> Result<Tenant> {
    Ok(Tenant::new("a".repeat(1 + number as usize))?)
}

/// The documents of a tenant.
pub(crate) fn narrow(snapshot: &Snapshot, of: u64) -> Result<Snapshot> {
    Ok(snapshot.of_tenant(&tenant(of)?)?)
}

/// A document: its tenant and its key.
pub(crate) type Id = (u64, u64);

/// All that may be there.
pub(crate) fn ids() -> impl Iterator<Item = Id> {
    (0..NUM_TENANTS).flat_map(|tenant| (0..NUM_KEYS).map(move |key| (tenant, key)))
}

/// The same for the engine.
pub(crate) fn batch(of: u64, number: u64, changes: &[(u64, Change)]) -> Result<Batch> {
    let mut batch = Batch::of_tenant(tenant(of)?);
    let patch = || Amendment::merge(Map::from_iter([("patched".to_owned(), json!(number))]));
    for &(key, change) in changes {
        let id = (of, key);
        match change {
            Change::Write => batch.upsert(document(id, number)?),
            Change::Add => batch.upsert_if(document(id, number)?, Precondition::Absent),
            Change::Delete => batch.delete(DocKey::new(name(key))?),
            Change::Patch => batch.amend(DocKey::new(name(key))?, patch()),
            Change::PatchMany(remainder) => {
                batch.amend_where(Predicate::parse(&format!("remainder = {remainder}"))?, patch())
            }
            Change::Drop => batch.delete_where(Predicate::Constant(true)),
        };
    }
    Ok(batch)
}

/// The batch that wrote a document, and the one that patched it last.
pub(crate) type Version = (u64, Option<u64>);

/// The version of each document that is there.
pub(crate) type State = BTreeMap<Id, Version>;

/// Applies a batch to a state, one change after the other.
pub(crate) fn apply(state: &mut State, of: u64, number: u64, changes: &[(u64, Change)]) {
    for &(key, change) in changes {
        let id = (of, key);
        match change {
            Change::Write => drop(state.insert(id, (number, None))),
            Change::Add => drop(state.entry(id).or_insert((number, None))),
            Change::Delete => drop(state.remove(&id)),
            Change::Patch => state.get_mut(&id).into_iter().for_each(|version| version.1 = Some(number)),
            Change::PatchMany(remainder) => {
                let own = state.range_mut((of, 0)..(of + 1, 0));
                let is_patched = |version: &&mut Version| version.0 % NUM_REMAINDERS == remainder;
                own.map(|(_, version)| version)
                    .filter(is_patched)
                    .for_each(|version| version.1 = Some(number));
            }
            Change::Drop => state.retain(|id, _| id.0 != of),
        };
    }
}

/// The key as a document carries it.
pub(crate) fn name(key: u64) -> String {
    format!("document-{key:04}")
}

/// Everything about a document follows from its tenant, key and version: any mix-up shows.
fn document(id: Id, version: u64) -> Result<Document> {
    let vectors = MultiVector::new(values(id, version), DIM)?;
    Ok(Document::new(name(id.1), vectors)?
        .with_text(text(id, version))?
        .with_attributes(&attributes(id, (version, None)))?)
}

fn random((tenant, key): Id, version: u64) -> Generator {
    Seed(key + tenant * NUM_KEYS).derive(version).generator()
}

/// Multiples of 1/256 in [-1, 1): 16-bit floats hold them exactly.
fn values(id: Id, version: u64) -> Vec<f32> {
    let mut random = random(id, version);
    let num_tokens = 1 + random.below(MAX_TOKENS) as usize;
    (0..num_tokens * DIM).map(|_| (random.below(512) as f32 - 256.0) / 256.0).collect()
}

fn text(id: Id, version: u64) -> String {
    let filler = random(id, version).next_u64() % 400;
    format!("tenant {} key {} version {version} {}", id.0, id.1, "x".repeat(filler as usize))
}

fn attributes((tenant, key): Id, (version, patched): Version) -> Map<String, Value> {
    let remainder = version % NUM_REMAINDERS;
    let own = [("tenant", tenant), ("key", key), ("version", version), ("remainder", remainder)];
    let all = own.into_iter().chain(patched.map(|number| ("patched", number)));
    all.map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// The version that a stored document has in all its parts, or nothing when they disagree.
pub(crate) fn version_of(id: Id, stored: &StoredDocument) -> Option<Version> {
    let number = |name: &str| stored.attributes.get(name).and_then(Value::as_u64);
    let version = (number("version")?, number("patched"));
    let agrees = stored.key.as_str() == name(id.1)
        && stored.attributes == attributes(id, version)
        && stored.text.as_deref() == Some(text(id, version.0).as_str())
        && stored.vectors.data() == values(id, version.0);
    agrees.then_some(version)
}
