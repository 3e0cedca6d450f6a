//! As much of Markdown as links need.

/// Something in a page that points at a file or a heading.
#[derive(Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) line: usize,
    pub(super) kind: ReferenceKind,
    pub(super) target: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ReferenceKind {
    /// `[text](target)`, an image, or `[name]: target`.
    Link,
    /// `` `target` ``.
    Code,
}

/// Links and code spans outside of fenced blocks.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    for (line, content) in prose(text) {
        let (plain, spans) = split_code(content);
        let mut add = |kind, target: &str| found.push(Reference { line, kind, target: target.to_owned() });
        spans.iter().for_each(|span| add(ReferenceKind::Code, span));
        inline_targets(&plain).iter().for_each(|target| add(ReferenceKind::Link, target));
        if let Some(target) = definition_target(&plain) {
            add(ReferenceKind::Link, target);
        }
    }
    found
}

/// Anchors of the headings, as GitHub makes them.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let slug = slug(title.trim());
        let same = anchors.iter().filter(|anchor| is_repeat(anchor, &slug)).count();
        anchors.push(if same == 0 { slug } else { format!("{slug}-{same}") });
    }
    anchors
}

fn is_repeat(anchor: &str, slug: &str) -> bool {
    let rest = anchor.strip_prefix(slug);
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.parse::<u32>().is_ok())
    })
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|&c| c.is_alphanumeric() || "-_ ".contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// Numbered lines that are not in a fenced block.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        match fence {
            Some(mark) => {
                if start.starts_with(mark) {
                    fence = None;
                }
                None
            }
            None => {
                fence = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
                fence.is_none().then_some((index + 1, line))
            }
        }
    })
}

/// The line with its code spans emptied, and the spans.
fn split_code(line: &str) -> (String, Vec<String>) {
    let (mut plain, mut spans) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some(open) = rest.find('`') {
        let ticks = rest[open..].len() - rest[open..].trim_start_matches('`').len();
        let (mark, after) = (&rest[open..open + ticks], &rest[open + ticks..]);
        plain.push_str(&rest[..open]);
        rest = match after.split_once(mark) {
            Some((span, behind)) => {
                spans.push(span.trim().to_owned());
                behind
            }
            None => after,
        };
    }
    plain.push_str(rest);
    (plain, spans)
}

fn inline_targets(plain: &str) -> Vec<&str> {
    let openings = plain.match_indices("](");
    openings.map(|(at, mark)| until_closed(&plain[at + mark.len()..])).map(bare).collect()
}

/// Up to the parenthesis that closes what was opened just before.
fn until_closed(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// `[name]: target`.
fn definition_target(plain: &str) -> Option<&str> {
    let (name, target) = plain.strip_prefix('[')?.split_once("]: ")?;
    (!name.contains(']')).then(|| bare(target))
}

/// Without a title and angle brackets.
fn bare(target: &str) -> &str {
    let target = target.split_whitespace().next().unwrap_or_default();
    target.trim_start_matches('<').trim_end_matches('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_outside_of_blocks() {
        let text = "see [a `b`](c.md#d \"title\") and `e/f.rs`\n```\n[no](no.md) `no/no.rs`\n```\n![i](<j.svg>)\n[k]: l.md\n\
                    [m](n_(o).md) ``p `q` r``";
        let found: Vec<(usize, String)> =
            references(text).into_iter().map(|r| (r.line, format!("{:?} {}", r.kind, r.target))).collect();
        let expected = [
            (1, "Code b"),
            (1, "Code e/f.rs"),
            (1, "Link c.md#d"),
            (5, "Link j.svg"),
            (6, "Link l.md"),
            (7, "Code p `q` r"),
            (7, "Link n_(o).md"),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn anchors_follow_github() {
        let text = "# One `two`, three!\n## A b\n```\n# no\n```\n## A b\n#no\n### What's a_b-c?";
        assert_eq!(anchors(text), ["one-two-three", "a-b", "a-b-1", "whats-a_b-c"]);
    }
}
