//! Collections whose checksums are all right and that are wrong all the same: as a bug would write them.

use super::{Event, verify};
use crate::backend::Backend;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::log::{Kill, LogWriter, encode_frame};
use crate::manifest::{self, LogRecord, Manifest};
use crate::rows::{Encoder, OwnedRows};
use crate::testing::MemoryBackend;
use crate::view::PartId;
use crate::{Layout, segment};
use std::sync::Arc;

type Rows = [(&'static str, u64)];

fn rows<'a>(rows: &[(&'a str, u64)]) -> OwnedRows<'a> {
    OwnedRows {
        ids: rows.iter().map(|row| row.1.to_le_bytes()).collect(),
        keys: rows.iter().map(|row| row.0).collect(),
        columns: rows.iter().map(|_| &[][..]).collect(),
    }
}

/// A collection of these segments, the given rows of the first one deleted, with ids below 10.
fn plant(segments: &[&Rows], deleted: &[u32]) -> (MemoryBackend, Manifest) {
    let folder = MemoryBackend::new();
    let layout = Layout::new(vec![], vec![]).unwrap();
    let widths = layout.widths();
    let mut manifest = Manifest { next_id: 10, next_number: 1, ..Manifest::empty(layout) };
    for content in segments {
        let number = manifest.take_number();
        manifest.segments.push(segment::write(&folder, number, &rows(content), &widths).unwrap());
    }
    manifest.segments[0].deleted = Arc::new(deleted.iter().copied().collect());
    manifest::write_as(&folder, &manifest, manifest::FILE).unwrap();
    (folder, manifest)
}

/// All findings, as one text.
fn findings(folder: &dyn Backend) -> String {
    let mut found = Vec::new();
    let report = verify(folder, &mut |event| {
        if let Event::Found(error) = event {
            found.push(error.to_string());
        }
    });
    assert_eq!(report.unwrap().num_findings, found.len() as u64);
    found.join("\n")
}

#[test]
fn a_sound_collection_has_no_findings() {
    let (folder, _) = plant(&[&[("b", 1), ("a", 0)], &[("c", 2), ("a", 3)]], &[1]);
    assert_eq!(findings(&folder), "");
}

