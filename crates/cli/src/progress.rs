#[cfg(feature = "hub")]
use crate::output::bytes;
use crate::output::{counted, thousands, warn};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// How often the line is drawn again while nothing is reported.
const TICK: Duration = Duration::from_millis(200);

/// A line on a terminal that tells how far a long command is; nothing where standard error is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// Begins; `num_bytes` are to be read, if that is known.
    pub(crate) fn start(num_bytes: Option<u64>) -> Self {
        let (bar, template) = match num_bytes {
            Some(num_bytes) => (ProgressBar::new(num_bytes), "{bar:24} {percent:>3} %  {msg}"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(TICK);
        Self { bar, start: Instant::now() }
    }

    /// Seconds since the beginning.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Says how many documents are stored, with how many tokens, and how many bytes of the sources that took.
    pub(crate) fn set_documents(&self, num_bytes: u64, num_documents: u64, num_tokens: u64) {
        let seconds = self.seconds().max(1e-9);
        let per_second = |number: u64| thousands((number as f64 / seconds) as u64);
        let mut message = format!(
            "{}  {} documents/s  {} tokens/s",
            counted(num_documents, "document"),
            per_second(num_documents),
            per_second(num_tokens)
        );
        self.bar.set_position(num_bytes);
        if let Some(total) = self.bar.length().filter(|&total| num_bytes > 0 && num_bytes < total) {
            let left = seconds * (total - num_bytes) as f64 / num_bytes as f64;
            message = format!("{message}  {} left", HumanDuration(Duration::from_secs_f64(left)));
        }
        self.bar.set_message(message);
    }

    /// Says how many bytes of `what` came from elsewhere.
    #[cfg(feature = "hub")]
    pub(crate) fn set_transfer(&self, done: u64, total: u64, what: &str) {
        self.set_bytes(done, total);
        let rate = done as f64 / self.seconds().max(1e-9);
        let left = Duration::from_secs_f64((total.saturating_sub(done) as f64 / rate.max(1.0)).min(1e9));
        let message = format!(
            "{what}: {} of {}  {}/s  {} left",
            bytes(done),
            bytes(total),
            bytes(rate as u64),
            HumanDuration(left)
        );
        self.bar.set_message(message);
    }

    /// Says how many bytes of how many are done.
    pub(crate) fn set_bytes(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Prints a warning without tearing the line.
    pub(crate) fn warn(&self, message: &str) {
        self.bar.suspend(|| warn(message));
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
