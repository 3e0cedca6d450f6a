use super::finding::Finding;
use super::tree::Tree;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token as text, and the line it begins on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Splits a Rust source into tokens: what stands in comments and strings is not code.
pub(super) fn lex(source: &str) -> Result<TokenStream, (usize, String)> {
    source.parse().map_err(|error: proc_macro2::LexError| (error.span().start().line, error.to_string()))
}

/// Every Rust file must be readable, else the other checks would be silent about it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let unreadable = |path: &String| path.ends_with(".rs") && tree.text(path).is_none();
    let binary = tree.paths.iter().filter(|path| unreadable(path));
    let binary = binary.map(|path| Finding::new(path, 0, "not UTF-8: Rust sources are"));
    let broken = tree.rust().filter_map(|file| match &file.tokens {
        Some(Err((line, error))) => Some(Finding::new(&file.path, *line, format!("not Rust: {error}"))),
        _ => None,
    });
    binary.chain(broken).collect()
}

/// All tokens in a row, delimiters included; without the items under `#[cfg(test)]` unless `with_tests`.
pub(super) fn flat(stream: &TokenStream, with_tests: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    flatten(stream, with_tests, &mut tokens);
    tokens
}

fn flatten(stream: &TokenStream, with_tests: bool, out: &mut Vec<Token>) {
    let mut trees = stream.clone().into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                out.push(Token { text: open.into(), line });
                flatten(&group.stream(), with_tests, out);
                out.push(Token { text: close.into(), line: group.span_close().start().line });
            }
            TokenTree::Punct(hash) if hash.as_char() == '#' && !with_tests => {
                if trees.peek().is_some_and(is_cfg_test) {
                    skip_item(&mut trees);
                } else {
                    out.push(Token { text: "#".into(), line });
                }
            }
            other => out.push(Token { text: other.to_string(), line }),
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
fn skip_item(trees: &mut impl Iterator<Item = TokenTree>) {
    for tree in trees {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, with_tests: bool) -> String {
        let tokens = flat(&lex(source).unwrap(), with_tests);
        tokens.into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn test_code_is_left_out_on_demand() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n#[cfg(test)] use x::y;\nfn c() {}";
        assert_eq!(texts(source, false), "fn a ( ) { } fn c ( ) { }");
        assert!(texts(source, true).contains("fn b"));
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(texts("// unsafe\nfn a() {} /* unsafe */", true), "fn a ( ) { }");
    }

    #[test]
    fn a_file_that_is_not_rust_is_found() {
        let tree = Tree::of(&[("crates/a/src/lib.rs", "fn a() {}\nfn b( {}\n")]);
        assert_eq!(check(&tree).len(), 1);
    }
}
