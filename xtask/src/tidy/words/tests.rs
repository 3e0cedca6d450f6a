use super::*;

fn messages(table: &str, path: &str, source: &str) -> Vec<String> {
    check(&Tree::of(&[(TABLE, table), (path, source), ("crates/b/src/lib.rs", "")]))
        .iter()
        .map(Finding::to_string)
        .collect()
}

const LIB: &str = "crates/a/src/lib.rs";

#[test]
fn names_are_split_into_words() {
    for (name, words) in [
        ("num_docs", "num docs"),
        ("ColbertScore", "colbert score"),
        ("MAX_N_DOCS", "max n docs"),
        ("NDCG", "ndcg"),
        ("_n_probe", "n probe"),
        ("x", "x"),
    ] {
        assert_eq!(split(name).join(" "), words);
    }
}

#[test]
fn a_banned_word_is_found_in_every_kind_of_name() {
    for source in [
        "fn embed() {}",
        "struct EmbedText;",
        "struct S { embed: u8 }",
        "enum E { Embed }",
        "const EMBED_DIM: u8 = 1;",
        "fn f(embed: u8) {}",
        "fn f() { let (mut to_embed, _) = x(); }",
        "fn f() { g(|embed| 1) }",
        "mod embed {}",
        "trait T { fn embed(&self); }",
        "impl S { fn embed(&self) {} }",
    ] {
        let found = messages("any | embed | encode |", LIB, source);
        assert_eq!(found.len(), 1, "{source}");
        assert!(found[0].starts_with("crates/a/src/lib.rs:1: `"), "{}", found[0]);
        assert!(found[0].ends_with("the word is encode (xtask/tidy/words.txt)"), "{}", found[0]);
    }
}

#[test]
fn words_of_others_are_left_alone() {
    for source in [
        "use other::embed;",
        "fn f() { other.embed(); let x = other::embed(y); }",
        "impl Other for S { fn embed(&self) {} }",
        "// embed\nfn embedded() {}",
        "extern \"C\" { fn embed(); }",
    ] {
        assert!(messages("any | embed | encode |", LIB, source).is_empty(), "{source}");
    }
}

#[test]
fn patterns_say_where_in_the_name() {
    for (pattern, caught, free) in [
        ("n_", "n_docs", "n"),
        ("n_", "n_docs", "plan_docs"),
        ("=ef", "ef", "ef_x"),
        ("colbert_score", "my_colbert_score", "colbert_the_score"),
    ] {
        let table = format!("any | {pattern} | better |");
        assert_eq!(messages(&table, LIB, &format!("fn {caught}() {{}}")).len(), 1, "{pattern} {caught}");
        assert!(messages(&table, LIB, &format!("fn {free}() {{}}")).is_empty(), "{pattern} {free}");
    }
}

#[test]
fn kinds_and_scopes_narrow_a_rule() {
    let local = "fn f() { let payload = 1; }";
    let field = "struct S { payload: u8 }";
    assert_eq!(messages("lasting | payload | attribute |", LIB, field).len(), 1);
    assert!(messages("lasting | payload | attribute |", LIB, local).is_empty());
    assert_eq!(messages("type | shard | Segment |", LIB, "struct Shard;").len(), 1);
    assert!(messages("type | shard | Segment |", LIB, "fn shard() {}").is_empty());
    assert_eq!(messages("function | compress_ | reduce |", LIB, "fn compress_rows() {}").len(), 1);
    assert!(messages("any | payload | attribute | crates/b", LIB, field).is_empty());
    assert_eq!(messages("any | payload | attribute | crates/a crates/b", LIB, field).len(), 1);
    assert!(messages("any | payload | attribute | !crates/a", LIB, field).is_empty());
}

#[test]
fn a_table_that_says_nothing_is_found() {
    assert!(messages("some | embed | encode |", LIB, "")[0].contains("first cell"));
    assert!(messages("any | embed | encode | !crates/gone", LIB, "")[0].contains("no folder crates/gone"));
}
