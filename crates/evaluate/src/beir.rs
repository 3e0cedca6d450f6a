//! Judged collections in the layout of BEIR (Thakur et al., NeurIPS 2021): `corpus.jsonl`, `queries.jsonl` and
//! `qrels/<split>.tsv`, each of the first two plain or compressed.

use crate::{InputError, JsonLines, Qrels};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder with documents, queries and judgments. Opening reads nothing yet.
#[derive(Debug, Clone)]
pub struct BeirFolder {
    folder: PathBuf,
    corpus: PathBuf,
}

/// One document: an object with `_id` (or `id`, or `key`), `title` and `text`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Document {
    /// The user's id.
    pub key: String,
    /// The title; empty when there is none.
    pub title: String,
    /// The text; empty when there is none.
    pub text: String,
    /// Every other field.
    pub attributes: Map<String, Value>,
}

/// One query: as [`Document`], without a title.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct BeirQuery {
    /// Its id, which the judgments name.
    pub key: String,
    /// Text of the query.
    pub text: String,
    /// Every other field.
    pub attributes: Map<String, Value>,
}

/// Takes a text field out of an object; absent and `null` are empty.
fn take_text(object: &mut Map<String, Value>, field: &str) -> Result<String, String> {
    match object.remove(field) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{field}` must be a string")),
    }
}

/// Takes the first of `_id`, `id` and `key` out of an object; integers are taken as they are written.
fn take_key(object: &mut Map<String, Value>) -> Result<String, String> {
    let field = ["_id", "id", "key"].into_iter().find(|&field| object.contains_key(field));
    match field.and_then(|field| object.remove(field)) {
        Some(Value::String(key)) => Ok(key),
        Some(Value::Number(key)) if !key.is_f64() => Ok(key.to_string()),
        Some(_) => Err("the id must be a string or an integer".into()),
        None => Err("the object has no `_id`, `id` or `key`".into()),
    }
}

impl TryFrom<Map<String, Value>> for Document {
    type Error = String;

    fn try_from(mut object: Map<String, Value>) -> Result<Self, String> {
        Ok(Self {
            key: take_key(&mut object)?,
            title: take_text(&mut object, "title")?,
            text: take_text(&mut object, "text")?,
            attributes: object,
        })
    }
}

impl TryFrom<Map<String, Value>> for BeirQuery {
    type Error = String;

    fn try_from(mut object: Map<String, Value>) -> Result<Self, String> {
        let (key, text) = (take_key(&mut object)?, take_text(&mut object, "text")?);
        Ok(Self { key, text, attributes: object })
    }
}

impl Document {
    /// Title and text as one, the way BEIR's baselines encode a document.
    pub fn title_and_text(&self) -> String {
        format!("{} {}", self.title, self.text).trim().to_owned()
    }
}

impl BeirFolder {
    /// Finds the parts of a folder.
    ///
    /// # Errors
    /// [`InputError::MissingFile`] when there is no corpus.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, InputError> {
        let folder = folder.into();
        let corpus = find(&folder, "corpus.jsonl")?;
        Ok(Self { folder, corpus })
    }

    /// The documents in the order of the file, read one by one.
    ///
    /// # Errors
    /// As [`JsonLines::open`]; each record may be an error of its own.
    pub fn documents(&self) -> Result<JsonLines<Document>, InputError> {
        JsonLines::open(&self.corpus)
    }

    /// All queries in the order of the file, judged or not.
    ///
    /// # Errors
    /// As [`BeirFolder::documents`], or when there is no such file.
    pub fn queries(&self) -> Result<JsonLines<BeirQuery>, InputError> {
        JsonLines::open(find(&self.folder, "queries.jsonl")?)
    }

    /// The judgments of one split, such as `test`; a bare `qrels.tsv` beside the corpus serves when there is no
    /// folder `qrels`.
    ///
    /// # Errors
    /// When neither file is there or it cannot be read as [`Qrels`].
    pub fn qrels(&self, split: &str) -> Result<Qrels, InputError> {
        Qrels::of_folder(&self.folder, split)
    }

    /// The queries that `qrels` names, in the order of the file: others are not to be run.
    ///
    /// # Errors
    /// As [`BeirFolder::queries`]; [`InputError::Duplicate`] when two queries have one id,
    /// [`InputError::MissingQuery`] when a judged query has no text.
    pub fn judged_queries(&self, qrels: &Qrels) -> Result<Vec<BeirQuery>, InputError> {
        let lines = self.queries()?;
        let file = lines.name().to_owned();
        let mut missing: BTreeSet<&str> = qrels.queries().map(|(key, _)| key).collect();
        let mut found = Vec::with_capacity(missing.len());
        for line in lines {
            let line = line?;
            if missing.remove(line.value.key.as_str()) {
                found.push(line.value);
            } else if qrels.judgments(&line.value.key).is_some() {
                let what = format!("query {:?} appears", line.value.key);
                return Err(InputError::Duplicate { file, line: line.number, what });
            }
        }
        match missing.first() {
            Some(&key) => {
                Err(InputError::MissingQuery { file, key: key.to_owned(), num_missing: missing.len() })
            }
            None => Ok(found),
        }
    }
}

fn find(folder: &Path, name: &str) -> Result<PathBuf, InputError> {
    let candidates = ["", ".zst", ".gz"].map(|extension| folder.join(format!("{name}{extension}")));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| InputError::MissingFile {
        folder: folder.to_owned(),
        expected: format!("{name}, {name}.zst or {name}.gz"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("qrels")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    const CORPUS: (&str, &str) =
        ("corpus.jsonl", "{\"_id\":\"d1\",\"title\":\"T\",\"text\":\"x\",\"year\":1999}\n");
    const QRELS: (&str, &str) = ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq2\td1\t1\n");

    #[test]
    fn a_folder_gives_documents_and_judged_queries() {
        let queries = ("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"a\"}\n{\"_id\":\"q2\",\"text\":\"b\"}\n");
        let folder = folder(&[CORPUS, queries, QRELS]);
        let beir = BeirFolder::open(folder.path()).unwrap();
        let document = beir.documents().unwrap().next().unwrap().unwrap().value;
        assert_eq!((document.key.as_str(), document.title_and_text().as_str()), ("d1", "T x"));
        assert_eq!(document.attributes["year"], 1999);
        let judged = beir.judged_queries(&beir.qrels("test").unwrap()).unwrap();
        assert_eq!(judged.iter().map(|q| q.key.as_str()).collect::<Vec<_>>(), ["q2"]);
    }

    #[test]
    fn what_is_missing_or_doubled_is_named() {
        let empty = folder(&[]);
        let message = BeirFolder::open(empty.path()).unwrap_err().to_string();
        assert!(message.contains("no corpus.jsonl, corpus.jsonl.zst or corpus.jsonl.gz"), "{message}");

        let folder = folder(&[CORPUS, QRELS, ("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"a\"}\n")]);
        let beir = BeirFolder::open(folder.path()).unwrap();
        let message = beir.qrels("dev").unwrap_err().to_string();
        assert!(message.contains("no qrels/dev.tsv or qrels.tsv"), "{message}");
        let qrels = beir.qrels("test").unwrap();
        let message = beir.judged_queries(&qrels).unwrap_err().to_string();
        assert!(message.contains("no query \"q2\""), "{message}");

        let twice = "{\"_id\":\"q2\",\"text\":\"a\"}\n{\"_id\":\"q2\",\"text\":\"b\"}\n";
        fs::write(folder.path().join("queries.jsonl"), twice).unwrap();
        let message = beir.judged_queries(&qrels).unwrap_err().to_string();
        assert!(message.contains("queries.jsonl:2: query \"q2\" appears a second time"), "{message}");
    }

    #[test]
    fn keys_and_texts_have_their_types() {
        let parse = |text: &str| serde_json::from_str::<Document>(text).map_err(|e| e.to_string());
        assert_eq!(parse(r#"{"id": 7, "key": "k", "title": null}"#).unwrap().key, "7");
        assert_eq!(parse(r#"{"_id": "a", "id": 7}"#).unwrap().attributes["id"], 7);
        for (text, reason) in [
            (r#"{"text": "x"}"#, "no `_id`, `id` or `key`"),
            (r#"{"_id": 1.5}"#, "string or an integer"),
            (r#"{"_id": "a", "text": 3}"#, "`text` must be a string"),
            ("[]", "expected a map"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(reason), "{message} should say {reason}");
        }
    }
}
