use std::ops::Range;

/// A character on its way to a token, and the bytes of the source that it comes from.
///
/// Characters that were put in share the place of the one behind them, or of the one they were made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) c: char,
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Placed {
    /// Another character at the same place.
    pub(super) fn with(self, c: char) -> Self {
        Self { c, ..self }
    }
}

/// The characters of a text, each at its own place.
pub(super) fn place(text: &str) -> Vec<Placed> {
    text.char_indices().map(|(begin, c)| Placed { c, begin, end: begin + c.len_utf8() }).collect()
}

/// The bytes of the source that some characters come from; `None` for no characters.
pub(super) fn span(chars: &[Placed]) -> Option<Range<usize>> {
    let begin = chars.iter().map(|placed| placed.begin).min()?;
    let end = chars.iter().map(|placed| placed.end).max()?;
    Some(begin..end)
}

/// Some characters as a text.
pub(super) fn text_of(chars: &[Placed]) -> String {
    chars.iter().map(|placed| placed.c).collect()
}
