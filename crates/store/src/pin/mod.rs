//! One state of a collection as whole files, to be copied while writes go on.

use crate::backend::{Backend, FileBytes};
use crate::blob::{self, Damage, Owner};
use crate::checksummed::{self, ChecksummedFile};
use crate::log::{self, LogReader};
use crate::manifest::{self, LogRecord, Manifest};
use crate::verify::check_part;
use crate::view::State;
use crate::{Result, StoreError};

/// Most times that a copy starts over because a writer replaced the files that it was about to open.
const MAX_RETRIES: usize = 100;

/// One file of a [`PinnedState`].
#[derive(Debug)]
pub struct PinnedFile {
    /// Its name in the collection.
    pub name: String,
    /// A name that no other content has: that of the file, its length and a checksum. `None` for what changes with
    /// every state: the manifest.
    pub object: Option<String>,
    /// All its bytes, compared with their checksums.
    pub bytes: FileBytes,
}

/// One state of a collection: copied as they are, its files are a collection.
#[derive(Debug)]
pub struct PinnedState {
    /// The files; the manifest is the last.
    pub files: Vec<PinnedFile>,
    /// The last batch in it.
    pub sequence: u64,
    /// Its documents.
    pub num_documents: u64,
    /// Files that are damaged in the collection, or not there. Their bytes were made again from another file that holds the
    /// same, and are here as they were written.
    pub made_again: Vec<String>,
}

/// Takes hold of the present state. Its bytes stay readable whatever a writer does meanwhile, which it does not disturb.
///
/// Cost: every byte is read once, to compare it; segments stay mapped, the log is held in memory.
///
/// # Errors
/// As [`Store::open`](crate::Store::open), and [`StoreError::Corrupt`] for damage, which must not reach a copy: but for that of
/// one of the two files of an asset.
pub fn pin(backend: &dyn Backend) -> Result<PinnedState> {
    let mut moved_on = None;
    for _ in 0..MAX_RETRIES {
        let (header, manifest) = manifest::read(backend)?;
        match pin_files(backend, manifest) {
            Err(error) if error.is_missing_file() => {
                if manifest::read_header(backend)? == header {
                    return Err(crate::store::missing_file(error));
                }
                moved_on = Some(error);
            }
            done => return done,
        }
    }
    Err(moved_on.unwrap_or(StoreError::NotACollection {
        folder: backend.describe(),
        reason: "it changes faster than it can be read".into(),
    }))
}

fn pin_files(backend: &dyn Backend, mut manifest: Manifest) -> Result<PinnedState> {
    let state = crate::view::open_files(backend, &manifest, 0, None, Damage::LossIsError)?;
    let (mut files, mut made_again) = (Vec::new(), Vec::new());
    for part in &state.parts {
        check_part(part)?;
    }
    for record in &manifest.segments {
        files.push(compared_file(backend, crate::segment::file_name(record.file.number), &record.file)?);
        for attachment in &record.attachments {
            made_again.extend(pin_blob(backend, Owner::Segment, attachment, &mut files)?);
        }
    }
    for asset in &manifest.assets {
        made_again.extend(pin_blob(backend, Owner::Collection, asset, &mut files)?);
    }
    let state = pin_log(backend, &mut manifest, state, &mut files)?;
    files.push(pin_manifest(&manifest)?);
    let State { sequence, num_documents, .. } = state;
    Ok(PinnedState { files, sequence, num_documents, made_again })
}

/// Takes the files of named bytes, and returns the names of those that are made again from another.
fn pin_blob(
    backend: &dyn Backend,
    owner: Owner,
    record: &blob::BlobRecord,
    files: &mut Vec<PinnedFile>,
) -> Result<Vec<String>> {
    let (mut content, mut damaged) = (None, Vec::new());
    for file in record.files() {
        let opened = blob::open_file(backend, owner, file).and_then(|opened| {
            opened.compare_all()?;
            Ok(opened)
        });
        match opened {
            Ok(opened) => {
                files.push(compared_file(backend, owner.file_name(file.number), file)?);
                content = Some(opened);
            }
            Err(error) if error.is_damage() => damaged.push((file, error)),
            Err(error) => return Err(error),
        }
    }
    let mut made_again = Vec::new();
    for (file, error) in damaged {
        let made = match &content {
            Some(content) => blob::encode_as(owner, file, content.bytes()?)?,
            None => None,
        };
        let (name, bytes) = (owner.file_name(file.number), made.ok_or(error)?);
        let object = Some(checksummed::object_name(&name, file));
        files.push(PinnedFile { name: name.clone(), object, bytes: FileBytes::copy_of(&bytes) });
        made_again.push(name);
    }
    Ok(made_again)
}

/// Its bytes, which were compared just before under the same name: a file is never written to again.
fn compared_file(backend: &dyn Backend, name: String, record: &ChecksummedFile) -> Result<PinnedFile> {
    let bytes = backend.map(&name).map_err(StoreError::io("map", &name))?;
    if bytes.len() as u64 != record.file_bytes {
        return Err(StoreError::corrupt(&name, bytes.len() as u64, "its length changed while it was read"));
    }
    let object = checksummed::object_name(&name, record);
    Ok(PinnedFile { name, object: Some(object), bytes })
}

/// The log up to the end of its last good batch; the manifest then says that all of it is durable.
fn pin_log(
    backend: &dyn Backend,
    manifest: &mut Manifest,
    mut state: State,
    files: &mut Vec<PinnedFile>,
) -> Result<State> {
    let Some(record) = manifest.log else { return Ok(state) };
    let name = log::file_name(record.number);
    let mut reader = LogReader::open(backend, record.number, manifest.sequence, record.durable_bytes)?;
    crate::view::follow(backend, &mut reader, &mut state)?;
    let mut bytes = backend.read_all(&name).map_err(StoreError::io("read", &name))?;
    let Ok(length) = usize::try_from(reader.offset()) else {
        return Err(StoreError::corrupt(&name, 0, "it is longer than the address space"));
    };
    bytes.truncate(length);
    manifest.log = Some(LogRecord { durable_bytes: length as u64, ..record });
    let object = format!("{name}-{length}-{:08x}", crc32fast::hash(&bytes));
    files.push(PinnedFile { name, object: Some(object), bytes: FileBytes::copy_of(&bytes) });
    Ok(state)
}

fn pin_manifest(manifest: &Manifest) -> Result<PinnedFile> {
    let (_, bytes) = manifest::encode_manifest(manifest)?;
    Ok(PinnedFile { name: manifest::FILE.into(), object: None, bytes: FileBytes::copy_of(&bytes) })
}
