use crate::failure::{Result, problem};
use pleiad::{AttributeValue, Hit as Scored, HitParts, Page};
use pleiad_text::{Excerpt, HitView, Question, Searcher, WordMatch as Match, Words};
use pleiad_wire::{Hit, Include, Mark, Snippet, Weights, WordMatch};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Bytes of a snippet, about.
const SNIPPET_BYTES: usize = 300;

/// Parts of hits that are shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) include: &'a [Include],
    /// Names of attributes; all where there is nothing.
    pub(super) attributes: Option<&'a [String]>,
    pub(super) first_rank: usize,
}

impl Shown<'_> {
    fn has(self, part: Include) -> bool {
        self.include.contains(&part)
    }

    fn of(self, attributes: Map<String, Value>) -> Option<Map<String, Value>> {
        let is_wanted = |name: &String| self.attributes.is_none_or(|names| names.contains(name));
        self.has(Include::Attributes)
            .then(|| attributes.into_iter().filter(|(name, _)| is_wanted(name)).collect())
    }
}

/// The hits of a page with what is shown of them.
///
/// # Errors
/// When a document cannot be read: never a missing hit.
pub(super) fn hits(
    searcher: &Searcher<'_>,
    question: &Question,
    page: &Page,
    shown: Shown<'_>,
) -> Result<Vec<Hit>> {
    let scored = &page.answer.hits;
    let Some(groups) = &page.groups else {
        let ranked = (shown.first_rank..).zip(scored);
        return ranked.map(|(rank, hit)| view(searcher, question, (rank, hit), shown)).collect();
    };
    let (mut hits, mut left) = (Vec::with_capacity(scored.len()), scored.iter());
    for (rank, group) in (shown.first_rank..).zip(groups) {
        let value = group.value.as_ref().map_or(Value::Null, AttributeValue::to_json);
        for hit in left.by_ref().take(group.num_hits) {
            let hit = view(searcher, question, (rank, hit), shown)?;
            hits.push(Hit { group: Some(value.clone()), ..hit });
        }
    }
    Ok(hits)
}

fn view(
    searcher: &Searcher<'_>,
    question: &Question,
    (rank, scored): (usize, &Scored),
    shown: Shown<'_>,
) -> Result<Hit> {
    let hit = Hit {
        rank,
        key: scored.key.to_string(),
        tenant: scored.tenant.as_ref().map(ToString::to_string),
        score: scored.score.get(),
        parts: scored.parts.map(parts),
        group: None,
        attributes: None,
        text: None,
        snippet: None,
        matches: None,
    };
    // Which words answer takes more than all the rest.
    if shown.has(Include::Snippet) || shown.has(Include::Matches) {
        return Ok(with_words(hit, searcher.view(question, rank, scored).map_err(problem)?, shown));
    }
    if !shown.has(Include::Attributes) && !shown.has(Include::Text) {
        return Ok(hit);
    }
    let own = searcher.snapshot().of_hit(scored).map_err(problem)?;
    let Some(fields) = own.get_fields(scored.key.as_str()).map_err(problem)? else { return Ok(hit) };
    let text = fields.text.filter(|_| shown.has(Include::Text));
    Ok(Hit { attributes: shown.of(fields.attributes), text, ..hit })
}

fn parts(parts: HitParts) -> Weights {
    let HitParts { vectors, sentence, words } = parts;
    Weights { vectors: vectors.into(), sentence: sentence.into(), words: words.into() }
}

fn with_words(hit: Hit, view: HitView, shown: Shown<'_>) -> Hit {
    let HitView { title, text, mut attributes, matches, .. } = view;
    attributes.extend(title.map(|title| ("title".to_owned(), Value::String(title))));
    let text = text.unwrap_or_default();
    let snippet = (shown.has(Include::Snippet) && !text.is_empty()).then(|| snippet(&text, &matches));
    let told = |word: Match| WordMatch { query: word.query, document: word.document, cosine: word.cosine };
    Hit {
        attributes: shown.of(attributes),
        snippet,
        text: (shown.has(Include::Text) && !text.is_empty()).then_some(text),
        matches: shown.has(Include::Matches).then(|| matches.into_iter().map(told).collect()),
        ..hit
    }
}

/// The stretch of a text that answers best, with the words that do so.
fn snippet(text: &str, matches: &[Match]) -> Snippet {
    let words: Words = matches.iter().map(|word| &word.document).collect();
    let mut weights: HashMap<String, f32> = HashMap::new();
    for word in matches {
        let weight = weights.entry(word.document.to_lowercase()).or_default();
        *weight = weight.max(word.cosine);
    }
    let excerpt = Excerpt::best(text, &words, SNIPPET_BYTES);
    let range = excerpt.range();
    let (mut marks, mut at) = (Vec::new(), 0);
    for (piece, is_word) in excerpt.pieces() {
        let end = at + piece.len();
        if is_word {
            // A word of the model may be one of several here.
            let weight = weights.get(&piece.to_lowercase()).copied().unwrap_or(1.0);
            marks.push(Mark { start: at, end, weight });
        }
        at = end;
    }
    let line = 1 + text.as_bytes()[..range.start].iter().filter(|&&byte| byte == b'\n').count();
    Snippet { text: text[range.clone()].to_owned(), start: range.start, end: range.end, line, marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_says_where_it_and_its_words_stand() {
        let matches = [("trip", "hiked", 0.5), ("alps", "Alps", 0.75)].map(|(query, document, cosine)| {
            Match { query: query.to_owned(), document: document.to_owned(), cosine }
        });
        let text = format!("{}\nWe hiked in the ALPS.\n{}", "x ".repeat(400), "y ".repeat(400));
        let found = snippet(&text, &matches);
        assert_eq!(found.text, text[found.start..found.end]);
        assert_eq!(found.line, 1 + text[..found.start].matches('\n').count());
        let words: Vec<(&str, f32)> =
            found.marks.iter().map(|mark| (&found.text[mark.start..mark.end], mark.weight)).collect();
        assert_eq!(words, [("hiked", 0.5), ("ALPS", 0.75)]);
        assert!(snippet("", &[]).marks.is_empty());
    }
}
