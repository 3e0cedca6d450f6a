//! The power goes after every single change of the disk, and takes what was not synced.

use crate::common::{Model, Step, check, delete, layout, read_all, step, upsert};
use pleiad_store::testing::{FaultyBackend, Loss, MemoryBackend};
use pleiad_store::{MergeChoice, Merged, Options, Store, StoreError, StoreWriter, verify};
use proptest::prelude::*;
use std::sync::Arc;

/// The states that may be found after a crash between two numbers of changes.
struct Span {
    from: usize,
    to: usize,
    before: Model,
    after: Model,
    /// States that a power cut may leave while the step is at work, and once it is done: the last durable one and
    /// all since.
    during: Vec<Model>,
    since: Vec<Model>,
}

fn options() -> Options {
    Options { flush_bytes: 6000, flush_batches: 5, ..Options::default() }
}

fn open(folder: &FaultyBackend) -> StoreWriter {
    StoreWriter::open(Arc::new(folder.clone()), options()).unwrap()
}

/// One history under way.
struct Run<'a> {
    folder: &'a FaultyBackend,
    writer: Option<StoreWriter>,
    merged: Option<Merged>,
    model: Model,
    since: Vec<Model>,
}

impl Run<'_> {
    fn reopen(&mut self) {
        (self.writer, self.merged) = (None, None);
        self.writer = Some(open(self.folder));
    }

    /// Does one step; true if everything before it is durable then, and its own changes.
    fn step(&mut self, step: &Step) -> bool {
        let writer = self.writer.as_mut().unwrap();
        match step {
            Step::Commit(operations) => {
                assert_eq!(writer.commit(operations).unwrap(), self.model.commit(operations));
            }
            Step::Group(batches, synced) => self.model.write_group(writer, batches, *synced),
            Step::Sync => writer.sync().unwrap(),
            Step::Assets(changes) => self.model.set_assets(writer, changes),
            Step::Attach(at, name, content) => self.model.attach(writer, *at, name, content.as_deref()),
            Step::Flush => writer.flush().unwrap(),
            Step::Merge => writer.merge().unwrap(),
            Step::MergeDue => writer.merge_due().unwrap(),
            Step::BeginMerge => {
                self.merged = None;
                self.merged = writer.merge_job(MergeChoice::All, u64::MAX).map(|job| job.run().unwrap());
            }
            Step::EndMerge => {
                return self.merged.take().is_some_and(|merged| writer.install(merged).unwrap());
            }
            Step::Close => {
                self.writer.take().unwrap().close().unwrap();
                self.reopen();
            }
            Step::Abandon => self.reopen(),
        }
        use Step::{Abandon, Close, Commit, Flush, Group, Merge, Sync};
        matches!(step, Commit(_) | Group(_, true) | Sync | Flush | Merge | Close | Abandon)
    }

    /// Does one step, and notes what a cut may leave.
    fn span(&mut self, step: &Step) -> Span {
        let (from, before) = (self.folder.num_events(), self.model.clone());
        let is_durable = self.step(step);
        let mut during = self.since.clone();
        // Assets and attachments are durable at once, whatever becomes of batches before them.
        for model in &mut self.since {
            model.assets.clone_from(&self.model.assets);
            model.attachments.clone_from(&self.model.attachments);
        }
        if is_durable {
            self.since.clear();
        }
        self.since.push(self.model.clone());
        during.extend_from_slice(&self.since);
        let (after, since) = (self.model.clone(), self.since.clone());
        Span { from, to: self.folder.num_events(), before, after, during, since }
    }
}

/// Runs a history, and notes between which changes each step was at work.
fn run(folder: &FaultyBackend, steps: &[Step]) -> Vec<Span> {
    let since = vec![Model::default()];
    let mut run = Run { folder, writer: None, merged: None, model: Model::default(), since };
    run.reopen();
    steps.iter().map(|step| run.span(step)).collect()
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

/// The states that a cut may leave. A killed process loses nothing that was acknowledged, synced or not.
fn allowed_at(spans: &[Span], cut: usize, loss: Loss) -> Vec<&Model> {
    let at_work = spans.iter().find(|span| span.from < cut && cut < span.to);
    let done = spans.iter().rev().find(|span| span.to <= cut);
    match (at_work, done) {
        (Some(span), _) if loss == Loss::Nothing => vec![&span.before, &span.after],
        (Some(span), _) => span.during.iter().collect(),
        (None, Some(span)) if loss == Loss::Nothing => vec![&span.after],
        (None, Some(span)) => span.since.iter().collect(),
        (None, None) => vec![&spans[0].before],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn acknowledged_batches_survive_a_cut_anywhere(steps in prop::collection::vec(step(), 1..14)) {
        let folder = FaultyBackend::new();
        Store::create(&folder, layout()).unwrap();
        let created = folder.num_events();
        let spans = run(&folder, &steps);
        for cut in created..=folder.num_events() {
            for loss in losses(cut, 4) {
                survive(&folder.image(cut, loss), &allowed_at(&spans, cut, loss));
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
    let group = |round| match (batch(round), batch(round + 1)) {
        (Step::Commit(one), Step::Commit(other)) => Step::Group(vec![one, other], false),
        _ => unreachable!("both are commits"),
    };
    steps.extend([Step::BeginMerge, group(3), group(4), Step::EndMerge]);
    steps.extend([attach(1), asset(1), Step::Close, attach(2), batch(7), asset(2), Step::Merge, batch(8)]);
    let spans = run(&folder, &steps);
    for cut in created..=folder.num_events() {
        let loss = Loss::Torn(cut as u64);
        let allowed = allowed_at(&spans, cut, loss);
        let image = folder.image(cut, loss).files();
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
