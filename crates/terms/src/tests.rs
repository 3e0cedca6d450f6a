use crate::{Analyzer, for_each_part, is_stop_word};
use proptest::prelude::*;

fn terms(analyzer: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    Analyzer::named(analyzer).unwrap().for_each(text, |term| found.push(term.text.to_owned()));
    found
}

fn positions(analyzer: &str, text: &str) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    Analyzer::named(analyzer)
        .unwrap()
        .for_each(text, |term| found.push((term.text.to_owned(), term.position)));
    found
}

#[test]
fn names_are_known_and_listed() {
    for name in Analyzer::names() {
        assert_eq!(Analyzer::named(name).unwrap().name(), name);
    }
    let error = Analyzer::named("english").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no analyzer \"english\"; known: english-1, unicode-1, code-1, plain-english-1"
    );
}

#[test]
fn english_terms_are_stems_without_stop_words() {
    for analyzer in ["english-1", "plain-english-1"] {
        assert_eq!(terms(analyzer, "The Foxes' running, x and my_name"), ["fox", "run", "my_nam"]);
        assert!(terms(analyzer, "a I of 1 — ?").is_empty());
    }
    assert_eq!(terms("plain-english-1", "ÉTÉS!"), ["étés"]);
    assert_eq!(terms("english-1", "ÉTÉS! cafe\u{301}s naïve"), ["ete", "cafe", "naiv"]);
    assert!(is_stop_word("with") && !is_stop_word("without"));
}

#[test]
fn unicode_terms_keep_words_and_marks() {
    assert_eq!(terms("unicode-1", "The Ｆｏｘ, Ünïcode ½ й"), ["the", "fox", "ünïcode", "1", "2", "й"]);
    assert_eq!(terms("english-1", "йод"), ["йод"], "only Latin letters lose their marks");
}

#[test]
fn scripts_without_blanks_give_bigrams() {
    for analyzer in ["english-1", "unicode-1"] {
        assert_eq!(terms(analyzer, "東京都へ"), ["東京", "京都", "都へ"]);
        assert_eq!(terms(analyzer, "火 カタ ｶﾞ"), ["火", "カタ", "ガ"]);
        assert_eq!(terms(analyzer, "한국어"), ["한국", "국어"]);
        assert_eq!(
            terms(analyzer, "iPhone手机壳"),
            ["iphon", "手机", "机壳"].map(|term| match analyzer {
                "unicode-1" if term == "iphon" => "iphone",
                _ => term,
            })
        );
        assert_eq!(terms(analyzer, "ที่"), ["ที", "ี่"]);
    }
    assert_eq!(
        positions("unicode-1", "中文字 ok"),
        [("中文".into(), 0), ("文字".into(), 1), ("ok".into(), 2)]
    );
}

#[test]
fn code_gives_identifiers_their_parts_and_paths() {
    assert_eq!(terms("code-1", "parseHTTPHeader"), ["parsehttpheader", "parse", "http", "header"]);
    assert_eq!(terms("code-1", "__my_var2"), ["__my_var2", "my", "var"]);
    assert_eq!(terms("code-1", "SHA256 x"), ["sha256", "sha", "256", "x"]);
    assert_eq!(
        terms("code-1", "std::mem::swap(a.b)"),
        ["std", "mem", "swap", "std::mem::swap", "a", "b", "a.b"]
    );
    assert_eq!(terms("code-1", "end. Next"), ["end", "next"]);
    let found = positions("code-1", "parse_header(x)");
    assert_eq!(
        found,
        [("parse_header", 0), ("parse", 0), ("header", 1), ("x", 2)].map(|(t, p)| (t.into(), p))
    );
}

#[test]
fn parts_of_camel_case_are_longer_than_a_letter() {
    let parts = |word: &str| {
        let mut found = Vec::new();
        for_each_part(word, |part| found.push(part.to_owned()));
        found
    };
    assert_eq!(parts("parseHTTPHeader"), ["parse", "HTTP", "Header"]);
    assert_eq!(parts("iPhone"), ["Phone"]);
    assert!(parts("plain").is_empty() && parts("").is_empty() && parts("HTTP").is_empty());
}

#[test]
fn positions_count_stop_words_so_that_phrases_keep_their_distance() {
    for analyzer in ["english-1", "plain-english-1"] {
        assert_eq!(positions(analyzer, "state of the art"), [("state".into(), 0), ("art".into(), 3)]);
    }
}

#[test]
fn data_that_nobody_types_gives_no_term() {
    let long = "x".repeat(256);
    for analyzer in ["english-1", "unicode-1", "code-1"] {
        assert_eq!(terms(analyzer, &format!("{long} fox")), ["fox"]);
    }
}

proptest! {
    /// Whatever the text, spans lie in it, positions do not fall, and no term is empty or too long.
    #[test]
    fn terms_lie_in_the_text(text in "(\\PC|[a-zA-Z0-9_.: ]|[ก-๛]|[一-龥]|[가-힣]|\u{301}|ß|İ){0,40}") {
        for name in ["english-1", "unicode-1", "code-1"] {
            let mut last = 0;
            Analyzer::named(name).unwrap().for_each(&text, |term| {
                assert!(!text[term.span].is_empty());
                assert!((1..=255).contains(&term.text.len()));
                assert!(term.position >= last || name == "code-1");
                last = term.position;
            });
        }
    }

    /// On plain text the two English analyzers are one.
    #[test]
    fn english_is_the_yardstick_on_plain_text(text in "[a-zA-Z0-9_ ,.'-]{0,80}") {
        prop_assert_eq!(positions("english-1", &text), positions("plain-english-1", &text));
    }

    /// A text's terms in lower case are those of the text.
    #[test]
    fn case_does_not_matter_to_words(text in "[a-zA-Zéüñ ]{0,40}") {
        prop_assert_eq!(terms("unicode-1", &text), terms("unicode-1", &text.to_uppercase()));
    }
}
