//! Relevance judgments.

use crate::{InputError, Lines};
use std::collections::BTreeMap;
use std::path::Path;

/// Grades of one query's documents by key; above 0 is relevant.
pub type Judgments = BTreeMap<String, i32>;

/// Relevance judgments: grades of documents for queries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qrels {
    queries: BTreeMap<String, Judgments>,
}

impl Qrels {
    /// Reads judgments: BEIR's three columns `query-id corpus-id score`, separated by tabs, with or without their
    /// header, or TREC's four `query iteration document grade`, separated by white space; plain or compressed.
    ///
    /// # Errors
    /// When the file cannot be read, a line has other columns, a grade is no integer, a pair is judged twice with
    /// different grades, or no document is judged to be relevant: every figure would be 0.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        Self::read(Lines::open(path)?)
    }

    /// Reads the judgments of a folder: `qrels/<split>.tsv`, or a bare `qrels.tsv`; or a file of judgments itself.
    ///
    /// # Errors
    /// [`InputError::MissingFile`] when neither is there; otherwise as [`Qrels::open`].
    pub fn of_folder(folder: &Path, split: &str) -> Result<Self, InputError> {
        if folder.is_file() {
            return Self::open(folder);
        }
        let candidates = [folder.join("qrels").join(format!("{split}.tsv")), folder.join("qrels.tsv")];
        match candidates.iter().find(|path| path.is_file()) {
            Some(path) => Self::open(path),
            None => Err(InputError::MissingFile {
                folder: folder.to_owned(),
                expected: format!("qrels/{split}.tsv or qrels.tsv"),
            }),
        }
    }

    fn read(mut lines: Lines) -> Result<Self, InputError> {
        let file = lines.name().to_owned();
        let mut qrels = Self::default();
        let mut first = true;
        while let Some(next) = lines.next() {
            let (line, text) = next?;
            if std::mem::take(&mut first) && is_header(text) {
                continue;
            }
            let (query, document, grade) = match parse(text) {
                Ok((query, document, grade)) => (query.to_owned(), document.to_owned(), grade),
                Err(reason) => return Err(InputError::Columns { file, line, reason }),
            };
            if qrels.insert(&query, &document, grade).is_some_and(|before| before != grade) {
                let what = format!("document {document:?} is judged for query {query:?}");
                return Err(InputError::Duplicate { file, line, what });
            }
        }
        if qrels.queries().all(|(_, judgments)| judgments.values().all(|&grade| grade <= 0)) {
            let num_queries = qrels.num_queries();
            return Err(InputError::NothingRelevant { file, num_queries });
        }
        Ok(qrels)
    }

    /// Adds a judgment; gives back the grade that it replaces.
    pub fn insert(&mut self, query: &str, document: &str, grade: i32) -> Option<i32> {
        self.queries.entry(query.to_owned()).or_default().insert(document.to_owned(), grade)
    }

    /// The judgments of one query.
    pub fn judgments(&self, query: &str) -> Option<&Judgments> {
        self.queries.get(query)
    }

    /// Keeps the judgments of some documents, and the queries for which one of these is relevant; gives back the number of
    /// queries that go.
    pub fn retain_documents(&mut self, mut is_kept: impl FnMut(&str) -> bool) -> usize {
        let num_before = self.num_queries();
        self.queries.retain(|_, judgments| {
            judgments.retain(|document, _| is_kept(document));
            judgments.values().any(|&grade| grade > 0)
        });
        num_before - self.num_queries()
    }

    /// All judged queries, by key.
    pub fn queries(&self) -> impl ExactSizeIterator<Item = (&str, &Judgments)> {
        self.queries.iter().map(|(key, judgments)| (key.as_str(), judgments))
    }

    /// Number of judged queries.
    pub fn num_queries(&self) -> usize {
        self.queries.len()
    }
}

const NOT_A_GRADE: &str = "the last column must be an integer grade";

/// Names of the last column of a header.
const GRADES: [&str; 8] =
    ["score", "grade", "relevance", "relevancy", "rel", "label", "judgement", "judgment"];

/// Returns whether a first line names columns: the last one, or those of a query and a document.
fn is_header(text: &str) -> bool {
    let line = text.to_lowercase();
    let columns = columns(&line);
    let is_id = |name: &&str| name.ends_with("id") || ["query", "topic", "document", "docno"].contains(name);
    columns.last().is_some_and(|name| GRADES.contains(&name.trim())) && columns.first().is_some_and(is_id)
}

/// BEIR's keys may hold spaces, so a line with tabs is split at tabs alone.
fn columns(line: &str) -> Vec<&str> {
    if line.contains('\t') { line.split('\t').collect() } else { line.split_ascii_whitespace().collect() }
}

fn parse(text: &str) -> Result<(&str, &str, i32), &'static str> {
    let columns = columns(text);
    let (query, document, grade) = match columns[..] {
        [query, document, grade] | [query, _, document, grade] => (query, document, grade),
        _ => return Err("expected `query-id corpus-id score` with tabs, or four TREC columns"),
    };
    match grade.trim().parse() {
        Ok(grade) => Ok((query, document, grade)),
        Err(_) => Err(NOT_A_GRADE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn read(text: &str) -> Result<Qrels, String> {
        let lines = Lines::from_reader("q.tsv", Cursor::new(text.as_bytes().to_vec())).unwrap();
        Qrels::read(lines).map_err(|error| error.to_string())
    }

    #[test]
    fn both_formats_are_read() {
        let beir = read("query-id\tcorpus-id\tscore\nq1\tGeneva Durben\t2\nq1\td2\t0\n").unwrap();
        let trec = read("q1 0 d2 1\nq2 0 d1 -1\n").unwrap();
        assert_eq!(beir.judgments("q1").unwrap()["Geneva Durben"], 2);
        assert_eq!(read("q1\td1\t1\nq1\td1\t1\n").unwrap().num_queries(), 1);
        for header in ["qid\tpid\trelevance", "QUERY-ID\tCORPUS-ID\tSCORE", "query_id iteration doc_id label"]
        {
            assert_eq!(read(&format!("{header}\nq1\td1\t1\n")).unwrap().num_queries(), 1, "{header}");
        }
        assert_eq!(trec.queries().map(|(key, _)| key).collect::<Vec<_>>(), ["q1", "q2"]);
        assert_eq!(trec.judgments("q2").unwrap()["d1"], -1);
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, reason) in [
            ("q\td\t1\nq\td2\n", "q.tsv:2: expected"),
            ("q\td\t1\nq\td2\tx\n", "q.tsv:2: the last column"),
            // A first line is held to the same, unless it names columns.
            ("q\td\t1.0\nq\td2\t1\n", "q.tsv:1: the last column"),
            ("q\td\tyes\nq\td2\t1\n", "q.tsv:1: the last column"),
            ("query-id\tcorpus-id\t1.0\n", "q.tsv:1: the last column"),
            ("q\td\n", "q.tsv:1: expected"),
            ("", "q.tsv: no document is judged to be relevant (0 judged queries)"),
            ("query-id\tcorpus-id\tscore\n", "q.tsv: no document is judged to be relevant"),
            ("q 0 d 0\nr 0 d -1\n", "q.tsv: no document is judged to be relevant (2 judged queries)"),
            ("q\td\t1\nq\td\t2\n", "q.tsv:2: document \"d\" is judged for query \"q\" a second time"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with(reason), "{message} should say {reason}");
        }
    }
}
