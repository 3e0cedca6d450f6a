//! The few patterns that files of tokenizers look for.

use super::placed::Placed;
use serde::Deserialize;

/// Pattern of a search.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(super) enum Pattern {
    Literal(Vec<char>),
    /// At least so many of a character.
    Run(char, usize),
    /// White space.
    Blanks,
}

/// As it stands in a file.
#[derive(Deserialize)]
enum Written {
    String(String),
    Regex(String),
}

impl TryFrom<Written> for Pattern {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = match written {
            Written::String(text) => return literal(text.chars().collect()),
            Written::Regex(text) => text,
        };
        let chars: Vec<char> = text.chars().collect();
        match chars.as_slice() {
            ['\\', 's', '+'] => Ok(Self::Blanks),
            [c, '+'] if is_plain(*c) => Ok(Self::Run(*c, 1)),
            [c, '{', digit, ',', '}'] if is_plain(*c) && digit.is_ascii_digit() && *digit != '0' => {
                Ok(Self::Run(*c, *digit as usize - '0' as usize))
            }
            chars if chars.iter().all(|&c| is_plain(c)) => literal(chars.to_vec()),
            _ => Err(format!(
                "the regular expression {text:?} is not supported: only plain text, `x+`, `x{{2,}}` and `\\s+` are"
            )),
        }
    }
}

fn literal(chars: Vec<char>) -> Result<Pattern, String> {
    if chars.is_empty() {
        return Err("an empty pattern".to_owned());
    }
    Ok(Pattern::Literal(chars))
}

/// Returns whether a character means itself.
fn is_plain(c: char) -> bool {
    !r"\.+*?()|[]{}^$".contains(c)
}

impl Pattern {
    /// Characters that it takes at least; never 0.
    pub(super) fn min_chars(&self) -> usize {
        match self {
            Self::Literal(chars) => chars.len(),
            Self::Run(_, at_least) => *at_least,
            Self::Blanks => 1,
        }
    }

    /// Returns the number of characters that match at the beginning of `rest`; never 0.
    pub(super) fn find(&self, rest: &[Placed]) -> Option<usize> {
        let run = |is_part: &dyn Fn(char) -> bool| rest.iter().take_while(|placed| is_part(placed.c)).count();
        let (found, at_least) = match self {
            Self::Literal(chars) => {
                let is_here =
                    chars.len() <= rest.len() && chars.iter().zip(rest).all(|(c, placed)| *c == placed.c);
                return is_here.then_some(chars.len());
            }
            Self::Run(wanted, at_least) => (run(&|c| c == *wanted), *at_least),
            Self::Blanks => (run(&char::is_whitespace), 1),
        };
        (found >= at_least).then_some(found)
    }
}
