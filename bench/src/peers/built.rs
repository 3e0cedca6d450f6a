//! Cost of building an index; that of a rival is kept beside it and used again.

use super::child::Child;
use super::contenders::Contender;
use super::sets::Set;
use crate::machine;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// An index that was built.
pub struct Built {
    /// Version of the engine.
    pub version: String,
    /// CPU seconds of all threads, tuning included.
    pub cpu_s: f64,
    /// CPU seconds of these for calibration.
    pub tuning_s: f64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Most memory that the process has had, its documents included.
    pub peak_kib: u64,
    /// When.
    pub date: String,
}

impl Built {
    /// Builds it, unless it is a rival's and was built before.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(contender: &Contender, set: &Set) -> Result<Self, String> {
        let index = set.index(contender);
        let record = index.with_extension("json");
        if contender.is_kept()
            && let Ok(text) = fs::read_to_string(&record)
        {
            return Self::read(&serde_json::from_str(&text).map_err(|error| error.to_string())?);
        }
        if index.exists() {
            fs::remove_dir_all(&index).map_err(|error| error.to_string())?;
        }
        let mut said = Child::run(contender, "build", set)?;
        said["bytes"] = json!(bytes_of(&index).map_err(|error| error.to_string())?);
        said["date"] = json!(machine::date());
        fs::write(&record, said.to_string()).map_err(|error| error.to_string())?;
        Self::read(&said)
    }

    fn read(said: &Value) -> Result<Self, String> {
        let text = |name: &str| said[name].as_str().map(str::to_owned).ok_or(format!("no {name} in {said}"));
        Ok(Self {
            version: text("version")?,
            cpu_s: said["cpu_s"].as_f64().ok_or("no CPU seconds")?,
            tuning_s: said["tuning_s"].as_f64().unwrap_or_default(),
            bytes: said["bytes"].as_u64().ok_or("no bytes")?,
            peak_kib: said["peak_kib"].as_u64().ok_or("no memory")?,
            date: text("date")?,
        })
    }
}

/// Bytes of all files in a folder.
fn bytes_of(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_of(&entry.path())? } else { allocated(&metadata) };
    }
    Ok(bytes)
}

/// Bytes that a file takes on the disk: files of some engines are longer than what is written in them.
fn allocated(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}
