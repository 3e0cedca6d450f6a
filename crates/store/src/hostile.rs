//! Files whose checksums are right and whose content is anything: readers answer with an error or with rows, and
//! never panic, whoever wrote the file.

use crate::backend::Backend;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::testing::MemoryBackend;
use crate::{Column, Layout, Operation, Options, Store, StoreWriter, verify};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

type Files = BTreeMap<String, Vec<u8>>;

fn batch(round: u32) -> Vec<Operation> {
    let documents = (0..4).map(|i| Operation::Upsert {
        key: format!("key-{}", (round + i) % 6),
        columns: vec![vec![i as u8; 3], vec![7; (i * 9) as usize]],
    });
    documents.chain([Operation::Delete { key: format!("key-{}", round % 6) }]).collect()
}

/// A manifest with a segment and a log.
fn collection() -> Files {
    let folder = MemoryBackend::new();
    let columns = vec![Column { name: "a".into(), width: Some(3) }, Column { name: "b".into(), width: None }];
    Store::create(&folder, Layout::new(columns, b"schema".to_vec()).unwrap()).unwrap();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    for round in 0..4 {
        writer.commit(&batch(round)).unwrap();
        if round == 1 {
            writer.flush().unwrap();
        }
    }
    writer.close().unwrap();
    folder.files()
}

/// Recomputes the checksums of the header at `at` and of the content behind it.
fn seal(bytes: &mut [u8], at: usize, kind: Kind) {
    let Ok(mut header) = Header::decode(&bytes[at..], kind) else { panic!("headers are left alone") };
    if header.length > 0 && kind != Kind::Segment {
        let content = at + HEADER_BYTES..at + HEADER_BYTES + header.length as usize;
        header.content_crc = crc32fast::hash(&bytes[content]);
    }
    bytes[at..at + HEADER_BYTES].copy_from_slice(&header.encode());
}

/// Recomputes a segment's footers, and returns their new checksum: a footer is 8 bytes, the segment is one block.
fn seal_segment(bytes: &mut [u8]) -> u32 {
    let (covered, footers) = bytes.split_at_mut(bytes.len() - 16);
    let sum = crc32fast::hash(covered).to_le_bytes();
    let own = crc32fast::hash(&sum);
    footers.copy_from_slice(&[sum, own.to_le_bytes(), sum, own.to_le_bytes()].concat());
    own
}

/// Puts right every checksum after content was changed.
fn seal_all(files: &mut Files, old_footer: [u8; 4]) {
    let segment = files.iter_mut().find(|(name, _)| name.starts_with("segment")).unwrap().1;
    let footer = seal_segment(segment).to_le_bytes();
    let manifest = files.get_mut("MANIFEST").unwrap();
    if let Some(at) = manifest.windows(4).position(|bytes| bytes == old_footer) {
        manifest[at..at + 4].copy_from_slice(&footer);
    }
    seal(manifest, 0, Kind::Manifest);
    let log = files.iter_mut().find(|(name, _)| name.starts_with("log")).unwrap().1;
    for at in (HEADER_BYTES..log.len()).step_by(64) {
        if Header::decode(&log[at..], Kind::Frame).is_ok() {
            seal(log, at, Kind::Frame);
        }
    }
}

fn is_header(name: &str, bytes: &[u8], at: usize) -> bool {
    let start = at / HEADER_BYTES * HEADER_BYTES;
    start == 0 || name.starts_with("log") && Header::decode(&bytes[start..], Kind::Frame).is_ok()
}

/// Reads all that can be read; only panics are wrong.
fn read(folder: &MemoryBackend) -> crate::Result<usize> {
    let view = Store::open(Arc::new(folder.clone()))?.view()?;
    let mut num_bytes = view.stats().columns.len();
    for part in view.parts() {
        for row in 0..part.num_rows().min(1000) {
            num_bytes += part.key(row)?.len() + part.column(0, row)?.len() + part.column(1, row)?.len();
            num_bytes += usize::from(view.find(part.key(row)?)?.is_some());
        }
    }
    Ok(num_bytes)
}

fn write(folder: &MemoryBackend) -> crate::Result<()> {
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
    writer.commit(&batch(9))?;
    writer.merge()?;
    writer.close()
}

#[test]
fn sealing_changes_nothing_in_a_sound_collection() {
    let files = collection();
    let mut sealed = files.clone();
    seal_all(&mut sealed, old_footer(&files));
    assert_eq!(sealed, files);
    assert!(read(&MemoryBackend::with_files(sealed)).unwrap() > 100);
}

fn old_footer(files: &Files) -> [u8; 4] {
    let segment = files.iter().find(|(name, _)| name.starts_with("segment")).unwrap().1;
    *segment.last_chunk().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn no_content_makes_a_reader_panic(
        file in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0u8), Just(255), Just(1), any::<u8>()]), 1..6),
    ) {
        let mut files = collection();
        let footer = old_footer(&files);
        let name = files.keys().filter(|name| *name != "LOCK").nth(file).unwrap().clone();
        let bytes = files.get_mut(&name).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            if !is_header(&name, bytes, at) {
                bytes[at] = value;
            }
        }
        seal_all(&mut files, footer);
        let folder = MemoryBackend::with_files(files);
        let outcomes = [
            read(&folder).map(drop),
            verify(&folder, &mut |event| drop(event)).map(drop),
            write(&folder),
        ];
        for outcome in outcomes {
            if let Err(error) = outcome {
                prop_assert!(!error.to_string().is_empty());
            }
        }
        prop_assert!(folder.list().is_ok());
    }
}
