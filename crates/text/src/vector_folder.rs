//! A folder of token vectors that grows, and can be left and gone on with at any time.
//!
//! While it grows, rows and documents stand in `docs.partial` and `documents.partial`, one line per document: its
//! number of rows and the document as it came. A batch of rows is synced before its lines are, so every line has its
//! rows; what follows the rows of the last line is cut off when the folder is opened again.

use crate::error::{Error, ErrorKind, Result};
use crate::input::{Content, ENCODER, Record, TEXTS};
use pleiad::MultiVector;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes before the first row, where the header goes at the end.
const HEADER_BYTES: u64 = 128;

const ROWS: &str = "docs.partial";
const DOCUMENTS: &str = "documents.partial";

/// Writes `docs.f32.npy`, `docs.off.npy`, `doc_ids.json`, `encoder.json` and `texts.jsonl`.
pub struct VectorFolderWriter {
    folder: PathBuf,
    dim: usize,
    rows: File,
    documents: File,
    /// Rows and keys of the documents in the folder.
    lengths: Vec<u64>,
    keys: Vec<String>,
    seen: HashSet<String>,
    new_rows: Vec<u8>,
    new_lines: String,
}

impl VectorFolderWriter {
    /// Begins a folder, or goes on with one that was left.
    ///
    /// # Errors
    /// When it is complete already, was begun with another encoder, or cannot be written.
    pub fn open(folder: &Path, encoder: &str, dim: usize) -> Result<Self> {
        let refused = |error: io::Error| Error::io(format!("cannot write {}", folder.display()), &error);
        if folder.join("docs.off.npy").exists() {
            let message = format!("{} holds token vectors already: name a new folder", folder.display());
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        fs::create_dir_all(folder).map_err(refused)?;
        check_encoder(&folder.join(ENCODER), encoder, dim)?;
        let (lengths, keys, whole_bytes) = read_documents(&folder.join(DOCUMENTS))?;
        let open = |name| OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name));
        let (mut rows, mut documents) = (open(ROWS).map_err(refused)?, open(DOCUMENTS).map_err(refused)?);
        let row_bytes = 4 * dim as u64 * lengths.iter().sum::<u64>();
        let found = rows.metadata().map_err(refused)?.len();
        if found < HEADER_BYTES + row_bytes && !keys.is_empty() {
            let message = format!("{}: rows are missing: remove the folder", folder.join(ROWS).display());
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        rows.set_len(HEADER_BYTES + row_bytes).map_err(refused)?;
        documents.set_len(whole_bytes).map_err(refused)?;
        rows.seek(SeekFrom::End(0)).map_err(refused)?;
        documents.seek(SeekFrom::End(0)).map_err(refused)?;
        let seen = keys.iter().cloned().collect();
        let (folder, new_rows, new_lines) = (folder.to_owned(), Vec::new(), String::new());
        Ok(Self { folder, dim, rows, documents, lengths, keys, seen, new_rows, new_lines })
    }

    /// Documents written so far.
    pub fn num_documents(&self) -> u64 {
        self.keys.len() as u64
    }

    /// Passes over what is written already.
    ///
    /// # Errors
    /// When the input has other documents than it had.
    pub fn skip(&self, keys: &mut dyn Iterator<Item = Result<String>>) -> Result<()> {
        for expected in &self.keys {
            let found = keys.next().transpose()?;
            if found.as_ref() != Some(expected) {
                let found = found.map_or("its end".to_owned(), |found| format!("document {found:?}"));
                let message = format!(
                    "{} was begun with another input: it goes on with {found} where document {expected:?} was",
                    self.folder.display()
                );
                return Err(Error::new(ErrorKind::Conflict, message));
            }
        }
        Ok(())
    }

    /// Adds one document; [`VectorFolderWriter::sync`] makes it durable.
    ///
    /// # Errors
    /// When its key came before.
    pub fn push(&mut self, record: &Record, vectors: &MultiVector) -> Result<()> {
        let key = &record.key;
        if !self.seen.insert(key.clone()) {
            return Err(Error::invalid(format!(
                "document {key:?} comes twice: the keys of a folder are unique"
            )));
        }
        let num_rows = vectors.num_tokens() as u64;
        self.new_rows.extend(vectors.data().iter().flat_map(|value| value.to_le_bytes()));
        self.new_lines += &format!("{num_rows} {}\n", json_of(record));
        self.lengths.push(num_rows);
        self.keys.push(key.clone());
        Ok(())
    }

