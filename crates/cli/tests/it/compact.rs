use crate::tool::Tool;

#[test]
fn compacting_gives_space_back_and_loses_nothing() {
    let tool = Tool::new();
    for round in 0..3 {
        let lines: String = (0..300)
            .map(|number| format!("{{\"_id\": \"{number}\", \"text\": \"words of round {round}\"}}\n"))
            .collect();
        tool.write("docs.jsonl", lines);
        tool.run(&["add", "docs", "docs.jsonl"]).ok();
    }
    let bytes = || tool.run(&["info", "docs", "--json"]).ok().json()["total_bytes"].as_u64().unwrap();
    let before = bytes();
    let told = tool.run(&["compact", "docs"]).ok().stdout;
    assert!(told.starts_with("compacted from"), "{told}");
    let info = tool.run(&["info", "docs", "--json"]).ok().json();
    assert_eq!(
        (&info["num_documents"], &info["num_segments"], &info["num_deleted"]),
        (&300.into(), &1.into(), &0.into())
    );
    assert!(bytes() <= before);
    assert!(tool.run(&["get", "docs", "7"]).ok().stdout.contains("round 2"));
    tool.run(&["verify", "docs"]).ok();
    tool.run(&["compact", "nowhere"]).fails(3, &["nowhere"]);
}

#[test]
fn writing_keeps_within_the_memory_that_it_is_given() {
    let tool = Tool::new();
    tool.write("docs.jsonl", "{\"_id\": \"1\", \"text\": \"a few words\"}\n");
    tool.run(&["add", "docs", "docs.jsonl", "--memory", "64MiB"]).ok();
    tool.run(&["tune", "docs", "--memory", "100 MB"]).ok();
    tool.run(&["compact", "docs", "--memory", "64MiB"]).ok();
    assert!(tool.run(&["get", "docs", "1"]).ok().stdout.contains("a few words"));
    for (size, told) in [("1MiB", "64MiB"), ("lots", "512MiB")] {
        tool.run(&["add", "docs", "docs.jsonl", "--memory", size]).fails(2, &["--memory", told]);
    }
}
