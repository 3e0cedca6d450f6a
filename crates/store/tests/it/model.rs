//! Any history, against a map.

use crate::common::{Model, Step, check, layout, read_all, step};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{MergeChoice, Merged, Options, Store, StoreWriter, View, verify};
use proptest::prelude::*;
use std::sync::Arc;

struct Run {
    folder: MemoryBackend,
    options: Options,
    writer: Option<StoreWriter>,
    merged: Option<Merged>,
    reader: Store,
    model: Model,
    snapshots: Vec<(View, Model)>,
}

impl Run {
    fn new(options: Options) -> Self {
        let folder = MemoryBackend::new();
        Store::create(&folder, layout()).unwrap();
        let reader = Store::open(Arc::new(folder.clone())).unwrap();
        let mut run = Self {
            folder,
            options,
            writer: None,
            merged: None,
            reader,
            model: Model::default(),
            snapshots: vec![],
        };
        run.reopen();
        run
    }

    fn reopen(&mut self) {
        (self.writer, self.merged) = (None, None);
        self.writer = Some(StoreWriter::open(Arc::new(self.folder.clone()), self.options.clone()).unwrap());
    }

    fn step(&mut self, step: &Step) {
        let writer = self.writer.as_mut().unwrap();
        match step {
            Step::Commit(operations) => {
                assert_eq!(writer.commit(operations).unwrap(), self.model.commit(operations));
            }
            Step::Assets(changes) => self.model.set_assets(writer, changes),
            Step::Attach(at, name, content) => self.model.attach(writer, *at, name, content.as_deref()),
            Step::Flush => writer.flush().unwrap(),
            Step::Merge => {
                writer.merge().unwrap();
                assert!(writer.view().parts().len() <= 1);
                assert_eq!(writer.view().stats().num_deleted_rows, 0);
            }
            Step::Group(batches, synced) => self.model.write_group(writer, batches, *synced),
            Step::Sync => writer.sync().unwrap(),
            Step::MergeDue => writer.merge_due().unwrap(),
            Step::BeginMerge => {
                self.merged = None;
                self.merged = writer.merge_job(MergeChoice::All, u64::MAX).map(|job| job.run().unwrap());
            }
            Step::EndMerge => {
                if let Some(merged) = self.merged.take() {
                    writer.install(merged).unwrap();
                }
            }
            Step::Close => {
                self.writer.take().unwrap().close().unwrap();
                self.reopen();
            }
            Step::Abandon => self.reopen(),
        }
        let view = self.writer.as_ref().unwrap().view();
        check(&view, &self.model);
        check(&self.reader.view().unwrap(), &self.model);
        self.snapshots.push((view, self.model.clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_history_equals_a_map(
        steps in prop::collection::vec(step(), 1..40),
        flush_bytes in prop_oneof![Just(1u64), Just(4000), Just(1 << 30)],
        flush_batches in 1u64..8,
    ) {
        let mut run = Run::new(Options { flush_bytes, flush_batches, ..Options::default() });
        for step in &steps {
            run.step(step);
        }
        for (view, model) in &run.snapshots {
            prop_assert_eq!(&read_all(view).unwrap(), &model.documents);
        }
        // Files of work that was begun are nobody's orphans until it is dropped; the next change removes them.
        run.reopen();
        let report = verify(&run.folder, &mut |event| drop(event)).unwrap();
        prop_assert_eq!((report.num_findings, report.num_orphans), (0, 0));
        prop_assert_eq!(report.num_documents, run.model.documents.len() as u64);
    }
}
