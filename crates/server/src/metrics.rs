use crate::catalog::Catalog;
use crate::operations::Row;
use pleiad::SearchStats;
use pleiad_wire::Kind;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The content type of what Prometheus reads.
pub(crate) const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper ends of the classes of times, in seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Collections and keys that are named, at most: others are counted together.
const MAX_NAMED: usize = 200;

/// Counts and times since the server was started.
#[derive(Default)]
pub(crate) struct Metrics {
    num_in_flight: AtomicU64,
    counted: Mutex<Counted>,
    num_scanned: AtomicU64,
    num_rescored: AtomicU64,
    num_reranked: AtomicU64,
    num_searches: AtomicU64,
}

#[derive(Default)]
struct Counted {
    /// By path, method and status.
    requests: BTreeMap<(&'static str, &'static str, u16), u64>,
    /// By path.
    times: BTreeMap<&'static str, Times>,
    problems: BTreeMap<String, u64>,
    keys: BTreeMap<String, u64>,
}

/// Times of one operation, by class.
#[derive(Default)]
struct Times {
    classes: [u64; SECONDS.len()],
    number: u64,
    sum: f64,
}

/// A request that is being answered, while it is.
pub(crate) struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.num_in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.num_in_flight)
    }

    /// Counts an answer. One to a request that led nowhere has no row.
    pub(crate) fn answered(&self, row: Option<&'static Row>, status: u16, time: Duration, key: Option<&str>) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, method) = row.map_or(("none", "none"), |row| (row.path, row.method));
        *counted.requests.entry((path, method, status)).or_default() += 1;
        counted.times.entry(path).or_default().add(time.as_secs_f64());
        if let Some(key) = key {
            let is_named = counted.keys.len() < MAX_NAMED || counted.keys.contains_key(key);
            let key = if is_named { key } else { "other" };
            *counted.keys.entry(key.to_owned()).or_default() += 1;
        }
    }

    pub(crate) fn failed(&self, kind: Kind) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.problems.entry(format!("{kind:?}")).or_default() += 1;
    }

    /// Counts the work of a search.
    pub(crate) fn searched(&self, spent: &SearchStats) {
        self.num_searches.fetch_add(1, Ordering::Relaxed);
        self.num_scanned.fetch_add(spent.num_scanned, Ordering::Relaxed);
        self.num_rescored.fetch_add(spent.num_rescored, Ordering::Relaxed);
        self.num_reranked.fetch_add(spent.num_reranked, Ordering::Relaxed);
    }

    /// All of it in the format of Prometheus. `waiting` has the length of each queue.
    pub(crate) fn text(&self, catalog: &Catalog, waiting: &[(&str, usize)]) -> String {
        let mut page = Page(String::new());
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        page.head("http_requests_total", "counter", "Requests that were answered.");
        for ((path, method, status), num) in &counted.requests {
            let status = status.to_string();
            page.line(
                "http_requests_total",
                &[("route", path), ("method", method), ("status", &status)],
                *num as f64,
            );
        }
        page.head("http_request_seconds", "histogram", "Times from a request to its answer.");
        counted.times.iter().for_each(|(path, times)| times.write(path, &mut page));
        page.head("problems_total", "counter", "Requests that were not done, by kind.");
        counted
            .problems
            .iter()
            .for_each(|(kind, num)| page.line("problems_total", &[("kind", kind)], *num as f64));
        page.head("key_requests_total", "counter", "Requests by the id of their key.");
        counted.keys.iter().for_each(|(id, num)| page.line("key_requests_total", &[("id", id)], *num as f64));
        drop(counted);
        for (name, help, value) in [
            ("searches_total", "Searches.", &self.num_searches),
            ("search_scanned_total", "Codes that searches scanned.", &self.num_scanned),
            ("search_rescored_total", "Documents that searches scored on codes.", &self.num_rescored),
            ("search_reranked_total", "Documents that searches scored exactly.", &self.num_reranked),
        ] {
            page.head(name, "counter", help);
            page.line(name, &[], value.load(Ordering::Relaxed) as f64);
        }
        page.head("http_in_flight", "gauge", "Requests that are being answered.");
        page.line("http_in_flight", &[], self.num_in_flight.load(Ordering::Relaxed) as f64);
        page.head("queue_depth", "gauge", "Requests that wait for a thread.");
        waiting.iter().for_each(|(queue, num)| page.line("queue_depth", &[("queue", queue)], *num as f64));
        of_collections(catalog, &mut page);
        page.head("build_info", "gauge", "The program.");
        let isa = pleiad::Isa::best().to_string();
        page.line("build_info", &[("version", env!("CARGO_PKG_VERSION")), ("isa", &isa)], 1.0);
        page.0
    }
}

