use crate::tool::Tool;

#[test]
fn the_demo_finds_what_is_meant_measures_and_survives_a_kill() {
    let tool = Tool::new();
    let ran = tool.run(&["demo", "--dir", "tools", "--pages", "150"]).ok();
    for part in [
        "1. Add",
        "2. Ask",
        "magick-mogrify",
        "pictures → images",
        "by words alone",
        "3. Measure",
        "nDCG@10",
        "recall@10",
        "4. Kill",
        "every byte is sound",
        "added again: 7,425 pages",
        "pleiad add notes",
    ] {
        assert!(ran.stdout.contains(part), "no {part} in {ran:?}");
    }
    assert_eq!(ran.stderr, "");
    let ndcg = ran.stdout.lines().find_map(|line| line.strip_prefix("nDCG@10")).unwrap();
    let ndcg: f64 = ndcg.split_whitespace().next().unwrap().parse().unwrap();
    assert!(ndcg > 0.5, "{ran:?}");
    for (question, key) in [
        ("make pictures smaller", "en/common/magick-mogrify"),
        ("erase a file so that nobody can recover it", "en/common/shred"),
    ] {
        let hits = tool.run(&["search", "tools", question, "-k", "3", "--json"]).ok().json();
        assert!(hits["hits"].to_string().contains(key), "{question}: {hits}");
    }
    tool.run(&["demo", "--dir", "tools"]).fails(4, &["tools"]);
}
