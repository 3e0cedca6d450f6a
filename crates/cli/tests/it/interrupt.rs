#![cfg(unix)]

use crate::tool::{Ran, Tool, arg};
use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Documents that fill the first batch and leave the program waiting for the rest of the second.
const NUM_DOCUMENTS: u64 = 160;
const NUM_IN_BATCH: u64 = 128;

/// An `add` that reads from a pipe.
fn started(tool: &Tool) -> (Child, ChildStdin) {
    let mut command = tool.command(&["add", "docs", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

/// Feeds it until it has stored one batch and waits for more.
fn feed(tool: &Tool, stdin: &mut ChildStdin) {
    for number in 0..NUM_DOCUMENTS {
        writeln!(stdin, "{{\"_id\": \"{number}\", \"text\": \"some words\"}}").unwrap();
    }
    stdin.flush().unwrap();
    let start = Instant::now();
    loop {
        let info = tool.run(&["info", "docs", "--json"]);
        if info.code == 0 && info.json()["num_documents"] == NUM_IN_BATCH {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "the first batch was never stored: {info:?}");
        sleep(Duration::from_millis(20));
    }
}

fn end(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn ctrl_c_keeps_what_was_stored_and_says_so() {
    let tool = Tool::new();
    let (child, mut stdin) = started(&tool);
    feed(&tool, &mut stdin);
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    // Standard input stays open: the program must not wait for it.
    let ran = end(child).fails(130, &["interrupted: 128 documents", "again is safe"]);
    assert!(ran.stdout.starts_with("added 128 documents"), "{ran:?}");
    drop(stdin);
    let verification = tool.run(&["verify", "docs", "--json"]).ok().json();
    assert_eq!(verification["num_documents"], NUM_IN_BATCH);
}

#[test]
fn encoding_stops_at_ctrl_c_and_goes_on_where_it_stopped() {
    let tool = Tool::new();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/fixtures/checkpoints/stanford");
    let args = ["encode", "-", "out", "--model", arg(&model)];
    let mut command = tool.command(&args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let line = |number: u64| format!("{{\"_id\": \"{number}\", \"text\": \"paris is city {number}\"}}\n");
    for number in 0..140 {
        stdin.write_all(line(number).as_bytes()).unwrap();
    }
    stdin.flush().unwrap();
    let start = Instant::now();
    let num_written = || {
        let lines = std::fs::read_to_string(tool.path("out/documents.partial")).unwrap_or_default();
        lines.lines().count()
    };
    while num_written() < 128 {
        assert!(start.elapsed() < Duration::from_secs(60), "the first batch was never written");
        sleep(Duration::from_millis(20));
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let ran = end(child).fails(130, &["interrupted: 128 documents", "goes on from there"]);
    assert!(!ran.stderr.contains("tokens/s"), "a pipe sees no progress: {ran:?}");
    drop(stdin);
    let all: String = (0..140).map(line).collect();
    let done = tool.run_with(&args, all.as_bytes()).ok();
    assert!(done.stdout.contains("encoded 140 documents, 128 of them before"), "{done:?}");
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let tool = Tool::new();
    let (child, mut stdin) = started(&tool);
    feed(&tool, &mut stdin);
    tool.write("one.jsonl", "{\"_id\": \"x\", \"text\": \"words\"}\n");
    let holder = format!("being written by process {}", child.id());
    let refused = tool.run(&["add", "docs", "one.jsonl", "--wait", "0"]).fails(4, &[&holder, "wait"]);
    assert!(!refused.stderr.contains("elsewhere"), "{refused:?}");
    for args in [
        &["delete", "docs", "1", "--wait", "0"][..],
        &["compact", "docs", "--wait", "0"],
        &["tune", "docs", "--wait", "0"],
        &["repair", "docs", "--wait", "0"],
        &["upgrade", "docs", "--wait", "0"],
        &["snapshot", "create", "docs", "x", "--wait", "1"],
    ] {
        tool.run(args).fails(4, &[&holder]);
    }
    let waiting = tool.command(&["delete", "docs", "1", "--wait", "600"]).spawn().unwrap();
    assert_eq!(tool.run(&["search", "docs", "words", "-k", "3", "--json"]).ok().json()["hits"][2]["rank"], 3);
    drop(stdin);
    end(child).ok();
    assert!(waiting.wait_with_output().unwrap().status.success());
    tool.run(&["add", "docs", "one.jsonl"]).ok();
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], NUM_DOCUMENTS);
}

/// Commands that need the lock, while another holds it for long.
const WAITING: [&[&str]; 8] = [
    &["add", "docs", "one.jsonl", "--wait", "600"],
    &["delete", "docs", "1", "--wait", "600"],
    &["compact", "docs", "--wait", "600"],
    &["tune", "docs", "--wait", "600"],
    &["repair", "docs", "--wait", "600"],
    &["repair", "docs", "--take-back", "--wait", "600"],
    &["upgrade", "docs", "--wait", "600"],
    &["snapshot", "create", "docs", "x", "--wait", "600"],
];

/// Sends Ctrl-C to a process, once it listens for it: that a program waits shows nowhere else.
fn interrupt_once_it_listens(child: &Child) {
    let status = format!("/proc/{}/status", child.id());
    let start = Instant::now();
    let listens = || {
        let caught = std::fs::read_to_string(&status).unwrap_or_default();
        let caught =
            caught.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim().to_owned();
        // SIGINT is the second signal.
        u64::from_str_radix(&caught, 16).unwrap_or_default() & 2 != 0
    };
    while !listens() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never listens for Ctrl-C");
        sleep(Duration::from_millis(5));
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn the_first_ctrl_c_ends_a_command_that_waits_for_the_lock() {
    let tool = Tool::new();
    let (child, mut stdin) = started(&tool);
    feed(&tool, &mut stdin);
    tool.write("one.jsonl", "{\"_id\": \"x\", \"text\": \"words\"}\n");
    for args in WAITING {
        let mut command = tool.command(args);
        let waiting =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        interrupt_once_it_listens(&waiting);
        let ran = end(waiting).fails(130, &["interrupted"]);
        assert!(ran.stdout.is_empty() && ran.stderr.lines().count() == 1, "{args:?}: {ran:?}");
    }
    drop(stdin);
    end(child).ok();
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], NUM_DOCUMENTS);
}

#[test]
fn who_is_waited_for_is_told_once_on_a_terminal() {
    // What `script` runs has a terminal of its own.
    if Command::new("script").arg("--version").output().is_err() {
        println!("NOT RUN: there is no program `script`, which makes a terminal");
        return;
    }
    let tool = Tool::new();
    let (child, mut stdin) = started(&tool);
    feed(&tool, &mut stdin);
    tool.write("one.jsonl", "{\"_id\": \"x\", \"text\": \"words\"}\n");
    let told = format!("waiting up to 1 second for process {}", child.id());
    for args in WAITING {
        let mut words = args.to_vec();
        words[args.len() - 1] = "1";
        let program = env!("CARGO_BIN_EXE_pleiad");
        let line = format!("{program} {}", words.join(" "));
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &line, "/dev/null"]).current_dir(tool.path("."));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(shown.matches(&told).count(), 1, "{words:?}: {shown}");
        assert_eq!(output.status.code(), Some(4), "{words:?}: {shown}");
        let silent = tool.run(&words).fails(4, &["being written by process"]);
        assert!(!silent.stderr.contains("waiting up to"), "{silent:?}");
    }
    drop(stdin);
    end(child).ok();
}

#[test]
fn commands_that_create_the_same_collection_at_once_all_succeed() {
    let tool = Tool::new();
    let names: Vec<String> = (0..4).map(|number| format!("docs-{number}.jsonl")).collect();
    for (number, name) in names.iter().enumerate() {
        let lines: String =
            (0..20).map(|at| format!("{{\"_id\": \"{number}-{at}\", \"text\": \"some words\"}}\n")).collect();
        tool.write(name, lines);
    }
    let start = |name: &String| {
        let mut command = tool.command(&["add", "docs", name, "--wait", "120"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = names.iter().map(start).collect();
    for child in children {
        end(child).ok();
    }
    assert_eq!(tool.run(&["info", "docs", "--json"]).ok().json()["num_documents"], 80);
}

#[test]
fn the_first_ctrl_c_is_obeyed_while_nothing_has_come_yet() {
    let tool = Tool::new();
    for args in [&["add", "docs", "-"][..], &["find", "words", "-"], &["encode", "-", "out"]] {
        let mut command = tool.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        // The handler is installed before anything else.
        let handles_it = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let caught =
                status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default().trim();
            u64::from_str_radix(caught, 16).is_ok_and(|caught| caught & 2 != 0)
        };
        let start = Instant::now();
        while !handles_it() {
            assert!(start.elapsed() < Duration::from_secs(60), "{args:?}: nobody listens");
            sleep(Duration::from_millis(20));
        }
        let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(status.success());
        end(child).fails(130, &["interrupted"]);
        drop(stdin);
    }
}
