use crate::output::{bytes, counted, thousands, warn};
use crate::screen::clean;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

/// Interval of redrawing while nothing is reported.
const TICK: Duration = Duration::from_millis(200);

/// A line on a terminal that tells how far a long command is; nothing where standard error is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    start: Instant,
    /// When the first document was at hand that is not stored yet, and how many bytes had been read by then.
    begin: Cell<(Instant, u64)>,
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
        // The ticker panics where the system gives no thread; without one the line moves with what is reported.
        if !bar.is_hidden() && thread::Builder::new().spawn(|| ()).is_ok() {
            bar.enable_steady_tick(TICK);
        }
        let start = Instant::now();
        Self { bar, start, begin: Cell::new((start, 0)) }
    }

    /// Seconds since the beginning.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Says how many bytes of the sources were passed over, as what they hold is stored already. The time that takes
    /// says nothing of the time for the rest.
    pub(crate) fn set_passed_over(&self, num_bytes: u64) {
        self.begin.set((Instant::now(), num_bytes));
        self.bar.set_position(num_bytes);
        self.bar.set_message("passing over what is stored");
    }

    /// Says how many documents are stored, with how many tokens, and how many bytes of the sources that took.
    pub(crate) fn set_documents(&self, num_bytes: u64, num_documents: u64, num_tokens: u64) {
        let (begin, begin_bytes) = self.begin.get();
        let seconds = begin.elapsed().as_secs_f64().max(1e-9);
        let per_second = |number: u64| thousands((number as f64 / seconds) as u64);
        let mut message = format!(
            "{}  {} documents/s  {} tokens/s",
            counted(num_documents, "document"),
            per_second(num_documents),
            per_second(num_tokens)
        );
        self.bar.set_position(num_bytes);
        let left = |total| seconds_left(seconds, begin_bytes, num_bytes, total);
        if let Some(left) = self.bar.length().and_then(left) {
            message = format!("{message}  {} left", HumanDuration(Duration::from_secs_f64(left)));
        }
        self.bar.set_message(message);
    }

    /// Says how many bytes of `what` came from elsewhere.
    pub(crate) fn set_transfer(&self, done: u64, total: u64, what: &str) {
        self.set_bytes(done, total);
        let rate = done as f64 / self.seconds().max(1e-9);
        let left = Duration::from_secs_f64((total.saturating_sub(done) as f64 / rate.max(1.0)).min(1e9));
        let message = format!(
            "{}: {} of {}  {}/s  {} left",
            clean(what),
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

/// Time for the bytes up to `total`, if those from `begin` to `done` took so long; nothing before the first and at
/// the end.
fn seconds_left(seconds: f64, begin: u64, done: u64, total: u64) -> Option<f64> {
    let new = done.saturating_sub(begin);
    (new > 0 && done < total).then(|| seconds * (total - done) as f64 / new as f64)
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_does_not_count_as_fast() {
        assert_eq!(seconds_left(10.0, 0, 500, 1000), Some(10.0));
        // 600 bytes were passed over, 100 took ten seconds, 300 are left.
        assert_eq!(seconds_left(10.0, 600, 700, 1000), Some(30.0));
        assert_eq!(seconds_left(10.0, 600, 600, 1000), None, "nothing is known yet");
        assert_eq!(seconds_left(10.0, 0, 1000, 1000), None);
    }
}
