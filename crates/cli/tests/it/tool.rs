//! Runs the program in tests.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};
use tempfile::TempDir;

/// Result of one run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The same, after success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// The same, after a failure with this code and a message that holds all of these.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, messages: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.stderr.contains("error: "), "{self:#?}");
        for message in messages {
            assert!(self.stderr.contains(message), "no {message:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A folder of its own for one test, and the program in it.
pub(crate) struct Tool {
    folder: TempDir,
}

impl Tool {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its name back, as the program is to be told it.
    pub(crate) fn write<'a>(&self, name: &'a str, bytes: impl AsRef<[u8]>) -> &'a str {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
        name
    }

    /// The program, ready to run in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pleiad"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("PLEIAD_ONNX_RUNTIME")
            .env_remove("HF_TOKEN")
            .env_remove("PLEIAD_MODEL")
            .env("HF_HUB_OFFLINE", "1");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs it with something on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input");
        // From a thread: the program may print before it has read everything.
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("the program ends");
        let written = writer.join().expect("the writer ends");
        assert!(written.is_ok() || !output.status.success(), "input was not read: {written:?}");
        Ran {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    /// A collection `docs` of four small texts.
    pub(crate) fn with_docs() -> Self {
        let tool = Self::new();
        tool.write("docs.jsonl", DOCS);
        tool.run(&["add", "docs", "docs.jsonl"]).ok();
        tool
    }
}

/// Four texts about four things.
pub(crate) const DOCS: &str = r#"{"_id": "tar", "title": "tar", "text": "Extract an archive\nor create one from files.", "platform": "common"}
{"_id": "ss", "title": "ss", "text": "Show listening sockets, ports and the processes that own them.", "platform": "linux", "stars": 3}
{"_id": "cp", "text": "Copy files and folders to another place."}
{"id": 4, "text": "Bake bread: flour, water, salt and yeast."}
"#;

/// A file or folder of the shared test data.
#[track_caller]
pub(crate) fn shared(path: &str) -> PathBuf {
    let root = env::var_os("PLEIAD_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("data").join(path);
    assert!(path.exists(), "test data is missing: {} (set PLEIAD_SHARED to its folder)", path.display());
    path.canonicalize().expect("a path that exists")
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
