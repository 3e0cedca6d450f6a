//! The part of a text that answers a query, with the words that do so marked.

use std::collections::HashSet;
use std::ops::Range;

/// Words to mark, compared without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(HashSet<String>);

impl Words {
    /// Returns whether a word is one of them.
    fn contains(&self, word: &str) -> bool {
        self.0.contains(&word.to_lowercase())
    }

    /// Returns their places in a text: byte ranges of whole words, in order.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        words(text).filter(|word| self.contains(&text[word.clone()])).collect()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Words {
    fn from_iter<I: IntoIterator<Item = S>>(items: I) -> Self {
        // What a tokeniser calls a word may hold several by our rule: `don't`.
        let each = |item: S| {
            let text = item.as_ref();
            words(text).map(|word| text[word].to_lowercase()).collect::<Vec<_>>()
        };
        Self(items.into_iter().flat_map(each).collect())
    }
}

/// Runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let length = text[start..].find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len() - start);
        rest = start + length;
        Some(start..rest)
    })
}

/// A stretch of a text, with the words in it that answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt<'a> {
    text: &'a str,
    range: Range<usize>,
    marks: Vec<Range<usize>>,
}

impl<'a> Excerpt<'a> {
    /// The stretch of about `num_bytes` that holds the most different words, the first of several.
    pub fn best(text: &'a str, words: &Words, num_bytes: usize) -> Self {
        let marks = words.find(text);
        let start = best_start(text, &marks, num_bytes);
        let range = stretch(text, start, num_bytes);
        let inside =
            marks.into_iter().filter(|mark| mark.start >= range.start && mark.end <= range.end).collect();
        Self { text, range, marks: inside }
    }
}

/// Returns the beginning of the excerpt: at the mark from which most different words are in reach, with a little
/// before it.
fn best_start(text: &str, marks: &[Range<usize>], num_bytes: usize) -> usize {
    let in_reach = |from: &Range<usize>| {
        let reach = marks
            .iter()
            .filter(|mark| mark.start >= from.start && mark.end <= from.start + num_bytes * 3 / 4);
        reach.map(|mark| text[mark.clone()].to_lowercase()).collect::<HashSet<_>>().len()
    };
    let mut best = (0, 0);
    for mark in marks.iter().take(MAX_STARTS) {
        let num_words = in_reach(mark);
        if num_words > best.0 {
            best = (num_words, mark.start);
        }
    }
    best.1.saturating_sub(num_bytes / 4)
}

/// Marks that are tried as a beginning: a long text has many, and the first will do.
const MAX_STARTS: usize = 200;

/// From the word at `start`, as many whole words as fit.
fn stretch(text: &str, start: usize, num_bytes: usize) -> Range<usize> {
    let start = if start == 0 { 0 } else { next_word(text, text.floor_char_boundary(start)) };
    if text.len() - start <= num_bytes {
        return start..text.len();
    }
    let limit = text.floor_char_boundary(start + num_bytes);
    let end = text[start..limit].rfind(char::is_whitespace).map_or(limit, |at| start + at);
    start..end
}

fn next_word(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let blank = rest.find(char::is_whitespace).unwrap_or(0);
    from + blank + (rest[blank..].len() - rest[blank..].trim_start().len())
}

impl<'a> Excerpt<'a> {
    /// The stretches of the excerpt in order, each with whether it is a marked word.
    pub fn pieces(&self) -> impl Iterator<Item = (&'a str, bool)> + '_ {
        let ends = self.marks.iter().map(|mark| mark.start).chain([self.range.end]);
        let begins = [self.range.start].into_iter().chain(self.marks.iter().map(|mark| mark.end));
        let plain = begins.zip(ends).map(|(begin, end)| (&self.text[begin..end], false));
        let marked = self.marks.iter().map(|mark| Some((&self.text[mark.clone()], true))).chain([None]);
        plain.zip(marked).flat_map(|(plain, marked)| [Some(plain), marked]).flatten()
    }

    /// The bytes of the text that it is.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Returns whether text was cut off before it, and behind it.
    pub fn is_cut(&self) -> (bool, bool) {
        (self.range.start > 0, self.range.end < self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks as brackets, cuts as an ellipsis.
    fn shown(excerpt: &Excerpt<'_>) -> String {
        let (before, behind) = excerpt.is_cut();
        let pieces = excerpt.pieces().map(|(text, is_marked)| match is_marked {
            true => format!("[{text}]"),
            false => text.to_owned(),
        });
        let ellipsis = |is_cut: bool, text: &str| if is_cut { text.to_owned() } else { String::new() };
        format!("{}{}{}", ellipsis(before, "… "), pieces.collect::<String>(), ellipsis(behind, " …"))
    }

    fn whole<'a>(text: &'a str, words: &Words) -> Excerpt<'a> {
        Excerpt::best(text, words, 1000)
    }

    fn of(items: &[&str]) -> Words {
        items.iter().collect()
    }

    #[test]
    fn whole_words_are_marked_whatever_their_case() {
        let words = of(&["TAR", "éclair"]);
        assert_eq!(shown(&whole("Tar, start\nan Éclair!", &words)), "[Tar], start\nan [Éclair]!");
        assert_eq!(shown(&whole("", &words)), "");
        assert_eq!(shown(&whole("no match", &Words::default())), "no match");
        assert_eq!(shown(&whole("I don't", &of(&["don't"]))), "I [don]'[t]");
    }

    #[test]
    fn the_best_stretch_holds_most_different_words() {
        let text = format!("one {} one two three {} two", "x ".repeat(100), "y ".repeat(100));
        let excerpt = shown(&Excerpt::best(&text, &of(&["one", "two", "three"]), 60));
        assert!(excerpt.contains("[one] [two] [three]"), "{excerpt}");
        assert!(excerpt.starts_with("… x") && excerpt.ends_with("y …"), "{excerpt}");
    }

    #[test]
    fn without_a_match_the_text_begins_at_its_beginning() {
        assert_eq!(shown(&Excerpt::best("alpha beta gamma", &Words::default(), 11)), "alpha beta …");
        assert_eq!(shown(&Excerpt::best("alpha", &Words::default(), 11)), "alpha");
    }

    #[test]
    fn any_text_can_be_cut_anywhere() {
        let text = "žluťoučký kůň 🐎 příšerně\u{1b}[0m úpěl ďábelské ódy — 日本語の文章です ".repeat(5);
        for num_bytes in 1..80 {
            let excerpt = Excerpt::best(&text, &of(&["kůň", "ódy"]), num_bytes);
            let pieces: String = excerpt.pieces().map(|(text, _)| text).collect();
            assert!(pieces.len() <= num_bytes && text.contains(&pieces), "{num_bytes}: {pieces}");
        }
    }
}
