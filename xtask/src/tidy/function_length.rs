use super::finding::Finding;
use super::ratchet::{self, Measured};
use super::tree::Tree;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

const FUNCTION_CEILING: usize = 70;

/// No function above the ceiling, tests included, but for the ratchet.
///
/// Functions are read from the tokens and not from the syntax tree: those inside a macro (`proptest! { .. }`) count.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut measured = Vec::new();
    for file in tree.rust() {
        if let Some(source) = file.source() {
            collect(&source.stream, &file.path, &mut measured);
        }
    }
    ratchet::hold(tree, &measured, FUNCTION_CEILING, "function", "give its parts names")
}

fn collect<'a>(stream: &TokenStream, path: &'a str, out: &mut Vec<Measured<'a>>) {
    let trees: Vec<TokenTree> = stream.clone().into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(keyword) if *keyword == "fn" => out.extend(function(&trees[at..], path)),
            TokenTree::Group(group) => collect(&group.stream(), path, out),
            _ => {}
        }
    }
}

/// From `fn` to the brace that closes its body; `None` for a pointer type or a declaration without a body.
fn function<'a>(trees: &[TokenTree], path: &'a str) -> Option<Measured<'a>> {
    let [keyword, TokenTree::Ident(name), rest @ ..] = trees else { return None };
    let line = keyword.span().start().line;
    for tree in rest {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                let num_lines = body.span_close().end().line + 1 - line;
                return Some(Measured { path, name: name.to_string(), line, num_lines });
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: &str, num_lines: usize, after: &str) -> Vec<String> {
        let body = "    x();\n".repeat(num_lines.saturating_sub(2));
        let source = format!("{before}fn long<'a>(&self) -> u8 {{\n{body}}}\n{after}");
        let tree = Tree::of(&[("a.rs", &source), (ratchet::TABLE, "")]);
        check(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_long_function_is_found_wherever_it_hides() {
        for (before, after) in [
            ("", ""),
            ("#[test]\n", ""),
            ("impl T for S {\n", "}"),
            ("mod m { fn g() {\n", "} }"),
            ("proptest! {\n", "}"),
        ] {
            let is_long = |message: &String| message.contains("function long of");
            assert!(!found(before, FUNCTION_CEILING, after).iter().any(is_long), "{before}");
            let messages = found(before, FUNCTION_CEILING + 1, after);
            assert!(
                messages.iter().any(|m| m.contains("function long of 71 lines")),
                "{before} {messages:?}"
            );
        }
    }

    #[test]
    fn declarations_and_pointer_types_have_no_length() {
        let source = format!("trait T {{ fn a(f: fn(u8) -> u8); {} }}", "\n".repeat(100));
        assert!(check(&Tree::of(&[("a.rs", &source), (ratchet::TABLE, "")])).is_empty());
    }
}
