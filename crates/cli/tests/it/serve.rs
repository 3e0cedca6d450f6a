//! The server as a process of its own.

use crate::tool::Tool;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A server that is up. It is killed when the test is over.
struct Served {
    child: Child,
    address: String,
    log: Option<thread::JoinHandle<String>>,
}

impl Served {
    fn start(tool: &Tool, args: &[&str]) -> Self {
        let mut command = tool.command(&["serve"]);
        command.args(args).args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap_or_else(|| panic!("{first}"));
        let address = address.split(',').next().unwrap().trim().to_owned();
        let log = thread::spawn(move || {
            let mut rest = String::new();
            drop(lines.read_to_string(&mut rest));
            rest
        });
        Self { child, address, log: Some(log) }
    }

    /// Sends a request and gives the status and the body; nothing where the server is gone.
    fn send(&self, method: &str, path: &str, key: Option<&str>, body: &Value) -> Option<(u16, Value)> {
        let answer = self.exchange(method, path, key, body).unwrap_or_default();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().expect("a status");
        Some((status, serde_json::from_str(body).unwrap_or_default()))
    }

    fn exchange(&self, method: &str, path: &str, key: Option<&str>, body: &Value) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{key}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[track_caller]
    fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, None, body).expect("an answer");
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Sends a signal, and gives the exit code and what was logged.
    #[cfg(unix)]
    fn signal(mut self, signal: nix::sys::signal::Signal) -> (Option<i32>, String) {
        let process = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(process, signal).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_collection_of_the_command_is_served_and_logged() {
    let tool = Tool::with_docs();
    let served = Served::start(&tool, &["docs", "--log", "json"]);
    let found =
        served.ok("POST", "/v1/collections/docs/search", &json!({ "query": { "text": "copy a folder" } }));
    let ran = tool.run(&["search", "docs", "copy a folder", "--json"]).ok().json();
    let keys = |answer: &Value| -> Vec<String> {
        answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&found), keys(&ran));
    // The same number of 32 bits, in fewer digits.
    let score = |answer: &Value| answer["hits"][0]["score"].as_f64().unwrap() as f32;
    assert_eq!((score(&found), &found["mode"]), (score(&ran), &ran["mode"]));
    assert_eq!(found["weights"], ran["weights"]);
    let why = served.ok(
        "POST",
        "/v1/collections/docs/explain",
        &json!({ "query": { "text": "copy a folder" }, "key": "cp" }),
    );
    let explained = tool.run(&["explain", "docs", "copy a folder", "cp", "--json"]).ok().json();
    assert_eq!((&why["tokens"], &why["parts"]), (&explained["tokens"], &explained["parts"]));
    served.send("GET", "/nothing", None, &Value::Null).unwrap();
    #[cfg(unix)]
    {
        let (code, log) = served.signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(code, Some(0), "{log}");
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        assert_eq!(
            (lines.len(), &lines[0]["status"], &lines[0]["collection"]),
            (3, &json!(200), &json!("docs")),
            "{log}"
        );
        assert_eq!((&lines[2]["status"], &lines[2]["route"]), (&json!(404), &json!("/nothing")));
        // Texts of questions are in no log.
        assert!(!log.contains("folder"), "{log}");
    }
}

