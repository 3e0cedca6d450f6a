use super::consumed::Consumed;
use super::format::Format;
use super::options::{InputOptions, Records};
use super::{json_lines, plain, vectors};
use crate::error::{Error, Result};
use crate::numbers::bytes;
use pleiad_evaluate::{MAX_TEXT_BYTES, not_regular};
use std::path::{Path, PathBuf};
use std::{fs, io, iter};

/// Files that hold the documents of a BEIR folder.
const CORPUS_FILES: [&str; 3] = ["corpus.jsonl", "corpus.jsonl.zst", "corpus.jsonl.gz"];

/// One thing to read documents from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    StandardInput,
    Json(PathBuf),
    Text(PathBuf),
    /// A text that was found in a folder: one that cannot be read is left out.
    Found(PathBuf),
    /// A file or a folder of token vectors.
    Vectors(PathBuf),
}

impl Source {
    /// Returns the sources of a path; a folder of texts is one source per file.
    ///
    /// # Errors
    /// When nothing is there, or a device, a FIFO or a socket; when a file has the name of a format without a reader,
    /// or is a text too long for one document.
    pub(crate) fn find(path: &Path, options: InputOptions, consumed: &Consumed) -> Result<Vec<Self>> {
        if path == Path::new("-") {
            return Ok(vec![Self::StandardInput]);
        }
        let metadata = fs::metadata(path)
            .map_err(|error| Error::io(format!("cannot open {}", path.display()), &error))?;
        if metadata.is_dir() {
            return Self::find_in(path, options, consumed);
        }
        if let Some(kind) = not_regular(metadata.file_type()) {
            let path = path.display();
            let message =
                format!("{path} is {kind}, not a regular file: pipe it into `-` (pleiad add DIR - < {path})");
            return Err(Error::invalid(message));
        }
        Ok(vec![match Format::by_name(path) {
            Format::Json => Self::Json(path.to_owned()),
            Format::Vectors => Self::Vectors(path.to_owned()),
            Format::Unread(unread) => return Err(unread.refusal(path, "by its name")),
            Format::Text if metadata.len() > MAX_TEXT_BYTES as u64 => {
                return Err(too_long(path, metadata.len()));
            }
            Format::Text => Self::Text(path.to_owned()),
        }])
    }

    fn find_in(folder: &Path, options: InputOptions, consumed: &Consumed) -> Result<Vec<Self>> {
        if vectors::is_folder(folder) {
            return Ok(vec![Self::Vectors(folder.to_owned())]);
        }
        let corpus = CORPUS_FILES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        match corpus {
            Some(path) => Ok(vec![Self::Json(path)]),
            None => {
                let of_file = if options.is_strict { Self::Text } else { Self::Found };
                Ok(plain::find(folder, options, consumed)?.into_iter().map(of_file).collect())
            }
        }
    }

    /// Bytes of the files that will be read.
    pub(crate) fn num_bytes(&self) -> Option<u64> {
        match self {
            Self::StandardInput => None,
            // What cannot be looked at now is reported when its turn comes.
            Self::Json(path) | Self::Text(path) => fs::metadata(path).map(|metadata| metadata.len()).ok(),
            // Files that will be left out have no size.
            Self::Found(path) => Some(fs::metadata(path).map_or(0, |metadata| metadata.len())),
            Self::Vectors(path) => vectors::num_bytes(path).ok(),
        }
    }

    /// Opens it.
    pub(crate) fn records(self, options: InputOptions, consumed: &Consumed) -> Result<Records> {
        match self {
            Self::StandardInput => json_lines::from_reader("standard input", io::stdin()),
            Self::Json(path) => json_lines::from_file(&path, consumed),
            Self::Text(path) => {
                let record = plain::read(&path, options.keys, consumed)?;
                Ok(Box::new(iter::once(Ok(record))))
            }
            Self::Found(path) => match plain::read(&path, options.keys, consumed) {
                Ok(record) => Ok(Box::new(iter::once(Ok(record)))),
                Err(reason) => {
                    consumed.leave_out(&reason);
                    Ok(Box::new(iter::empty()))
                }
            },
            Self::Vectors(path) => vectors::records(&path, consumed),
        }
    }
}

/// A text that is refused before it is read.
fn too_long(path: &Path, num_bytes: u64) -> Error {
    let (path, found, limit) = (path.display(), bytes(num_bytes), bytes(MAX_TEXT_BYTES as u64));
    Error::invalid(format!("{path} has {found}, more than the {limit} that one text may have: split it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_it_looks_like() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(
            Source::find(Path::new("-"), InputOptions::default(), &Consumed::default()).unwrap(),
            [Source::StandardInput]
        );
        assert!(
            Source::find(&root.join("missing.jsonl"), InputOptions::default(), &Consumed::default()).is_err()
        );
        for (name, expected) in [
            ("a.jsonl.gz", Source::Json as fn(PathBuf) -> Source),
            ("a.ndjson", Source::Json),
            ("notes", Source::Text),
            ("v.npy", Source::Vectors),
            ("v.npz", Source::Vectors),
            ("v.safetensors", Source::Vectors),
        ] {
            let path = root.join(name);
            fs::write(&path, "").unwrap();
            assert_eq!(
                Source::find(&path, InputOptions::default(), &Consumed::default()).unwrap(),
                [expected(path)]
            );
        }
        let judged = root.join("judged");
        fs::create_dir(&judged).unwrap();
        fs::write(judged.join("a.txt"), "").unwrap();
        assert_eq!(
            Source::find(&judged, InputOptions::default(), &Consumed::default()).unwrap(),
            [Source::Found(judged.join("a.txt"))]
        );
        fs::write(judged.join("corpus.jsonl.zst"), "").unwrap();
        assert_eq!(
            Source::find(&judged, InputOptions::default(), &Consumed::default()).unwrap(),
            [Source::Json(judged.join("corpus.jsonl.zst"))]
        );
    }
}
