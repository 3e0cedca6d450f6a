use super::record::{Content, Place, Record};
use crate::exit::{Failure, Result};
use serde_json::Map;
use std::fs;
use std::path::{Path, PathBuf};

/// Extensions of the files that are taken from a folder.
const EXTENSIONS: [&str; 3] = ["txt", "md", "markdown"];

/// One document: the whole file; its key is the path as it was typed.
pub(crate) fn read(path: &Path) -> Result<Record> {
    let place = Place { file: path.display().to_string().into(), line: None };
    let bytes = fs::read(path).map_err(|error| Failure::io(format!("cannot read {place}"), &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::invalid(format!("{place}: not UTF-8 text (byte {at}): convert it first"))
    })?;
    let key = path
        .to_str()
        .ok_or_else(|| Failure::invalid(format!("{place}: the path is not UTF-8: rename the file")))?;
    let content = Content::Text { title: None, text };
    Ok(Record { place, key: key.to_owned(), content, attributes: Map::new() })
}

/// Every text file below a folder, sorted; hidden files and folders are left out and links to folders not followed.
///
/// # Errors
/// When a folder cannot be read or nothing is found.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Failure::io(format!("cannot read folder {}", folder.display()), &error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if is_text(&path) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        let message = format!("{}: no .txt or .md file, no corpus.jsonl, no token vectors", folder.display());
        return Err(Failure::invalid(message));
    }
    files.sort();
    Ok(files)
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
        assert!(find(root).is_err());
        fs::create_dir_all(root.join("b/.git")).unwrap();
        for name in ["z.txt", "b/a.MD", "b/.git/x.md", ".hidden.txt", "b/c.rs"] {
            fs::write(root.join(name), "text").unwrap();
        }
        assert_eq!(find(root).unwrap(), [root.join("b/a.MD"), root.join("z.txt")]);
        let record = read(&root.join("z.txt")).unwrap();
        assert_eq!(record.key, root.join("z.txt").to_str().unwrap());
        fs::write(root.join("z.txt"), b"abc\xff").unwrap();
        assert!(read(&root.join("z.txt")).unwrap_err().to_string().contains("byte 3"));
    }
}
