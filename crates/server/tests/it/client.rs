//! A server of a folder of its own, and a client that sends exactly what it is told.

use pleiad_server::{KeyFile, NewKey, Options, Server};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// Time after which a test that waits for an answer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that is up.
pub(crate) struct Running {
    folder: TempDir,
    server: Option<Server>,
    address: SocketAddr,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Running {
    /// A server of an empty folder.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with other options.
    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self::of(tempfile::tempdir().unwrap(), change)
    }

    /// A server of a folder that is there.
    pub(crate) fn of(folder: TempDir, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(folder.path());
        options.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        change(&mut options);
        let server = Server::start(options).unwrap();
        let address = server.address();
        Self { folder, server: Some(server), address }
    }

    /// A server that asks for keys, with a key of each of some kinds.
    pub(crate) fn with_keys<const N: usize>(keys: [NewKey; N]) -> (Self, [String; N]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let secrets = keys.map(|key| KeyFile::at(&path).create(key).unwrap());
        (Self::of(folder, |options| options.keys = Some(path)), secrets)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn server(&mut self) -> Server {
        self.server.take().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request with these headers and gives the answer.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            request += &format!("host: {}\r\n", self.address);
        }
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        let mut stream = self.connect();
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        // A request that is refused by its head need not be read to its end.
        drop(stream.write_all(body));
        Answer::read(stream)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Sends JSON.
    pub(crate) fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    /// Sends JSON with a key.
    pub(crate) fn with_key(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("authorization", &*format!("Bearer {key}")), ("content-type", "application/json")];
        self.send(method, path, &headers, body.to_string().as_bytes())
    }
}

impl Answer {
    /// Reads an answer to the end of its connection.
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            // What the server did not read is no reason to lose its answer.
            Err(error) if error.kind() == ErrorKind::ConnectionReset && !bytes.is_empty() => {}
            Err(error) => panic!("no answer: {error}"),
        }
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| {
            panic!("no head: {:?}", String::from_utf8_lossy(bytes));
        });
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let pair =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: HashMap<String, String> = lines.filter_map(pair).collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            body = unchunked(&body);
        }
        Self { status, headers, body: String::from_utf8(body).unwrap() }
    }

    /// The body as JSON, after success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The problem that it is, with this status, kind and part of its detail.
    #[track_caller]
    pub(crate) fn fails(&self, status: u16, kind: &str, detail: &str) -> Value {
        let problem: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!((self.status, problem["kind"].as_str()), (status, Some(kind)), "{self:?}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(problem["request_id"].as_str(), Some(&*self.headers["x-request-id"]));
        assert_eq!(
            (problem["type"].as_str(), problem["status"].as_u64()),
            (Some("about:blank"), Some(status.into()))
        );
        problem
    }

    /// The lines of the body as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        let rest = &bytes[end + 2..];
        if size == 0 || rest.len() < size {
            break;
        }
        all.extend_from_slice(&rest[..size]);
        bytes = &rest[size + 2..];
    }
    all
}

/// Four texts about four things.
pub(crate) const TEXTS: [(&str, &str, u64); 4] = [
    ("tar", "Extract an archive\nor create one from files.", 2019),
    ("ss", "Show listening sockets, ports and the processes that own them.", 2020),
    ("cp", "Copy files and folders to another place.", 2021),
    ("bread", "Bake bread: flour, water, salt and yeast.", 2022),
];

/// The address of a collection of those.
pub(crate) const DOCS: &str = "/v1/collections/docs";

/// The same texts as a request.
pub(crate) fn texts() -> Value {
    let document = |(key, text, year): (&str, &str, u64)| serde_json::json!({ "key": key, "text": text, "attributes": { "title": key, "year": year } });
    serde_json::json!({ "documents": TEXTS.map(document) })
}

/// A server with a collection of them, found by their words.
pub(crate) fn with_texts() -> Running {
    let running = Running::new();
    running.json("PUT", DOCS, &serde_json::json!({ "encoder": "words" })).ok();
    running.post(&format!("{DOCS}/documents"), &texts()).ok();
    running
}

/// Damages the manifest of a collection behind what says that it is one.
pub(crate) fn damage(collection: &std::path::Path) {
    let path = collection.join("MANIFEST");
    let mut bytes = std::fs::read(&path).unwrap();
    let num_kept = bytes.len().min(16);
    bytes[num_kept..].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}
