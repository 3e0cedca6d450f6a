use super::keys::escape;
use super::{Run, RunEntry};
use crate::InputError;
use std::io::{self, Write};

impl Run {
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

fn check_key(key: &str) -> io::Result<&str> {
    if key.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, InputError::RunKey { key: key.to_owned() }));
    }
    Ok(key)
}