/// Killed while it writes: every document whose receipt came is there, and nothing is damaged.
#[cfg(unix)]
#[test]
fn what_was_acknowledged_survives_a_kill() {
    let tool = &Tool::new();
    std::fs::create_dir(tool.path("data")).unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3 {
        let served = &Served::start(tool, &["data"]);
        served.ok("PUT", "/v1/collections/docs", &json!({ "encoder": "words" }));
        let is_over = &AtomicBool::new(false);
        let new: Vec<String> = thread::scope(|scope| {
            let writers = (0..3).map(|writer| {
                scope.spawn(move || {
                    let mut own = Vec::new();
                    for at in 0.. {
                        let key = format!("r{round}w{writer}n{at}");
                        let path = format!("/v1/collections/docs/documents/{key}");
                        let document = json!({ "text": format!("number{at} of writer{writer}") });
                        match served.send("PUT", &path, None, &document) {
                            Some((200, _)) => own.push(key),
                            Some(other) => panic!("{other:?}"),
                            None => break,
                        }
                        if own.len() >= 40 {
                            is_over.store(true, Ordering::Relaxed);
                        }
                    }
                    own
                })
            });
            let writers: Vec<_> = writers.collect();
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
            let process = nix::unistd::Pid::from_raw(i32::try_from(served.child.id()).unwrap());
            nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGKILL).unwrap();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        assert!(new.len() >= 40);
        acknowledged.extend(new);
        tool.run(&["verify", "data/docs"]).ok();
    }
    let listed = tool.run(&["list", "data/docs"]).ok();
    let there: std::collections::HashSet<&str> = listed.stdout.lines().collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|key| !there.contains(key.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn keys_are_made_and_taken_back_while_the_server_is_up() {
    let tool = Tool::with_docs();
    let dir = tool.path("");
    let dir = dir.to_str().unwrap();
    let admin =
        tool.run(&["key", "create", dir, "--role", "admin", "--note", "first"]).ok().stdout.trim().to_owned();
    let served = Served::start(&tool, &["."]);
    let list = |key: Option<&str>| served.send("GET", "/v1/collections", key, &Value::Null).unwrap().0;
    assert_eq!([list(None), list(Some("x")), list(Some(&admin))], [401, 401, 200]);
    let read = tool
        .run(&["key", "create", dir, "--role", "read", "--collection", "docs*", "--expires", "90d"])
        .ok()
        .stdout;
    let wait_for = |key: &str, status: u16| {
        for _ in 0..1200 {
            if list(Some(key)) == status {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("never {status}");
    };
    wait_for(read.trim(), 200);
    let listed = tool.run(&["key", "list", dir]).ok().stdout;
    assert!(listed.lines().count() == 2 && !listed.contains(&read.trim()[13..]), "{listed}");
    let id = &read[4..12];
    tool.run(&["key", "revoke", dir, id]).ok();
    wait_for(read.trim(), 401);
    tool.run(&["key", "revoke", dir, id]).fails(3, &["there is no key"]);
    tool.run(&["key", "create", dir, "--role", "root"]).fails(2, &["read, write or admin"]);
    tool.run(&["key", "create", dir, "--role", "read", "--expires", "soon"]).fails(2, &["90d"]);
}

#[test]
fn a_flag_counts_for_more_than_the_environment_and_that_for_more_than_the_file() {
    let tool = Tool::with_docs();
    tool.write("pleiad.conf", "# settings\nmax-waiting = 3\ntimeout = 4\nmax-open = 5\nread-only = true\nhost = [\"a.example\", \"b.example\"]\n");
    let mut command =
        tool.command(&["serve", "docs", "--config", "pleiad.conf", "--print-config", "--max-waiting", "1"]);
    let output = command.env("PLEIAD_MAX_WAITING", "2").env("PLEIAD_TIMEOUT", "2").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "max-waiting = 1  # flag",
        "timeout = 2  # environment",
        "max-open = 5  # file",
        "read-only = true  # file",
        "host = [\"a.example\",\"b.example\"]  # file",
        "max-body = \"64MiB\"  # default",
        "listen = \"127.0.0.1:7700\"  # default",
    ] {
        assert!(printed.lines().any(|found| found == line), "{line}\n{printed}");
    }
    // What is printed is such a file.
    tool.write("printed.conf", &printed);
    let again = tool.run(&["serve", "docs", "--config", "printed.conf", "--print-config"]).ok().stdout;
    assert!(
        again.contains("max-waiting = 1  # file") && again.contains("read-only = true  # file"),
        "{again}"
    );
    for (text, message) in [
        ("x = 1\n", "bad.conf:1: there is no setting \"x\""),
        ("\nlisten = here\n", "bad.conf:2: "),
        ("max-open = 1\nmax-open = 2\n", "bad.conf:2: max-open stands twice"),
        ("max-open = \"many\"\n", "many"),
    ] {
        tool.write("bad.conf", text);
        tool.run(&["serve", "docs", "--config", "bad.conf", "--print-config"]).fails(2, &[message]);
    }
}

#[test]
fn what_cannot_be_served_is_told() {
    let tool = Tool::with_docs();
    tool.run(&["serve", "nothing"]).fails(3, &["nothing"]);
    tool.run(&["serve", "docs", "--listen", "0.0.0.0:0"]).fails(2, &["pleiad key create", "--without-keys"]);
    let served = Served::start(&tool, &["docs"]);
    tool.run(&["serve", "docs", "--listen", &served.address]).fails(6, &["cannot listen"]);
}
