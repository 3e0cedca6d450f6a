//! Decisions about changes that depend on what is stored.

use super::{Amendment, Precondition};
use crate::Snapshot;
use crate::columns::{self, ATTRIBUTES, TERMS, TEXT};
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot::DocAddress;
use crate::tenants::after_tenant;
use pleiad_filter::{Predicate, Record};
use pleiad_store::Operation;
use pleiad_vectors::DocKey;
use std::collections::HashMap;

/// One change of a batch whose documents are encoded.
pub(crate) enum Step {
    /// A change that depends on nothing.
    Write(Operation),
    /// A document that is written where the condition is met.
    WriteIf(Operation, Precondition),
    DeleteWhere(Predicate),
    Amend(DocKey, Amendment),
    AmendWhere(Predicate, Amendment),
    Expect(DocKey, Precondition),
}

/// The outcome of the decisions of a batch, beside what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Decided {
    /// Documents whose attributes alone are changed.
    pub(crate) num_amended: u64,
    /// Documents of these that are written anew: the others had these attributes already.
    pub(crate) num_rewritten: u64,
    /// Documents that did not meet their condition.
    pub(crate) num_skipped: u64,
    /// Keys to amend that no document has.
    pub(crate) num_missing: u64,
}

/// The writes of a batch on the state of a snapshot: one operation for each key.
///
/// # Errors
/// `Conflict` where an expectation is not met, `InvalidArgument` for a predicate that does not pass its check and for
/// attributes that grow too large, `Corrupt` when a document that had to be read cannot be.
pub(crate) fn decide(snapshot: &Snapshot, steps: Vec<Step>) -> Result<(Vec<Operation>, Decided)> {
    let mut pending =
        Pending { snapshot, changed: Vec::new(), places: HashMap::new(), decided: Decided::default() };
    for step in steps {
        pending.take(step)?;
    }
    let Pending { changed, mut decided, .. } = pending;
    let is_amended =
        |change: &&Changed| change.is_amended && matches!(change.operation, Operation::Upsert { .. });
    decided.num_rewritten = changed.iter().filter(is_amended).count() as u64;
    Ok((changed.into_iter().map(|change| change.operation).collect(), decided))
}

/// The state that the changes so far leave.
struct Pending<'a> {
    snapshot: &'a Snapshot,
    changed: Vec<Changed>,
    /// Positions in `changed` by key.
    places: HashMap<String, usize>,
    decided: Decided,
}

/// The last change of a key.
struct Changed {
    operation: Operation,
    /// True where the document is a stored one with other attributes.
    is_amended: bool,
}

/// A document as the changes so far leave it.
enum Found {
    Nothing,
    Stored(DocAddress),
    /// Position among the changes.
    Pending(usize),
}