#[test]
fn documents_that_contradict_each_other_are_found() {
    let cases: [(&[&Rows], &str); 6] = [
        (&[&[("a", 1), ("b", 1)]], "id 1, as another"),
        (&[&[("a", 1)], &[("b", 1)]], "id 1, as another"),
        (&[&[("a", 10)]], "the next free one is 10"),
        (&[&[("a", 1), ("a", 2)]], "not above the one before"),
        (&[&[("a", 1), ("b", 2)], &[("c", 3), ("b", 4)]], "key \"b\", as another"),
        (&[&[("", 1)]], "has 0 bytes"),
    ];
    for (segments, expected) in cases {
        let found = findings(&plant(segments, &[]).0);
        assert!(found.contains(expected), "{found:?} does not say {expected:?}");
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_found() {
    let (folder, manifest) = plant(&[&[("a", 1)], &[("b", 2)]], &[]);
    manifest::write_as(&folder, &Manifest { next_number: 2, ..manifest.clone() }, manifest::FILE).unwrap();
    assert!(findings(&folder).contains("file number 2"));
    let mut reversed = manifest.clone();
    reversed.segments.reverse();
    manifest::write_as(&folder, &reversed, manifest::FILE).unwrap();
    assert!(findings(&folder).contains("ascending order"));
    let mut fewer_rows = manifest.clone();
    fewer_rows.segments[1].num_rows = 7;
    manifest::write_as(&folder, &fewer_rows, manifest::FILE).unwrap();
    assert!(findings(&folder).contains("records 7"));
}

#[test]
fn a_log_that_contradicts_the_segments_is_found() {
    let kill = |part, row| Kill { part, row };
    let cases = [
        (kill(PartId::Segment(1), 0), 10, ""),
        (kill(PartId::Segment(1), 1), 10, "dead already"),
        (kill(PartId::Segment(1), 2), 10, "fewer rows"),
        (kill(PartId::Segment(2), 0), 10, "no part"),
        (kill(PartId::Batch(0), 0), 10, "no part"),
        (kill(PartId::Segment(1), 0), 3, "id 3 is free, 10 is"),
        (kill(PartId::Segment(1), 0), u64::MAX, "is free"),
    ];
    for (kill, next_id, expected) in cases {
        let (folder, mut manifest) = plant(&[&[("b", 1), ("a", 0)]], &[1]);
        let number = manifest.take_number();
        let mut log = LogWriter::create(&folder, number).unwrap();
        let widths = manifest.layout.widths();
        let rows = rows(&[("z", 3)]);
        let encoder = Encoder::new(&rows, &widths).unwrap();
        log.append(&encode_frame(1, next_id, &[kill], &encoder, log.place(true)).unwrap()).unwrap();
        log.sync().unwrap();
        manifest.log = Some(LogRecord { number, durable_bytes: log.length() });
        manifest::write_as(&folder, &manifest, manifest::FILE).unwrap();
        let found = findings(&folder);
        assert!(
            found.contains(expected) && found.is_empty() == expected.is_empty(),
            "{found:?}, not {expected:?}"
        );
    }
}

/// A sound collection whose log has one batch, numbered so in its frame.
fn with_batch(sequence: u64) -> (MemoryBackend, Manifest) {
    let (folder, mut manifest) = plant(&[&[("a", 1)]], &[]);
    let number = manifest.take_number();
    let mut log = LogWriter::create(&folder, number).unwrap();
    let (widths, rows) = (manifest.layout.widths(), rows(&[("z", 3)]));
    let encoder = Encoder::new(&rows, &widths).unwrap();
    log.append(&encode_frame(sequence, 10, &[], &encoder, log.place(true)).unwrap()).unwrap();
    log.sync().unwrap();
    manifest.log = Some(LogRecord { number, durable_bytes: log.length() });
    manifest::write_as(&folder, &manifest, manifest::FILE).unwrap();
    (folder, manifest)
}

#[test]
fn batches_out_of_sequence_are_found() {
    assert_eq!(findings(&with_batch(1).0), "");
    for sequence in [0, 2, u64::MAX] {
        let found = findings(&with_batch(sequence).0);
        assert!(found.contains(&format!("batch {sequence} follows batch 0")), "{found}");
    }
}

#[test]
fn files_under_the_number_of_another_are_found() {
    let (folder, mut manifest) = with_batch(1);
    folder.rename("log-2", "log-3").unwrap();
    manifest.log = manifest.log.map(|log| LogRecord { number: 3, ..log });
    folder.rename("segment-1", "segment-4").unwrap();
    manifest.segments[0].file.number = 4;
    manifest.next_number = 5;
    manifest::write_as(&folder, &manifest, manifest::FILE).unwrap();
    assert!(findings(&folder).contains("segment-4 is corrupt at byte 24: its header says number 1, not 4"));
    folder.rename("segment-4", "segment-1").unwrap();
    manifest.segments[0].file.number = 1;
    manifest::write_as(&folder, &manifest, manifest::FILE).unwrap();
    assert!(findings(&folder).contains("log-3 is corrupt at byte 24: its header says number 2, not 3"));
}

#[test]
fn bytes_behind_the_manifest_are_found() {
    let (folder, manifest) = with_batch(1);
    let content = [&folder.read_all(manifest::FILE).unwrap()[HEADER_BYTES..], &[0]].concat();
    let mut header = Header::new(Kind::Manifest, manifest.generation, content.len() as u64);
    header.content_crc = crc32fast::hash(&content);
    folder.create(manifest::FILE).unwrap().write(&[&header.encode()[..], &content].concat()).unwrap();
    assert!(findings(&folder).contains("its fields do not fit together"));
}
