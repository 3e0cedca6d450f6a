//! Histories, and the map that they are compared with.

use pleiad_store::{
    Backend, Column, Commit, Event, Layout, Operation, PartId, PartView, StoreWriter, VerifyReport, View,
    verify,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// A document as the model knows it: its id and its columns.
pub(crate) type Document = (u64, Vec<Vec<u8>>);

/// The content of a collection after some batches.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) documents: BTreeMap<String, Document>,
    pub(crate) next_id: u64,
    pub(crate) sequence: u64,
    pub(crate) assets: Blobs,
    /// Those of each segment, by its number.
    pub(crate) attachments: BTreeMap<u64, Blobs>,
}

/// Contents by name.
pub(crate) type Blobs = BTreeMap<String, Vec<u8>>;

/// One thing that a user of the writer does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Commit(Vec<Operation>),
    /// Several batches as one group, synced or not.
    Group(Vec<Vec<Operation>>, bool),
    Sync,
    /// Sets or removes assets.
    Assets(Vec<(String, Option<Vec<u8>>)>),
    /// Gives the segment at this place, counted round and round, an attachment, or takes it away.
    Attach(usize, String, Option<Vec<u8>>),
    Flush,
    Merge,
    MergeDue,
    /// A merge of all segments is written, and installed by a later step.
    BeginMerge,
    EndMerge,
    Close,
    /// The writer is dropped without being closed.
    Abandon,
}

pub(crate) fn layout() -> Layout {
    let column = |name: &str, width| Column { name: name.into(), width };
    Layout::new(
        vec![column("codes", Some(5)), column("text", None), column("fde", Some(16))],
        b"schema".to_vec(),
    )
    .unwrap()
}

/// A document of which every column tells the key and the version: mixed columns cannot match.
pub(crate) fn upsert(key: &str, version: u32, text_bytes: usize) -> Operation {
    let stamp = crc(key, version);
    let text = stamp.to_le_bytes().into_iter().cycle().take(text_bytes).collect();
    let codes = [&stamp.to_be_bytes()[..], &[version as u8]].concat();
    let fde = stamp.to_le_bytes().repeat(4);
    Operation::Upsert { key: key.into(), columns: vec![codes, text, fde] }
}

pub(crate) fn delete(key: &str) -> Operation {
    Operation::Delete { key: key.into() }
}

fn crc(key: &str, version: u32) -> u32 {
    key.bytes().fold(version.wrapping_mul(0x9E37_79B9), |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193).rotate_left(7)
    })
}

impl Model {
    /// The obvious way: forget all but the last operation on each key, then go through them.
    pub(crate) fn commit(&mut self, operations: &[Operation]) -> Commit {
        let last: HashMap<&str, usize> =
            operations.iter().enumerate().map(|(at, op)| (op.key(), at)).collect();
        let mut done = Commit::default();
        for (at, operation) in operations.iter().enumerate() {
            if last[operation.key()] != at {
                continue;
            }
            match operation {
                Operation::Delete { key } => match self.documents.remove(key) {
                    Some(_) => done.num_deleted += 1,
                    None => done.num_unknown += 1,
                },
                Operation::Upsert { key, columns } => {
                    done.num_upserted += 1;
                    let known = self.documents.get(key).map(|document| document.0);
                    done.num_replaced += u64::from(known.is_some());
                    let id = known.unwrap_or(self.next_id);
                    self.next_id += u64::from(known.is_none());
                    self.documents.insert(key.clone(), (id, columns.clone()));
                }
            }
        }
        self.sequence += u64::from(done.num_upserted + done.num_deleted > 0);
        done.sequence = self.sequence;
        done
    }
}

impl Model {
    /// One batch after the other; they share a sequence, and leave no trace if together they change nothing.
    pub(crate) fn commit_group(&mut self, batches: &[Vec<Operation>]) -> Vec<Commit> {
        let before = self.clone();
        let mut done: Vec<Commit> = batches.iter().map(|batch| self.commit(batch)).collect();
        let mut keys = batches.iter().flatten().map(Operation::key);
        let changes = keys.any(|key| before.documents.contains_key(key) || self.documents.contains_key(key));
        self.sequence = before.sequence + u64::from(changes);
        if !changes {
            self.next_id = before.next_id;
        }
        done.iter_mut().for_each(|done| done.sequence = self.sequence);
        done
    }

    /// Does the same to the writer and to the model.
    pub(crate) fn write_group(&mut self, writer: &mut StoreWriter, batches: &[Vec<Operation>], synced: bool) {
        let given: Vec<&[Operation]> = batches.iter().map(Vec::as_slice).collect();
        let done = writer.commit_group(&given, synced).into_iter().map(Result::unwrap);
        assert_eq!(done.collect::<Vec<_>>(), self.commit_group(batches));
    }

    /// Does the same to the writer and to the model.
    pub(crate) fn set_assets(&mut self, writer: &mut StoreWriter, changes: &[(String, Option<Vec<u8>>)]) {
        let given: Vec<_> = changes.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
        writer.set_assets(&given).unwrap();
        for (name, content) in changes {
            set(&mut self.assets, name, content.as_deref());
        }
    }

    /// Does the same to the writer and to the model, if there is a segment.
    pub(crate) fn attach(&mut self, writer: &mut StoreWriter, at: usize, name: &str, content: Option<&[u8]>) {
        let segments: Vec<PartId> = writer.view().parts().iter().map(PartView::part_id).collect();
        let segments: Vec<PartId> =
            segments.into_iter().filter(|part| matches!(part, PartId::Segment(_))).collect();
        let Some(&part) = segments.get(at % segments.len().max(1)) else { return };
        match content {
            Some(content) => writer.attach(part, name, content).unwrap(),
            None => writer.detach(part, name).unwrap(),
        }
        let PartId::Segment(number) = part else { return };
        set(self.attachments.entry(number).or_default(), name, content);
    }

