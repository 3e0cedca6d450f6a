//! Checkpoints from the hub, into the cache folder of the hub's own client.

mod address;
mod cache;
mod client;
mod needed;
mod request;
mod stream;
mod token;

pub use token::Token;

use crate::error::{Error, ErrorKind, Result};
use crate::monitor::{Monitor, Progress};
use address::without_passwords;
use cache::Cache;
use client::Client;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Hub that models are fetched from.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The address of the hub.
    pub endpoint: String,
    /// Opens models that are not for everybody.
    pub token: Option<Token>,
    /// Time that the hub may take to connect, to begin an answer, or to send the next bytes.
    pub patience: Duration,
}

impl Hub {
    /// Fetches what is needed of a model into its folder of the cache and gives the folder in which it lies. What was
    /// fetched before an interruption is not fetched again.
    ///
    /// # Errors
    /// When the hub cannot be reached or has no such model, when a file is not what the hub announced, or when the
    /// caller cancels.
    pub(crate) fn fetch(&self, model: &str, root: &Path, monitor: &dyn Monitor) -> Result<PathBuf> {
        let client = Client::new(&self.endpoint, self.token.clone(), self.patience);
        let listing = client.listing(model)?;
        let mut files = needed::files(&listing.files);
        if !files.iter().any(|file| file.name == "config.json") {
            let message = format!("{}/{model} is no checkpoint: it has no config.json", self.endpoint);
            let message = without_passwords(&message);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let cache = Cache::open(root)?;
        let total: u64 = files.iter().map(|file| file.num_bytes).sum();
        let mut done = 0;
        // The smallest first: a model that cannot be used is found out early.
        files.sort_by_key(|file| file.num_bytes);
        for file in files {
            let report = |fetched: u64| {
                monitor.report(Progress::Transfer { model, done_bytes: done + fetched, total_bytes: total });
            };
            cache.take(file, |part| client.fetch(model, &listing.revision, file, part, monitor, &report))?;
            cache.link(&listing.revision, file)?;
            done += file.num_bytes;
        }
        // Last: a revision that is named is a whole one.
        cache.name(&listing.revision)?;
        Ok(cache.snapshot(&listing.revision))
    }
}