/// Figures of collections that are open, as far as they cost nothing.
fn of_collections(catalog: &Catalog, page: &mut Page) {
    let opened = catalog.opened();
    page.head("collections_open", "gauge", "Collections that are open.");
    page.line("collections_open", &[], opened.len() as f64);
    page.head("sequence", "gauge", "The number of the last batch of a collection.");
    for entry in opened.iter().take(MAX_NAMED) {
        // One that cannot be read is told to whoever asks it.
        if let Ok(snapshot) = entry.snapshot() {
            page.line("sequence", &[("collection", entry.name().as_str())], snapshot.sequence() as f64);
        }
    }
}

impl Times {
    fn add(&mut self, seconds: f64) {
        for (class, end) in self.classes.iter_mut().zip(SECONDS) {
            *class += u64::from(seconds <= end);
        }
        self.number += 1;
        self.sum += seconds;
    }

    fn write(&self, path: &str, page: &mut Page) {
        for (num, end) in self.classes.iter().zip(SECONDS) {
            page.line(
                "http_request_seconds_bucket",
                &[("route", path), ("le", &end.to_string())],
                *num as f64,
            );
        }
        page.line("http_request_seconds_bucket", &[("route", path), ("le", "+Inf")], self.number as f64);
        page.line("http_request_seconds_sum", &[("route", path)], self.sum);
        page.line("http_request_seconds_count", &[("route", path)], self.number as f64);
    }
}

/// Lines of the format of Prometheus.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.push(format_args!("# HELP pleiad_{name} {help}\n# TYPE pleiad_{name} {kind}\n"));
    }

    /// Values of labels are ours, ids of keys and names of collections: none needs an escape.
    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.push(format_args!("pleiad_{name}{labels} {value}\n"));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // A text takes whatever is written to it.
        self.0.write_fmt(text).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::operations::OPERATIONS;
    use pleiad::BuildParams;

    #[test]
    fn counts_and_times_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path(), BuildParams::default(), &Limits::default()).unwrap();
        let metrics = Metrics::default();
        let row = OPERATIONS.iter().find(|row| row.path == "/healthz").unwrap();
        for (status, ms) in [(200, 1), (200, 3), (500, 30_000)] {
            metrics.answered(Some(row), status, Duration::from_millis(ms), Some("abc"));
        }
        metrics.answered(None, 404, Duration::ZERO, None);
        metrics.failed(Kind::NotFound);
        let _one = metrics.begin();
        let text = metrics.text(&catalog, &[("read", 2)]);
        for line in [
            "pleiad_http_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 2",
            "pleiad_http_requests_total{route=\"none\",method=\"none\",status=\"404\"} 1",
            "pleiad_http_request_seconds_bucket{route=\"/healthz\",le=\"0.001\"} 1",
            "pleiad_http_request_seconds_bucket{route=\"/healthz\",le=\"0.005\"} 2",
            "pleiad_http_request_seconds_bucket{route=\"/healthz\",le=\"+Inf\"} 3",
            "pleiad_http_request_seconds_count{route=\"/healthz\"} 3",
            "pleiad_problems_total{kind=\"NotFound\"} 1",
            "pleiad_key_requests_total{id=\"abc\"} 3",
            "pleiad_queue_depth{queue=\"read\"} 2",
            "pleiad_http_in_flight 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn no_more_keys_are_named_than_may_be() {
        let metrics = Metrics::default();
        for key in 0..2 * MAX_NAMED {
            metrics.answered(None, 200, Duration::ZERO, Some(&format!("k{key}")));
        }
        let counted = metrics.counted.lock().unwrap();
        assert_eq!((counted.keys.len(), counted.keys["other"]), (MAX_NAMED + 1, MAX_NAMED as u64));
    }
}
