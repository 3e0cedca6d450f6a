use super::StaticEncoder;
use crate::checkpoint::{identity_of, name_of};
use crate::{EncodeError, ModelError};
use std::fs;
use std::path::Path;

/// The rules of a table: a folder that holds them is one of a static encoder.
const PARAMS: &str = "static.json";

/// The table itself.
const TABLE: &str = "table.safetensors";

impl StaticEncoder {
    /// Whether a folder holds a static encoder, and not a model to run.
    pub fn is_folder(folder: &Path) -> bool {
        folder.join(PARAMS).is_file()
    }

    /// Reads the folder that `pleiad distill` wrote. Its id is the folder's name with checksums of both files. Cost:
    /// they are read twice, once for the checksums.
    ///
    /// # Errors
    /// When a file is missing or not what it should be; the message names it.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let read = |name: &str, needed| {
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(bytes) => Ok(bytes),
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                    Err(ModelError::MissingFile { path, needed })
                }
                Err(source) => Err(ModelError::Io { path, source }),
            }
        };
        let params = read(PARAMS, "the rules of a static encoder")?;
        let table = read(TABLE, "the vectors of a static encoder")?;
        let id = identity_of(folder, &name_of(folder), &[PARAMS], &[folder.join(TABLE)])?;
        Self::from_stems(id, table, &params).map_err(|source| {
            let is_of_params =
                matches!(source, EncodeError::StaticJson(_) | EncodeError::StaticSetting { .. });
            let path = folder.join(if is_of_params { PARAMS } else { TABLE });
            ModelError::Static { path, source }
        })
    }
}
