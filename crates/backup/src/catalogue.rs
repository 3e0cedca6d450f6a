use crate::{BackupError, Destination, Result};
use serde::{Deserialize, Serialize};
use std::io;

/// Folder of the catalogues.
pub(crate) const BACKUPS: &str = "backups";
/// Folder of the files' bytes.
pub(crate) const OBJECTS: &str = "objects";

/// The format that a catalogue names.
const FORMAT: &str = "pleiad-backup";
/// Version of the JSON below.
const VERSION: u32 = 1;
/// Largest catalogue that is read.
const MAX_BYTES: usize = 256 << 20;

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    format: String,
    version: u32,
    /// Its number: 1 for the first in its destination.
    pub number: u64,
    /// The last batch in it.
    pub sequence: u64,
    /// Its documents.
    pub num_documents: u64,
    /// Its files.
    pub files: Vec<CataloguedFile>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CataloguedFile {
    /// Its name in the collection.
    pub name: String,
    /// The name of the object with its bytes.
    pub object: String,
    /// Its length.
    pub num_bytes: u64,
    /// CRC-32 of its bytes.
    pub crc32: u32,
}

impl Backup {
    pub(crate) fn new(number: u64, sequence: u64, num_documents: u64, files: Vec<CataloguedFile>) -> Self {
        Self { format: FORMAT.into(), version: VERSION, number, sequence, num_documents, files }
    }

    /// Bytes of all its files.
    pub fn num_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.num_bytes).sum()
    }

    /// Writes it: from now on the backup exists.
    pub(crate) fn write_to(&self, destination: &dyn Destination) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(io::Error::other)
            .map_err(BackupError::io("encode", "the catalogue"))?;
        let name = format!("{BACKUPS}/{:010}-{:08x}.json", self.number, crc32fast::hash(&bytes));
        destination.put(&name, &bytes).map_err(BackupError::io("write", at(destination, &name)))
    }

    pub(crate) fn read_from(destination: &dyn Destination, file: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format: String,
            version: u32,
        }
        let what = at(destination, &format!("{BACKUPS}/{file}"));
        let damaged = |why: String| BackupError::Damaged { what: what.clone(), why };
        let bytes = read_whole(destination, &format!("{BACKUPS}/{file}"))?;
        if parse_name(file).is_none_or(|(_, crc)| crc != crc32fast::hash(&bytes)) {
            return Err(damaged("its checksum is not the one in its name".into()));
        }
        let said: Version = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if said.format != FORMAT || said.version != VERSION {
            let (found, supported) = (said.version, VERSION);
            return Err(BackupError::Version { what, found, supported });
        }
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))
    }
}

/// A name with its destination, for messages.
pub(crate) fn at(destination: &dyn Destination, name: &str) -> String {
    format!("{name} in {}", destination.describe())
}

fn read_whole(destination: &dyn Destination, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = destination.get(name, &mut |piece| {
        if bytes.len() + piece.len() > MAX_BYTES {
            return Err(io::Error::other("it is larger than any catalogue"));
        }
        bytes.extend_from_slice(piece);
        Ok(())
    });
    match read {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Err(BackupError::Damaged { what: at(destination, name), why: error.to_string() })
        }
        read => read.map(|()| bytes).map_err(BackupError::io("read", at(destination, name))),
    }
}

/// Number and checksum in the name of a catalogue.
fn parse_name(file: &str) -> Option<(u64, u32)> {
    let (number, crc) = file.strip_suffix(".json")?.split_once('-')?;
    Some((number.parse().ok()?, u32::from_str_radix(crc, 16).ok()?))
}

/// Names and numbers of all catalogues, the oldest first.
pub(crate) fn list(destination: &dyn Destination) -> Result<Vec<(u64, String)>> {
    let files = destination.list(BACKUPS).map_err(BackupError::io("list", at(destination, BACKUPS)))?;
    let numbered = files.into_iter().filter_map(|(name, _)| Some((parse_name(&name)?.0, name)));
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort();
    Ok(numbered)
}

/// All backups in a destination, the oldest first. Cost: one small object each.
///
/// # Errors
/// [`BackupError::Io`], or [`BackupError::Damaged`] and [`BackupError::Version`] for a catalogue that cannot be read.
pub fn backups(destination: &dyn Destination) -> Result<Vec<Backup>> {
    list(destination)?.iter().map(|(_, file)| Backup::read_from(destination, file)).collect()
}
