//! Backups against a server that speaks S3, on this machine.

use crate::step::Step;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Folder of the installed server, ignored by git.
const FOLDER: &str = "target/moto";

const ADDRESS: &str = "127.0.0.1:5057";
const ENDPOINT: &str = "http://127.0.0.1:5057";

/// Attempts to reach the server, five a second.
const MAX_ATTEMPTS: u32 = 300;

/// Installs moto's server into a folder of its own if it is not there, starts it, and runs the tests that need it.
///
/// # Errors
/// When there is no Python, no package or no server: the tests were *not run* then, and the message says so. Or when they
/// fail.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let program = root.join(FOLDER).join("bin/moto_server");
    if !program.is_file() {
        install(root).map_err(not_run)?;
    }
    if TcpStream::connect(ADDRESS).is_ok() {
        return Err(not_run(format!("something else answers at {ADDRESS}")));
    }
    let (host, port) = ADDRESS.split_once(':').unwrap_or((ADDRESS, ""));
    let server = Command::new(&program)
        .args(["-H", host, "-p", port])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| not_run(format!("{} cannot be started: {error}", program.display())))?;
    let mut server = Server(server);
    server.make_bucket("backups").map_err(not_run)?;
    Step::cargo("backups to S3", "test -p pleiad-backup --features objects")
        .with("PLEIAD_S3", ENDPOINT)
        .run(root)
}

fn not_run(why: impl AsRef<str>) -> String {
    let why = why.as_ref();
    format!("NOT RUN: the tests against S3 were not run: {why}")
}

fn install(root: &Path) -> Result<(), String> {
    let python = |args: &[&str]| Step {
        title: "moto",
        program: args[0].to_owned(),
        args: args[1..].iter().map(|&arg| arg.to_owned()).collect(),
        variables: Vec::new(),
    };
    python(&["python3", "-m", "venv", FOLDER]).run(root)?;
    let pip = format!("{FOLDER}/bin/pip");
    python(&[&pip, "install", "--quiet", "moto[server]==5.*"]).run(root)
}

/// Ends with this value.
struct Server(Child);

impl Server {
    /// Waits until it answers, and makes a bucket.
    fn make_bucket(&mut self, name: &str) -> Result<(), String> {
        for _ in 0..MAX_ATTEMPTS {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(format!("the server ended by itself ({status})"));
            }
            if let Ok(mut stream) = TcpStream::connect(ADDRESS) {
                let request = format!(
                    "PUT /{name} HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let mut answer = String::new();
                let asked =
                    stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
                asked.map_err(|error| format!("the server does not answer: {error}"))?;
                let line = answer.lines().next().unwrap_or_default().to_owned();
                return if line.contains(" 200 ") {
                    Ok(())
                } else {
                    Err(format!("it made no bucket: {line}"))
                };
            }
            sleep(Duration::from_millis(200));
        }
        Err("the server did not answer within a minute".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about a failure here.
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}
