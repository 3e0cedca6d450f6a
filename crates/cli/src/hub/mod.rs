//! Checkpoints from the hub, into the cache folder of the hub's own client.

mod cache;
mod client;
mod needed;
mod request;
mod stream;
mod token;

pub(crate) use token::Token;

use crate::exit::{Exit, Failure, Result};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use cache::Cache;
use client::Client;
use std::path::PathBuf;
use std::time::Duration;

/// Where the hub is, where its cache, what opens it, and how long it may keep us waiting.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    pub(crate) endpoint: String,
    pub(crate) cache: PathBuf,
    pub(crate) token: Option<Token>,
    pub(crate) patience: Duration,
}

impl Hub {
    /// Fetches what is needed of a model and gives the folder in which it lies. What was fetched before an interruption
    /// is not fetched again.
    ///
    /// # Errors
    /// When the hub cannot be reached or has no such model, when a file is not what the hub announced, or at Ctrl-C.
    pub(crate) fn fetch(&self, model: &str, interrupt: &Interrupt) -> Result<PathBuf> {
        let client = Client::new(&self.endpoint, self.token.clone(), self.patience);
        let listing = client.listing(model)?;
        let mut files = needed::files(&listing.files);
        if !files.iter().any(|file| file.name == "config.json") {
            let message = format!("{}/{model} is no checkpoint: it has no config.json", self.endpoint);
            return Err(Failure::new(Exit::Unsupported, message));
        }
        let cache = Cache::of(&self.cache, model)?;
        let total: u64 = files.iter().map(|file| file.num_bytes).sum();
        let progress = Progress::start(Some(total.max(1)));
        let mut done = 0;
        // The smallest first: a model that cannot be used is found out early.
        files.sort_by_key(|file| file.num_bytes);
        for file in files {
            let tell = |fetched: u64| progress.set_transfer(done + fetched, total, model);
            cache.take(file, |part| client.fetch(model, &listing.revision, file, part, interrupt, &tell))?;
            cache.link(&listing.revision, file)?;
            done += file.num_bytes;
        }
        // Last: a revision that is named is a whole one.
        cache.name(&listing.revision)?;
        Ok(cache.snapshot(&listing.revision))
    }
}