impl Pending<'_> {
    fn take(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Write(operation) => self.put(operation, false),
            Step::WriteIf(operation, condition) => {
                if self.meets(operation.key(), &condition)? {
                    self.put(operation, false);
                } else {
                    self.decided.num_skipped += 1;
                }
            }
            Step::DeleteWhere(filter) => {
                for key in self.keys(&filter)? {
                    self.put(Operation::Delete { key }, false);
                }
            }
            Step::Amend(key, amendment) => {
                amendment.check(self.snapshot.schema().words.as_ref())?;
                self.amend(&key, &amendment)?;
            }
            Step::AmendWhere(filter, amendment) => {
                amendment.check(self.snapshot.schema().words.as_ref())?;
                for key in self.keys(&filter)? {
                    self.amend(&DocKey::new(key)?, &amendment)?;
                }
            }
            Step::Expect(key, condition) => {
                if !self.meets(key.as_str(), &condition)? {
                    let message =
                        format!("document {:?} was expected to {condition}: nothing was done", key.as_str());
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, operation: Operation, is_amended: bool) {
        let changed = Changed { is_amended, operation };
        match self.places.get(changed.operation.key()) {
            Some(&at) => self.changed[at] = changed,
            None => {
                self.places.insert(changed.operation.key().to_owned(), self.changed.len());
                self.changed.push(changed);
            }
        }
    }

    fn find(&self, key: &str) -> Result<Found> {
        Ok(match self.places.get(key) {
            Some(&at) if matches!(self.changed[at].operation, Operation::Delete { .. }) => Found::Nothing,
            Some(&at) => Found::Pending(at),
            None => self.snapshot.locate(key)?.map_or(Found::Nothing, Found::Stored),
        })
    }

    /// The bytes of a column of a document that was found.
    fn column(&self, found: &Found, column: usize) -> Result<&[u8]> {
        match found {
            Found::Nothing => Ok(&[]),
            Found::Stored(location) => self.snapshot.column(*location, column),
            Found::Pending(at) => match &self.changed[*at].operation {
                Operation::Upsert { columns, .. } => Ok(&columns[column]),
                Operation::Delete { .. } => Ok(&[]),
            },
        }
    }

    /// Returns whether a document meets a condition.
    fn meets(&self, key: &str, condition: &Precondition) -> Result<bool> {
        condition.predicate().map_or(Ok(()), Predicate::check)?;
        match self.find(key)? {
            Found::Nothing => Ok(condition.is_met(None)),
            found => self.holds(key, &found, |record| condition.is_met(Some(record))),
        }
    }

    fn holds(&self, key: &str, found: &Found, test: impl FnOnce(&Record<'_>) -> bool) -> Result<bool> {
        let place = || format!("document {key:?}");
        let text = columns::decode_text(self.column(found, TEXT)?, place)?;
        let attributes = &columns::decode_attributes(self.column(found, ATTRIBUTES)?, place)?;
        Ok(test(&Record { key, text, attributes }))
    }

    /// The keys of the documents for which a predicate holds.
    fn keys(&self, filter: &Predicate) -> Result<Vec<String>> {
        let (matched, mut keys) = (self.snapshot.matched(filter)?, Vec::new());
        for (part, rows) in self.snapshot.view.parts().iter().zip(&matched.parts) {
            for row in rows.iter().filter(|&row| !part.is_deleted(row)) {
                let key = after_tenant(part.key(row)?);
                if !self.places.contains_key(key) {
                    keys.push(key.to_owned());
                }
            }
        }
        for (at, changed) in self.changed.iter().enumerate() {
            let Operation::Upsert { key, .. } = &changed.operation else { continue };
            if self.holds(key, &Found::Pending(at), |record| filter.matches(record))? {
                keys.push(key.clone());
            }
        }
        Ok(keys)
    }

    /// Merges attributes into those of a document. One that has them already is not written anew.
    fn amend(&mut self, key: &DocKey, amendment: &Amendment) -> Result<()> {
        let found = self.find(key.as_str())?;
        if matches!(found, Found::Nothing) {
            self.decided.num_missing += 1;
            return Ok(());
        }
        self.decided.num_amended += 1;
        let place = || format!("document {:?}", key.as_str());
        let before = self.column(&found, ATTRIBUTES)?;
        let (attributes, after) = amendment.merged(key, columns::decode_attributes(before, place)?)?;
        let text = columns::decode_text(self.column(&found, TEXT)?, place)?;
        let num_fields = self.snapshot.schema().words.as_ref().map_or(0, |words| words.fields.len());
        let terms = amendment.terms(text, &attributes).filter(|_| num_fields > 0);
        let terms = terms.map(|terms| terms.finish(num_fields)).transpose();
        let terms = terms
            .map_err(|error| Error::invalid(format!("{}: its terms: {error}", place())).caused_by(error))?;
        // Written by another release, the same attributes may be other bytes.
        if *before == after {
            return Ok(());
        }
        let changed = [(ATTRIBUTES, Some(after)), (TERMS, terms)];
        let changed = changed.into_iter().filter_map(|(column, bytes)| Some((column, bytes?)));
        match found {
            Found::Nothing => {}
            Found::Stored(location) => {
                let num_columns = self.snapshot.view.layout().columns().len();
                let copied =
                    (0..num_columns).map(|column| Ok(self.snapshot.column(location, column)?.to_vec()));
                let mut columns = copied.collect::<Result<Vec<_>>>()?;
                changed.for_each(|(column, bytes)| columns[column] = bytes);
                self.put(Operation::Upsert { key: key.as_str().to_owned(), columns }, true);
            }
            Found::Pending(at) => {
                if let Operation::Upsert { columns, .. } = &mut self.changed[at].operation {
                    changed.for_each(|(column, bytes)| columns[column] = bytes);
                }
            }
        }
        Ok(())
    }
}
