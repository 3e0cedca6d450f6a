//! Paths to attributes.

use std::fmt::{self, Write};

/// Most segments of a path.
pub const MAX_PATH_SEGMENTS: usize = 16;

/// Longest path: bytes of its segments together.
pub const MAX_PATH_BYTES: usize = 256;

/// The path of an attribute: names of objects within objects. Arrays on the way are descended element by element.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Box<str>>);

/// The reason why something is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing is named.
    #[error("a path has at least one name")]
    Empty,
    /// A name is missing or is written with characters that have to be quoted.
    #[error("expected a name of letters, digits, _ and -, or a quoted one, found {found}")]
    Name {
        /// Text in its place.
        found: String,
    },
    /// The end of a quoted name is missing.
    #[error("a quoted name does not end")]
    Unclosed,
    /// An element of an array is asked for by its position.
    #[error("elements are not taken by position: write [] for all of them")]
    Position,
    /// Too many names.
    #[error("a path of {0} names; at most {MAX_PATH_SEGMENTS}")]
    Segments(usize),
    /// Names too long.
    #[error("a path of {0} bytes; at most {MAX_PATH_BYTES}")]
    Bytes(usize),
    /// The name of the key, which is no attribute.
    #[error("_key is the key of a document and no attribute: it takes = != IN and STARTS WITH")]
    Key,
}

/// Quotes around names with other characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// `` `a.b` `` in the string form, where two backticks within stand for one.
    Backticks,
    /// `"a.b"` in JSON, where a backslash stands before a quote or a backslash.
    DoubleQuotes,
}

impl Path {
    /// A path of these names, the outermost first.
    ///
    /// # Errors
    /// [`PathError`] when there are none, too many or too long ones, or for the key.
    pub fn new<T: Into<Box<str>>>(names: impl IntoIterator<Item = T>) -> Result<Self, PathError> {
        let names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        let bytes = names.iter().map(|name| name.len()).sum();
        match names.len() {
            0 => return Err(PathError::Empty),
            count if count > MAX_PATH_SEGMENTS => return Err(PathError::Segments(count)),
            _ if bytes > MAX_PATH_BYTES => return Err(PathError::Bytes(bytes)),
            1 if &*names[0] == "_key" => return Err(PathError::Key),
            _ => {}
        }
        Ok(Self(names))
    }

    /// Reads a path as the string form writes it, such as `author.name`.
    ///
    /// # Errors
    /// [`PathError`] when it is none, or something stands behind it.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let (names, length) = scan(text, Quoting::Backticks)?;
        match text[length..].chars().next() {
            None => Self::new(names),
            Some(found) => Err(PathError::Name { found: format!("{:?}", found.to_string()) }),
        }
    }

    /// The names, the outermost first.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    pub(crate) fn segments(&self) -> &[Box<str>] {
        &self.0
    }

    /// Returns whether this is `_text`, the text of a document.
    pub fn is_text(&self) -> bool {
        self.0.len() == 1 && &*self.0[0] == "_text"
    }
}

/// Reads the names of the path that a text begins with, and returns its length in bytes.
pub(crate) fn scan(text: &str, quoting: Quoting) -> Result<(Vec<String>, usize), PathError> {
    let (mut names, mut at, mut count) = (Vec::new(), 0, 0);
    loop {
        let (name, length) = scan_name(&text[at..], quoting)?;
        at += length;
        count += 1;
        if count <= MAX_PATH_SEGMENTS {
            names.push(name);
        }
        while text[at..].starts_with("[]") {
            at += 2;
        }
        if text[at..].starts_with('[') {
            return Err(PathError::Position);
        }
        if !text[at..].starts_with('.') {
            break;
        }
        at += 1;
    }
    if count > MAX_PATH_SEGMENTS { Err(PathError::Segments(count)) } else { Ok((names, at)) }
}

fn scan_name(text: &str, quoting: Quoting) -> Result<(String, usize), PathError> {
    let quote = if quoting == Quoting::Backticks { '`' } else { '"' };
    if text.starts_with(quote) {
        return scan_quoted(text, quote);
    }
    let length = text.find(|c| !is_bare(c)).unwrap_or(text.len());
    if length > 0 {
        return Ok((text[..length].to_owned(), length));
    }
    let found = text.chars().next().map_or_else(|| "the end".to_owned(), |c| format!("{:?}", c.to_string()));
    Err(PathError::Name { found })
}

fn scan_quoted(text: &str, quote: char) -> Result<(String, usize), PathError> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, next)| next);
        match c {
            '`' if quote == '`' && next == Some('`') => name.extend(chars.next().map(|(_, c)| c)),
            '\\' if quote == '"' && matches!(next, Some('"' | '\\')) => {
                name.extend(chars.next().map(|(_, c)| c));
            }
            c if c == quote => return Ok((name, at + 1)),
            c => name.push(c),
        }
    }
    Err(PathError::Unclosed)
}

/// Returns whether a name may have this character without quotes.
pub(crate) fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// Words that begin something else than a condition where a path may stand.
const RESERVED: [&str; 6] = ["not", "any", "true", "false", "and", "or"];

/// Returns whether a path that begins with this bare word would be read as something else.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// The string form, names in backticks where they have to be.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char('.')?;
            }
            if name.is_empty() || !name.chars().all(is_bare) || (at == 0 && is_reserved(name)) {
                write!(f, "`{}`", name.replace('`', "``"))?;
            } else {
                f.write_str(name)?;
            }
        }
        Ok(())
    }
}
