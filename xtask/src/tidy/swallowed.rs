use super::finding::Finding;
use super::tokens::Token;
use super::tree::Tree;

/// Conversions whose error says no more than that there is no value.
const CONVERSIONS: [&str; 5] = ["try_from", "try_into", "parse", "from_utf8", "from_str_radix"];

/// No failure becomes a missing value: `.ok()?` stands behind conversions alone.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let Some(source) = file.source() else { continue };
        let tokens = &source.row;
        for (at, window) in tokens.windows(5).enumerate() {
            let found = window.iter().map(|token| token.text.as_str()).eq([".", "ok", "(", ")", "?"]);
            if found && !called(&tokens[..at]).is_some_and(|name| CONVERSIONS.contains(&name)) {
                let message = "`.ok()?` drops an error: return it, or show with match why it does not matter";
                findings.push(Finding::new(&file.path, window[1].line, message));
            }
        }
    }
    findings
}

/// Name of the function whose call ends the tokens: `name(..)` or `name::<T>(..)`.
fn called(tokens: &[Token]) -> Option<&str> {
    let open = opening(tokens, ("(", ")"))?;
    let name = match tokens[..open].last()?.text.as_str() {
        ">" => opening(&tokens[..open], ("<", ">"))?.checked_sub(3)?,
        _ => open.checked_sub(1)?,
    };
    Some(&tokens[name].text)
}

/// Returns the position of the bracket that the last token closes.
fn opening(tokens: &[Token], (open, close): (&str, &str)) -> Option<usize> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().rev() {
        depth += i32::from(token.text == close) - i32::from(token.text == open);
        if depth == 0 {
            return (token.text == open).then_some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(expression: &str) -> Vec<usize> {
        let source = format!("fn f() -> Option<u8> {{\nlet x = {expression};\n}}");
        check(&Tree::of(&[("a.rs", &source)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_dropped_error_is_found() {
        for expression in
            ["read(path).ok()?", "file.read_exact(&mut x).ok()?", "result.ok()?", "g(h.parse()).ok()?"]
        {
            assert_eq!(lines(expression), [2], "{expression}");
        }
        assert_eq!(lines("a\n.b()\n.ok()?"), [4]);
    }

    #[test]
    fn conversions_and_handled_errors_are_not() {
        for expression in [
            "usize::try_from(a * (b + 1)).ok()?",
            "text.parse::<Vec<u32>>().ok()?",
            "text.parse().ok()?",
            "read(path).ok().map(g)",
            "read(path)?",
        ] {
            assert_eq!(lines(expression), [0; 0], "{expression}");
        }
    }
}
