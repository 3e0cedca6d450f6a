use crate::tool::Tool;

#[test]
fn the_demo_adds_searches_and_measures() {
    let tool = Tool::new();
    let ran = tool.run(&["demo", "--dir", "tools"]).ok();
    for part in
        ["1. Add", "2. Search", "3. Measure", "nDCG@10", "fidelity@10", "documents/s", "pleiad add notes"]
    {
        assert!(ran.stdout.contains(part), "no {part} in {ran:?}");
    }
    assert_eq!(ran.stderr, "");
    let answer = tool.run(&["search", "tools", "show free disk space", "--json"]).ok().json();
    assert!(answer["hits"].to_string().contains("en/linux/df"), "{answer}");
    tool.run(&["demo", "--dir", "tools"]).fails(4, &["tools"]);
}
