//! Quarantined files come back once they are sound.

use crate::common::{check, check_sound, delete, layout, read_all, upsert};
use pleiad_store::testing::{FaultyBackend, Loss, MemoryBackend};
use pleiad_store::{
    Backend, Options, RepairEvent, Store, StoreError, StoreWriter, TakeBackEvent, TakeBackReport, repair,
    take_back,
};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

type Files = std::collections::BTreeMap<String, Vec<u8>>;

fn taken(folder: &MemoryBackend) -> Result<(TakeBackReport, Vec<TakeBackEvent>), StoreError> {
    let mut events = Vec::new();
    Ok((take_back(folder, Duration::ZERO, &mut |event| events.push(event))?, events))
}

fn view(folder: &MemoryBackend) -> pleiad_store::View {
    Store::open(Arc::new(folder.clone())).unwrap().view().unwrap()
}

/// The file of a damaged collection, under the name that the repair gave it, put right again.
fn put_right(folder: &MemoryBackend, sound: &Files, file: &str) {
    let name =
        folder.list().unwrap().into_iter().find(|name| name.starts_with("damaged-") && name.ends_with(file));
    let name = name.unwrap_or_else(|| panic!("{file} is not quarantined: {:?}", folder.list()));
    folder.create(&name).unwrap().write(&sound[file]).unwrap();
}

fn wrecked(files: &Files, file: &str, from: usize) -> MemoryBackend {
    let mut files = files.clone();
    files.get_mut(file).unwrap()[from..].iter_mut().for_each(|byte| *byte ^= 0xa5);
    MemoryBackend::with_files(files)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn nothing_is_lost_and_nothing_that_was_deleted_returns(which in 0usize..3, from in 0usize..400, with_note in any::<bool>()) {
        let (sound, model) = crate::damage::collection(600, true);
        let names: Vec<&String> = sound.keys().filter(|name| name.starts_with("segment") || name.starts_with("log")).collect();
        let file = names[which];
        let folder = wrecked(&sound, file, from);
        let mut lost = Vec::new();
        repair(&folder, Duration::ZERO, &mut |event| lost.push(event)).unwrap();
        prop_assert!(!lost.is_empty());
        put_right(&folder, &sound, file);
        if !with_note {
            let note = folder.list().unwrap().into_iter().find(|name| name.ends_with("-MANIFEST")).unwrap();
            folder.remove(&note).unwrap();
        }
        let (report, events) = taken(&folder).unwrap();
        prop_assert_eq!((report.num_taken, report.num_left), (1, 0), "{:?}", events);
        check_sound(&folder);
        let documents = read_all(&view(&folder)).unwrap();
        // A lost log gives back what it had replaced: that stays, as nothing that is there is replaced.
        if file.starts_with("segment") && with_note {
            prop_assert_eq!(&documents, &model.documents);
        }
        for key in model.documents.keys() {
            prop_assert!(documents.contains_key(key), "{key} is still lost: {events:?}");
        }
        prop_assert!(!folder.list().unwrap().iter().any(|name| name.starts_with("damaged-") && name.ends_with(file.as_str())));
        let (again, _) = taken(&folder).unwrap();
        prop_assert_eq!((again.num_taken, again.num_documents), (0, report.num_documents));
    }
}

#[test]
fn what_was_written_meanwhile_stays_and_what_is_damaged_is_left() {
    let (sound, _) = crate::damage::collection(600, true);
    let file = sound.keys().find(|name| name.starts_with("segment")).unwrap();
    let folder = wrecked(&sound, file, 0);
    repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
    let (report, events) = taken(&folder).unwrap();
    assert_eq!((report.num_taken, report.num_left), (0, 1), "{events:?}");
    assert!(matches!(&events[0], TakeBackEvent::Left { why, .. } if why.contains("corrupt")), "{events:?}");
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.commit(&[upsert("key-0", 99, 10), upsert("new", 1, 10)]).unwrap();
    writer.close().unwrap();
    put_right(&folder, &sound, file);
    let before = read_all(&view(&folder)).unwrap();
    let (report, events) = taken(&folder).unwrap();
    assert_eq!(report.num_taken, 1, "{events:?}");
    assert!(matches!(&events[0], TakeBackEvent::Taken { num_known: 1, .. }), "{events:?}");
    let after = read_all(&view(&folder)).unwrap();
    assert!(before.iter().all(|(key, document)| after[key] == *document), "something was replaced");
    assert_eq!(after.len() as u64, before.len() as u64 + report.num_returned);
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.commit(&[upsert("later", 1, 9), delete("key-0")]).unwrap();
    writer.merge().unwrap();
}

#[test]
fn an_asset_comes_back_under_its_name() {
    let (sound, model) = crate::damage::collection(600, true);
    let copies: Vec<&String> =
        sound.keys().filter(|name| name.starts_with("asset") && sound[*name].len() > 1000).collect();
    let file = copies[1];
    let folder = MemoryBackend::with_files(wrecked(&sound, copies[0], 0).files());
    folder.create(file).unwrap().write(b"wrecked").unwrap();
    let mut lost = Vec::new();
    repair(&folder, Duration::ZERO, &mut |event| lost.push(event)).unwrap();
    assert!(lost.iter().any(|event| matches!(event, RepairEvent::LostAsset { .. })), "{lost:?}");
    put_right(&folder, &sound, file);
    assert_eq!(taken(&folder).unwrap().0.num_taken, 1);
    check(&view(&folder), &model);
}

#[test]
fn a_power_cut_leaves_the_state_before_or_after() {
    let (sound, _) = crate::damage::collection(600, true);
    let file = sound.keys().find(|name| name.starts_with("segment")).unwrap();
    let memory = wrecked(&sound, file, 0);
    repair(&memory, Duration::ZERO, &mut |_| {}).unwrap();
    put_right(&memory, &sound, file);
    let before = read_all(&view(&memory)).unwrap();
    let folder = FaultyBackend::over(memory.files());
    let start = folder.num_events();
    take_back(&folder, Duration::ZERO, &mut |_| {}).unwrap();
    let after = read_all(&view(folder.memory())).unwrap();
    assert!(after.len() > before.len());
    for cut in start..=folder.num_events() {
        for loss in [Loss::Nothing, Loss::Everything, Loss::Torn(cut as u64)] {
            let image = folder.image(cut, loss);
            let found = read_all(&view(&image)).unwrap();
            assert!(found == before || found == after, "cut {cut}");
            taken(&image).unwrap();
            assert_eq!(read_all(&view(&image)).unwrap(), after, "cut {cut}");
        }
    }
}

#[test]
fn there_is_nothing_to_take_back_from_an_empty_collection() {
    let folder = MemoryBackend::new();
    assert!(matches!(taken(&folder), Err(StoreError::NotACollection { .. })));
    Store::create(&folder, layout()).unwrap();
    assert_eq!(taken(&folder).unwrap().0, TakeBackReport::default());
}
