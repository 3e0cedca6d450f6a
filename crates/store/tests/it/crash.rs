//! The power goes after every single change of the disk, and takes what was not synced.

use crate::common::{Model, Step, check, delete, layout, read_all, step, upsert};
use pleiad_store::testing::{FaultyBackend, Loss, MemoryBackend};
use pleiad_store::{Options, Store, StoreError, StoreWriter, verify};
use proptest::prelude::*;
use std::sync::Arc;

/// What may be found after a crash between two numbers of changes.
struct Span {
    from: usize,
    to: usize,
    before: Model,
    after: Model,
}

fn options() -> Options {
    Options { flush_bytes: 6000, flush_batches: 5 }
}

fn open(folder: &FaultyBackend) -> StoreWriter {
    StoreWriter::open(Arc::new(folder.clone()), options()).unwrap()
}

/// Runs a history, and notes between which changes each step was at work.
fn run(folder: &FaultyBackend, steps: &[Step]) -> Vec<Span> {
    let mut model = Model::default();
    let mut spans = Vec::new();
    let mut writer = open(folder);
    for step in steps {
        let (from, before) = (folder.num_events(), model.clone());
        match step {
            Step::Commit(operations) => {
                assert_eq!(writer.commit(operations).unwrap(), model.commit(operations));
            }
            Step::Assets(changes) => model.set_assets(&mut writer, changes),
            Step::Attach(at, name, content) => model.attach(&mut writer, *at, name, content.as_deref()),
            Step::Flush => writer.flush().unwrap(),
            Step::Merge => writer.merge().unwrap(),
            Step::Close => {
                writer.close().unwrap();
                writer = open(folder);
            }
            Step::Abandon => {
                drop(writer);
                writer = open(folder);
            }
        }
        spans.push(Span { from, to: folder.num_events(), before, after: model.clone() });
    }
    spans
}

/// Every way of losing that is tried at one cut.
pub(crate) fn losses(cut: usize, num_torn: u64) -> impl Iterator<Item = Loss> {
    let torn = (0..num_torn).map(move |seed| Loss::Torn(seed * 1_000_003 + cut as u64));
    [Loss::Nothing, Loss::Everything].into_iter().chain(torn)
}

/// A disk after a crash: read as it is, then recovered, then written on. Returns what it held.
pub(crate) fn survive(image: &MemoryBackend, allowed: &[&Model]) -> Model {
    let seen = Store::open(Arc::new(image.copied())).unwrap().view().unwrap();
    let report = verify(image, &mut |event| drop(event)).unwrap();
    assert_eq!(report.num_findings, 0);
    let mut writer = StoreWriter::open(Arc::new(image.clone()), options()).unwrap();
    let model = allowed.iter().find(|model| model.is_of(&writer.view()));
    let mut model = Model::clone(
        model.unwrap_or_else(|| panic!("{:?} is none of {allowed:?}", read_all(&writer.view()))),
    );
    let recovered = model.clone();
    check(&writer.view(), &model);
    check(&seen, &model);
    for batch in [vec![upsert("key-1", 77, 9), upsert("later", 1, 3)], vec![delete("key-1")]] {
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    }
    writer.close().unwrap();
    check(&Store::open(Arc::new(image.clone())).unwrap().view().unwrap(), &model);
    let report = verify(image, &mut |event| drop(event)).unwrap();
    assert_eq!((report.num_findings, report.num_orphans), (0, 0));
    recovered
}

fn allowed_at(spans: &[Span], cut: usize) -> Vec<&Model> {
    let at_work = spans.iter().find(|span| span.from < cut && cut < span.to);
    let done = spans.iter().rev().find(|span| span.to <= cut);
    match (at_work, done) {
        (Some(span), _) => vec![&span.before, &span.after],
        (None, Some(span)) => vec![&span.after],
        (None, None) => vec![&spans[0].before],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn acknowledged_batches_survive_a_cut_anywhere(steps in prop::collection::vec(step(), 1..14)) {
        let folder = FaultyBackend::new();
        Store::create(&folder, layout()).unwrap();
        let created = folder.num_events();
        let spans = run(&folder, &steps);
        for cut in created..=folder.num_events() {
            let allowed = allowed_at(&spans, cut);
            for loss in losses(cut, 5) {
                survive(&folder.image(cut, loss), &allowed);
            }
        }
    }
}

#[test]
fn a_second_crash_during_recovery_does_no_harm() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let created = folder.num_events();
    let batch = |round: u32| {
        let documents =
            (0..4).map(|i| upsert(&format!("key-{}", (round * 3 + i) % 9), round, (i * 700) as usize));
        Step::Commit(documents.chain([delete(&format!("key-{round}"))]).collect())
    };
    let mut steps: Vec<Step> = (0..4).map(batch).chain([Step::Flush]).chain((4..7).map(batch)).collect();
    let attach = |byte| Step::Attach(0, "graph".into(), Some(vec![byte; 700]));
    let asset = |byte| Step::Assets(vec![("a".into(), Some(vec![byte; 100])), ("b".into(), None)]);
    steps.extend([attach(1), asset(1), Step::Close, attach(2), batch(7), asset(2), Step::Merge, batch(8)]);
    let spans = run(&folder, &steps);
    for cut in created..=folder.num_events() {
        let allowed = allowed_at(&spans, cut);
        let image = folder.image(cut, Loss::Torn(cut as u64)).files();
        let found = survive(&MemoryBackend::with_files(image.clone()), &allowed);
        let second = FaultyBackend::over(image);
        let start = second.num_events();
        drop(open(&second));
        for later in start..=second.num_events() {
            for loss in losses(later, 1) {
                survive(&second.image(later, loss), &[&found]);
            }
        }
    }
}

#[test]
fn an_interrupted_creation_is_a_collection_or_can_be_repeated() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    for cut in 0..=folder.num_events() {
        for loss in losses(cut, 8) {
            let image = folder.image(cut, loss);
            match Store::create(&image, layout()) {
                Ok(()) => assert!(cut < folder.num_events(), "a finished creation was lost"),
                Err(error) => assert!(matches!(error, StoreError::Exists { .. }), "{error}"),
            }
            survive(&image, &[&Model::default()]);
        }
    }
}