    /// Makes what was added durable: rows first, then the lines that vouch for them.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn sync(&mut self) -> Result<()> {
        let refused = |error: io::Error| Error::io(format!("cannot write {}", self.folder.display()), &error);
        self.rows.write_all(&self.new_rows).and_then(|()| self.rows.sync_data()).map_err(refused)?;
        let lines = self.new_lines.as_bytes();
        self.documents.write_all(lines).and_then(|()| self.documents.sync_data()).map_err(refused)?;
        self.new_rows.clear();
        self.new_lines.clear();
        Ok(())
    }

    /// Completes the folder and says how many documents it holds.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn finish(mut self) -> Result<u64> {
        self.sync()?;
        let folder = self.folder.display().to_string();
        self.complete().map_err(|error| Error::io(format!("cannot write {folder}"), &error))
    }

    fn complete(mut self) -> io::Result<u64> {
        let num_rows: u64 = self.lengths.iter().sum();
        self.rows.seek(SeekFrom::Start(0))?;
        self.rows.write_all(&header("<f4", &format!("({num_rows}, {})", self.dim)))?;
        self.rows.sync_all()?;
        fs::rename(self.folder.join(ROWS), self.folder.join("docs.f32.npy"))?;
        fs::write(self.folder.join("doc_ids.json"), serde_json::to_vec(&self.keys)?)?;
        self.write_texts()?;
        let mut offsets = header("<i8", &format!("({},)", self.lengths.len() + 1));
        let mut offset = 0u64;
        offsets.extend_from_slice(&offset.to_le_bytes());
        for length in &self.lengths {
            offset += length;
            offsets.extend_from_slice(&offset.to_le_bytes());
        }
        // Last, as a folder with offsets is a complete one.
        fs::write(self.folder.join("docs.off.npy"), offsets)?;
        fs::remove_file(self.folder.join(DOCUMENTS))?;
        Ok(self.keys.len() as u64)
    }
}

impl VectorFolderWriter {
    /// The documents as they came, one a line: what stands behind the numbers of rows.
    fn write_texts(&self) -> io::Result<()> {
        let mut source = BufReader::new(File::open(self.folder.join(DOCUMENTS))?);
        let mut out = BufWriter::new(File::create(self.folder.join(TEXTS))?);
        let mut line = String::new();
        while source.read_line(&mut line)? > 0 {
            let document = line.split_once(' ').map_or("", |(_, document)| document);
            // Folders that were begun by an older version have keys alone.
            match document.starts_with('"') {
                true => writeln!(out, "{{\"_id\":{},\"text\":\"\"}}", document.trim_end())?,
                false => out.write_all(document.as_bytes())?,
            }
            line.clear();
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// A record as a line of JSON gives it.
fn json_of(record: &Record) -> Value {
    let mut object = record.attributes.clone();
    object.insert("_id".to_owned(), Value::from(record.key.as_str()));
    if let Content::Text { title, text } = &record.content {
        object.extend(title.as_ref().map(|title| ("title".to_owned(), Value::from(title.as_str()))));
        object.insert("text".to_owned(), Value::from(text.as_str()));
    }
    Value::Object(object)
}

/// The header of a NumPy file, version 1.0, filled up with blanks.
fn header(kind: &str, shape: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend_from_slice(
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}").as_bytes(),
    );
    bytes.resize(HEADER_BYTES as usize - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// Notes which encoder the vectors come from; a folder that was left must name the same.
fn check_encoder(path: &Path, encoder: &str, dim: usize) -> Result<()> {
    let own = json!({ "encoder": encoder, "dim": dim });
    let refused = |error: io::Error| Error::io(format!("cannot use {}", path.display()), &error);
    if !path.exists() {
        return fs::write(path, own.to_string()).map_err(refused);
    }
    let found = fs::read_to_string(path).map_err(refused)?;
    if serde_json::from_str::<Value>(&found).is_ok_and(|found| found == own) {
        return Ok(());
    }
    let message = format!("{} says {}, but this is {own}: name a new folder", path.display(), found.trim());
    Err(Error::new(ErrorKind::Conflict, message))
}

/// Rows and keys of the documents whose lines are whole, and the bytes of those lines.
fn read_documents(path: &Path) -> Result<(Vec<u64>, Vec<String>, u64)> {
    let (mut lengths, mut keys, mut whole_bytes) = (Vec::new(), Vec::new(), 0);
    let refused = |error: io::Error| Error::io(format!("cannot read {}", path.display()), &error);
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((lengths, keys, 0)),
        opened => opened.map_err(refused)?,
    };
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    while reader.read_line(&mut line).map_err(refused)? > 0 {
        // A torn last line is one that nobody relied on.
        let Some((length, key)) = parse_line(&line) else { break };
        whole_bytes += line.len() as u64;
        lengths.push(length);
        keys.push(key);
        line.clear();
    }
    Ok((lengths, keys, whole_bytes))
}

/// Rows and key of one whole line.
fn parse_line(line: &str) -> Option<(u64, String)> {
    let (length, key) = line.strip_suffix('\n')?.split_once(' ')?;
    match (length.parse(), serde_json::from_str(key)) {
        (Ok(length), Ok(Value::String(key))) => Some((length, key)),
        (Ok(length), Ok(Value::Object(document))) => {
            Some((length, document.get("_id")?.as_str()?.to_owned()))
        }
        _ => None,
    }
}
