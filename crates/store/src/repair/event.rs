use std::fmt;

/// A thing that did not fit, and what [`repair`](crate::repair) did about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairEvent {
    /// It is as it was written again.
    Restored {
        /// The file.
        file: String,
        /// The damage, which is gone.
        what: String,
    },
    /// A document cannot be read any more.
    LostDocument {
        /// The file that held it.
        file: String,
        /// Its row there.
        row: u32,
        /// Its key, where that is readable.
        key: Option<String>,
    },
    /// Nothing of a file can be read.
    LostFile {
        /// The file.
        file: String,
        /// Documents that were live in it.
        num_documents: u64,
        /// Why.
        why: String,
    },
    /// Acknowledged batches cannot be read any more: what they added is gone, what they replaced or deleted is as it
    /// was before them.
    LostBatches {
        /// The log.
        file: String,
        /// First byte.
        from: u64,
        /// The byte after the last.
        to: u64,
        /// Keys that the bytes still show; their checksum does not match, so they may be wrong.
        keys: Vec<String>,
        /// Why.
        why: String,
    },
    /// An asset of the collection cannot be read any more.
    LostAsset {
        /// Its file.
        file: String,
        /// Its name.
        name: String,
    },
    /// A named snapshot needs what cannot be read. It is left as it is, and so are its files: drop it.
    DamagedSnapshot {
        /// Its name.
        name: String,
        /// The damage that was found.
        why: String,
    },
    /// An attachment of a segment cannot be read any more. It can be made anew from the segment.
    LostAttachment {
        /// Its file.
        file: String,
        /// Its name.
        name: String,
    },
}

/// The outcome of a [`repair`](crate::repair).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// Things that were put right without a loss.
    pub num_restored: u64,
    /// Documents that are lost and counted.
    pub num_lost_documents: u64,
    /// Stretches of the log that are lost; how many documents they held is not known.
    pub num_lost_batches: u64,
    /// Assets that are lost.
    pub num_lost_assets: u64,
    /// Attachments that are lost, and can be made anew.
    pub num_lost_attachments: u64,
    /// Named snapshots that are damaged; repair leaves them alone.
    pub num_damaged_snapshots: u64,
    /// Live documents now.
    pub num_documents: u64,
    /// The damaged files, under the names that they have now.
    pub quarantined: Vec<String>,
}

impl RepairReport {
    /// True when nothing was wrong, and so nothing was changed.
    pub fn is_clean(&self) -> bool {
        *self == Self { num_documents: self.num_documents, ..Self::default() }
    }

    pub(super) fn count(&mut self, event: &RepairEvent) {
        match event {
            RepairEvent::Restored { .. } => self.num_restored += 1,
            RepairEvent::LostDocument { .. } => self.num_lost_documents += 1,
            RepairEvent::LostFile { num_documents, .. } => self.num_lost_documents += num_documents,
            RepairEvent::LostBatches { .. } => self.num_lost_batches += 1,
            RepairEvent::LostAsset { .. } => self.num_lost_assets += 1,
            RepairEvent::DamagedSnapshot { .. } => self.num_damaged_snapshots += 1,
            RepairEvent::LostAttachment { .. } => self.num_lost_attachments += 1,
        }
    }
}

/// Keys of a lost batch that a message names.
const MAX_SHOWN_KEYS: usize = 10;

impl fmt::Display for RepairEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restored { file, what } => write!(f, "restored: {file}: {what}"),
            Self::LostDocument { file, row, key: Some(key) } => {
                write!(f, "lost: document {key:?} ({file}, row {row})")
            }
            Self::LostDocument { file, row, key: None } => {
                write!(f, "lost: a document whose key cannot be read ({file}, row {row})")
            }
            Self::LostFile { file, num_documents, why } => {
                write!(f, "lost: all {num_documents} documents of {file}: {why}")
            }
            Self::LostBatches { file, from, to, keys, why } => {
                write!(f, "lost: bytes {from}..{to} of {file}")?;
                if !keys.is_empty() {
                    write!(f, ", it seems of the documents {:?}", &keys[..keys.len().min(MAX_SHOWN_KEYS)])?;
                }
                if keys.len() > MAX_SHOWN_KEYS {
                    write!(f, " and {} more", keys.len() - MAX_SHOWN_KEYS)?;
                }
                write!(f, ": {why}")
            }
            Self::LostAsset { file, name } => write!(f, "lost: asset {name:?} ({file})"),
            Self::LostAttachment { file, name } => {
                write!(f, "lost: attachment {name:?} ({file}), which can be made anew")
            }
            Self::DamagedSnapshot { name, why } => {
                write!(f, "damaged: snapshot {name:?}: {why}; drop it, or restore a copy of the file")
            }
        }
    }
}
