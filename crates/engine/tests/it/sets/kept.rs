//! Sets through backups, damage and repairs.

use super::{SETS, Spec, document, schema, write};
use crate::support::{query, scratch};
use pleiad::{
    Collection, ErrorKind, LemurCode, LemurParams, RepairEvent, SearchParams, SetEncoding, SetsQuery,
    Snapshot,
};
use pleiad_backup::{Check, FolderDestination, backup, restore};
use pleiad_store::repair;
use pleiad_store::testing::MemoryBackend;
use std::sync::Arc;
use std::time::Duration;

const NUM_DOCUMENTS: u64 = 400;

fn spec(number: u64) -> Spec {
    (number, [!number.is_multiple_of(5), !number.is_multiple_of(3), number.is_multiple_of(2)])
}

fn fill(collection: &Collection) {
    let writer = collection.writer().unwrap();
    let of = |numbers: std::ops::Range<u64>| {
        numbers.map(|number| document(&format!("d{number}"), spec(number))).collect::<Vec<_>>()
    };
    write(&writer, of(0..300));
    writer.flush().unwrap();
    write(&writer, of(300..NUM_DOCUMENTS));
    writer.close().unwrap();
}

type Answers = Vec<Vec<(String, u32)>>;

/// The answers of each set and of all of them together.
fn answers(snapshot: &Snapshot) -> Result<Answers, pleiad::Error> {
    let params = SearchParams { exact: true, ..Default::default() };
    let scored = |answer: pleiad::Answer| {
        answer.hits.iter().map(|hit| (hit.key.to_string(), hit.score.get().to_bits())).collect()
    };
    let mut all = SetsQuery::new();
    let mut found = Vec::new();
    for (name, dim) in SETS {
        let asked = query(7, 3, dim);
        found.push(scored(snapshot.of_set(name)?.search(&asked, &params)?));
        all = all.with(name, 1.0, asked)?;
    }
    found.push(scored(snapshot.search_sets(&all, &params)?));
    Ok(found)
}

#[test]
fn a_restored_backup_answers_as_the_collection_did() {
    let (folder, path) = scratch();
    let collection = Collection::create(&path, &schema()).unwrap();
    fill(&collection);
    let expected = answers(&collection.snapshot().unwrap()).unwrap();
    let destination = FolderDestination::new(folder.path().join("copies"));
    backup(&path, &destination, Check::All, &mut |_, _| {}).unwrap();
    drop(collection);
    std::fs::remove_dir_all(&path).unwrap();
    restore(&destination, None, &path, false, &mut |_, _| {}).unwrap();
    let restored = Collection::open(&path).unwrap();
    assert_eq!(answers(&restored.snapshot().unwrap()).unwrap(), expected);
    assert!(restored.verify(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn damage_is_told_or_does_no_harm_and_repairs_keep_what_can_be_read() {
    let folder = MemoryBackend::new();
    let collection = Collection::create_on(Arc::new(folder.clone()), &schema()).unwrap();
    fill(&collection);
    let expected = answers(&collection.snapshot().unwrap()).unwrap();
    let mut files = folder.files();
    files.remove("LOCK");
    let largest =
        files.iter().filter(|(name, _)| name.starts_with("segment")).max_by_key(|(_, bytes)| bytes.len());
    let (name, bytes) = largest.map(|(name, bytes)| (name.clone(), bytes.clone())).unwrap();
    for step in 0..40 {
        let mut damaged = files.clone();
        let at = step * bytes.len() / 40;
        let end = (at + 64).min(bytes.len());
        damaged.get_mut(&name).unwrap()[at..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        let folder = MemoryBackend::with_files(damaged);
        let opened = Collection::open_on(Arc::new(folder.clone())).and_then(|opened| opened.snapshot());
        match opened.and_then(|snapshot| answers(&snapshot)) {
            Ok(found) => assert_eq!(found, expected, "{at}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{at}: {error}"),
        }
        repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
        let repaired = Collection::open_on(Arc::new(folder)).unwrap();
        assert!(repaired.verify(&mut |_, _| {}).unwrap().is_clean(), "{at}");
        let snapshot = repaired.snapshot().unwrap();
        assert!(snapshot.num_documents() > NUM_DOCUMENTS / 2, "{at}");
        for document in snapshot.documents() {
            let document = document.unwrap();
            let has = spec(document.key.as_str()[1..].parse().unwrap()).1;
            let found = [!document.vectors.is_empty(), document.sets.contains_key("title")];
            assert_eq!(found, has[..2], "{at}");
        }
        answers(&snapshot).unwrap();
    }
}

#[test]
fn what_a_set_learned_is_lost_for_that_set_alone() {
    let folder = MemoryBackend::new();
    let mut schema = schema();
    schema.sets[0].encoding = SetEncoding::Lemur { params: LemurParams::new(16, 7), code: LemurCode::Int8 };
    let collection = Collection::create_on(Arc::new(folder.clone()), &schema).unwrap();
    let writer = collection.writer().unwrap();
    write(&writer, (0..600).map(|number| document(&format!("d{number}"), (number, [true, true, false]))));
    writer.flush().unwrap();
    drop(writer);
    drop(collection);
    let mut files = folder.files();
    files.remove("LOCK");
    // It is the only asset, in two files.
    let assets: Vec<String> = files.keys().filter(|name| name.starts_with("asset-")).cloned().collect();
    assert_eq!(assets.len(), 2);
    assets.iter().for_each(|name| drop(files.remove(name)));
    let folder = MemoryBackend::with_files(files);
    let search = |set: &str, dim: usize| {
        let snapshot = Collection::open_on(Arc::new(folder.clone())).unwrap().snapshot().unwrap();
        let params = SearchParams { num_candidates: Some(50), num_reranked: Some(20), ..Default::default() };
        snapshot.of_set(set).unwrap().search(&query(1, 2, dim), &params)
    };
    assert_eq!(search("body", 8).unwrap().hits.len(), 10);
    let error = search("title", 16).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("what LEMUR was trained to is lost"), "{error}");
    let mut lost = Vec::new();
    repair(&folder, Duration::ZERO, &mut |event| {
        if let RepairEvent::LostAsset { name, .. } = event {
            lost.push(name);
        }
    })
    .unwrap();
    assert_eq!(lost, ["lemur:title"]);
    assert!(pleiad::lost_asset(&lost[0]).unwrap().contains("what LEMUR was trained to is lost"));
    assert_eq!(pleiad::lost_asset("calibration:title"), None);
    assert_eq!(search("body", 8).unwrap().hits.len(), 10);
}
