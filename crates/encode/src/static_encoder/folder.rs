use super::StaticEncoder;
use crate::error::EncodeError;
use crate::weights::{ModelError, identity_of, name_of, read_whole};
use std::path::Path;

/// The rules of a table of stems.
const PARAMS: &str = "static.json";

/// The vocabulary of a table of word pieces.
const TOKENIZER: &str = "tokenizer.json";

/// The table itself: no checkpoint has a file of this name.
const TABLE: &str = "table.safetensors";

/// Longest file that is read: a million rows of a thousand values.
const MAX_TABLE_BYTES: u64 = 1 << 30;

impl StaticEncoder {
    /// Returns whether a folder holds a static encoder, and not a model to run.
    pub fn is_folder(folder: &Path) -> bool {
        folder.join(PARAMS).is_file() || folder.join(TABLE).is_file()
    }

    /// Reads a folder with a table of stems, as [`StaticTable`](crate::StaticTable) is written (`static.json`), or with
    /// one of word pieces (`tokenizer.json`). Its id is the folder's name with checksums of both files. Cost: they are
    /// read twice, once for the checksums.
    ///
    /// # Errors
    /// When a file is missing or not what it should be; the message names it.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let read = |name: &str, needed| {
            let path = folder.join(name);
            read_whole(&path, MAX_TABLE_BYTES)?.ok_or(ModelError::MissingFile { path, needed })
        };
        let has_stems = folder.join(PARAMS).is_file();
        let rules = if has_stems { PARAMS } else { TOKENIZER };
        let rules_bytes = read(rules, "the rules of a static encoder (or static.json)")?;
        let table = read(TABLE, "the vectors of a static encoder")?;
        let id = identity_of(folder, &name_of(folder), &[rules], &[folder.join(TABLE)])?;
        let encoder = match has_stems {
            true => Self::from_stems(id, table, &rules_bytes),
            false => Self::from_bytes(id, table, &rules_bytes),
        };
        encoder.map_err(|source| {
            let is_of_table = matches!(
                source,
                EncodeError::Table(_)
                    | EncodeError::Tensor { .. }
                    | EncodeError::ZeroRow { .. }
                    | EncodeError::Weight { .. }
                    | EncodeError::KeyOrder { .. }
            );
            ModelError::Static { path: folder.join(if is_of_table { TABLE } else { rules }), source }
        })
    }
}
