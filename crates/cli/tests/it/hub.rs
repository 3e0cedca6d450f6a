//! Checkpoints by name, from a hub on this machine.

use crate::tool::{DOCS, Tool};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

const REVISION: &str = "0123abcd";

/// Fault of the hub with one file, once.
#[derive(Clone, Copy, PartialEq)]
enum Trick {
    /// Hangs up after so many bytes.
    Cut(usize),
    /// Sends other bytes of the same number.
    Change,
    /// Sends everything, whatever was asked for.
    Whole,
    /// Sends so many bytes and then nothing, with the connection open.
    Stall(usize),
}

/// Content of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ParsedQuery {
    path: String,
    range: String,
    authorization: String,
}

#[derive(Default)]
struct Hub {
    files: BTreeMap<String, Vec<u8>>,
    tricks: Mutex<Vec<(String, Trick)>>,
    asked: Mutex<Vec<ParsedQuery>>,
    /// Connections on which nothing more is said.
    held: Mutex<Vec<TcpStream>>,
    /// Header that a request has to show.
    authorization: Option<String>,
    /// The place where the bytes of large files are.
    store: Option<String>,
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Hub {
    fn listing(&self) -> Vec<u8> {
        let file = |(name, bytes): (&String, &Vec<u8>)| {
            let git = [format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat();
            let id = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &git));
            let mut listed = json!({ "rfilename": name, "size": bytes.len(), "blobId": id });
            if name.ends_with(".safetensors") {
                listed["lfs"] =
                    json!({ "sha256": hex(digest(&SHA256, bytes)), "size": bytes.len(), "pointerSize": 130 });
            }
            listed
        };
        let files: Vec<_> = self.files.iter().map(file).collect();
        json!({ "sha": REVISION, "siblings": files }).to_string().into_bytes()
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(&stream).lines();
        let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut asked = ParsedQuery { path: path.clone(), ..ParsedQuery::default() };
        for line in lines {
            let line = line?;
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("range") => {
                    value.clone_into(&mut asked.range);
                }
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                    value.clone_into(&mut asked.authorization);
                }
                _ => {}
            }
            if line.is_empty() {
                break;
            }
        }
        let range = asked.range.clone();
        self.asked.lock().unwrap().push(asked.clone());
        if self.authorization.as_ref().is_some_and(|needed| *needed != asked.authorization) {
            return reply(stream, "401 Unauthorized", b"", 0);
        }
        if let Some(store) = self.store.as_ref().filter(|_| path.ends_with(".safetensors")) {
            return redirect(stream, &format!("{store}{path}"));
        }
        let file = path.strip_prefix(&format!("/org/tiny/resolve/{REVISION}/")).map(str::to_owned);
        let bytes = match file.as_ref().map(|file| self.files.get(file)) {
            Some(Some(bytes)) => bytes.clone(),
            None if path.starts_with("/api/models/org/tiny/revision/main") => self.listing(),
            _ => return reply(stream, "404 Not Found", b"", 0),
        };
        let trick = file.and_then(|file| {
            let mut tricks = self.tricks.lock().unwrap();
            tricks.iter().position(|(name, _)| *name == file).map(|at| tricks.remove(at).1)
        });
        let begin = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        let begin: usize = begin.map_or(0, |begin| begin.parse().unwrap());
        match trick {
            None if begin > 0 => reply(stream, "206 Partial Content", &bytes[begin..], bytes.len() - begin),
            None | Some(Trick::Whole) => reply(stream, "200 OK", &bytes, bytes.len()),
            Some(Trick::Cut(length)) => {
                let status = if begin > 0 { "206 Partial Content" } else { "200 OK" };
                reply(stream, status, &bytes[begin..begin + length], bytes.len() - begin)
            }
            Some(Trick::Stall(length)) => {
                let status = if begin > 0 { "206 Partial Content" } else { "200 OK" };
                let held = stream.try_clone()?;
                reply(stream, status, &bytes[begin..begin + length], bytes.len() - begin)?;
                self.held.lock().unwrap().push(held);
                Ok(())
            }
            Some(Trick::Change) => {
                let changed: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
                reply(stream, "200 OK", &changed, changed.len())
            }
        }
    }
}

fn reply(mut stream: TcpStream, status: &str, bytes: &[u8], announced: usize) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(bytes)?;
    stream.flush()
}

fn redirect(mut stream: TcpStream, location: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    stream.flush()
}

/// The tiny checkpoint of Stanford's layout on a hub, and where that listens. It ends with the test's process.
fn serve(tricks: &[(&str, Trick)]) -> (Arc<Hub>, String) {
    listen(hub(tricks))
}

