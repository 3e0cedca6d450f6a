use super::tokens::Source;
use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// The repository in memory: all paths, and the text of every file that is text.
pub(super) struct Tree {
    pub(super) files: Vec<TextFile>,
    /// Every file and every folder, relative to the root.
    pub(super) paths: BTreeSet<String>,
}

/// A file of UTF-8.
pub(super) struct TextFile {
    pub(super) path: String,
    pub(super) text: String,
    /// Rust files only: the tokens, or the line and reason why there are none.
    pub(super) rust: Option<Result<Source, (usize, String)>>,
}

/// Data is not read as text: nobody edits it by hand and it may be large.
const DATA_EXTENSIONS: [&str; 6] = ["json", "jsonl", "lock", "tsv", "csv", "svg"];

impl Tree {
    /// Reads every file below `root` that belongs to the repository.
    ///
    /// # Errors
    /// When a listed file cannot be read; the message names it.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self { files: Vec::new(), paths: BTreeSet::new() };
        for path in super::list::files(root)? {
            let bytes = fs::read(root.join(&path)).map_err(|error| {
                let message = format!("{path} cannot be read: {error}");
                io::Error::new(error.kind(), message)
            })?;
            tree.add(path, bytes);
        }
        Ok(tree)
    }

    /// A tree that exists only in a test.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self { files: Vec::new(), paths: BTreeSet::new() };
        for (path, text) in files {
            tree.add((*path).to_owned(), text.as_bytes().to_vec());
        }
        tree
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) {
        for (slash, _) in path.match_indices('/') {
            self.paths.insert(path[..slash].to_owned());
        }
        self.paths.insert(path.clone());
        if DATA_EXTENSIONS.contains(&extension(&path)) {
            return;
        }
        if let Ok(text) = String::from_utf8(bytes) {
            let rust = (extension(&path) == "rs").then(|| super::tokens::lex(&text));
            self.files.push(TextFile { path, text, rust });
        }
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = &TextFile> {
        self.files.iter().filter(|file| file.extension() == "rs")
    }
}

impl TextFile {
    /// Returns the extension after the last dot of the name; empty when there is none.
    pub(super) fn extension(&self) -> &str {
        extension(&self.path)
    }

    /// The tokens of a Rust file that can be read.
    pub(super) fn source(&self) -> Option<&Source> {
        self.rust.as_ref().and_then(|source| source.as_ref().ok())
    }

    /// Number and text of each line, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
