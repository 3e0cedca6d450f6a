use crate::failure::Result;
use crate::failure::invalid;
use serde::Serialize;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Takes the lines of a log.
pub type LogSink = Box<dyn Fn(&str) + Send + Sync>;

/// Form of the lines of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogForm {
    /// For people.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

impl LogForm {
    /// The form of a name.
    ///
    /// # Errors
    /// `InvalidArgument` for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(invalid(format!("a log is text or json, not {name:?}"))),
        }
    }
}

/// The log of a server: one line a request. Texts of questions and documents are in none.
pub struct Log {
    /// Form of its lines.
    pub form: LogForm,
    /// Place that they go to.
    pub sink: LogSink,
}

/// One request, once it was answered.
#[derive(Debug, Serialize)]
pub(crate) struct LogLine<'a> {
    /// The time of the answer (RFC 3339).
    pub(crate) time: String,
    pub(crate) request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<&'a str>,
    pub(crate) method: &'a str,
    /// The row of the table that it led to, or what it asked for.
    pub(crate) route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collection: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
}

impl<'a> LogLine<'a> {
    /// A line of now.
    pub(crate) fn new(
        request_id: &'a str,
        method: &'a str,
        route: &'a str,
        status: u16,
        took: Duration,
    ) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        Self {
            time: rfc3339(now),
            request_id,
            key: None,
            method,
            route,
            collection: None,
            status,
            ms,
            error: None,
        }
    }
}

impl Log {
    /// Writes a line.
    pub(crate) fn write(&self, line: &LogLine<'_>) {
        match self.form {
            LogForm::Text => (self.sink)(&line.to_string()),
            LogForm::Json => {
                // It holds texts and numbers alone.
                if let Ok(json) = serde_json::to_string(line) {
                    (self.sink)(&json);
                }
            }
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("form", &self.form).finish_non_exhaustive()
    }
}

/// For people; what came from outside is quoted where it could be more than one word.
impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, request_id, method, route, status, ms, .. } = self;
        write!(f, "{time} {status} {ms:.3}ms {} {}", word(method), word(route))?;
        if let Some(collection) = self.collection {
            write!(f, " collection={collection}")?;
        }
        if let Some(key) = self.key {
            write!(f, " key={key}")?;
        }
        write!(f, " id={request_id}")?;
        self.error.map_or(Ok(()), |error| write!(f, " error={error:?}"))
    }
}

fn word(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

/// A time since 1970 as `2026-01-02T03:04:05.678Z`.
fn rfc3339(since: Duration) -> String {
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Days since the first of March of a year that begins 400 of them.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_796_083_200, "2026-12-01T00:00:00.000Z"),
            (4_102_444_800, "2100-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_line_is_one_line() {
        let line = LogLine::new("r1", "GET", "/a\nb", 404, Duration::from_micros(1500));
        let text = LogLine { error: Some("x\ny"), key: Some("k"), ..line }.to_string();
        assert!(
            !text.contains('\n') && text.contains(" 404 1.500ms GET \"/a\\nb\" key=k id=r1 error=\"x\\ny\""),
            "{text}"
        );
        assert!(LogForm::parse("yaml").is_err());
    }
}
