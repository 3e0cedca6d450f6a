//! Files of a collection: as they come, and with every checksum put right, so that the content is read too.

use pleiad_store::testing::{MemoryBackend, seal_log, seal_manifest, seal_segment};
use pleiad_store::{
    Column, Layout, Operation, Options, Result, Store, StoreWriter, repair, take_back, verify,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

type Files = BTreeMap<String, Vec<u8>>;

const MANIFEST: &str = "MANIFEST";

fn batch(round: u32) -> Vec<Operation> {
    let documents = (0..4).map(|i| Operation::Upsert {
        key: format!("key-{}", (round + i) % 6),
        columns: vec![vec![i as u8; 3], vec![7; (i * 9) as usize]],
    });
    documents.chain([Operation::Delete { key: format!("key-{}", round % 6) }]).collect()
}

/// A manifest, a segment with deleted rows, and a log with batches.
fn files() -> Result<Files> {
    let folder = MemoryBackend::new();
    let columns = vec![Column { name: "a".into(), width: Some(3) }, Column { name: "b".into(), width: None }];
    Store::create(&folder, Layout::new(columns, b"schema".to_vec())?)?;
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
    for round in 0..4 {
        writer.commit(&batch(round))?;
        if round == 1 {
            writer.flush()?;
            writer.set_assets(&[("asset", Some(vec![7; 40]))])?;
        }
    }
    writer.close()?;
    Ok(folder.files())
}

fn sound() -> Files {
    files().unwrap_or_else(|error| panic!("a collection in memory cannot be made: {error}"))
}

fn name_of(files: &Files, prefix: &str) -> String {
    files.keys().find(|name| name.starts_with(prefix)).cloned().unwrap_or_default()
}

fn seeds_of(prefix: &str) -> Vec<Vec<u8>> {
    let files = sound();
    vec![files[&name_of(&files, prefix)].clone()]
}

pub(super) fn manifests() -> Vec<Vec<u8>> {
    seeds_of(MANIFEST)
}

pub(super) fn logs() -> Vec<Vec<u8>> {
    seeds_of("log-")
}

pub(super) fn segments() -> Vec<Vec<u8>> {
    seeds_of("segment-")
}

pub(super) fn manifest(bytes: &[u8]) {
    let mut files = sound();
    files.insert(MANIFEST.into(), bytes.to_vec());
    use_all(&files, false);
    files.entry(MANIFEST.into()).and_modify(|manifest| seal_manifest(manifest));
    use_all(&files, true);
}

pub(super) fn log(bytes: &[u8]) {
    let mut files = sound();
    let name = name_of(&files, "log-");
    files.insert(name.clone(), bytes.to_vec());
    use_all(&files, false);
    files.entry(name).and_modify(|log| seal_log(log));
    use_all(&files, true);
}

pub(super) fn segment(bytes: &[u8]) {
    let mut files = sound();
    let name = name_of(&files, "segment-");
    files.insert(name.clone(), bytes.to_vec());
    use_all(&files, false);
    seal_segment(&mut files, &name);
    use_all(&files, true);
}

/// Everything that anybody does with a collection: none of it may panic. Where checksums were not put right, a repair leaves
/// nothing that is wrong.
fn use_all(files: &Files, is_sealed: bool) {
    let outcomes = [
        read(&MemoryBackend::with_files(files.clone())),
        verify(&MemoryBackend::with_files(files.clone()), &mut |event| drop(event)).map(drop),
        write(&MemoryBackend::with_files(files.clone())),
        mend(&MemoryBackend::with_files(files.clone()), is_sealed),
    ];
    for error in outcomes.into_iter().filter_map(std::result::Result::err) {
        assert!(!error.to_string().is_empty(), "an error without words");
    }
}

fn read(folder: &MemoryBackend) -> Result<()> {
    let view = Store::open(Arc::new(folder.clone()))?.view()?;
    for part in view.parts() {
        for row in 0..part.num_rows().min(1000) {
            let key = part.key(row)?;
            (0..view.layout().columns().len()).try_for_each(|column| part.column(column, row).map(drop))?;
            view.find(key)?;
        }
    }
    Ok(())
}

/// Repairs, and takes back what the repair set aside.
fn mend(folder: &MemoryBackend, is_sealed: bool) -> Result<()> {
    repair(folder, Duration::ZERO, &mut |event| assert!(!event.to_string().is_empty()))?;
    let report = verify(folder, &mut |event| drop(event))?;
    assert!(report.num_findings == 0 || is_sealed, "a repair left damage");
    take_back(folder, Duration::ZERO, &mut |event| assert!(!event.to_string().is_empty()))?;
    write(folder)
}

fn write(folder: &MemoryBackend) -> Result<()> {
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
    writer.commit(&batch(9))?;
    writer.merge()?;
    writer.close()
}
