//! Requests to the hub: the files of a model, and their bytes from any position.

use super::Token;
use super::address::without_passwords;
use super::request::Requests;
use super::stream::{Arrival, Stream, TICK};
use crate::error::{Error, ErrorKind, Result};
use crate::monitor::Monitor;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use serde::Deserialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;
use ureq::Body;
use ureq::http::Response;

/// Attempts of a transfer that breaks off.
const NUM_TRIES: u32 = 4;

const BUFFER_BYTES: usize = 256 << 10;

/// A file as the hub lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// Its path within the model.
    pub(super) name: String,
    pub(super) num_bytes: u64,
    /// The name of its bytes in the cache.
    pub(super) etag: String,
    pub(super) sum: Sum,
}

/// A checksum, as the hub writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sum {
    /// SHA-256 of the bytes, for large files.
    Sha256(String),
    /// As git sums a file, for small ones.
    Git(String),
}

/// The files of one revision of a model.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) revision: String,
    pub(super) files: Vec<RemoteFile>,
}

#[derive(Deserialize)]
struct ListingJson {
    sha: String,
    siblings: Vec<FileJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileJson {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<LargeJson>,
}

#[derive(Deserialize)]
struct LargeJson {
    sha256: String,
    size: u64,
}

pub(super) struct Client {
    endpoint: String,
    requests: Requests,
    patience: Duration,
}

/// Reason why one attempt ended early.
enum Broken {
    /// It may go on.
    Off(String),
    Failed(Error),
}

impl Client {
    /// `patience` is the time to wait for a connection, for the beginning of an answer, and for the next bytes of it.
    pub(super) fn new(endpoint: &str, token: Option<Token>, patience: Duration) -> Self {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Self { requests: Requests::new(&endpoint, token, patience), endpoint, patience }
    }

    /// Lists the files of a model.
    ///
    /// # Errors
    /// When the hub cannot be reached, or has no such model for us.
    pub(super) fn listing(&self, model: &str) -> Result<Listing> {
        let url = format!("{}/api/models/{model}/revision/main?blobs=true", self.endpoint);
        let mut answer = self.requests.get(&url, 0).map_err(|reason| unreachable(&url, &reason))?;
        self.check_status(&answer, &url)?;
        let text =
            answer.body_mut().read_to_string().map_err(|error| unreachable(&url, &error.to_string()))?;
        let listing: ListingJson = serde_json::from_str(&text)
            .map_err(|error| odd(&url, &format!("its answer is not a list of files: {error}")))?;
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain(&listing.sha) {
            return Err(odd(&url, &format!("{:?} is no revision", listing.sha)));
        }
        let files = listing.siblings.into_iter().filter_map(FileJson::into_file);
        let files: Vec<RemoteFile> =
            files.filter(|file| is_plain(&file.etag) && is_inside(&file.name)).collect();
        Ok(Listing { revision: listing.sha, files })
    }

    /// Fetches what is missing of a file into `part`, and makes sure that it is what was listed.
    ///
    /// # Errors
    /// When the transfer breaks off again and again, the bytes are others than announced, or when the caller cancels.
    pub(super) fn fetch(
        &self,
        model: &str,
        revision: &str,
        file: &RemoteFile,
        part: &Path,
        monitor: &dyn Monitor,
        report: &dyn Fn(u64),
    ) -> Result<()> {
        let url = format!("{}/{model}/resolve/{revision}/{}", self.endpoint, file.name);
        let mut reason = String::new();
        for _ in 0..NUM_TRIES {
            match self.resume(&url, file.num_bytes, part, monitor, report) {
                Ok(()) => return check_sum(file, part, &url),
                Err(Broken::Failed(failure)) => return Err(failure),
                Err(Broken::Off(why)) => reason = why,
            }
        }
        let message = format!("{url}: {reason}. What came is kept: the same command goes on from there");
        Err(Error::new(ErrorKind::Unavailable, without_passwords(&message)))
    }

