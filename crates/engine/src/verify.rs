use crate::error::Result;
use crate::shared::Shared;
use crate::verify_encodings::verify_encodings;
use crate::{Snapshot, words};
use pleiad_store::Event;
use std::sync::Arc;

/// Result of a full check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Files read.
    pub num_files: u64,
    /// Bytes read.
    pub num_bytes: u64,
    /// Documents decoded.
    pub num_documents: u64,
    /// Files that an interrupted writer left behind; they do no harm and the next writer removes them.
    pub num_orphans: u64,
    /// Faults, each with file and place; empty when all is well.
    pub findings: Vec<String>,
}

impl Verification {
    /// Returns whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

pub(crate) fn verify(
    shared: &Arc<Shared>,
    is_deep: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verification> {
    let snapshot = Snapshot::new(shared.clone(), shared.store.view()?);
    let stats = snapshot.view.stats();
    let total = stats.total_bytes();
    let (mut findings, mut done) = (Vec::new(), 0);
    let report = pleiad_store::verify(&*shared.backend, &mut |event| match event {
        Event::Reading { file_bytes, .. } => {
            progress(done, total);
            done += file_bytes;
        }
        Event::Found(error) => findings.push(error.to_string()),
    })?;
    let mut num_documents = 0;
    // Bytes that are what was written can still be wrong for the schema: decode every document as a search would.
    if findings.is_empty() {
        for document in snapshot.all_documents() {
            match document {
                Ok(_) => num_documents += 1,
                Err(error) => findings.push(error.to_string()),
            }
        }
        for location in snapshot.live_documents()? {
            findings.extend(snapshot.labels(location).err().map(|error| error.to_string()));
        }
    }
    if findings.is_empty() {
        findings = words::check_terms(&snapshot);
    }
    if is_deep && findings.is_empty() {
        findings = verify_encodings(&snapshot)?;
    }
    progress(total, total);
    let pleiad_store::VerifyReport { num_files, num_bytes, num_orphans, .. } = report;
    Ok(Verification { num_files, num_bytes, num_documents, num_orphans, findings })
}
