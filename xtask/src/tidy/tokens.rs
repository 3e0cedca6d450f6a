use super::finding::Finding;
use super::tree::Tree;
use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};
use std::iter;

/// A Rust source as tokens: what stands in comments and strings is not code.
pub(super) struct Source {
    /// In groups, as the parser takes them.
    pub(super) stream: TokenStream,
    /// All in a row, delimiters included.
    pub(super) row: Vec<Token>,
}

/// One token as text.
pub(super) struct Token {
    pub(super) text: String,
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// Under `#[cfg(test)]`.
    pub(super) in_test: bool,
}

/// Splits a Rust source into tokens.
///
/// # Errors
/// The line and the reason when it is not Rust.
pub(super) fn lex(source: &str) -> Result<Source, (usize, String)> {
    let parsed = source.parse().map_err(|error: LexError| (error.span().start().line, error.to_string()));
    parsed.map(|stream: TokenStream| {
        let mut row = Vec::new();
        flatten(stream.clone(), false, &mut row);
        Source { stream, row }
    })
}

/// Every Rust file must be readable, else the other checks would be silent about it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let unreadable = |path: &String| path.ends_with(".rs") && tree.text(path).is_none();
    let binary = tree.paths.iter().filter(|path| unreadable(path));
    let binary = binary.map(|path| Finding::new(path, 0, "not UTF-8: Rust sources are"));
    let broken = tree.rust().filter_map(|file| match &file.rust {
        Some(Err((line, error))) => Some(Finding::new(&file.path, *line, format!("not Rust: {error}"))),
        _ => None,
    });
    binary.chain(broken).collect()
}

fn flatten(trees: impl IntoIterator<Item = TokenTree>, in_test: bool, out: &mut Vec<Token>) {
    let mut trees = trees.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                out.push(Token { text: open.into(), line, in_test });
                flatten(group.stream(), in_test, out);
                out.push(Token { text: close.into(), line: group.span_close().start().line, in_test });
            }
            TokenTree::Punct(punct) => {
                out.push(Token { text: punct.as_char().into(), line, in_test });
                if punct.as_char() == '#' && !in_test && trees.peek().is_some_and(is_cfg_test) {
                    flatten(item(&mut trees), true, out);
                }
            }
            other => out.push(Token { text: other.to_string(), line, in_test }),
        }
    }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn is_cfg_test(tree: &TokenTree) -> bool {
    let squeezed = |text: String| text.split_whitespace().collect::<String>();
    matches!(tree, TokenTree::Group(group) if squeezed(group.stream().to_string()) == "cfg(test)")
}

/// Up to the end of an item: its braces or its semicolon.
fn item(trees: &mut impl Iterator<Item = TokenTree>) -> Vec<TokenTree> {
    let mut ended = false;
    let up_to_its_end = iter::from_fn(|| {
        let tree = if ended { None } else { trees.next() }?;
        ended = match &tree {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        Some(tree)
    });
    up_to_its_end.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, in_test: bool) -> String {
        let row = lex(source).unwrap().row.into_iter();
        row.filter(|token| token.in_test == in_test).map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn test_code_is_told_apart() {
        let source = "fn a() {}\n#[cfg(test)]\nmod t { fn b() {} }\n#[cfg(test)] use x;\nfn c() {}";
        assert_eq!(texts(source, false), "fn a ( ) { } # # fn c ( ) { }");
        assert_eq!(texts(source, true), "[ cfg ( test ) ] mod t { fn b ( ) { } } [ cfg ( test ) ] use x ;");
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(texts("// unsafe\nfn a() {} /* unsafe */", false), "fn a ( ) { }");
    }

    #[test]
    fn a_file_that_is_not_rust_is_found() {
        let tree = Tree::of(&[("crates/a/src/lib.rs", "fn a() {}\nfn b( {}\n")]);
        assert_eq!(check(&tree).len(), 1);
    }
}
