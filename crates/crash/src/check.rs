use crate::Result;
use crate::model::{self, Id, State};
use pleiad::{Collection, Predicate, Snapshot};
use std::path::Path;

/// The findings of the checks of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Acknowledged changes that are not there.
    pub(crate) num_lost: u64,
    /// Documents made of parts of several, or of none that was ever written.
    pub(crate) num_mixed: u64,
    /// Documents that are there but cannot be read.
    pub(crate) num_unreadable: u64,
    /// Unacknowledged batches of which only a part is there.
    pub(crate) num_torn: u64,
    /// Findings of the engine's own check.
    pub(crate) num_verify: u64,
    /// Views in which a reader beside the writer found something wrong.
    pub(crate) num_readers: u64,
    /// The same in words.
    pub(crate) messages: Vec<String>,
}

impl Findings {
    /// True if nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        let Self { num_lost, num_mixed, num_unreadable, num_torn, num_verify, num_readers, messages } = self;
        num_lost + num_mixed + num_unreadable + num_torn + num_verify + num_readers == 0
            && messages.is_empty()
    }

    pub(crate) fn note(&mut self, count: fn(&mut Self) -> &mut u64, message: String) {
        *count(self) += 1;
        self.messages.push(message);
    }
}

/// Checks what a killed child left, before and after recovery. Returns whether the batch that was under way is there.
///
/// `acknowledged` is the state after the last acknowledged batch, `pending` the one after the batch that followed.
pub(crate) fn check(
    folder: &Path,
    acknowledged: &State,
    pending: &State,
    findings: &mut Findings,
) -> Result<bool> {
    let collection = Collection::open(folder)?;
    let seen = read_all(&collection.snapshot()?, findings)?;
    let is_pending_there = compare(&seen, acknowledged, pending, findings);
    let verification = collection.verify(&mut |_, _| {})?;
    for finding in verification.findings {
        findings.note(|f| &mut f.num_verify, finding);
    }
    // Taking the writer recovers the log; closing it seals it. Neither may change what is seen.
    let writer = collection.writer()?;
    let recovered = read_all(&writer.snapshot(), findings)?;
    writer.close()?;
    let reopened = read_all(&Collection::open(folder)?.snapshot()?, findings)?;
    for (when, state) in [("recovery", &recovered), ("reopening", &reopened)] {
        if *state != seen {
            findings.note(|f| &mut f.num_lost, format!("{when} changed what is seen"));
        }
    }
    Ok(is_pending_there)
}

/// Reads every document by its tenant and key, and counts what a walk over all of them finds.
fn read_all(snapshot: &Snapshot, findings: &mut Findings) -> Result<State> {
    let mut seen = State::new();
    for of in 0..model::NUM_TENANTS {
        let (own, before) = (model::narrow(snapshot, of)?, seen.len());
        (0..model::NUM_KEYS).for_each(|key| read(&own, (of, key), &mut seen, findings));
        count(&own, seen.len() - before, findings);
    }
    let all = snapshot.of_all_tenants()?;
    count(&all, seen.len(), findings);
    count_by_attributes(&all, &seen, findings);
    Ok(seen)
}

fn read(own: &Snapshot, id: Id, seen: &mut State, findings: &mut Findings) {
    let name = || format!("{} of tenant {}", model::name(id.1), id.0);
    match own.get(&model::name(id.1)) {
        Ok(None) => {}
        Ok(Some(stored)) => match model::version_of(id, &stored) {
            Some(version) => drop(seen.insert(id, version)),
            None => findings.note(|f| &mut f.num_mixed, format!("{}: its parts disagree", name())),
        },
        Err(error) => findings.note(|f| &mut f.num_unreadable, format!("{}: {error}", name())),
    }
}

fn count(snapshot: &Snapshot, num_read: usize, findings: &mut Findings) {
    let num_walked = snapshot.documents().filter(std::result::Result::is_ok).count();
    if num_walked != num_read || snapshot.num_documents() != num_read as u64 {
        let message =
            format!("{num_read} by key, {num_walked} by walking, {} counted", snapshot.num_documents());
        findings.note(|f| &mut f.num_lost, message);
    }
}

/// Counts documents by filters, which segments answer from their index of attributes, and by what was read of them.
fn count_by_attributes(snapshot: &Snapshot, seen: &State, findings: &mut Findings) {
    let middle = model::NUM_KEYS / 2;
    let latest = seen.values().map(|version| version.0).max().unwrap_or(0);
    let num_latest = seen.values().filter(|version| version.0 == latest).count();
    for (filter, expected) in [
        (format!("key < {middle} AND version EXISTS"), seen.keys().filter(|id| id.1 < middle).count()),
        (format!("version = {latest}"), num_latest),
    ] {
        let counted = match Predicate::parse(&filter) {
            Ok(parsed) => snapshot.count(&parsed).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if counted != Ok(expected as u64) {
            findings.note(|f| &mut f.num_lost, format!("{filter}: {counted:?} counted, {expected} read"));
        }
    }
}

fn compare(seen: &State, acknowledged: &State, pending: &State, findings: &mut Findings) -> bool {
    if seen == pending || seen == acknowledged {
        return seen == pending;
    }
    // Neither: a key that is in neither state is lost, otherwise the batch came in part.
    let mut num_lost = 0;
    for id in model::ids() {
        let version = seen.get(&id);
        if version != acknowledged.get(&id) && version != pending.get(&id) {
            num_lost += 1;
            let (name, expected) = (model::name(id.1), acknowledged.get(&id));
            let message =
                format!("{name} of tenant {}: version {version:?}, acknowledged {expected:?}", id.0);
            findings.note(|f| &mut f.num_lost, message);
        }
    }
    if num_lost == 0 {
        findings.note(|f| &mut f.num_torn, "only a part of the last batch is there".to_owned());
    }
    false
}
