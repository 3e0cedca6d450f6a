use super::keys::{escape, unescape};
use super::{Run, RunEntry};
use crate::{InputError, Lines};
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

impl Run {
    /// Reads a TREC run, plain or compressed. Answers are ordered as trec_eval orders them: by score, which is a float of 32 bits,
    /// and equal scores by document, the greater one (byte by byte) first. The ranks that the file gives do not count.
    ///
    /// # Errors
    /// When the file cannot be read, a line has not six columns, a score is no number, a document is ranked twice for one
    /// query, or nothing is ranked at all.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        Self::read(Lines::open(path)?)
    }

    pub(super) fn read(mut lines: Lines) -> Result<Self, InputError> {
        let file = lines.name().to_owned();
        let mut run = Self::default();
        let mut seen: BTreeMap<String, HashSet<String>> = BTreeMap::new();
        while let Some(next) = lines.next() {
            let (line, text) = next?;
            let (query, entry) = match parse(text) {
                Ok(parsed) => parsed,
                Err(reason) => return Err(InputError::Columns { file, line, reason }),
            };
            if !seen.entry(query.clone()).or_default().insert(entry.document.clone()) {
                let what = format!("document {:?} is ranked for query {query:?}", entry.document);
                return Err(InputError::Duplicate { file, line, what });
            }
            run.queries.entry(query).or_default().push(entry);
        }
        if run.queries.is_empty() {
            return Err(InputError::Columns { file, line: 1, reason: "the run is empty" });
        }
        for answers in run.queries.values_mut() {
            answers.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| b.document.cmp(&a.document)));
        }
        Ok(run)
    }

    /// Writes `query Q0 document rank score tag`, one answer a line, ranks from 1. White space in keys becomes `\\x` and
    /// two hexadecimal digits, which [`Run::open`] undoes.
    ///
    /// Scores fall strictly: equal ones are lowered by the least that a float can be, one after the other. Programs such
    /// as trec_eval rank by score alone, and so find the order of the ranks.
    ///
    /// # Errors
    /// When writing fails, or a key or the tag is empty, which the format cannot express (an [`InputError::RunKey`]
    /// inside the [`io::Error`]).
    pub fn write_to(&self, mut out: impl Write, tag: &str) -> io::Result<()> {
        let tag = escape(check_key(tag)?);
        for (query, answers) in &self.queries {
            let query = escape(check_key(query)?);
            let mut above = f32::INFINITY;
            for (at, RunEntry { document, score }) in answers.iter().enumerate() {
                above = score.min(above.next_down());
                writeln!(out, "{query} Q0 {} {} {above} {tag}", escape(check_key(document)?), at + 1)?;
            }
        }
        out.flush()
    }
}

fn parse(text: &str) -> Result<(String, RunEntry), &'static str> {
    let columns: Vec<&str> = text.split_ascii_whitespace().collect();
    let [query, _, document, _, score, _] = columns[..] else {
        return Err("expected six columns: query Q0 document rank score tag");
    };
    match score.parse::<f32>() {
        // Zeros of both signs are equal.
        Ok(score) if score.is_finite() => {
            Ok((unescape(query), RunEntry { document: unescape(document), score: score + 0.0 }))
        }
        _ => Err("the fifth column must be a finite score"),
    }
}

fn check_key(key: &str) -> io::Result<&str> {
    if key.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, InputError::RunKey { key: key.to_owned() }));
    }
    Ok(key)
}
