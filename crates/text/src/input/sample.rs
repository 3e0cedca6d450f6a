//! A sample of the texts of an input, for what is decided before the first of them is stored.

use super::options::Records;
use super::record::{Content, Record};
use super::source::Source;
use super::{Consumed, Input};
use crate::monitor::Monitor;

/// Texts that are kept: at least this many, and fewer than twice as many, unless there are fewer.
const NUM_TEXTS: usize = 128;

/// Bytes of the beginning of a text that are kept.
const TEXT_BYTES: usize = 1 << 10;

/// Bytes of texts that are read: an input may be much larger than what decides takes.
const MAX_BYTES: usize = 16 << 20;

/// Documents that are read of a source of token vectors: their vectors are read too.
const NUM_WITH_VECTORS: usize = 64;

/// Texts spread evenly over what was seen of an input.
#[derive(Debug, Clone)]
pub struct TextSample {
    texts: Vec<String>,
    num_seen: usize,
    num_bytes: usize,
    /// One text in so many is kept.
    stride: usize,
}

impl Default for TextSample {
    fn default() -> Self {
        Self { texts: Vec::new(), num_seen: 0, num_bytes: 0, stride: 1 }
    }
}

impl TextSample {
    /// Takes note of a document.
    pub fn add(&mut self, record: &Record) {
        let (title, text) = match &record.content {
            Content::Text { title, text } => (title.as_deref(), text.as_str()),
            Content::Vectors { title, text, .. } => (title.as_deref(), text.as_deref().unwrap_or_default()),
        };
        let title = title.unwrap_or_default();
        if title.is_empty() && text.is_empty() {
            return;
        }
        self.num_bytes += title.len() + text.len();
        if self.num_seen.is_multiple_of(self.stride) {
            self.texts.push(format!("{} {}", beginning(title), beginning(text)));
            if self.texts.len() >= 2 * NUM_TEXTS {
                self.stride *= 2;
                let mut at = 0;
                self.texts.retain(|_| {
                    at += 1;
                    at % 2 == 1
                });
            }
        }
        self.num_seen += 1;
    }

    /// The texts.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Returns whether there is a text at all.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns whether enough was read.
    fn is_full(&self) -> bool {
        self.num_bytes >= MAX_BYTES
    }
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

impl Input {
    /// Texts spread evenly over the first 16 MiB of texts, read beside the records; nothing of standard input, which can
    /// only be read once. What cannot be read ends the sample: the records tell of it. Cost: the input is read up to
    /// there.
    pub fn sample(&self, monitor: &dyn Monitor) -> TextSample {
        let mut sample = TextSample::default();
        for source in self.sources.iter().filter(|source| **source != Source::StandardInput) {
            let most = match source {
                Source::Vectors(_) => NUM_WITH_VECTORS,
                _ => usize::MAX,
            };
            let Ok(records) = source.clone().records(self.options, &Consumed::default()) else { break };
            for record in records.take(most) {
                let Ok(record) = record else { return sample };
                sample.add(&record);
                if sample.is_full() || monitor.is_cancelled() {
                    return sample;
                }
            }
        }
        sample
    }

    /// Returns whether it has standard input, of which there is no sample beside the records.
    pub fn has_standard_input(&self) -> bool {
        self.sources.contains(&Source::StandardInput)
    }
}

/// Reads the next records ahead for a sample, and gives all of them back in their order.
pub fn read_ahead(mut records: Records, sample: &mut TextSample) -> Records {
    let mut read = Vec::new();
    while read.len() < NUM_TEXTS && !sample.is_full() {
        let Some(record) = records.next() else { break };
        let is_last = record.is_err();
        if let Ok(record) = &record {
            sample.add(record);
        }
        read.push(record);
        if is_last {
            break;
        }
    }
    Box::new(read.into_iter().chain(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{InputOptions, Place};
    use crate::monitor::Unattended;
    use serde_json::{Map, json};
    use std::fs;

    fn record(text: &str) -> Record {
        let content = Content::Text { title: None, text: text.to_owned() };
        let place = Place { file: "x".into(), line: None };
        Record { place, key: "x".to_owned(), content, sets: Default::default(), attributes: Map::new() }
    }

    #[test]
    fn a_sample_is_spread_over_all_that_was_seen() {
        for num in [1, 100, 255, 256, 257, 10_000] {
            let mut sample = TextSample::default();
            (0..num).for_each(|number| sample.add(&record(&number.to_string())));
            let numbers: Vec<usize> =
                sample.texts().iter().map(|text| text.trim().parse().unwrap()).collect();
            assert!(numbers.len() >= num.min(NUM_TEXTS) && numbers.len() < 2 * NUM_TEXTS, "{num}");
            let stride = numbers.get(1).copied().unwrap_or(1);
            assert!(numbers.iter().enumerate().all(|(at, number)| *number == at * stride), "{numbers:?}");
            assert!(numbers.last().unwrap() + stride >= num);
        }
    }

    #[test]
    fn records_read_ahead_come_back_in_their_order() {
        let records = |num: usize| -> Records { Box::new((0..num).map(|at| Ok(record(&at.to_string())))) };
        for num in [0, 1, NUM_TEXTS, 1000] {
            let mut sample = TextSample::default();
            let all: Vec<Record> =
                read_ahead(records(num), &mut sample).collect::<crate::Result<_>>().unwrap();
            let expected: Vec<Record> = (0..num).map(|at| record(&at.to_string())).collect();
            assert_eq!(all, expected);
            assert_eq!(sample.is_empty(), num == 0);
        }
    }

    #[test]
    fn an_input_is_sampled_beside_its_records() {
        let folder = tempfile::tempdir().unwrap();
        let line = |number| json!({ "_id": number, "text": format!("text {number}") }).to_string() + "\n";
        let lines: String = (0..300).map(line).collect();
        let path = folder.path().join("docs.jsonl");
        fs::write(&path, lines + "broken").unwrap();
        let input = Input::open(&[path], InputOptions::default()).unwrap();
        let sample = input.sample(&Unattended);
        assert!((NUM_TEXTS..2 * NUM_TEXTS).contains(&sample.texts().len()));
        assert!(!input.has_standard_input() && input.consumed().num_bytes() == 0);
        assert_eq!(input.into_records().filter(Result::is_ok).count(), 300);
    }
}
