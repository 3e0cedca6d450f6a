//! What a search answered, in memory and as a TREC run file.

use crate::{InputError, Lines};
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEntry {
    /// Key of the document.
    pub document: String,
    /// Its score, higher is better.
    pub score: f32,
}

/// Answers by query, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    queries: BTreeMap<String, Vec<RunEntry>>,
}

impl Run {
    /// Sets the answers of one query, best first. Their order counts, their scores are kept beside it.
    pub fn insert(&mut self, query: impl Into<String>, answers: Vec<RunEntry>) {
        self.queries.insert(query.into(), answers);
    }

    /// The answers of one query, best first.
    pub fn answers(&self, query: &str) -> Option<&[RunEntry]> {
        self.queries.get(query).map(Vec::as_slice)
    }

    /// All queries, by key.
    pub fn queries(&self) -> impl ExactSizeIterator<Item = (&str, &[RunEntry])> {
        self.queries.iter().map(|(key, answers)| (key.as_str(), answers.as_slice()))
    }

    /// Writes `query Q0 document rank score tag`, one answer a line, ranks from 1.
    ///
    /// # Errors
    /// When writing fails, or a key or the tag is empty or holds white space, which the format cannot express
    /// (an [`InputError::RunKey`] inside the [`io::Error`]).
    pub fn write_to(&self, mut out: impl Write, tag: &str) -> io::Result<()> {
        check_key(tag)?;
        for (query, answers) in &self.queries {
            check_key(query)?;
            for (at, RunEntry { document, score }) in answers.iter().enumerate() {
                check_key(document)?;
                writeln!(out, "{query} Q0 {document} {} {score} {tag}", at + 1)?;
            }
        }
        out.flush()
    }

    /// Reads what [`Run::write_to`] writes, plain or compressed. The order is that of the ranks: trec_eval sorts by
    /// score instead, which differs only where a file contradicts itself or has ties.
    ///
    /// # Errors
    /// When the file cannot be read, a line has not six columns, a rank or a score is no number, or a document is
    /// ranked twice for one query.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        Self::read(Lines::open(path)?)
    }

    fn read(mut lines: Lines) -> Result<Self, InputError> {
        let file = lines.name().to_owned();
        let mut ranked: BTreeMap<String, Vec<(u64, RunEntry)>> = BTreeMap::new();
        let mut seen = HashSet::new();
        while let Some(next) = lines.next() {
            let (line, text) = next?;
            let (query, rank, entry) = match parse(text) {
                Ok(parsed) => parsed,
                Err(reason) => return Err(InputError::Columns { file, line, reason }),
            };
            if !seen.insert((query.clone(), entry.document.clone())) {
                let what = format!("document {:?} is ranked for query {query:?}", entry.document);
                return Err(InputError::Duplicate { file, line, what });
            }
            ranked.entry(query).or_default().push((rank, entry));
        }
        let mut run = Self::default();
        for (query, mut answers) in ranked {
            answers.sort_by_key(|&(rank, _)| rank);
            run.insert(query, answers.into_iter().map(|(_, entry)| entry).collect());
        }
        Ok(run)
    }
}

fn parse(text: &str) -> Result<(String, u64, RunEntry), &'static str> {
    let columns: Vec<&str> = text.split_whitespace().collect();
    let [query, _, document, rank, score, _] = columns[..] else {
        return Err("expected six columns: query Q0 document rank score tag");
    };
    let rank = rank.parse().map_err(|_| "the fourth column must be a rank")?;
    match score.parse::<f32>() {
        Ok(score) if score.is_finite() => {
            Ok((query.to_owned(), rank, RunEntry { document: document.to_owned(), score }))
        }
        _ => Err("the fifth column must be a finite score"),
    }
}

fn check_key(key: &str) -> io::Result<()> {
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, InputError::RunKey { key: key.to_owned() }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn read(text: impl Into<Vec<u8>>) -> Result<Run, String> {
        Run::read(Lines::from_reader("x.trec", Cursor::new(text.into())).unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn ranks_give_the_order() {
        let run = read("q Q0 b 2 9.5 tag\nq Q0 a 1 0.5 tag\n").unwrap();
        let documents: Vec<&str> = run.answers("q").unwrap().iter().map(|e| e.document.as_str()).collect();
        assert_eq!(documents, ["a", "b"]);
    }

    #[test]
    fn what_the_format_cannot_say_is_refused() {
        for (text, reason) in [
            ("q Q0 a 1 0.5\n", "x.trec:1: expected six"),
            ("q Q0 a one 0.5 t\n", "x.trec:1: the fourth"),
            ("q Q0 a 1 NaN t\n", "x.trec:1: the fifth"),
            ("q Q0 a 1 2 t\nq Q0 a 2 1 t\n", "x.trec:2: document \"a\" is ranked"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with(reason), "{message} should say {reason}");
        }
        let mut run = Run::default();
        run.insert("q", vec![RunEntry { document: "a b".into(), score: 1.0 }]);
        assert!(run.write_to(io::sink(), "t").unwrap_err().to_string().contains("\"a b\""));
        assert!(Run::default().write_to(io::sink(), "").is_err());
    }

    proptest! {
        #[test]
        fn written_runs_read_back(scores in prop::collection::vec(-1e30f32..1e30, 0..20)) {
            let answers: Vec<RunEntry> = scores
                .iter()
                .enumerate()
                .map(|(at, &score)| RunEntry { document: format!("d{at}"), score })
                .collect();
            let mut run = Run::default();
            if !answers.is_empty() {
                run.insert("q1", answers);
            }
            let mut bytes = Vec::new();
            run.write_to(&mut bytes, "tag").unwrap();
            prop_assert_eq!(read(bytes).unwrap(), run);
        }
    }
}
