use super::consumed::Consumed;
use super::format::Unread;
use super::options::{FileKeys, InputOptions};
use super::record::{Content, Place, Record};
use crate::error::{Error, Result};
use pleiad::{DocKey, Snapshot};
use pleiad_evaluate::{not_regular, open_regular, read_text};
use serde_json::Map;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Extensions of the files that are taken from a folder.
const EXTENSIONS: [&str; 3] = ["txt", "md", "markdown"];

/// One document: the whole file, plain or compressed; its key is its path.
///
/// # Errors
/// When the file cannot be read, is longer than [`pleiad_evaluate::MAX_TEXT_BYTES`], is not UTF-8, or begins as a list of
/// documents does.
pub(crate) fn read(path: &Path, keys: FileKeys, consumed: &Consumed) -> Result<Record> {
    let place = Place { file: path.display().to_string().into(), line: None };
    let file = open_regular(path).map_err(|error| Error::io(format!("cannot read {place}"), &error))?;
    let text = read_text(&place.file, consumed.count(file))?;
    if let Some(unread) = Unread::by_text(&text) {
        return Err(unread.refusal(path, "by its beginning"));
    }
    let named = match keys {
        FileKeys::AsNamed => path.to_owned(),
        FileKeys::Whole => whole(path).map_err(|error| Error::io(format!("cannot find {place}"), &error))?,
    };
    let key = named
        .to_str()
        .ok_or_else(|| Error::invalid(format!("{place}: the path is not UTF-8: rename the file")))?;
    DocKey::new(key).map_err(|error| Error::from(error).within(&place))?;
    let content = Content::Text { title: None, text };
    Ok(Record { place, key: key.to_owned(), content, sets: BTreeMap::new(), attributes: Map::new() })
}

/// The whole path of a file without links; of one that is gone, that of its folder and its name.
fn whole(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(folder), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(folder.canonicalize()?.join(name))
        }
        (found, ..) => found,
    }
}

/// The key that a document was stored with: the one that is named, or where there is none of it, the whole path of the file
/// that is named.
///
/// # Errors
/// When the collection cannot be read.
pub fn stored_key(snapshot: &Snapshot, named: &str) -> Result<String> {
    if snapshot.get_fields(named)?.is_none()
        && let Ok(path) = whole(Path::new(named))
        && let Some(key) = path.to_str()
        && snapshot.get_fields(key)?.is_some()
    {
        return Ok(key.to_owned());
    }
    Ok(named.to_owned())
}

/// Every text file below a folder, sorted; hidden files and folders are left out and links to folders not followed.
/// Folders that cannot be read are left out and named, so are devices, FIFOs and sockets with the name of a text.
///
/// # Errors
/// When the folder itself cannot be read or nothing is found; with [`InputOptions::is_strict`] whenever something is left
/// out that way.
pub(crate) fn find(folder: &Path, options: InputOptions, consumed: &Consumed) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        let problems = match list(&inner, &mut files, &mut folders) {
            Err(error) if inner == folder => return Err(error),
            found => found.unwrap_or_else(|error| vec![error]),
        };
        for problem in problems {
            if options.is_strict {
                return Err(problem);
            }
            consumed.leave_out(&problem);
        }
    }
    if files.is_empty() {
        let message = format!("{}: no .txt or .md file, no corpus.jsonl, no token vectors", folder.display());
        return Err(Error::invalid(message));
    }
    files.sort();
    Ok(files)
}

/// Adds what stands in one folder, and gives what must not be opened.
fn list(folder: &Path, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) -> Result<Vec<Error>> {
    let unreadable = |error| Error::io(format!("cannot read folder {}", folder.display()), &error);
    let mut problems = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            folders.push(path);
        } else if is_text(&path) {
            match special(&path) {
                Some(kind) => {
                    let message = format!("{} is {kind}, not a regular file", path.display());
                    problems.push(Error::invalid(message));
                }
                None => files.push(path),
            }
        }
    }
    Ok(problems)
}

/// Kind of a path that must not be opened. What cannot be looked at is reported when it is read.
fn special(path: &Path) -> Option<&'static str> {
    fs::metadata(path).ok().and_then(|metadata| not_regular(metadata.file_type()))
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_files_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(find(root, InputOptions::default(), &Consumed::default()).is_err());
        fs::create_dir_all(root.join("b/.git")).unwrap();
        for name in ["z.txt", "b/a.MD", "b/.git/x.md", ".hidden.txt", "b/c.rs"] {
            fs::write(root.join(name), "text").unwrap();
        }
        assert_eq!(
            find(root, InputOptions::default(), &Consumed::default()).unwrap(),
            [root.join("b/a.MD"), root.join("z.txt")]
        );
        let read = |name: &str| read(&root.join(name), FileKeys::AsNamed, &Consumed::default());
        let record = read("z.txt").unwrap();
        assert_eq!(record.key, root.join("z.txt").to_str().unwrap());
        fs::write(root.join("z.txt"), b"abc\xff").unwrap();
        assert!(read("z.txt").unwrap_err().to_string().contains("z.txt:1:4: not UTF-8"));
        fs::write(root.join("z.txt"), "{\"_id\": \"a\", \"text\": \"x\"}\n").unwrap();
        assert!(read("z.txt").unwrap_err().to_string().contains("looks like JSON by its beginning"));
    }

    #[test]
    #[cfg(unix)]
    fn a_file_has_one_key_however_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("b")).unwrap();
        fs::write(root.join("b/z.txt"), "text").unwrap();
        std::os::unix::fs::symlink(root.join("b"), root.join("link")).unwrap();
        let expected = root.join("b/z.txt");
        for named in ["b/z.txt", "b/./z.txt", "b/../b/z.txt", "link/z.txt"] {
            let record = read(&root.join(named), FileKeys::Whole, &Consumed::default()).unwrap();
            assert_eq!(record.key, expected.to_str().unwrap(), "{named}");
        }
        fs::remove_file(&expected).unwrap();
        assert_eq!(whole(&root.join("link/z.txt")).unwrap(), expected, "of a file that is gone");
    }
}