fn hub(tricks: &[(&str, Trick)]) -> Hub {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/fixtures/checkpoints/stanford");
    let mut hub = Hub::default();
    for name in
        ["config.json", "tokenizer.json", "tokenizer_config.json", "artifact.metadata", "model.safetensors"]
    {
        hub.files.insert(name.to_owned(), fs::read(folder.join(name)).unwrap());
    }
    hub.files.insert("README.md".to_owned(), b"nobody reads this".to_vec());
    hub.files.insert("onnx/model.onnx".to_owned(), vec![0; 100]);
    hub.tricks = Mutex::new(tricks.iter().map(|&(name, trick)| (name.to_owned(), trick)).collect());
    hub
}

fn listen(hub: Hub) -> (Arc<Hub>, String) {
    let hub = Arc::new(hub);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let served = hub.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(200) {
            // Who hangs up early is no concern of the hub's.
            drop(stream.and_then(|stream| served.answer(stream)));
        }
    });
    (hub, endpoint)
}

fn command(tool: &Tool, endpoint: &str, args: &[&str]) -> Command {
    let mut command = tool.command(args);
    command.env("HF_ENDPOINT", endpoint).env("HF_HOME", tool.path("home")).env_remove("HF_HUB_OFFLINE");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

fn add(tool: &Tool, endpoint: &str) -> (i32, String) {
    tool.write("docs.jsonl", DOCS);
    let mut command = command(tool, endpoint, &["add", "docs", "docs.jsonl", "--model", "org/tiny"]);
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// From where on a file was asked for, each time.
fn ranges(hub: &Hub, name: &str) -> Vec<String> {
    let asked = hub.asked.lock().unwrap();
    asked.iter().filter(|asked| asked.path.ends_with(name)).map(|asked| asked.range.clone()).collect()
}

fn root(tool: &Tool) -> PathBuf {
    tool.path("home/hub/models--org--tiny")
}

#[test]
fn a_model_is_fetched_by_its_name_once() {
    let (tool, (hub, endpoint)) = (Tool::new(), serve(&[]));
    let (code, stderr) = add(&tool, &endpoint);
    assert_eq!((code, stderr.as_str()), (0, ""), "a pipe sees no progress");
    assert_eq!(fs::read_to_string(root(&tool).join("refs/main")).unwrap(), REVISION);
    let snapshot = root(&tool).join("snapshots").join(REVISION);
    assert_eq!(fs::read(snapshot.join("model.safetensors")).unwrap(), hub.files["model.safetensors"]);
    let asked = hub.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 6, "{asked:?}");
    let is_unread = |path: &str| path.contains("README") || path.contains("onnx");
    assert!(!asked.iter().any(|asked| is_unread(&asked.path)), "{asked:?}");
    assert!(asked.iter().all(|asked| asked.authorization.is_empty()), "nobody has a token: {asked:?}");
    // From now on nobody asks: not even without a hub.
    let mut search =
        command(&tool, "http://127.0.0.1:1", &["search", "docs", "copy files", "--model", "org/tiny"]);
    assert!(search.output().unwrap().status.success());
    assert_eq!(hub.asked.lock().unwrap().len(), 6);
}

#[test]
fn a_transfer_goes_on_where_it_broke_off() {
    let name = "model.safetensors";
    let (tool, (hub, endpoint)) = (Tool::new(), serve(&[(name, Trick::Cut(5000)), (name, Trick::Cut(0))]));
    let (code, stderr) = add(&tool, &endpoint);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(ranges(&hub, name), ["", "bytes=5000-", "bytes=5000-"]);
}

#[test]
fn another_run_goes_on_where_the_last_one_gave_up() {
    let name = "model.safetensors";
    let tricks = [
        (name, Trick::Cut(5000)),
        (name, Trick::Cut(0)),
        (name, Trick::Cut(0)),
        (name, Trick::Cut(0)),
        (name, Trick::Whole),
    ];
    let (tool, (hub, endpoint)) = (Tool::new(), serve(&tricks));
    let (code, stderr) = add(&tool, &endpoint);
    assert!(code == 6 && stderr.contains("goes on from there"), "{code}: {stderr}");
    assert!(!root(&tool).join("refs/main").exists(), "a model in parts has no name");
    // A hub that sends all of it again is understood, too.
    let (code, stderr) = add(&tool, &endpoint);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(hub.asked.lock().unwrap().last().unwrap().range, "bytes=5000-");
}

#[test]
fn wrong_bytes_are_refused() {
    for name in ["model.safetensors", "tokenizer.json"] {
        let (tool, (_, endpoint)) = (Tool::new(), serve(&[(name, Trick::Change)]));
        let (code, stderr) = add(&tool, &endpoint);
        assert!(code == 6 && stderr.contains("thrown away") && stderr.contains(name), "{code}: {stderr}");
        assert!(!tool.path("docs").exists());
        assert_eq!(add(&tool, &endpoint).0, 0, "the next run begins it again");
    }
}

#[test]
fn without_a_hub_it_says_what_to_do() {
    let tool = Tool::new();
    let (code, stderr) = add(&tool, "http://127.0.0.1:1");
    assert!(
        code == 6 && stderr.contains("cannot reach") && stderr.contains("huggingface.co/org/tiny into"),
        "{code}: {stderr}"
    );
    let (_, stderr) = add(&tool, "http://someone:secret@127.0.0.1:1");
    assert!(stderr.contains("cannot reach http://127.0.0.1:1/") && !stderr.contains("secret"), "{stderr}");
    let (_, endpoint) = serve(&[]);
    let with_password = endpoint.replace("http://", "http://someone:secret@");
    let output = command(&tool, &with_password, &["create", "c", "--model", "org/none"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no such model") && !stderr.contains("secret"), "{stderr}");
    let mut other = command(&tool, &endpoint, &["create", "c", "--model", "org/none"]);
    let output = other.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && stderr.contains("no such model"), "{stderr}");
    let mut offline = command(&tool, &endpoint, &["create", "c", "--model", "org/tiny"]);
    let output = offline.env("HF_HUB_OFFLINE", "1").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && stderr.contains("HF_HUB_OFFLINE"), "{stderr}");
}

#[test]
fn a_hub_that_falls_silent_is_left_and_gone_back_to() {
    let name = "model.safetensors";
    let stalls = |bytes: &[usize]| bytes.iter().map(|&bytes| (name, Trick::Stall(bytes))).collect::<Vec<_>>();
    let (tool, (hub, endpoint)) = (Tool::new(), serve(&stalls(&[5000])));
    let add = |endpoint: &str| {
        tool.write("docs.jsonl", DOCS);
        let mut command = command(&tool, endpoint, &["add", "docs", "docs.jsonl", "--model", "org/tiny"]);
        let output = command.env("HF_HUB_DOWNLOAD_TIMEOUT", "1").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stderr) = add(&endpoint);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(ranges(&hub, name), ["", "bytes=5000-"]);

    fs::remove_dir_all(tool.path("home")).unwrap();
    let (hub, endpoint) = serve(&stalls(&[3000, 0, 0, 0]));
    let (code, stderr) = add(&endpoint);
    assert!(code == 6 && stderr.contains("no byte came for 1 s"), "{code}: {stderr}");
    assert!(stderr.contains("the same command goes on from there"), "{stderr}");
    assert_eq!(add(&endpoint).0, 0);
    assert_eq!(ranges(&hub, name)[1..], ["bytes=3000-"; 4]);
}

#[test]
fn a_token_opens_what_is_not_for_everybody_and_goes_to_the_hub_alone() {
    const TOKEN: &str = "hf_quiteSecret";
    // The bytes of large files lie elsewhere, as on the real one.
    let (store, elsewhere) = serve(&[("model.safetensors", Trick::Cut(5000))]);
    let (hub, endpoint) =
        listen(Hub { authorization: Some(format!("Bearer {TOKEN}")), store: Some(elsewhere), ..hub(&[]) });
    let tool = Tool::new();
    let (code, stderr) = add(&tool, &endpoint);
    assert!(code == 3 && stderr.contains("set HF_TOKEN"), "{code}: {stderr}");
    let with = |name: &str, value: &str| {
        let mut command = command(&tool, &endpoint, &["add", "docs", "docs.jsonl", "--model", "org/tiny"]);
        let output = command.env(name, value).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains(TOKEN) && !stderr.contains("hf_other"), "{stderr}");
        (output.status.code().unwrap(), stderr)
    };
    let (code, stderr) = with("HF_TOKEN", "hf_other");
    assert!(code == 3 && stderr.contains("token does not open it"), "{code}: {stderr}");
    let (code, stderr) = with("HF_TOKEN", "hf_other of two words");
    assert!(code == 2 && stderr.contains("HF_TOKEN holds no token"), "{code}: {stderr}");
    assert_eq!(with("HF_TOKEN", TOKEN).0, 0);
    assert_eq!(ranges(&store, "model.safetensors"), ["", "bytes=5000-"]);
    assert!(store.asked.lock().unwrap().iter().all(|asked| asked.authorization.is_empty()));
    assert!(hub.asked.lock().unwrap().iter().any(|asked| asked.authorization.ends_with(TOKEN)));

    // From the file of the hub's own client, in its folder or where its variable says.
    for (name, place) in [("HF_TOKEN_PATH", "elsewhere/token"), ("X", "home/token")] {
        fs::remove_dir_all(tool.path("home")).unwrap();
        fs::remove_dir_all(tool.path("docs")).unwrap();
        tool.write(place, format!("{TOKEN}\n"));
        let (code, stderr) = with(name, place);
        assert_eq!(code, 0, "{name}: {stderr}");
    }
}
