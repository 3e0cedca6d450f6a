use crate::tool::Tool;
use std::fs;

#[test]
fn completions_are_printed_for_every_shell() {
    let tool = Tool::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = tool.run(&["completions", shell]).ok().stdout;
        assert!(script.contains("pleiad") && script.contains("explain-plan"), "{shell}: {script}");
    }
}

#[test]
fn there_is_a_page_for_every_command() {
    let tool = Tool::new();
    let main = tool.run(&["man"]).ok().stdout;
    assert!(main.contains(".TH pleiad 1") && main.contains("Exit codes"), "{main}");
    tool.run(&["man", "--out", "pages"]).ok();
    let help = tool.run(&["--help"]).ok().stdout;
    for command in [
        "find",
        "create",
        "add",
        "search",
        "explain",
        "get",
        "delete",
        "info",
        "encode",
        "eval",
        "verify",
        "compact",
        "upgrade",
        "repair",
        "snapshot",
        "backup",
        "restore",
        "demo",
        "completions",
        "man",
    ] {
        let page = fs::read_to_string(tool.path(&format!("pages/pleiad-{command}.1"))).unwrap();
        assert!(page.contains("Examples"), "{page}");
        assert!(help.contains(&format!("\n  {command}")), "{help}");
    }
    tool.write("file", "");
    tool.run(&["man", "--out", "file"]).fails(4, &["file"]);
}

#[test]
fn help_tells_the_exit_codes() {
    let tool = Tool::new();
    for args in [&["help"][..], &["--help"]] {
        assert!(tool.run(args).ok().stdout.contains("130  interrupted"));
    }
    assert!(tool.run(&["--version"]).ok().stdout.starts_with("pleiad "));
    assert_eq!(tool.run(&[]).code, 2);
}

#[test]
fn the_version_names_what_is_within_the_program() {
    let tool = Tool::new();
    let short = tool.run(&["--version"]).ok().stdout;
    assert_eq!(short.lines().count(), 1, "{short}");
    for typed in [&["--version", "--verbose"][..], &["-vV"]] {
        let told = tool.run(typed).ok().stdout;
        assert!(told.starts_with(short.trim_end()), "{told}");
        for part in ["all-MiniLM-L6-v2", "Apache-2.0", "tldr-pages", "CC BY 4.0"] {
            assert!(told.contains(part), "no {part} in {told}");
        }
    }
}
