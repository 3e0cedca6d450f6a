use super::{Blob, BlobRecord, Damage, Owner, open};
use crate::Result;
use crate::backend::Backend;
use std::sync::Arc;

/// All assets of a collection, or all attachments of a segment, in ascending order of their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blobs(Arc<Vec<(BlobRecord, Arc<Blob>)>>);

impl Blobs {
    /// Opens those that are recorded; those that `known` has are not opened again.
    pub(crate) fn open(
        backend: &dyn Backend,
        owner: Owner,
        records: &[BlobRecord],
        known: &Self,
        damage: Damage,
    ) -> Result<Self> {
        let mut blobs = Vec::with_capacity(records.len());
        for record in records {
            let blob = match known
                .0
                .iter()
                .find(|(other, _)| (other.file, other.copy) == (record.file, record.copy))
            {
                Some((_, blob)) => Arc::clone(blob),
                None => Arc::new(open(backend, owner, record, damage)?),
            };
            blobs.push((record.clone(), blob));
        }
        Ok(Self(Arc::new(blobs)))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Blob>> {
        self.0.iter().find(|(record, _)| record.name == name).map(|(_, blob)| blob)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(record, _)| record.name.as_str())
    }

    /// Bytes of their files.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.0.iter().flat_map(|(record, _)| record.files()).map(|file| file.file_bytes).sum()
    }
}

/// Puts a record where its name belongs, in the place of one of the same name.
pub(crate) fn insert(records: &mut Vec<BlobRecord>, record: BlobRecord) {
    records.retain(|other| other.name != record.name);
    let at = records.partition_point(|other| other.name < record.name);
    records.insert(at, record);
}