    fn resume(
        &self,
        url: &str,
        num_bytes: u64,
        part: &Path,
        monitor: &dyn Monitor,
        report: &dyn Fn(u64),
    ) -> std::result::Result<(), Broken> {
        let refused =
            |error: io::Error| Broken::Failed(Error::io(format!("cannot write {}", part.display()), &error));
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(part);
        let mut out = open.map_err(refused)?;
        let mut begin = out.seek(SeekFrom::End(0)).map_err(refused)?;
        if begin > num_bytes {
            out.set_len(0).map_err(refused)?;
            begin = 0;
        }
        if begin == num_bytes {
            return Ok(());
        }
        let answer = self.requests.get(url, begin).map_err(Broken::Off)?;
        self.check_status(&answer, url).map_err(Broken::Failed)?;
        if begin > 0 && answer.status() != 206 {
            // All of it again: this server does not go on.
            out.set_len(0).and_then(|()| out.rewind()).map_err(refused)?;
            begin = 0;
        }
        let source =
            Stream::of(answer.into_body().into_reader()).map_err(|error| Broken::Off(error.to_string()))?;
        let (mut done, mut silence) = (begin, Duration::ZERO);
        loop {
            report(done);
            if monitor.is_cancelled() {
                let message = "interrupted: what came is kept, the same command goes on from there";
                return Err(Broken::Failed(Error::new(ErrorKind::Cancelled, message)));
            }
            match source.next().map_err(|error| Broken::Off(error.to_string()))? {
                Arrival::End => break,
                Arrival::Nothing => silence += TICK,
                Arrival::Bytes(bytes) => {
                    out.write_all(&bytes).map_err(refused)?;
                    done += bytes.len() as u64;
                    silence = Duration::ZERO;
                }
            }
            if done > num_bytes {
                break;
            }
            if silence >= self.patience {
                out.sync_data().map_err(refused)?;
                return Err(Broken::Off(format!("no byte came for {} s", self.patience.as_secs())));
            }
        }
        out.sync_data().map_err(refused)?;
        if done == num_bytes {
            return Ok(());
        }
        if done > num_bytes {
            out.set_len(0).map_err(refused)?;
        }
        Err(Broken::Off(format!("{done} bytes came where {num_bytes} were announced")))
    }

    fn check_status(&self, answer: &Response<Body>, url: &str) -> Result<()> {
        let status = answer.status();
        let (exit, reason) = match status.as_u16() {
            200 | 206 => return Ok(()),
            401 | 403 if self.requests.has_token() => (
                ErrorKind::NotFound,
                "there is no such model, or the hub's token does not open it: ask for access on the model's page",
            ),
            401 | 403 => (
                ErrorKind::NotFound,
                "there is no such model, or it is not for everybody: set HF_TOKEN, or log in with the hub's own client",
            ),
            404 => (ErrorKind::NotFound, "there is no such model"),
            _ => (ErrorKind::Unavailable, "try again later"),
        };
        Err(Error::new(exit, without_passwords(&format!("{url} answers {status}: {reason}"))))
    }
}

impl FileJson {
    fn into_file(self) -> Option<RemoteFile> {
        let (num_bytes, sum) = match (self.lfs, self.blob_id) {
            (Some(large), _) => (large.size, Sum::Sha256(large.sha256)),
            (None, Some(id)) => (self.size?, Sum::Git(id)),
            (None, None) => return None,
        };
        let etag = match &sum {
            Sum::Sha256(sum) | Sum::Git(sum) => sum.clone(),
        };
        Some(RemoteFile { name: self.rfilename, num_bytes, etag, sum })
    }
}

/// Returns whether a path stays within its folder.
fn is_inside(name: &str) -> bool {
    !name.contains('\\') && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

fn unreachable(url: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, without_passwords(&format!("cannot reach {url}: {reason}")))
}

fn odd(url: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Unsupported, without_passwords(&format!("{url}: {reason}")))
}

/// Compares a whole file with its checksum. A wrong one is removed: going on would never make it right.
fn check_sum(file: &RemoteFile, part: &Path, url: &str) -> Result<()> {
    let refused = |error: io::Error| Error::io(format!("cannot read {}", part.display()), &error);
    let (mut context, expected) = match &file.sum {
        Sum::Sha256(expected) => (Context::new(&SHA256), expected),
        Sum::Git(expected) => {
            let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
            context.update(format!("blob {}\0", file.num_bytes).as_bytes());
            (context, expected)
        }
    };
    let mut source = File::open(part).map_err(refused)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match source.read(&mut buffer).map_err(refused)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    let found: String = context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == *expected {
        return Ok(());
    }
    std::fs::remove_file(part).map_err(refused)?;
    let message = format!(
        "{url}: its bytes have the checksum {found}, not {expected}: they were thrown away. Try again"
    );
    Err(Error::new(ErrorKind::Unavailable, without_passwords(&message)))
}
