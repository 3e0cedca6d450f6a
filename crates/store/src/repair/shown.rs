use super::Mended;
use std::fmt;

/// Keys of a lost batch that a message names.
const MAX_SHOWN_KEYS: usize = 10;

impl fmt::Display for Mended {
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
            Self::DamagedSnapshot { name, why } => write!(f, "damaged: snapshot {name:?}: {why}; drop it"),
        }
    }
}
