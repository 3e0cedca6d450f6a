//! A place in the text of a filter.

use crate::error::FilterError;
use crate::path::is_bare;
use std::fmt::Display;

type Result<T> = std::result::Result<T, FilterError>;

/// The rest of a filter that is not read yet.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The rest, behind blanks.
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    /// Column of the rest, in bytes from 1.
    pub(super) fn column(&mut self) -> usize {
        self.rest();
        self.at + 1
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Returns whether nothing but blanks is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// The word that comes next: letters, digits, `_` and `-`; nothing where there is something else.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(|c| !is_bare(c)).unwrap_or(rest.len())]
    }

    /// Reads a word of the language, in any case, if it comes next.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let word = self.word();
        let is_next = word.eq_ignore_ascii_case(keyword);
        if is_next {
            self.advance(word.len());
        }
        is_next
    }

    /// Reads two words of the language if both come next.
    pub(super) fn keywords(&mut self, first: &str, second: &str) -> bool {
        let before = self.at;
        let are_next = self.keyword(first) && self.keyword(second);
        if !are_next {
            self.at = before;
        }
        are_next
    }

    /// Reads a sign if it comes next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is_next = self.rest().starts_with(sign);
        if is_next {
            self.advance(sign.len());
        }
        is_next
    }

    /// Everything up to a blank, a comma or a bracket: what somebody took for one thing.
    pub(super) fn chunk(&mut self) -> &'a str {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || ",()[]\"'`=<>!".contains(c);
        match rest.find(ends) {
            Some(0) => {
                let length = if rest.starts_with("==") || rest.starts_with("!=") { 2 } else { 1 };
                // A sign may have more than one byte.
                &rest[..rest.ceil_char_boundary(length)]
            }
            Some(length) => &rest[..length],
            None => rest,
        }
    }

    /// The next thing, for an error.
    pub(super) fn found(&mut self) -> String {
        const SHOWN: usize = 40;
        match self.chunk() {
            "" => "the end".to_owned(),
            chunk if chunk.len() > SHOWN => {
                format!("{:?}", format!("{}…", &chunk[..chunk.floor_char_boundary(SHOWN)]))
            }
            chunk => format!("{chunk:?}"),
        }
    }

    /// An error at the next thing, which is not what has to come.
    pub(super) fn expected(&mut self, what: impl Display) -> FilterError {
        let found = self.found();
        FilterError::at(self.column(), format_args!("expected {what}"), format_args!(", found {found}"))
    }

    /// Reads a sign that has to come.
    pub(super) fn require(&mut self, sign: &str) -> Result<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.expected(format_args!("{sign:?}"))) }
    }

    /// Reads a word of the language that has to come.
    pub(super) fn require_word(&mut self, word: &str) -> Result<()> {
        if self.keyword(word) { Ok(()) } else { Err(self.expected(format_args!("{word:?}"))) }
    }
}
