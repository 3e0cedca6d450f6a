//! Hits as people read them.

use crate::exit::Result;
use crate::output::{FAINT, MATCH, STRONG, one_line};
use pleiad::HitParts;
use pleiad_text::{Excerpt, HitView, Shares, Words};
use serde_json::Value;
use std::fmt;
use std::io::Write;

/// Bytes of text shown of a hit: two lines of a terminal.
const EXCERPT_BYTES: usize = 160;

/// Bytes of one attribute shown.
const ATTRIBUTE_BYTES: usize = 60;

const INDENT: &str = "               ";

/// Prints a hit: rank, score and key, the title or first line, the stretch of text that answers best, attributes.
pub(crate) fn print(hit: &HitView, out: &mut impl Write) -> Result<()> {
    let HitView { rank, key, score, parts, .. } = hit;
    let words: Words = hit.matches.iter().map(|word| &word.document).collect();
    write!(out, "{rank:>3}  {score:>8.3}  {STRONG}{}{STRONG:#}", one_line(key))?;
    if let Some(tenant) = &hit.tenant {
        write!(out, "  {FAINT}of {}{FAINT:#}", one_line(tenant))?;
    }
    if let Some(title) = &hit.title {
        write!(out, "  {}", OnOneLine(&Excerpt::best(title, &words, EXCERPT_BYTES)))?;
    }
    if let Some(HitParts { vectors, sentence, words }) = parts {
        write!(out, "  {FAINT}{}{FAINT:#}", sum_of(*vectors, *sentence, *words, 3))?;
    }
    if !hit.sets.is_empty() {
        let parts = hit.sets.iter().map(|part| format!("{:.3} {}", part.score, part.set));
        write!(out, "  {FAINT}{}{FAINT:#}", parts.collect::<Vec<_>>().join(" + "))?;
    }
    writeln!(out)?;
    if let Some(text) = hit.text.as_deref().filter(|text| !text.trim().is_empty()) {
        writeln!(out, "{INDENT}{}", OnOneLine(&Excerpt::best(text.trim(), &words, EXCERPT_BYTES)))?;
    }
    if !hit.attributes.is_empty() {
        let pairs: Vec<String> = hit.attributes.iter().map(|(name, value)| pair(name, value)).collect();
        writeln!(out, "{INDENT}{FAINT}{}{FAINT:#}", pairs.join("  "))?;
    }
    Ok(())
}

/// Prints hits; a group that has a value is introduced by it.
pub(crate) fn print_all(hits: &[HitView], out: &mut impl Write) -> Result<()> {
    let mut last = None;
    for hit in hits {
        let begins = last != Some(hit.rank);
        if let (true, Some(value)) = (begins, hit.group.as_ref().filter(|value| !value.is_null())) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            writeln!(out, "{FAINT}── {}{FAINT:#}", one_line(&value))?;
        }
        last = Some(hit.rank);
        print(hit, out)?;
    }
    Ok(())
}

/// Prints what the parts of the scores above are parts of.
pub(crate) fn print_shares(shares: Shares, out: &mut impl Write) -> Result<()> {
    let Shares { vectors, sentence, words } = shares;
    Ok(writeln!(out, "{INDENT}{FAINT}score = {}{FAINT:#}", sum_of(vectors, sentence, words, 2))?)
}

/// A sum of parts; what no collection without sentence vectors has is left out.
fn sum_of(vectors: f32, sentence: f32, words: f32, digits: usize) -> String {
    let whole = if sentence == 0.0 { String::new() } else { format!(" + {sentence:.digits$} sentence") };
    format!("{vectors:.digits$} vectors{whole} + {words:.digits$} words")
}

fn pair(name: &str, value: &Value) -> String {
    let text = one_line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let end = text.floor_char_boundary(ATTRIBUTE_BYTES);
    let ellipsis = if end < text.len() { "…" } else { "" };
    format!("{}={}{ellipsis}", one_line(name), &text[..end])
}

/// An excerpt on one line: blanks become one space, what answers is marked, what cuts it off is an ellipsis.
struct OnOneLine<'a>(&'a Excerpt<'a>);

impl fmt::Display for OnOneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_cut_before, is_cut_behind) = self.0.is_cut();
        if is_cut_before {
            f.write_str("… ")?;
        }
        for (text, is_marked) in self.0.pieces() {
            match is_marked {
                true => write!(f, "{MATCH}{text}{MATCH:#}")?,
                false => write_plain(f, text)?,
            }
        }
        if is_cut_behind { f.write_str(" …") } else { Ok(()) }
    }
}

fn write_plain(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write;
    let mut was_blank = false;
    for character in text.chars() {
        let is_blank = character.is_whitespace();
        match (is_blank, was_blank) {
            (true, true) => {}
            (true, false) => f.write_char(' ')?,
            (false, _) => f.write_char(character)?,
        }
        was_blank = is_blank;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_with_its_words_marked() {
        let words = ["tar"].iter().collect();
        let text = "Tar,\n\tstart of \r\n an archive";
        let shown = OnOneLine(&Excerpt::best(text, &words, 1000)).to_string();
        assert_eq!(shown, format!("{MATCH}Tar{MATCH:#}, start of an archive"));
        let cut = OnOneLine(&Excerpt::best("alpha beta gamma", &Words::default(), 11)).to_string();
        assert_eq!(cut, "alpha beta …");
    }
}