    /// True if a view is this state. Attachments of segments that are gone do not count.
    pub(crate) fn is_of(&self, view: &View) -> bool {
        let nothing = Blobs::new();
        let attached = view.parts().iter().all(|part| {
            let expected = match part.part_id() {
                PartId::Segment(number) => self.attachments.get(&number).unwrap_or(&nothing),
                PartId::Batch(_) => &nothing,
            };
            read_attachments(part) == *expected
        });
        let documents = read_all(view).unwrap();
        let is_current = (self.sequence, &self.documents) == (view.sequence(), &documents);
        is_current && attached && read_assets(view) == self.assets
    }
}

fn set(blobs: &mut Blobs, name: &str, content: Option<&[u8]>) {
    match content {
        Some(content) => drop(blobs.insert(name.to_owned(), content.to_vec())),
        None => drop(blobs.remove(name)),
    }
}

pub(crate) fn read_assets(view: &View) -> Blobs {
    let read = |name: &str| view.asset(name).unwrap().bytes().unwrap().to_vec();
    view.asset_names().map(|name| (name.to_owned(), read(name))).collect()
}

fn read_attachments(part: &PartView) -> Blobs {
    let read = |name: &str| part.attachment(name).unwrap().bytes().unwrap().to_vec();
    part.attachment_names().map(|name| (name.to_owned(), read(name))).collect()
}

/// Everything that a view holds, read row by row.
pub(crate) fn read_all(view: &View) -> pleiad_store::Result<BTreeMap<String, Document>> {
    let mut documents = BTreeMap::new();
    for part in view.parts() {
        for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)) {
            let columns =
                (0..view.layout().columns().len()).map(|column| Ok(part.column(column, row)?.to_vec()));
            let columns = columns.collect::<pleiad_store::Result<_>>()?;
            let earlier = documents.insert(part.key(row)?.to_owned(), (part.id(row)?, columns));
            assert!(earlier.is_none(), "two live documents with one key");
        }
    }
    Ok(documents)
}

/// Compares a view with the model in every way in which it can be read.
pub(crate) fn check(view: &View, model: &Model) {
    assert_eq!(read_all(view).unwrap(), model.documents);
    assert_eq!((view.num_documents(), view.sequence()), (model.documents.len() as u64, model.sequence));
    for (key, (id, columns)) in &model.documents {
        let (part, row) = view.find(key).unwrap().unwrap_or_else(|| panic!("{key} is not found"));
        let part = &view.parts()[part];
        assert_eq!((part.key(row).unwrap(), part.id(row).unwrap()), (key.as_str(), *id));
        assert_eq!(part.fixed_rows(0, row..row + 1).unwrap(), columns[0]);
        assert_eq!(part.column(1, row).unwrap(), columns[1]);
    }
    assert_eq!(view.find("never there").unwrap(), None);
    assert!(model.is_of(view), "assets or attachments are not those of the model");
    for part in view.parts() {
        check_dense(part);
    }
    let deleted: u64 = view.parts().iter().map(|part| part.deleted().len()).sum();
    assert_eq!(view.stats().num_deleted_rows, deleted);
}

/// A fixed-width column read at once is its rows one after another, and starts where vector instructions like it.
fn check_dense(part: &PartView) {
    for (column, width) in [(0, 5), (2, 16)] {
        let dense = part.fixed_rows(column, 0..part.num_rows()).unwrap();
        assert_eq!(dense.as_ptr() as usize % 64, 0);
        assert_eq!(dense.len(), part.num_rows() as usize * width);
        for (row, bytes) in dense.chunks(width).enumerate() {
            assert_eq!(part.column(column, row as u32).unwrap(), bytes);
        }
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = (0u32..12).prop_map(|number| format!("key-{number}"));
    prop_oneof![
        4 => (key.clone(), any::<u32>(), prop_oneof![3 => 0usize..60, 1 => 0usize..3000])
            .prop_map(|(key, version, text_bytes)| upsert(&key, version, text_bytes)),
        1 => key.prop_map(|key| delete(&key)),
    ]
}

fn blob_name() -> impl Strategy<Value = String> {
    (0u32..4).prop_map(|number| format!("blob-{number}"))
}

fn content() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::weighted(0.8, prop::collection::vec(any::<u8>(), 0..700))
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => prop::collection::vec(operation(), 0..6).prop_map(Step::Commit),
        6 => (prop::collection::vec(prop::collection::vec(operation(), 0..4), 1..4), any::<bool>())
            .prop_map(|(batches, synced)| Step::Group(batches, synced)),
        1 => Just(Step::Sync),
        1 => prop::collection::vec((blob_name(), content()), 0..3).prop_map(Step::Assets),
        2 => (any::<usize>(), blob_name(), content()).prop_map(|(at, name, content)| Step::Attach(at, name, content)),
        2 => Just(Step::Flush),
        1 => Just(Step::Merge),
        1 => Just(Step::MergeDue),
        2 => Just(Step::BeginMerge),
        2 => Just(Step::EndMerge),
        1 => Just(Step::Close),
        1 => Just(Step::Abandon),
    ]
}

/// Every byte of a collection is sound.
#[track_caller]
pub(crate) fn check_sound(folder: &dyn Backend) -> VerifyReport {
    let mut findings = Vec::new();
    let report = verify(folder, &mut |event| {
        if let Event::Found(error) = event {
            findings.push(error.to_string());
        }
    });
    assert!(findings.is_empty(), "{findings:?}");
    report.unwrap()
}
