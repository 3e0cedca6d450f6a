use super::Consumed;
use super::format::Unread;
use super::record::{Content, Place, Record};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use pleiad_evaluate::{not_regular, open_regular, read_text};
use serde_json::Map;
use std::fs;
use std::path::{Path, PathBuf};

/// Extensions of the files that are taken from a folder.
const EXTENSIONS: [&str; 3] = ["txt", "md", "markdown"];

/// One document: the whole file, plain or compressed; its key is the path as it was typed.
///
/// # Errors
/// When the file cannot be read, is longer than [`pleiad_evaluate::MAX_TEXT_BYTES`], is not UTF-8, or begins as a list of
/// documents does.
pub(crate) fn read(path: &Path, consumed: &Consumed) -> Result<Record> {
    let place = Place { file: path.display().to_string().into(), line: None };
    let file = open_regular(path).map_err(|error| Error::io(format!("cannot read {place}"), &error))?;
    let text = read_text(&place.file, consumed.count(file))?;
    if let Some(unread) = Unread::by_text(&text) {
        return Err(unread.refusal(path, "by its beginning"));
    }
    let key = path
        .to_str()
        .ok_or_else(|| Error::invalid(format!("{place}: the path is not UTF-8: rename the file")))?;
    let content = Content::Text { title: None, text };
    Ok(Record { place, key: key.to_owned(), content, attributes: Map::new() })
}

/// Every text file below a folder, sorted; hidden files and folders are left out and links to folders not followed.
/// Devices, FIFOs and sockets with the name of a text are left out and named.
///
/// # Errors
/// When a folder cannot be read or nothing is found.
pub(crate) fn find(folder: &Path, monitor: &dyn Monitor) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Error::io(format!("cannot read folder {}", folder.display()), &error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if is_text(&path) && !is_special(&path, monitor) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        let message = format!("{}: no .txt or .md file, no corpus.jsonl, no token vectors", folder.display());
        return Err(Error::invalid(message));
    }
    files.sort();
    Ok(files)
}

/// Whether a path leads to something that must not be opened. What cannot be looked at is reported when it is read.
fn is_special(path: &Path, monitor: &dyn Monitor) -> bool {
    let kind = fs::metadata(path).ok().and_then(|metadata| not_regular(metadata.file_type()));
    if let Some(kind) = kind {
        monitor.warn(&format!("{} is {kind}, not a regular file: skipped", path.display()));
    }
    kind.is_some()
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Unattended;

    #[test]
    fn text_files_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(find(root, &Unattended).is_err());
        fs::create_dir_all(root.join("b/.git")).unwrap();
        for name in ["z.txt", "b/a.MD", "b/.git/x.md", ".hidden.txt", "b/c.rs"] {
            fs::write(root.join(name), "text").unwrap();
        }
        assert_eq!(find(root, &Unattended).unwrap(), [root.join("b/a.MD"), root.join("z.txt")]);
        let read = |name: &str| read(&root.join(name), &Consumed::default());
        let record = read("z.txt").unwrap();
        assert_eq!(record.key, root.join("z.txt").to_str().unwrap());
        fs::write(root.join("z.txt"), b"abc\xff").unwrap();
        assert!(read("z.txt").unwrap_err().to_string().contains("z.txt:1:4: not UTF-8"));
        fs::write(root.join("z.txt"), "{\"_id\": \"a\", \"text\": \"x\"}\n").unwrap();
        assert!(read("z.txt").unwrap_err().to_string().contains("looks like JSON by its beginning"));
    }
}
